"""Takes the bytes of one mail from the stream, in chunks, up to the one true terminator.

Answers: the mail's content, dot-unstuffed, lines ending in CRLF.
Trusts: nothing. Only ``CRLF.CRLF`` ends a mail; a bare CR, a bare LF or a NUL anywhere is
how mails are smuggled past a gateway (RFC 5321 2.3.8, 4.1.1.4), so such a mail is refused.
Fails: ``ContentError`` with the reply to give, after the whole mail was read away, so that
the stream stands at the next command; ``asyncio.IncompleteReadError`` when the client left.
Memory: never more than the limit and one chunk.
"""

from __future__ import annotations

import asyncio
import re

from gateway.model import Reply

TOO_BIG = Reply(552, "5.3.4", "The mail is larger than this server accepts")
BARE_CONTROL = Reply(550, "5.6.0", "The mail holds a bare CR, a bare LF or a NUL")
_CHUNK = 256 * 1024
_END = b"\r\n.\r\n"
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\x00")


class ContentError(Exception):
    """The mail was read to its end but cannot be taken."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply.code))
        self.reply = reply


async def read_mail(
    reader: asyncio.StreamReader, limit_bytes: int, chunk_timeout_s: float
) -> bytes:
    """Read one mail after ``354``.

    Args:
        limit_bytes: the mail's size at most; a larger one is read away and refused.
        chunk_timeout_s: each chunk must arrive within this time.
    Raises: ContentError: too big, or it holds bytes that no mail may hold.
        TimeoutError: the client stalled.
    """
    wire = await _read_to_end(reader, limit_bytes, chunk_timeout_s)
    if wire is None:
        raise ContentError(TOO_BIG)
    content = wire[2:-3]  # without the CRLF lent in front and the final dot line
    if _has_bare(content):
        raise ContentError(BARE_CONTROL)
    if wire.find(b"\r\n.", 0, -4) >= 0:
        content = wire[:-3].replace(b"\r\n.", b"\r\n")[2:]
    return content


def _has_bare(content: bytes) -> bool:
    """Whether a CR or LF stands alone, or a NUL anywhere; three counts at C speed first."""
    pairs = content.count(b"\r\n")
    return (
        content.count(b"\r") != pairs or content.count(b"\n") != pairs or b"\x00" in content
    ) and _BARE.search(content) is not None


async def _read_to_end(
    reader: asyncio.StreamReader, limit_bytes: int, chunk_timeout_s: float
) -> bytes | None:
    """Read up to the terminator; None when the mail was larger than the limit.

    A CRLF is lent in front, so that a mail that begins with the terminator's dot, or is
    empty, needs no case of its own.
    """
    kept = bytearray(b"\r\n")
    too_big = False
    while True:
        async with asyncio.timeout(chunk_timeout_s):
            chunk = await reader.read(_CHUNK)
        if not chunk:
            raise asyncio.IncompleteReadError(b"", None)
        seen = max(0, len(kept) - len(_END) + 1)
        kept += chunk
        end = kept.find(_END, seen)
        if end >= 0:
            _unread(reader, bytes(kept[end + len(_END) :]))
            too_big = too_big or end > limit_bytes
            return None if too_big else bytes(memoryview(kept)[: end + len(_END)])
        if len(kept) - 2 > limit_bytes + len(_END):
            too_big = True
            del kept[: -len(_END)]


def _unread(reader: asyncio.StreamReader, rest: bytes) -> None:
    """Put back what a client pipelined behind its mail (it may: RFC 2920)."""
    if rest:
        reader._buffer[:0] = rest  # type: ignore[attr-defined]
