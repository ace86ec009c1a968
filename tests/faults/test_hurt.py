"""A served gateway whose parts are hurt while mail is on its way: the numbers are those of
the fault plan (mail transport, section 7)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.world import INSIDE, STRANGER, World, content, events, judge
from tests.house import OWN, mail
from tests.wire.postfix import until
from tests.wire.transcript import Wire


def workers_of(pid: int) -> list[int]:
    """The reading workers below a gateway process: what the zygote below its loader forked."""
    return [
        worker
        for loader in _children(pid)
        for zygote in _children(loader)
        for worker in _children(zygote)
    ]


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found.append(int(stat.parent.name))
    return found


async def test_8_sigterm_with_fifty_sessions_answers_who_is_past_the_dot(world: World) -> None:
    await world.serve()
    world.next_hop.delay_s = 1.0
    idle = [await Wire.connect(world.port) for _ in range(40)]
    for wire in idle:
        await wire.play("S: 220 *")
    sending = [asyncio.create_task(world.send(f"m-{n}")) for n in range(10)]
    await until(lambda: world.next_hop.commands.count("DATA") == 10, "ten relays")
    assert world.process is not None
    world.process.terminate()
    assert all([(await s).reply.startswith("250") for s in sending])
    for wire in idle:
        await wire.play("S: 421 *")
        await wire.close()
    assert await world.died() == 0
    await judge(world)


async def test_9_a_worker_killed_while_it_reads_means_held_not_passed(world: World) -> None:
    await world.serve(role="gateway")
    assert world.process is not None
    before = workers_of(world.process.pid)
    assert before
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    table = mail("資料です。\r\n", attachments=(("a.csv", b"a,b\r\n1,2\r\n"),))
    sending = asyncio.create_task(_send(world, table, INSIDE, STRANGER))
    await asyncio.sleep(0.5)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    reply = await sending
    assert reply.startswith("250"), reply
    assert "held for review" in reply
    assert (await world.send("after")).reply.startswith("250")
    await until(lambda: bool(set(workers_of(world.process.pid)) - set(before)), "a new worker")


async def _send(world: World, what: bytes, *to: str) -> str:
    wire = await Wire.connect(world.port)
    rcpts = "".join(f"C: RCPT TO:<{a}>\nS: 250 *\n" for a in to)
    try:
        return await wire.play(
            f"S: 220 *\nC: EHLO pc\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n{rcpts}"
            "C: DATA\nS: 354 *\nC@ mail\nS: *",
            mail=what,
        )
    finally:
        await wire.close()


async def test_12_a_failed_fsync_is_a_451_and_the_end_of_the_process(
    world: World, require: Callable[[bool, str], None]
) -> None:
    require(shutil.which("strace") is not None, "strace (Debian package strace)")
    await world.serve(role="gateway")
    assert world.process is not None
    tracer = await asyncio.create_subprocess_exec(
        "strace", "-f", "-p", str(world.process.pid), "-o", "/dev/null",
        "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=1+",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert tracer.stderr is not None
    await asyncio.wait_for(tracer.stderr.readline(), 10)
    refused = await world.send("m", "number")
    assert refused.reply.startswith("451"), refused
    assert await world.died() == 74
    with contextlib.suppress(ProcessLookupError):
        tracer.kill()
    await tracer.wait()
    await world.serve(role="gateway")
    assert (await world.send("m", "number")).reply.startswith("250")
    await world.stop()
    await judge(world)


async def test_23_a_locked_database_is_waited_for_and_then_a_451(world: World) -> None:
    await world.serve(role="gateway")
    await world.send("warm")
    with contextlib.closing(sqlite3.connect(world.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        sending = asyncio.create_task(world.send("short"))
        await asyncio.sleep(1.0)
        other.execute("COMMIT")
        assert (await sending).reply.startswith("250")
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        assert (await world.send("long")).reply.startswith("451")
        assert time.monotonic() - started < 15
        other.execute("COMMIT")
    assert (await world.send("long")).reply.startswith("250")
    await world.stop()
    await judge(world)


async def test_23_a_corrupt_database_keeps_the_gateway_from_starting(world: World) -> None:
    await world.serve(role="gateway")
    await world.send("m", "number")
    await world.stop()
    with world.database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 8))
    with contextlib.suppress(AssertionError):
        await world.serve(role="gateway")
    assert await world.died() == 74
    assert "Traceback" not in world.log.read_text()


@pytest.mark.parametrize(
    "bad",
    [
        b"[[rule]\n",
        b"",
        b'[[rule]]\nid = 3\nmatch = {}\naction = "hold"\n',
        b'[[rule]]\nid = "x"\nmatch = { sender = ["group:nobody"] }\naction = "hold"\n',
        b"monitor = tr",
        b"\xff\xfe\x00",
        None,
    ],
    ids=["syntax", "empty", "type", "group", "half", "binary", "unreadable"],
)
async def test_25_a_bad_policy_changes_nothing_while_serving(
    world: World, bad: bytes | None
) -> None:
    await world.serve(role="gateway")
    rules = world.house.directory / "policies" / "rules.toml"
    if bad is None:
        rules.unlink()
        rules.mkdir()
    else:
        rules.write_bytes(bad)
    assert world.process is not None
    world.process.send_signal(signal.SIGHUP)
    if bad == b"":
        await until(lambda: bool(events(world.log, "policy reloaded")), "the empty policy")
    else:
        await until(
            lambda: bool(events(world.log, "reload refused, old policy kept")), "the refusal"
        )
    # An empty policy is valid: what no rule matches is held where something was found.
    assert "held for review" in (await world.send("m", "number")).reply


async def test_30_nothing_of_a_failed_mail_carries_over_to_the_next(world: World) -> None:
    await world.serve(role="gateway")
    wire = await Wire.connect(world.port)
    world.next_hop.answers["."] = "554 5.6.0 no"
    await wire.play(
        f"S: 220 *\nC: EHLO pc\nS: 250 *\nC: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n"
        f"C: RCPT TO:<{INSIDE}>\nS: 250 *\nC: DATA\nS: 354 *\nC@ mail\nS: 554 *",
        mail=content("first", "clean"),
    )
    world.next_hop.answers.clear()
    await wire.play(f"C: RCPT TO:<{INSIDE}>\nS: 503 *\nC: DATA\nS: 503 *")
    await wire.close()
    assert world.next_hop.taken == []


async def test_36_a_mail_that_comes_back_to_us_is_stopped(world: World) -> None:
    """The next hop hands every mail back to the gateway: the Received lines end it."""
    await world.serve(role="gateway")
    current = content("loop", "clean")
    for hops in range(40):  # noqa: B007 - asked for below
        reply = await _send(world, current, INSIDE)
        if not reply.startswith("250"):
            break
        current = world.next_hop.taken[-1].content.replace(b"\r\n..", b"\r\n.")
    assert reply.startswith("554 5.4.6")
    assert hops == 30


async def test_37_without_the_key_nothing_is_parked_and_nothing_lies_in_clear(
    world: World,
) -> None:
    await world.serve(role="gateway")
    assert (await world.send("before", "number")).reply.startswith("250")
    await world.stop()
    moved = world.house.directory / "elsewhere"
    moved.mkdir()
    for key in (world.house.directory / "var").glob("keys*"):
        key.rename(moved / key.name)
    with contextlib.suppress(AssertionError):
        await world.serve(role="gateway")
    assert await world.died() != 0
    said = world.log.read_text()
    assert re.search(r"key", said)
    for key in moved.iterdir():
        key.rename(world.house.directory / "var" / key.name)
    await world.serve(role="gateway")
    assert (await world.send("after", "number")).reply.startswith("250")
    await world.stop()
    status, listed = await world.sekisho("holds", "list", "--json")
    assert (status, len(listed.splitlines())) == (0, 2)
    await judge(world)


async def test_the_same_mail_sent_again_is_shown_as_such_and_never_dropped(world: World) -> None:
    await world.serve(role="gateway")
    first = (await world.send("again", "number")).reply.rpartition("id=")[2]
    second = (await world.send("again", "number")).reply.rpartition("id=")[2]
    assert first != second
    status, shown = await world.sekisho("holds", "show", second, "--lang", "en")
    assert status == 0
    assert first in shown
