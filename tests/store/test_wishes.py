"""A wish for a trusted recipient and its one answer, also from two machines at one moment."""

from __future__ import annotations

import asyncio
from datetime import date

from gateway.model import Hold, Verdict
from gateway.store import Store, TrustAsked
from tests.desk.office import park
from tests.store.mails import Clock, Keys

WANTED = TrustAsked("partner.example", "給与計算の委託", date(2027, 3, 31))


async def wished(store: Store) -> Hold:
    hold = await store.hold(await park(store, Verdict.WARN, "a@partner.example"))
    assert await store.ask_for_trust(hold, "sender:taro", WANTED, ())
    return hold


async def test_of_two_machines_that_answer_at_one_moment_one_is_heard(
    store: Store, url: str, keys: Keys, clock: Clock
) -> None:
    """Each has an audit chain of its own, which orders nothing between them."""
    hold = await wished(store)
    other = await Store.open(url, keys.sealer, writer="console-2", clock=clock)
    said = await asyncio.gather(
        store.answer_trust(hold, "user:anna", True, "seen", ()),
        other.answer_trust(hold, "user:ben", False, "seen", ()),
        return_exceptions=True,
    )
    await other.close()
    assert sorted(type(s).__name__ for s in said) == ["ConflictError", "TrustAsked"]
    wish = await store.trust_asked(hold.hold_id)
    assert wish is not None
    assert wish.answer is not None
    assert await store.audit_verify() == []


async def test_a_wish_stands_once(store: Store) -> None:
    hold = await wished(store)
    assert not await store.ask_for_trust(hold, "sender:taro", WANTED, ())
