"""Plays a transcript against a real SMTP listener and compares what it says.

Lines: ``C: text`` is sent with CRLF; ``C@ name`` sends the named bytes, dot-stuffed, with
the final dot; ``S: pattern`` must match the next reply (its last line; ``*`` matches
anything), ``S+ pattern`` must match one of the lines of the last multi-line reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import fnmatch
from dataclasses import dataclass, field
from typing import ClassVar


def _matches(text: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


@dataclass
class Wire:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    said: list[str] = field(default_factory=list)  # all lines received
    patience_s: ClassVar[float] = 20.0  # for one line
    _last: list[str] = field(default_factory=list)

    @classmethod
    async def connect(cls, port: int) -> Wire:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def reply(self) -> str:
        self._last = []
        while True:
            raw = await asyncio.wait_for(self.reader.readuntil(b"\r\n"), self.patience_s)
            line = raw.decode()[:-2]
            self.said.append(line)
            self._last.append(line)
            if line[3:4] != "-":
                return line

    async def play(self, script: str, **named: bytes) -> str:
        """Play ``script``; returns the last reply."""
        reply = ""
        for step in filter(None, (line.strip() for line in script.splitlines())):
            kind, _, rest = step.partition(" ")
            if kind == "C:":
                self.writer.write(rest.encode() + b"\r\n")
            elif kind == "C@":
                stuffed = named[rest].replace(b"\r\n.", b"\r\n..")
                stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
                self.writer.write(stuffed + b".\r\n")
            elif kind == "S:":
                reply = await self.reply()
                assert _matches(reply, rest), f"expected {rest!r}, got {reply!r}"
            elif kind == "S+":
                assert any(_matches(line, rest) for line in self._last), (rest, self._last)
            else:
                raise AssertionError(f"not a transcript line: {step}")
        return reply

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()
