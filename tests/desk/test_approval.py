"""Who may approve: named people, managers, stand-ins, unusual hours, one person behind two doors."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from gateway.desk import Action, Actor, Office
from gateway.desk.roster import Roster
from gateway.errors import ConfigError, RightsError, UsageError
from gateway.model import HoldState, Verdict
from gateway.store import ReviewKind, Store, upgrade
from tests.desk.office import HANAKO, JIRO, OWN, PEOPLE, REASON, TARO, desk_of, park, terms
from tests.store.mails import Clock, Keys

KACHO, BUCHO = Actor("user:kacho"), Actor("os:bucho")
RULE = '[[rule]]\nid = "one"\nmatch = {}\naction = "hold"\n'
BY_MANAGER = RULE + 'approved_by = ["manager"]\n'
NIGHT = Office(time(8, 30), time(17, 15), frozenset(range(5)), frozenset({date(2026, 11, 23)}))


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """One database is enough here: both are under the acts themselves in test_desk."""
    address = f"sqlite:{tmp_path / 'sekisho.db'}"
    await upgrade(address)
    return address


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


async def test_terminal_and_console_are_one_pair_of_eyes(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store, approvers=2)
    await desk.release(hold_id, Actor("os:hanako"), REASON)
    with pytest.raises(RightsError, match="approved it already"):
        await desk.release(hold_id, Actor("user:Hanako"), REASON)
    assert (await desk.release(hold_id, JIRO, REASON)).state is HoldState.RELEASED


async def test_two_accounts_of_one_mailbox_are_one_person(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk = desk_of(store, keys, clock, terms(people=people))
    hold_id = await park(store, approvers=2)
    await desk.release(hold_id, Actor("user:h.suzuki", (f"hanako@{OWN}",)), REASON)
    with pytest.raises(RightsError, match="approved it already"):
        await desk.release(hold_id, Actor("os:hanako"), REASON)


async def test_the_authenticated_sender_behind_a_shared_mailbox_does_not_approve(
    store: Store, keys: Keys, clock: Clock
) -> None:
    """The wire knew him as taro, although he wrote as the office."""
    desk, hold_id = desk_of(store, keys, clock), await park(store, sender=f"soumu@{OWN}")
    with pytest.raises(RightsError, match="the sender cannot decide"):
        await desk.release(hold_id, Actor("os:taro"), REASON)


async def test_only_the_manager_approves_where_policy_says_so(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk, hold_id = desk_of(store, keys, clock, terms(BY_MANAGER, people)), await park(store)
    for other in (HANAKO, BUCHO):
        with pytest.raises(RightsError, match="names others"):
            await desk.release(hold_id, other, REASON)
    assert Action.RELEASE not in await desk.possible(hold_id, HANAKO)
    assert Action.REJECT in await desk.possible(hold_id, HANAKO)
    assert (await desk.release(hold_id, KACHO, REASON)).state is HoldState.RELEASED


async def test_without_a_known_manager_nobody_approves_in_his_place(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk = desk_of(store, keys, clock, terms(BY_MANAGER, people))
    hold_id = await park(store, sender=f"unknown@{OWN}")
    with pytest.raises(RightsError, match="names others"):
        await desk.release(hold_id, HANAKO, REASON)


@pytest.mark.parametrize(
    ("entry", "may"),
    [
        ("hanako", True),
        (f"hanako@{OWN}", True),
        (f"@{OWN}", True),
        ("group:g", True),
        ("jiro", False),
    ],
)
async def test_approvers_are_named_by_person_mailbox_domain_or_group(
    store: Store, keys: Keys, clock: Clock, people: Path, entry: str, may: bool
) -> None:
    policy = f'[groups]\ng = ["hanako@{OWN}"]\n{RULE}approved_by = ["{entry}"]\n'
    desk, hold_id = desk_of(store, keys, clock, terms(policy, people)), await park(store)
    assert (Action.RELEASE in await desk.possible(hold_id, HANAKO)) is may


async def test_who_has_left_approves_nothing(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk, hold_id = desk_of(store, keys, clock, terms("", people)), await park(store)
    with pytest.raises(RightsError):
        await desk.release(hold_id, Actor("user:gone"), REASON)


# ------------------------------------------------------------------ stand-ins


async def test_a_stand_in_decides_for_the_time_he_is_named(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk = desk_of(store, keys, clock, terms(BY_MANAGER, people))
    hold_id, now = await park(store), clock()
    await desk.appoint(KACHO, "kacho", "jiro", now, now + timedelta(days=3), "leave")
    assert Action.RELEASE in await desk.possible(hold_id, JIRO)
    clock.pass_by(days=3)
    assert Action.RELEASE not in await desk.possible(hold_id, JIRO)


async def test_stand_ins_make_no_chain(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk = desk_of(store, keys, clock, terms(BY_MANAGER, people))
    hold_id, now = await park(store), clock()
    later = now + timedelta(days=3)
    await desk.appoint(KACHO, "kacho", "jiro", now, later, "leave")
    await desk.appoint(JIRO, "jiro", "hanako", now, later, "leave, too")
    assert Action.RELEASE not in await desk.possible(hold_id, HANAKO)


async def test_the_sender_gains_nothing_as_a_stand_in(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk = desk_of(store, keys, clock, terms(BY_MANAGER, people))
    hold_id, now = await park(store), clock()
    await desk.appoint(KACHO, "kacho", "taro", now, now + timedelta(days=1), "leave")
    with pytest.raises(RightsError, match="the sender cannot decide"):
        await desk.release(hold_id, TARO, REASON)


async def test_a_withdrawn_stand_in_decides_no_more(
    store: Store, keys: Keys, clock: Clock, people: Path
) -> None:
    desk = desk_of(store, keys, clock, terms(BY_MANAGER, people))
    hold_id, now = await park(store), clock()
    made = await desk.appoint(KACHO, "kacho", "jiro", now, now + timedelta(days=3), "leave")
    with pytest.raises(RightsError):
        await desk.withdraw(HANAKO, made.stand_in_id, REASON)
    await desk.withdraw(KACHO, made.stand_in_id, "back again")
    assert Action.RELEASE not in await desk.possible(hold_id, JIRO)
    assert await store.audit_verify() == []


async def test_only_the_absent_person_or_who_appoints_names_a_stand_in(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, now = desk_of(store, keys, clock), clock()
    period = (now, now + timedelta(days=2))
    with pytest.raises(RightsError, match="only the absent"):
        await desk.appoint(HANAKO, "kacho", "jiro", *period, REASON)
    chief = Actor("user:bucho", appoints=True)
    with pytest.raises(RightsError, match="nobody appoints himself"):
        await desk.appoint(chief, "kacho", "bucho", *period, REASON)
    assert (await desk.appoint(chief, "kacho", "jiro", *period, REASON)).stand_in == "jiro"
    for since, until in ((now, now), (now, now + timedelta(days=400))):
        with pytest.raises(UsageError, match="period"):
            await desk.appoint(chief, "kacho", "jiro", since, until, REASON)
    with pytest.raises(UsageError, match="another person"):
        await desk.appoint(KACHO, "kacho", "os:kacho", *period, REASON)


# ------------------------------------------------------------------ one's own mail


async def test_nobody_approves_his_own_mail_unless_policy_allows_self_check(
    store: Store, keys: Keys, clock: Clock
) -> None:
    hold_id = await park(store)
    with pytest.raises(RightsError, match="the sender cannot decide"):
        await desk_of(store, keys, clock).release(hold_id, TARO, REASON)
    allowed = desk_of(store, keys, clock, terms(RULE + "self_check = true\n"))
    with pytest.raises(RightsError):
        await allowed.release(hold_id, Actor("link", sender_of=hold_id), REASON)
    assert (await allowed.release(hold_id, TARO, REASON)).state is HoldState.RELEASED


async def test_with_self_check_four_eyes_still_need_another_person(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk = desk_of(store, keys, clock, terms(RULE + "self_check = true\n"))
    hold_id = await park(store, approvers=2)
    assert (await desk.release(hold_id, TARO, REASON)).state is HoldState.PARKED
    with pytest.raises(RightsError, match="approved it already"):
        await desk.release(hold_id, TARO, REASON)
    assert (await desk.release(hold_id, HANAKO, REASON)).state is HoldState.RELEASED


# ------------------------------------------------------------------ night and disaster


@pytest.mark.parametrize("when", [{}, {"days": 2}, {"days": 3, "hours": 7}])
async def test_at_night_and_on_holidays_one_approver_is_enough_and_it_is_looked_at_later(
    store: Store, keys: Keys, clock: Clock, when: dict[str, float]
) -> None:
    """A Saturday, a holiday, and a working day at seven in the evening."""
    clock.pass_by(**when)
    its = terms('[approval]\noff_hours = "one-approver"\n', office=NIGHT)
    desk, hold_id = desk_of(store, keys, clock, its), await park(store, approvers=2)
    assert (await desk.release(hold_id, HANAKO, REASON)).state is HoldState.RELEASED
    [review] = await desk.reviews()
    assert (review.kind, review.hold_id) == (ReviewKind.OFF_HOURS, hold_id)
    assert review.decided_by == ("hanako",)


async def test_in_office_hours_two_are_needed_all_the_same(
    store: Store, keys: Keys, clock: Clock
) -> None:
    clock.pass_by(days=3)  # Tuesday noon
    its = terms('[approval]\noff_hours = "one-approver"\n', office=NIGHT)
    desk, hold_id = desk_of(store, keys, clock, its), await park(store, approvers=2)
    assert (await desk.release(hold_id, HANAKO, REASON)).state is HoldState.PARKED
    assert await desk.reviews() == []


async def test_in_a_disaster_the_sender_checks_himself_until_the_last_day(
    store: Store, keys: Keys, clock: Clock
) -> None:
    policy = '[approval]\ndisaster = "self-check"\ndisaster_until = 2026-11-22\n'
    desk = desk_of(store, keys, clock, terms(policy))
    hold_id, other = await park(store, approvers=2), await park(store)
    assert (await desk.release(hold_id, TARO, REASON)).state is HoldState.RELEASED
    assert [r.kind for r in await desk.reviews()] == [ReviewKind.DISASTER]
    clock.pass_by(days=2)
    with pytest.raises(RightsError, match="the sender cannot decide"):
        await desk.release(other, TARO, REASON)


async def test_what_one_would_have_decided_anyway_is_not_put_on_the_list(
    store: Store, keys: Keys, clock: Clock
) -> None:
    its = terms('[approval]\noff_hours = "one-approver"\n', office=NIGHT)
    desk = desk_of(store, keys, clock, its)
    await desk.release(await park(store), HANAKO, REASON)
    assert await desk.reviews() == []


# ------------------------------------------------------------------ the list of people


def test_the_list_of_people_is_read_as_excel_saves_it(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(
        "表示名,sAMAccountName,mail,manager\n鈴木,Suzuki,S@x.jp,Kato\n".encode("cp932")
    )
    roster = Roster.load(path)
    assert roster.person("os:SUZUKI") == roster.person("x", ("s@x.jp",)) == "suzuki"
    assert roster.manager("suzuki") == "kato"


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"mail\nx@y.jp\n", 1, "no column"),
        (b"uid\na\na\n", 3, "twice"),
        (b"uid,mail\n,x@y.jp\n", 2, "no name"),
        (b"uid\n\x81\x20\n", 0, "neither"),
    ],
)
def test_a_list_that_is_wrong_is_refused_at_its_line(
    tmp_path: Path, content: bytes, line: int, why: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=why) as caught:
        Roster.load(path)
    assert caught.value.problems[0].line == line


async def test_a_warned_mail_is_not_approved_by_its_sender(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store, Verdict.WARN)
    with pytest.raises(RightsError):
        await desk.release(hold_id, TARO, REASON)
    assert await desk.possible(hold_id, TARO) == (Action.CONFIRM, Action.CORRECT, Action.CANCEL)
