"""The life of parked mail through the whole house: passwords that come later, delays, samples."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.app import GatewayApp
from gateway.desk import Actor, Stage, stage_of
from gateway.model import Hold, HoldState
from gateway.pipeline import utcnow
from gateway.store import ReviewKind
from tests.house import OWN, POLICY, House, mail
from tests.numbers import my_numbers
from tests.wire.conftest import Build
from tests.wire.next_hop import ScriptedNextHop

TO = "x@stranger.example.com"
WORD = "Kiri-2026-dake"
SECRET = f"パスワードは {WORD} です。\r\n"
HOLD_TOO = POLICY.replace(
    'id = "not-inspectable"', 'id = "not-inspectable"\nhold_password_mail = true'
)


Require = Callable[[bool, str], None]


@pytest.fixture(autouse=True)
def _seven_zip(require: Require) -> None:
    require(shutil.which("7z") is not None, "7z is not installed")


def _locked(directory: Path, content: str) -> bytes:
    inside = directory / "inside"
    inside.mkdir()
    (inside / "名簿.txt").write_text(content)
    command = ["7z", "a", "-tzip", f"-p{WORD}", "out.zip", "名簿.txt"]
    subprocess.run(command, cwd=inside, check=True, capture_output=True)
    return (inside / "out.zip").read_bytes()


def _files_with(word: str, directory: Path) -> list[Path]:
    files = [f for f in directory.rglob("*") if f.is_file() and "inside" not in f.parts]
    assert any(f.suffix == ".db" for f in files)
    return [f for f in files if word.encode() in f.read_bytes()]


async def _locked_mail(house: House, directory: Path, content: str) -> str:
    """Send a file under a password; the id of the hold that it is parked in."""
    file = await asyncio.to_thread(_locked, directory, content)
    reply = await house.send(mail("送ります。\r\n", to=TO, attachments=(("a.zip", file),)), TO)
    assert "held for review" in reply, reply
    return reply.rpartition("id=")[2]


def _app(house: House) -> GatewayApp:
    assert house.app is not None
    return house.app


async def _looked(house: House, hold_id: str) -> Hold:
    await _app(house).pipeline.finish()
    return await _app(house).store.hold(hold_id)


def _numbers(count: int) -> str:
    return "個人番号\r\n" + "\r\n".join(my_numbers(77, count)) + "\r\n"


async def test_a_password_in_the_next_mail_opens_what_is_parked(
    house: House, tmp_path: Path
) -> None:
    hold_id = await _locked_mail(house, tmp_path, _numbers(120))
    assert (await house.send(mail(SECRET, to=TO), TO)).startswith("250")
    hold = await _looked(house, hold_id)
    assert hold.second_look is not None
    assert (hold.second_look["result"], hold.second_look["my_numbers"]) == ("found", 120)
    assert hold.approvers == 2, "so many persons take two pairs of eyes"
    assert (hold.state, hold.my_numbers) == (HoldState.PARKED, 0)


async def test_an_opened_file_without_a_number_is_said_to_hold_nothing(
    house: House, tmp_path: Path
) -> None:
    hold_id = await _locked_mail(house, tmp_path, "議事録です。\r\n")
    await house.send(mail(SECRET, to=TO), TO)
    assert ((await _looked(house, hold_id)).second_look or {})["result"] == "nothing"


async def test_a_wrong_word_leaves_it_locked_and_the_right_one_is_tried_later(
    house: House, tmp_path: Path
) -> None:
    hold_id = await _locked_mail(house, tmp_path, _numbers(2))
    await house.send(mail("パスワードは another-word です。\r\n", to=TO), TO)
    assert ((await _looked(house, hold_id)).second_look or {})["result"] == "locked"
    await house.send(mail(SECRET, to=TO), TO)
    assert ((await _looked(house, hold_id)).second_look or {})["my_numbers"] == 2


@pytest.mark.parametrize(
    ("to", "sender"), [("other@stranger.example.com", f"tanto@{OWN}"), (TO, f"jiro@{OWN}")]
)
async def test_another_senders_mail_or_other_recipients_open_nothing(
    house: House, tmp_path: Path, to: str, sender: str
) -> None:
    hold_id = await _locked_mail(house, tmp_path, _numbers(2))
    await house.send(mail(SECRET, to=to, sender=sender), to, sender=sender)
    assert (await _looked(house, hold_id)).second_look is None


async def test_no_password_is_written_anywhere(house: House, tmp_path: Path) -> None:
    hold_id = await _locked_mail(house, tmp_path, _numbers(2))
    await house.send(mail(SECRET, to=TO), TO)
    assert (await _looked(house, hold_id)).second_look is not None
    assert await asyncio.to_thread(_files_with, WORD, tmp_path) == []


async def test_nothing_is_kept_where_no_memory_is_granted(build: Build, tmp_path: Path) -> None:
    house = await build(config='[limits.locked]\nmemory = "0B"')
    hold_id = await _locked_mail(house, tmp_path, _numbers(2))
    await house.send(mail(SECRET, to=TO), TO)
    assert (await _looked(house, hold_id)).second_look is None


async def test_by_policy_the_password_mail_is_parked_with_its_file(
    build: Build, tmp_path: Path, next_hop: ScriptedNextHop
) -> None:
    house = await build(policy=HOLD_TOO)
    hold_id = await _locked_mail(house, tmp_path, _numbers(2))
    reply = await house.send(mail(SECRET, to=TO), TO)
    assert "held for review" in reply
    second = await _app(house).store.hold(reply.rpartition("id=")[2])
    assert (second.goes_with, second.rule) == (hold_id, "not-inspectable")
    assert next_hop.taken == []
    assert ((await _looked(house, hold_id)).second_look or {})["result"] == "found"


async def test_without_a_word_of_a_password_the_next_mail_goes_its_way(
    build: Build, tmp_path: Path
) -> None:
    house = await build(policy=HOLD_TOO)
    await _locked_mail(house, tmp_path, _numbers(2))
    assert "held" not in await house.send(mail("よろしくお願いします。\r\n", to=TO), TO)


# ------------------------------------------------------------------ delay


async def test_a_delay_sends_by_itself_unless_the_sender_takes_it_back(
    build: Build, next_hop: ScriptedNextHop
) -> None:
    rule = '[[rule]]\nid = "wait"\nmatch = {}\naction = "warn"\ndelay = "10m"\n'
    house = await build(policy=rule)
    kept, back = [(await house.send(mail(to=TO), TO)).rpartition("id=")[2] for _ in range(2)]
    outbound = await house.outbound()
    assert stage_of(await outbound.store.hold(kept)) is Stage.DELAYED
    await outbound.desk.cancel(back, Actor("os:tanto", (f"tanto@{OWN}",)), "wrong file")
    later = utcnow() + timedelta(minutes=11)
    assert (await outbound.desk.keep_time(later)).sent == (kept,)
    outbound.worker._clock = lambda: later
    await outbound.worker.round()
    assert [t.rcpt_tos for t in next_hop.taken if t.mail_from] == [[TO]]
    await outbound.stop()


# ------------------------------------------------------------------ journal and samples

JOURNAL = '[[journal]]\nid = "files"\nmatch = { attachments = true }\nsample = 100\nkeep = "3d"\n'
MONITOR = (
    'monitor = true\n[[rule]]\nid = "all"\nmatch = {}\naction = "hold"\n'
    '[[journal]]\nid = "trial"\nmatch = {}\nmonitored = true\nsample = 100\n'
)
ALLOW = '[[rule]]\nid = "all"\nmatch = {}\naction = "allow"\n'


async def test_a_mail_with_a_file_is_sampled_after_it_left_and_no_other(build: Build) -> None:
    house = await build(policy=ALLOW + JOURNAL)
    content = mail(to=TO, attachments=(("a.txt", b"hello"),))
    assert (await house.send(content, TO)).startswith("250")
    await house.send(mail(to=TO), TO)
    await house.send(content, f"jiro@{OWN}")
    await _app(house).pipeline.finish()
    outbound = await house.outbound()
    [review] = await outbound.desk.reviews()
    assert (review.kind, review.rule, review.attachments) == (ReviewKind.SAMPLE, "files", 1)
    opened = (await outbound.store.review(review.review_id)).opened(outbound.desk._opener)
    assert opened is not None
    assert opened[1].endswith(content)
    await outbound.stop()


async def test_what_monitor_let_pass_is_sealed_for_counting(
    build: Build, next_hop: ScriptedNextHop
) -> None:
    house = await build(policy=MONITOR)
    await house.send(mail(to=TO), TO)
    await _app(house).pipeline.finish()
    assert [r.kind for r in await _app(house).store.reviews()] == [ReviewKind.MONITORED]
    assert [t.rcpt_tos for t in next_hop.taken] == [[TO]]


async def test_a_mail_that_the_next_hop_refused_is_not_sampled(
    build: Build, next_hop: ScriptedNextHop
) -> None:
    house = await build(policy=ALLOW + JOURNAL)
    next_hop.answers["."] = "451 4.3.0 later"
    reply = await house.send(mail(to=TO, attachments=(("a.txt", b"hello"),)), TO)
    assert reply.startswith("451")
    await _app(house).pipeline.finish()
    assert await _app(house).store.reviews() == []
