"""Fault 10: the disk under the database is really full, and empties again."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.world import Attempt, World, judge

SIZE = "12m"  # of the disk: tables, a write-ahead log and some mail fit
# A mount of this process's own, which ends with it; a plain user becomes root of a namespace.
MOUNT = f'mount -t tmpfs -o size={SIZE},mode=0700 none "$1" && shift && exec "$@"'


def in_own_mounts() -> list[str]:
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-r", "--mount"]


async def works(directory: Path) -> bool:
    command = [*in_own_mounts(), "sh", "-c", MOUNT, "sh", str(directory), "true"]
    if shutil.which("unshare") is None:
        return False
    child = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    return await child.wait() == 0


class SmallDisk:
    """The gateway with ``var`` on a disk of its own; seen from here through /proc."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.var = world.house.directory / "var"

    async def serve(self) -> None:
        self.var.mkdir(exist_ok=True)
        with self.world.log.open("ab") as out:
            self.world.process = await asyncio.create_subprocess_exec(
                *in_own_mounts(), "sh", "-c", MOUNT, "sh", str(self.var),
                sys.executable, "-m", "gateway", "serve", "-c",
                str(self.world.house.config_path), "--role", "gateway",
                stdout=out, stderr=out,
            )  # fmt: skip
        for _ in range(300):
            if await self.world._listens():
                return
            await asyncio.sleep(0.1)
        pytest.fail("the gateway does not listen")

    @property
    def inside(self) -> Path:
        assert self.world.process is not None
        return Path(f"/proc/{self.world.process.pid}/root{self.var}")

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.inside / "ballast").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                return

    def empty(self) -> None:
        (self.inside / "ballast").unlink()

    def bring_out(self) -> None:
        """Copy what is on the disk to where it can be looked at when the process is gone."""
        kept = self.world.house.directory / "kept"
        shutil.copytree(self.inside, kept)
        with sqlite3.connect(kept / "sekisho.db") as copy:
            copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def stop(self) -> None:
        await self.world.stop()
        shutil.copytree(self.world.house.directory / "kept", self.var, dirs_exist_ok=True)


def _said(attempt: Attempt) -> str:
    return (attempt.reply or attempt.mail)[:3]


@pytest.mark.parametrize(("reserve", "code"), [("0KB", "451"), ("1MB", "452")])
async def test_a_full_disk_refuses_for_a_while_and_loses_nothing(
    world: World, require: Callable[[bool, str], None], tmp_path: Path, reserve: str, code: str
) -> None:
    """Without the reserve the writes themselves fail; with it MAIL is answered before that."""
    mounts = tmp_path / "mounts"
    mounts.mkdir()
    require(await works(mounts), "a mount of one's own (unshare)")
    with world.house.config_path.open("a") as config:
        config.write(f'\n[store]\nreserve = "{reserve}"\n')
    disk = SmallDisk(world)
    await disk.serve()
    assert (await world.send("before", "number")).reply.startswith("250")
    disk.fill()
    refused = [await world.send(f"full-{n}", "number" if n % 2 else "clean") for n in range(40)]
    assert {_said(a) for a in refused} <= {"250", "451", "452"}
    await asyncio.sleep(1.1)  # the free space is looked at once a second
    assert {_said(await world.send(f"late-{kind}", kind)) for kind in ("clean", "number")} == {code}
    assert world.process is not None
    assert world.process.returncode is None, "a full disk is no reason to end"
    disk.empty()
    await asyncio.sleep(1.1)  # the free space is looked at once a second
    assert (await world.send("after", "number")).reply.startswith("250")
    disk.bring_out()
    await disk.stop()
    await judge(world)
