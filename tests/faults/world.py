"""A served gateway that can be hurt, a client and a next hop that keep ledgers, and a judge.

``World`` runs ``sekisho serve`` in processes of its own on a configuration in a directory;
``Ledger`` is what the client was told; ``judge`` holds both, the next hop's ledger, the
database and the logs to the invariants I1 to I8.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.failpoint import SAID
from tests.house import OWN, House, free_port, mail
from tests.numbers import grouped, my_number
from tests.wire.next_hop import ScriptedNextHop
from tests.wire.transcript import Wire

STRANGER = "x@stranger.example.com"
INSIDE = f"soumu@{OWN}"
PARTNER = "sato@exp.co.jp"
CANARY = my_number(20261122)
_ID = re.compile(rb"^X-Test-Id: (\S+)\r$", re.MULTILINE)
_QUEUE_ID = re.compile(rb"\bid ([a-z]{4}-[a-z]{4}-[a-z]{4});")


@dataclass(frozen=True)
class Attempt:
    """One try of the client to hand a mail over."""

    test_id: str
    kind: str  # "clean", "number" or "split"
    accepted: tuple[str, ...]  # recipients that got a 250
    reply: str  # after the dot; "" when the connection broke before there was one
    mail: str = ""  # the answer to MAIL


@dataclass
class World:
    house: House
    next_hop: ScriptedNextHop
    port: int
    process: asyncio.subprocess.Process | None = None
    attempts: list[Attempt] = field(default_factory=list)
    starts: int = 0
    ask: Callable[[str], Awaitable[list[tuple[object, ...]]]] | None = None  # None: SQLite

    @classmethod
    def make(cls, directory: Path, next_hop: ScriptedNextHop, config: str = "") -> World:
        house = House(directory, next_hop, config=config)
        house.write()
        port = free_port()
        text = house.config_path.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}")
        text += f'\n[console]\nlisten = "127.0.0.1:{free_port()}"\n'
        house.config_path.write_text(text)
        return cls(house, next_hop, port)

    @property
    def log(self) -> Path:
        return self.house.directory / "serve.log"

    @property
    def database(self) -> Path:
        return self.house.directory / "var" / "sekisho.db"

    async def serve(self, failpoint: str = "", *, role: str = "") -> None:
        """Start ``serve`` (or one role of it) and wait until mail can be sent."""
        roles = ("--role", role) if role else ()
        self.starts += 1
        with self.log.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", "serve", "-c", str(self.house.config_path), *roles,
                stdout=out, stderr=out, env=dying_at(failpoint),
            )  # fmt: skip
        async with asyncio.timeout(30):
            while not await self._listens():  # noqa: ASYNC110 - another process starts
                await asyncio.sleep(0.05)

    async def stop(self, *, kill: bool = False) -> None:
        process, self.process = self.process, None
        if process is not None and process.returncode is None:
            process.kill() if kill else process.terminate()
            await process.wait()

    async def died(self) -> int:
        """Wait for the process to die by itself; its exit status."""
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), 30)

    async def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self.log.read_text()[-2000:]
        try:
            wire = await Wire.connect(self.port)
            await wire.reply()
        except (ConnectionError, asyncio.IncompleteReadError):
            return False
        await wire.close()
        return True

    async def send(self, test_id: str, kind: str = "clean") -> Attempt:
        """Try to hand one mail over; whatever happens stands in the ledger."""
        to = {"clean": (PARTNER,), "number": (STRANGER,), "split": (INSIDE, STRANGER)}[kind]
        accepted: list[str] = []
        reply = at_mail = ""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, OSError):
            wire = await Wire.connect(self.port)
            try:
                at_mail = await wire.play(
                    f"S: 220 *\nC: EHLO pc\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}>\nS: *"
                )
                for address in to if at_mail.startswith("250") else ():
                    told = await wire.play(f"C: RCPT TO:<{address}>\nS: *")
                    if told.startswith("250"):
                        accepted.append(address)
                if accepted:
                    await wire.play("C: DATA\nS: 354 *")
                    reply = await wire.play("C@ mail\nS: *", mail=content(test_id, kind))
            finally:
                await wire.close()
        attempt = Attempt(test_id, kind, tuple(accepted), reply, at_mail)
        self.attempts.append(attempt)
        return attempt

    async def found(self, query: str) -> list[tuple[object, ...]]:
        """As ``rows``, from whichever database it is."""
        return self.rows(query) if self.ask is None else await self.ask(query)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    def rows_changed(self, statement: str) -> None:
        """Change the database behind the product's back, as time or a hand would."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement)

    async def sekisho(self, *words: str) -> tuple[int, str]:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", *words, "-c", str(self.house.config_path),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await child.communicate()
        return child.returncode or 0, out.decode()


