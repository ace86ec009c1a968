"""Takes the bytes of one mail from the stream, in chunks, up to the one true terminator.

Answers: the mail's content, dot-unstuffed, lines ending in CRLF.
Trusts: nothing. Only ``CRLF.CRLF`` ends a mail; a bare CR, a bare LF or a NUL anywhere is
how mails are smuggled past a gateway (RFC 5321 2.3.8, 4.1.1.4), so such a mail is refused,
or normalised before anything else sees it.
Fails: ``ContentError`` with the reply to give, after the whole mail was read away, so that
the stream stands at the next command; ``asyncio.IncompleteReadError`` when the client left.
Memory: never more than the limit, the mail's copy and one chunk.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.failpoint import reached
from gateway.message.floor import has_lone_return
from gateway.model import Reply
from gateway.smtp.replies import BARE_CONTROL, LONG_LINE, NO_ROOM, TOO_BIG

CHUNK_OCTETS = 256 * 1024  # asked for at once; what asyncio reads from a socket at most
LINE_OCTETS = 998  # of a mail, without CRLF (RFC 5321 4.5.3.1.6)
Arrived = Callable[[int, bool], bool]
_END = b"\r\n.\r\n"
_LONG = re.compile(rb"[^\r\n]{999}")


@dataclass(frozen=True, slots=True)
class ContentRules:
    """What a mail's bytes may be."""

    limit_bytes: int
    normalise: bool = False  # a lone CR or LF becomes CRLF, instead of being refused
    long_lines: bool = True  # lines over 998 octets are taken as they are, never folded


class ContentError(Exception):
    """The mail was read to its end but cannot be taken."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply.code))
        self.reply = reply


async def read_mail(
    reader: asyncio.StreamReader,
    rules: ContentRules,
    arrived: Arrived = lambda size, kept: True,
) -> bytes:
    """Read one mail after ``354``.

    Args:
        arrived: told the size of each chunk, and whether it is kept; False when there is
            no room for it: the mail is then read away and refused for now.
    Raises: ContentError: too big, no room, or it holds bytes that no mail may hold.
    """
    wire = await _read_to_end(reader, rules.limit_bytes, arrived)
    if rules.normalise:
        wire = _normalised(wire)
        if len(wire) - 2 > rules.limit_bytes:
            raise ContentError(TOO_BIG)
    if _has_bare(wire):
        raise ContentError(BARE_CONTROL)
    if wire.find(b"\r\n.") >= 0:
        wire = wire.replace(b"\r\n.", b"\r\n")
    if not rules.long_lines and _LONG.search(wire):
        raise ContentError(LONG_LINE)
    return wire[2:]


def _has_bare(wire: bytes) -> bool:
    """Whether a CR or LF stands alone, or a NUL anywhere; all at C speed."""
    if b"\0" in wire or wire.count(b"\r") != wire.count(b"\n"):
        return True
    return has_lone_return(wire)  # else each LF has its CR: they are as many


def _normalised(wire: bytes) -> bytes:
    if wire.count(b"\r") == wire.count(b"\n") and not has_lone_return(wire):
        return wire
    return wire.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


async def _read_to_end(reader: asyncio.StreamReader, limit_bytes: int, arrived: Arrived) -> bytes:
    """Read up to the terminator; still stuffed, without the dot line, and with a CRLF in front.

    That CRLF is lent, so that a mail that begins with the terminator's dot, or is empty,
    needs no case of its own.
    """
    kept = bytearray(b"\r\n")
    refusal: Reply | None = None
    while True:
        chunk = await reader.read(CHUNK_OCTETS)
        if not chunk:
            raise asyncio.IncompleteReadError(b"", None)
        reached("reading")
        seen = max(0, len(kept) - len(_END) + 1)
        kept += chunk
        end = kept.find(_END, seen)
        if end >= 0:
            _unread(reader, bytes(kept[end + len(_END) :]))
            del kept[end + len(_END) :]
        if len(kept) - 2 > limit_bytes + len(_END):
            refusal = refusal or TOO_BIG
        if not arrived(len(chunk), refusal is None):
            refusal = refusal or NO_ROOM
        if end >= 0:
            if refusal is not None:
                raise ContentError(refusal)
            return bytes(memoryview(kept)[: end + 2])
        if refusal is not None:
            del kept[: -len(_END)]


def _unread(reader: asyncio.StreamReader, rest: bytes) -> None:
    """Put back what a client pipelined behind its mail (it may: RFC 2920)."""
    if rest:
        reader._buffer[:0] = rest  # type: ignore[attr-defined]
