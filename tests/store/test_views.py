"""Views of the queue that people keep."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest

from gateway.errors import UsageError
from gateway.store import Role, Store, User
from gateway.store.views import SavedView
from tests.numbers import grouped, my_number

MOST = 3


async def test_each_account_has_its_own_views_one_a_name(store: Store) -> None:
    for name in ("hanako", "ichiro"):
        await store.add_user(User(name, Role.HANDLER), "", actor="test")
    await store.keep_view("hanako", " grave  ones ", "risk=high", MOST)
    await store.keep_view("hanako", "grave ones", "risk=medium", MOST)
    assert await store.views("hanako") == [SavedView("grave ones", "risk=medium")]
    assert await store.views("ichiro") == []
    await store.drop_view("ichiro", "grave ones")
    assert len(await store.views("hanako")) == 1
    await store.drop_view("hanako", "grave ones")
    assert await store.views("hanako") == []


async def test_a_view_has_a_name_and_filters_and_there_is_a_most(store: Store) -> None:
    await store.add_user(User("hanako", Role.HANDLER), "", actor="test")
    for name, query in ((" ", "risk=high"), ("all", ""), ("long", "q=" + "x" * 500)):
        with pytest.raises(UsageError):
            await store.keep_view("hanako", name, query, MOST)
    for n in range(MOST):
        await store.keep_view("hanako", f"view {n}", "risk=high", MOST)
    with pytest.raises(UsageError, match="at most"):
        await store.keep_view("hanako", "one more", "risk=high", MOST)


async def test_no_number_is_kept_in_a_view(store: Store) -> None:
    await store.add_user(User("hanako", Role.HANDLER), "", actor="test")
    number = my_number(4)
    await store.keep_view("hanako", f"of {number}", f"q={number}", MOST)
    (view,) = await store.views("hanako")
    assert number not in f"{view.name} {view.query}"


@pytest.mark.parametrize("between", ["　", "/", "–", "", "・"])
async def test_a_number_is_masked_as_it_was_written_not_as_an_address_has_it(
    store: Store, between: str
) -> None:
    """Coded for an address its digits stood apart, and the database had all of them."""
    await store.add_user(User("hanako", Role.HANDLER), "", actor="test")
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    written = grouped(my_number(5), between).translate(wide)
    await store.keep_view("hanako", "v", urlencode({"q": written, "risk": "high"}), MOST)
    (view,) = await store.views("hanako")
    kept = dict(parse_qsl(view.query))
    assert kept["risk"] == "high"
    assert not [c for c in kept["q"] if c.isdigit()]
