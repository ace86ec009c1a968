"""One coarse timer tells silence, an unfinished command and a trickle from honest slowness."""

from __future__ import annotations

import pytest

from gateway.model import Reply
from gateway.smtp.patience import Patience, WaitLimits
from gateway.smtp.replies import SILENT, STALLED


class Turned:
    """A patience whose clock the test turns."""

    def __init__(self, limits: WaitLimits) -> None:
        self.now = 100.0
        self.timers = 0
        self.said: list[Reply] = []
        self._call = lambda: None
        self._due = 0.0
        self.patience = Patience(self, limits, self.said.append)  # type: ignore[arg-type]

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, call):
        self.timers += 1
        self._due, self._call = self.now + delay, call
        return self

    def cancel(self) -> None:
        self._due = float("inf")

    def pass_by(self, seconds: float) -> None:
        until = self.now + seconds
        while self._due <= until:
            self.now = self._due
            self._call()
        self.now = until


@pytest.fixture
def turned() -> Turned:
    return Turned(WaitLimits(command_s=300, data_s=180, rate_bytes=500, rate_after_s=60))


def test_silence_before_a_command_ends_a_session(turned: Turned) -> None:
    turned.patience.for_command()
    turned.pass_by(299)
    assert turned.said == []
    turned.pass_by(17)
    assert turned.said[0] == SILENT


def test_commands_set_no_timer(turned: Turned) -> None:
    for _ in range(1000):
        turned.patience.for_command()
        turned.patience.rest()
    assert turned.timers == 1


def test_nobody_is_hurried_while_the_next_hop_thinks(turned: Turned) -> None:
    turned.patience.rest()
    turned.pass_by(3600)
    assert turned.said == []


def test_a_mail_may_pause_and_not_fall_silent(turned: Turned) -> None:
    turned.patience.for_mail()
    turned.patience.got(1_000_000)
    turned.pass_by(170)
    turned.patience.got(1)
    turned.pass_by(170)
    assert turned.said == []
    turned.pass_by(30)
    assert turned.said[0] == STALLED


@pytest.mark.parametrize(("rate", "ended"), [(600, False), (400, True)])
def test_a_mail_slower_than_the_least_speed_is_ended(
    turned: Turned, rate: int, ended: bool
) -> None:
    turned.patience.for_mail()
    for _ in range(120):
        turned.pass_by(1)
        turned.patience.got(rate)
    assert bool(turned.said) is ended


def test_no_least_speed_is_asked_for_where_it_is_switched_off() -> None:
    turned = Turned(WaitLimits(rate_bytes=0))
    turned.patience.for_mail()
    for _ in range(10):
        turned.pass_by(100)
        turned.patience.got(1)
    assert turned.said == []


def test_a_cancelled_patience_is_silent(turned: Turned) -> None:
    turned.patience.for_command()
    turned.patience.cancel()
    turned.pass_by(3600)
    assert turned.said == []