def dying_at(failpoint: str) -> dict[str, str]:
    """The environment of a process that dies at a place, if one is named."""
    return dict(os.environ) | {"SEKISHO_FAILPOINT": failpoint, "SEKISHO_MAY_BE_KILLED": SAID}


def content(test_id: str, kind: str) -> bytes:
    text = "打合せは火曜日です。" if kind == "clean" else f"個人番号 {grouped(CANARY)}"
    made = mail(f"{text}\r\n{test_id}\r\n")
    return f"X-Test-Id: {test_id}\r\n".encode() + made


async def judge(world: World) -> None:
    """Hold the ledgers of client, next hop and store to the invariants; call after recovery."""
    sent = _sink_ledger(world)
    states = dict(await world.found("SELECT queue_id, state FROM mails"))
    holds = await world.found("SELECT hold_id, queue_id, state FROM holds")
    by_id: dict[str, list[Attempt]] = {}
    for attempt in world.attempts:
        by_id.setdefault(attempt.test_id, []).append(attempt)
    for test_id, attempts in by_id.items():
        _judge_one(test_id, attempts, sent.get(test_id, []), states, holds)
    # I3: what went out through the gateway was decided on before, under a policy.
    for copies in sent.values():
        for queue_id, _, _ in copies:
            assert queue_id in states, f"I3: {queue_id} left without a journal row"
    logs = world.log.read_bytes()
    assert CANARY.encode() not in logs, "I6: the canary stands in the log"
    assert grouped(CANARY).encode() not in logs, "I6: the canary stands in the log"
    status, said = await world.sekisho("audit", "verify")
    assert status == 0, f"I7: {said}"
    assert not [q for q, s in states.items() if s == "intended"], "I8: a mail without an outcome"
    assert not [h for h, _, s in holds if s == "staged"], "I8: a hold that stayed staged"


def _judge_one(
    test_id: str,
    attempts: list[Attempt],
    copies: list[tuple[str, list[str], bytes]],
    states: dict[object, object],
    holds: list[tuple[object, ...]],
) -> None:
    kind = attempts[0].kind
    accepted = {a for attempt in attempts for a in attempt.accepted}
    promised = [a for a in attempts if a.reply.startswith("250")]
    lost = [a for a in attempts if a.accepted and not a.reply]
    for _, rcpts, body in copies:
        assert set(rcpts) <= accepted, f"I5: {test_id} went to {rcpts}"
        assert STRANGER not in rcpts or kind == "clean", f"I5: {test_id} passed its hold"
        assert body == content(test_id, kind), f"I3: {test_id} was changed on the way"
    if promised and kind in ("clean", "split"):
        assert copies, f"I1: {test_id} got a 250 and is not behind"
    if promised and kind in ("number", "split"):
        known = {str(h) for h, _, _ in holds}
        for attempt in promised:
            ids = attempt.reply.rpartition("id=")[2].split(", ")
            assert set(ids) <= known, f"I1: {test_id} was promised {ids}"
    doubtful = [q for q, _, _ in copies if states.get(q) == "unknown"]
    if not promised and not lost:
        assert len(copies) == len(doubtful), f"I2: {test_id} was refused and is behind all the same"
    assert len(copies) <= len(promised) + len(lost) + len(doubtful), f"I4: {test_id} is double"


def _sink_ledger(world: World) -> dict[str, list[tuple[str, list[str], bytes]]]:
    """Test id → what came of it at the next hop: queue id, recipients, bytes as the client's."""
    found: dict[str, list[tuple[str, list[str], bytes]]] = {}
    for taken in world.next_hop.taken:
        test_id, queue_id = _ID.search(taken.content), _QUEUE_ID.search(taken.content)
        if test_id and queue_id and taken.mail_from:
            body = taken.content[taken.content.index(b"X-Test-Id:") :].replace(b"\r\n..", b"\r\n.")
            entry = (queue_id[1].decode(), taken.rcpt_tos, body)
            found.setdefault(test_id[1].decode(), []).append(entry)
    return found


def events(log: Path, name: str) -> list[dict[str, object]]:
    lines = [json.loads(x) for x in log.read_text().splitlines() if x.startswith("{")]
    return [x for x in lines if x.get("event") == name]
