"""Sessions and bytes are counted in and out, by client and in all."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import load
from gateway.errors import ConfigError
from gateway.smtp.doorkeeper import Doorkeeper, HouseRules, Load, within
from gateway.smtp.replies import FULL, NOT_ALLOWED

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))
RULES = HouseRules(
    LOOPBACK, (), 3, 2, in_flight_bytes=100, in_flight_bytes_per_client=60
)  # fmt: skip


def test_a_client_and_all_of_them_have_a_cap() -> None:
    keeper = Doorkeeper(RULES)
    assert [keeper.enter("127.0.0.1") for _ in range(3)] == [None, None, FULL]
    keeper.leave("127.0.0.1")
    assert [keeper.enter("127.0.0.2") for _ in range(2)] == [None, FULL]
    assert keeper.enter("192.0.2.1") == NOT_ALLOWED


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("127.0.0.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("::1%lo", True),
        ("192.0.2.1", False), ("::ffff:192.0.2.1", False), ("", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_an_address_is_looked_up_in_its_networks(address: str, inside: bool) -> None:
    assert within(address, LOOPBACK) is inside


def test_one_client_leaves_room_for_others() -> None:
    keeper = Doorkeeper(RULES)
    one, two, three = (Load(keeper, a) for a in ("127.0.0.1", "127.0.0.1", "127.0.0.2"))
    assert one.reserve(50)
    assert not two.reserve(11)
    assert three.reserve(50)
    assert not three.take(51)
    one.put_down()
    assert two.reserve(11)


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("rtp"), st.integers(0, 70))))
def test_what_was_counted_in_is_counted_out(steps: list[tuple[int, str, int]]) -> None:
    keeper = Doorkeeper(RULES)
    loads = [Load(keeper, f"127.0.0.{n % 2}") for n in range(3)]
    for which, what, size in steps:
        if what == "p":
            loads[which].put_down()
        else:
            (loads[which].reserve if what == "r" else loads[which].take)(size)
        assert 0 <= keeper._all_bytes <= 100
        assert all(size <= 60 for size in keeper._bytes.values())
    for load_ in loads:
        load_.put_down()
    assert keeper._all_bytes == 0
    assert not keeper._bytes


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ('[limits]\nmessage = "400MB"\n', "limits.in_flight_per_client"),
        ('[limits]\nin_flight = "100MB"\n', "limits.in_flight"),
        ('[smtp.timers]\nrelay = "10m"\n', "smtp.timers.relay"),
    ],
)
def test_settings_that_cannot_stand_together_are_refused(
    tmp_path: Path, settings: str, key: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[organisation]\ndomains = ["city.example.lg.jp"]\n{settings}')
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert [p.key for p in caught.value.problems] == [key]
