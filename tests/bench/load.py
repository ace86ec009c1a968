"""The load of the benches: sessions that send one mail after the other, and their clock.

``python -m tests.bench.load PORT FILE SESSIONS SECONDS`` prints one JSON object: mails,
seconds, and the milliseconds from MAIL to the final reply (p50, p99). Each session keeps
its connection; a reply that is no success ends the run.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import cast

SENDER, RECIPIENT = "taro@city.example.lg.jp", "hanako@partner.example.com"


class Session(asyncio.Protocol):
    """One client that keeps its connection; it pipelines where that is offered, as MTAs do."""

    def __init__(self, mail: bytes, until: float, done: asyncio.Future[None]) -> None:
        self._until = until
        self._done = done
        commands = [
            f"MAIL FROM:<{SENDER}>\r\n".encode(),
            f"RCPT TO:<{RECIPIENT}>\r\n".encode(),
            b"DATA\r\n",
        ]
        stuffed = mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"
        # What is said, and how many replies it asks for; in a circle, a mail each round.
        self._apart = [*((command, 1) for command in commands), (stuffed, 1)]
        self._together = [(b"".join(commands), len(commands)), (stuffed, 1)]
        self._steps = self._apart
        self._greeting = 2  # the replies to the connection and to EHLO
        self._step = -1
        self._owed = 1
        self.times_ms: list[float] = []
        self._began = 0.0
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\r\n")
            if line[4:] == b"PIPELINING":
                self._steps = self._together
            if line[3:4] != b"-":
                self._replied(line)

    def _replied(self, line: bytes) -> None:
        if line[:1] not in b"23":
            self._finish(RuntimeError(line.decode("ascii", "replace")))
            return
        self._owed -= 1
        if self._owed:
            return
        if self._greeting:
            self._greeting -= 1
            if self._greeting:
                self._say(b"EHLO load.example\r\n", 1)
                return
        if self._step == len(self._steps) - 1:
            self.times_ms.append((time.perf_counter() - self._began) * 1000)
        self._step = (self._step + 1) % len(self._steps)
        if self._step == 0:
            self._began = time.perf_counter()
            if self._began > self._until:
                self._finish(None)
                return
        self._say(*self._steps[self._step])

    def _say(self, words: bytes, replies: int) -> None:
        self._owed = replies
        self._transport.write(words)

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(exc or ConnectionError("closed"))

    def _finish(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error) if error else self._done.set_result(None)
        self._transport.close()


async def run(port: int, mail: bytes, sessions: int, seconds: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    until = started + seconds
    futures = [loop.create_future() for _ in range(sessions)]
    made = [
        (await loop.create_connection(lambda f=f: Session(mail, until, f), "127.0.0.1", port))[1]
        for f in futures
    ]
    await asyncio.gather(*futures)
    times = sorted(t for session in made for t in session.times_ms)
    return {
        "mails": len(times),
        "seconds": time.perf_counter() - started,
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[int(len(times) * 0.99)],
    }


if __name__ == "__main__":
    _port, _file, _sessions, _seconds = sys.argv[1:]
    _mail = Path(_file).read_bytes()
    print(json.dumps(asyncio.run(run(int(_port), _mail, int(_sessions), float(_seconds)))))
