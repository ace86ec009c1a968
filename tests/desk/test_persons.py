"""Who is who, and what an account's role lets its person do, whichever door he comes through."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.desk import Action, Actor
from gateway.errors import RightsError
from gateway.model import HoldState
from gateway.store import Role, Store, User, upgrade
from tests.desk.office import HANAKO, OWN, REASON, desk_of, park
from tests.store.mails import SENDER, Clock, Keys


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """One database is enough here: accounts have their own tests on both."""
    address = f"sqlite:{tmp_path / 'sekisho.db'}"
    await upgrade(address)
    return address


async def add(store: Store, name: str, role: Role = Role.APPROVER, *at: str, who: str = "") -> None:
    await store.add_user(User(name, role, "", at, person=who), "$argon2id$x", actor="os:root")


@pytest.mark.parametrize("door", ["user", "os"])
async def test_the_last_of_several_approvals_is_an_approvers_at_every_door(
    store: Store, keys: Keys, clock: Clock, door: str
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store, approvers=2)
    await add(store, "hanako", Role.HANDLER)
    await add(store, "jiro", Role.HANDLER)
    await add(store, "buchou", Role.APPROVER)
    await desk.release(hold_id, Actor(f"{door}:hanako"), REASON)
    second = Actor(f"{door}:jiro")
    assert Action.RELEASE not in await desk.possible(hold_id, second)
    with pytest.raises(RightsError, match="may not countersign"):
        await desk.release(hold_id, second, REASON)
    released = await desk.release(hold_id, Actor(f"{door}:buchou"), REASON)
    assert released.state is HoldState.RELEASED


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
@pytest.mark.parametrize("door", ["user", "os"])
async def test_who_decides_nothing_on_the_pages_decides_nothing_at_a_terminal(
    store: Store, keys: Keys, clock: Clock, role: Role, door: str
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    await add(store, "kansa", role)
    actor = Actor(f"{door}:kansa")
    assert await desk.possible(hold_id, actor) == ()
    with pytest.raises(RightsError, match="may not release"):
        await desk.release(hold_id, actor, REASON)
    with pytest.raises(RightsError, match="may not reject"):
        await desk.reject(hold_id, actor, REASON)


async def test_a_closed_account_may_nothing_at_a_terminal_either(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    await add(store, "hanako")
    await store.disable_user("hanako", actor="os:root")
    with pytest.raises(RightsError, match="may not release"):
        await desk.release(hold_id, Actor("os:hanako"), REASON)


async def test_an_account_that_lapsed_may_nothing_at_a_terminal_either(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk = desk_of(store, keys, clock)
    await add(store, "hanako")
    clock.pass_by(days=366)
    hold_id = await park(store)
    with pytest.raises(RightsError, match="may not release"):
        await desk.release(hold_id, Actor("os:hanako"), REASON)


async def test_senders_need_no_right_to_take_their_own_mail_back(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    await add(store, "taro", Role.AUDITOR, SENDER)
    cancelled = await desk.cancel(hold_id, Actor("user:taro", (SENDER,)), REASON)
    assert cancelled.state is HoldState.CANCELLED


# ------------------------------------------------------------------ one person, two accounts


async def test_an_account_that_says_who_it_is_is_one_with_another_of_its_mailbox(
    store: Store, keys: Keys, clock: Clock
) -> None:
    """Only one of the two accounts was told whose it is, and so opened four eyes."""
    desk, hold_id = desk_of(store, keys, clock), await park(store, approvers=2)
    at = ("h.suzuki@" + OWN,)
    await add(store, "hanako", Role.APPROVER, *at, who="suzuki")
    await add(store, "hanako-a", Role.APPROVER, *at)
    await desk.release(hold_id, Actor("user:hanako", at), REASON)
    with pytest.raises(RightsError, match="approved it already"):
        await desk.release(hold_id, Actor("user:hanako-a", at), REASON)


async def test_a_mailbox_of_two_persons_makes_them_no_one_person(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store, approvers=2)
    at = ("soumu@" + OWN,)
    await add(store, "hanako", Role.APPROVER, *at, who="suzuki")
    await add(store, "buchou", Role.APPROVER, *at, who="tanaka")
    await desk.release(hold_id, Actor("user:hanako", at), REASON)
    released = await desk.release(hold_id, Actor("user:buchou", at), REASON)
    assert released.state is HoldState.RELEASED


@pytest.mark.parametrize(
    ("at", "who"), [(("h.suzuki@" + OWN,), ""), ((), "suzuki")], ids=["mailbox", "person"]
)
async def test_two_accounts_of_one_person_are_one_pair_of_eyes(
    store: Store, keys: Keys, clock: Clock, at: tuple[str, ...], who: str
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store, approvers=2)
    await add(store, "hanako", Role.HANDLER, *at, who=who)
    await add(store, "hanako-a", Role.APPROVER, *at, who=who)
    await add(store, "buchou", Role.APPROVER)
    await desk.release(hold_id, Actor("user:hanako", at), REASON)
    with pytest.raises(RightsError, match="approved it already"):
        await desk.release(hold_id, Actor("user:hanako-a", at), REASON)
    assert await desk.missing(hold_id, HANAKO) == 1
    released = await desk.release(hold_id, Actor("user:buchou"), REASON)
    assert released.state is HoldState.RELEASED


async def test_accounts_that_were_tied_together_later_count_once(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store, approvers=3)
    for name in ("hanako", "hanako-a", "buchou"):
        await add(store, name)
    for name in ("hanako", "hanako-a"):
        await desk.release(hold_id, Actor(f"user:{name}"), REASON)
    for name in ("hanako", "hanako-a"):
        await store.identify_user(name, actor="os:root", person="suzuki")
    assert (await desk.release(hold_id, Actor("user:buchou"), REASON)).state is HoldState.PARKED
    assert await desk.missing(hold_id, Actor("user:x")) == 1


async def test_people_of_one_office_mailbox_are_two_where_their_accounts_say_so(
    store: Store, keys: Keys, clock: Clock
) -> None:
    desk, shared = desk_of(store, keys, clock), f"soumu@{OWN}"
    hold_id, own = await park(store, approvers=2), await park(store, sender=shared)
    for name in ("hanako", "jiro"):
        await add(store, name, Role.APPROVER, shared, who=name)
    await desk.release(hold_id, Actor("user:hanako", (shared,)), REASON)
    released = await desk.release(hold_id, Actor("user:jiro", (shared,)), REASON)
    assert released.state is HoldState.RELEASED
    with pytest.raises(RightsError, match="the sender cannot decide"):
        await desk.release(own, Actor("user:jiro", (shared,)), REASON)


@pytest.mark.parametrize("door", ["user", "os"])
async def test_nobody_decides_on_own_mail_with_a_second_account(
    store: Store, keys: Keys, clock: Clock, door: str
) -> None:
    desk, hold_id = desk_of(store, keys, clock), await park(store)
    await add(store, "yamada", Role.HANDLER, SENDER, who="yamada")
    await add(store, "yamada-a", Role.APPROVER, who="yamada")
    with pytest.raises(RightsError, match="the sender cannot decide"):
        await desk.release(hold_id, Actor(f"{door}:yamada-a"), REASON)
