"""What is refused is counted once, and a mail that ends before it is looked into is told."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway import metrics
from tests.house import OWN, House, mail
from tests.wire.attempts import IMPATIENT, TO, attempt
from tests.wire.conftest import Build
from tests.wire.next_hop import ScriptedNextHop
from tests.wire.test_smuggling import HEADER, OPENED, Raw

GREETED = f"S: 220 *\nC: EHLO pc.{OWN}\nS: 250 *\n"
OPEN = f"{GREETED}C: MAIL FROM:<tanto@{OWN}>\nS: 250 *\n"


@pytest.fixture
async def alone(tmp_path: Path, next_hop: ScriptedNextHop) -> AsyncIterator[House]:
    """A house whose next hop is down."""
    await next_hop.stop()
    house = await House(tmp_path, next_hop, config=IMPATIENT).start()
    yield house
    await house.stop()


def counted() -> Counter[str]:
    """Refusals so far, by code."""
    name = "sekisho_refusals_total"
    return Counter(
        {
            sample.labels["code"]: int(sample.value)
            for family in metrics.registry.collect()
            for sample in family.samples
            if sample.name == name
        }
    )


def not_taken(lines: io.StringIO) -> list[dict[str, object]]:
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [one for one in told if one["event"] == "mail not taken"]


# ------------------------------------------------------------------ counted


async def test_a_recipient_refused_while_the_next_hop_is_down_counts(alone: House) -> None:
    before = counted()
    assert (await attempt(alone))[0] == "RCPT"
    assert counted() - before == {"451": 1}


@pytest.mark.parametrize(
    ("script", "counts"),
    [
        pytest.param(f"{GREETED}C: MAIL FROM:<tanto@{OWN}> SIZE=999999999\nS: 552 *", {"552": 1}, id="sender"),
        pytest.param(f"{OPEN}C: RCPT TO:<someone@nowhere.invalidsuffix>\nS: 550 5.7.1 *", {"550": 1}, id="policy"),
        pytest.param(f"{OPEN}C: RCPT TO:<a@@b>\nS: 553 *", {"553": 1}, id="no address"),
        pytest.param(f"{GREETED}C: DATA\nS: 503 *\nC: RCPT TO:<{TO}>\nS: 503 *", {}, id="out of turn"),
        pytest.param(f"{GREETED}C: MAIL from nobody\nS: 501 *\nC: WHAT\nS: 500 *", {}, id="no syntax"),
        pytest.param(f"{GREETED}C: XFORWARD ADDR=192.0.2.1\nS: 550 *", {}, id="not about a mail"),
    ],
)  # fmt: skip
async def test_what_is_refused_counts_and_a_fault_of_syntax_does_not(
    house: House, script: str, counts: dict[str, int]
) -> None:
    before = counted()
    await house.play(script)
    assert counted() - before == counts


async def test_a_mail_that_the_next_hop_refuses_at_its_end_counts_once(
    house: House, next_hop: ScriptedNextHop
) -> None:
    next_hop.features = ("PIPELINING", "SIZE 5000")
    before = counted()
    assert (await attempt(house, mail("x" * 20_000)))[1][:3] == "552"
    assert counted() - before == {"552": 1}


async def test_a_mail_that_is_taken_counts_in_no_refusal(house: House, lines: io.StringIO) -> None:
    before = counted()
    assert (await attempt(house))[1][:3] == "250"
    assert counted() - before == {}
    assert not_taken(lines) == []


# ------------------------------------------------------------------ told


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (mail() + b"himitsu\nb\r\n", 550, "bare-control"),
        (mail() + b"himitsu\r\r\n", 550, "bare-control"),
        (mail("himitsu" * 5000), 552, "too-big"),
        (mail() + b"himitsu" * 200 + b"\r\n", 550, "long-line"),
        (b"Received: from himitsu\r\n" * 30 + mail(), 554, "loop"),
    ],
    ids=["bare LF", "bare CR", "too big", "long line", "loop"],
)
async def test_a_mail_that_ends_before_it_is_looked_into_is_told_in_one_line(
    build: Build, lines: io.StringIO, content: bytes, code: int, reason: str
) -> None:
    house = await build(config='[limits]\nmessage = "10KB"\n', smtp='long_lines = "refuse"')
    before = counted()
    assert (await attempt(house, content))[1][:3] == str(code)
    assert counted() - before == {str(code): 1}
    [line] = not_taken(lines)
    assert (line["client"], line["reply"], line["reason"]) == ("127.0.0.1", code, reason)
    assert "himitsu" not in lines.getvalue()
    assert "tanto" not in lines.getvalue()


async def test_a_mail_sent_too_early_or_declared_too_big_is_told(
    house: House, lines: io.StringIO
) -> None:
    client = await Raw.greeted(house)
    await client.send(OPENED + HEADER + b"\r\n.\r\n")
    assert (await client.until_hung_up())[-1].startswith("554")
    await house.play(f"{GREETED}C: MAIL FROM:<tanto@{OWN}> SIZE=999999999\nS: 552 *")
    assert [line["reason"] for line in not_taken(lines)] == ["too-early", "too-big"]


async def test_a_fault_behind_is_told_once_with_its_cause(alone: House, lines: io.StringIO) -> None:
    await attempt(alone)
    [line] = not_taken(lines)
    assert line["error"] == "NextHopError"
