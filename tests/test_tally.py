"""Whichever process is asked for metrics, it answers for all of them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import metrics
from gateway.model import Fate
from gateway.tally import Teller

OTHER = """
import asyncio, sys
from gateway import metrics
from gateway.model import Fate, Verdict
from gateway.tally import Teller

async def main():
    for _ in range(3):
        metrics.delivery_tried(metrics.Sent.RELEASED, Fate.RELAYED)
    metrics.refused(499)
    metrics.inspected(0.2)
    metrics.held(7, 7.0)
    await Teller(sys.argv[1], "outbound").listen()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def value(text: bytes, name: str) -> float:
    [line] = [x for x in text.decode().splitlines() if x.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


async def test_what_another_process_counted_is_added(tmp_path: Path) -> None:
    name = 'sekisho_deliveries_total{fate="relayed",kind="released"}'
    before, inspected = (
        value(metrics.render(), name),
        value(metrics.render(), "sekisho_inspection_seconds_count"),
    )
    metrics.delivery_tried(metrics.Sent.RELEASED, Fate.RELAYED)
    metrics.held(2, 5.0)
    with subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", OTHER, str(tmp_path)], stdout=subprocess.PIPE
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"ready\n"
            told = await Teller(str(tmp_path), "gateway").gathered()
        finally:
            other.kill()
    assert value(told, name) == before + 4
    assert value(told, "sekisho_inspection_seconds_count") == inspected + 1
    assert value(told, 'sekisho_refusals_total{code="499"}') == 1, "a label that is only there"
    assert value(told, "sekisho_held_mails") == 2, "asked of the store by who answers"
    assert value(told, "sekisho_processes") == 2
    again = await Teller(str(tmp_path), "gateway").gathered()
    assert value(again, name) == before + 1, "a dead process is left out"
    assert value(again, "sekisho_processes") == 1


@pytest.mark.parametrize("said", [b"", b"\xff\xfe", b"sekisho_mails_total{verdict="])
async def test_a_process_that_answers_nonsense_does_not_cost_the_others_their_answer(
    tmp_path: Path, said: bytes
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    server = await asyncio.start_unix_server(talk, tmp_path / "console.sock")
    async with server:
        told = await Teller(str(tmp_path), "gateway").gathered()
    assert b"sekisho_mails_total" in told


async def test_without_a_directory_a_process_answers_for_itself() -> None:
    teller = Teller("", "gateway")
    await teller.listen()
    assert value(await teller.gathered(), "sekisho_processes") == 1
    await teller.close()
