"""Reads the next hop's replies strictly, and cleans their text for the way back.

Answers: one ``Reply`` for each reply on the stream (RFC 5321 4.2, RFC 2034 enhanced codes).
Trusts: nothing: mixed codes, missing CRLF, lines or replies over the limit, and
anything that is no digit where a digit must stand are protocol faults.
Fails: ``NextHopError`` with a cause in our own words, after which the connection is dead.
"""

from __future__ import annotations

import asyncio
import re

from gateway.errors import NextHopError
from gateway.model import Reply

REPLY_BYTES = 32 * 1024  # a whole reply; more is no mail server
SHOWN_CHARS = 450  # of a reply's text that is passed on to a client (RFC 5321 4.5.3.1.5)

_LINE = re.compile(rb"([2-5][0-5][0-9])(?:([ -])([^\r\n\x00]*))?\r\n")
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: |$)")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


async def read_reply(reader: asyncio.StreamReader) -> tuple[Reply, list[str]]:
    """Read one reply, which may have several lines.

    Returns: the reply (texts joined by a space) and the text of each line, as EHLO needs.
    Raises: NextHopError: the stream ended or what stands on it is no SMTP reply.
    """
    lines: list[str] = []
    code = b""
    size = 0
    while True:
        line = await _read_line(reader)
        size += len(line)
        found = _LINE.fullmatch(line)
        if found is None or (code and found[1] != code) or size > REPLY_BYTES:
            raise NextHopError("the next hop's answer is not an SMTP reply")
        code = found[1]
        lines.append((found[3] or b"").decode("ascii", "replace"))
        if found[2] != b"-":
            return _reply(int(code), lines), lines


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except asyncio.IncompleteReadError as error:
        raise NextHopError("the next hop closed the connection") from error
    except asyncio.LimitOverrunError as error:
        raise NextHopError("the next hop's answer has no end") from error
    except OSError as error:
        raise NextHopError("the connection to the next hop broke") from error


def _reply(code: int, lines: list[str]) -> Reply:
    enhanced = ""
    texts = []
    for line in lines:
        found = _ENHANCED.match(line)
        if found and found[1][0] == str(code)[0]:
            enhanced = enhanced or found[1]
            line = line[found.end() :]
        texts.append(_UNPRINTABLE.sub("?", line).strip())
    return Reply(code, enhanced, " ".join(t for t in texts if t)[:SHOWN_CHARS])
