"""Takes the next hop's replies apart strictly, and cleans their text for the way back.

Answers: ``ReplyParser.feed`` gives each whole ``Answer`` that the bytes so far hold (RFC 5321
4.2, RFC 2034 enhanced codes); ``pending`` says whether a reply has begun.
Trusts: nothing: mixed codes, a bare CR or LF, control or 8-bit characters, a reply over the
limit and anything that is no digit where a digit must stand are protocol faults. 8-bit
text is read as UTF-8 only where the transaction is of RFC 6531 (``utf8``).
Fails: ``ProtocolFaultError`` in our own words, after which the connection is dead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.model import Reply
from gateway.outbound.faults import ProtocolFaultError

REPLY_BYTES = 32 * 1024  # a whole reply; more is no mail server
SHOWN_LINES = 5  # of a reply that is passed on to a client
SHOWN_CHARS = 450  # of its text in all; RFC 5321 4.5.3.1.5 gives a line 512

# RFC 5321 4.2: Reply-code, then textstring = 1*(%d09 / %d32-126)
_ASCII_LINE = re.compile(rb"([2-5][0-5][0-9])(?:([ -])([\t\x20-\x7e]*))?")
_UTF8_LINE = re.compile(rb"([2-5][0-5][0-9])(?:([ -])([\t\x20-\x7e\x80-\xff]*))?")
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: |$)")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole reply as it stood on the wire."""

    code: int
    lines: tuple[str, ...]  # the text of each line, without code and line end; not cleaned

    @property
    def reply(self) -> Reply:
        """The reply with its text cleaned: printable ASCII, one line, cut to size.

        A refusal without an enhanced code gets its class's undefined one (RFC 3463 3.1),
        since we offer ENHANCEDSTATUSCODES to our own clients.
        """
        return _cleaned(self.code, self.lines[:SHOWN_LINES])


@lru_cache(maxsize=64)  # "250 2.1.5 Ok" comes with every mail
def _cleaned(code: int, lines: tuple[str, ...]) -> Reply:
    enhanced = ""
    texts = []
    for line in lines:
        found = _ENHANCED.match(line)
        if found and int(found[1][0]) == code // 100:
            enhanced = enhanced or found[1]
            line = line[found.end() :]
        texts.append(_UNPRINTABLE.sub("?", line).strip())
    if not enhanced and code >= 400:
        enhanced = f"{code // 100}.0.0"
    return Reply(code, enhanced, " ".join(filter(None, texts))[:SHOWN_CHARS])


class ReplyParser:
    """Cuts a stream of bytes into replies, however the network cut it."""

    def __init__(self) -> None:
        self.utf8 = False  # whether the transaction lets the next hop speak UTF-8
        self._rest = b""  # what stands behind the last CRLF
        self._code = b""  # of the reply under way; b"" between replies
        self._lines: list[str] = []
        self._size = 0  # bytes of the reply under way, whole lines only

    @property
    def pending(self) -> bool:
        """Whether bytes of a reply have come that is not whole yet."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> Iterator[Answer]:
        """Take more bytes in; give the replies that are whole now, oldest first.

        Raises: ProtocolFaultError: what comes next is no reply; those given before stand.
        """
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            answer = self._line(line)
            if answer is not None:
                yield answer
        if self._size + len(self._rest) > REPLY_BYTES:
            raise ProtocolFaultError("the next hop's answer has no end")

    def _line(self, line: bytes) -> Answer | None:
        """Take one line; the reply it completes, or None when more lines follow."""
        found = (_UTF8_LINE if self.utf8 else _ASCII_LINE).fullmatch(line)
        self._size += len(line) + 2
        if found is None or (self._code and found[1] != self._code) or self._size > REPLY_BYTES:
            raise ProtocolFaultError("the next hop's answer is not an SMTP reply")
        self._lines.append((found[3] or b"").decode("utf-8", "replace"))
        if found[2] == b"-":
            self._code = found[1]
            return None
        answer = Answer(int(found[1]), tuple(self._lines))
        self._code, self._size = b"", 0
        self._lines.clear()
        return answer
