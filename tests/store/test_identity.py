"""A database that is gone or another one: never served in silence."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from gateway.errors import StoreError
from gateway.store import Store, StoreLostError, accept_store, marker_path
from gateway.store.faults import LastingError
from tests.store.databases import Cluster
from tests.store.mails import Clock, Keys
from tests.store.test_faults import RELAYED, relay


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db" / "sekisho.db"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return marker_path(tmp_path / "keys" / "keys.toml")


async def served(url: str, keys: Keys, clock: Clock, marker: Path) -> None:
    """Start once, take a mail, and stop."""
    store = await Store.open(url, keys.sealer, clock=clock, marker=marker)
    await store.settle(await relay(store), RELAYED)
    await store.close()


async def test_the_same_database_is_served_again(
    path: Path, keys: Keys, clock: Clock, marker: Path
) -> None:
    for _ in range(2):
        await served(f"sqlite:{path}", keys, clock, marker)
    assert marker.name == "keys.store"
    assert marker.stat().st_mode & 0o777 == 0o600  # noqa: ASYNC240


@pytest.mark.parametrize("lost", ["deleted", "emptied"])
async def test_a_lost_database_is_not_replaced_by_an_empty_one(
    path: Path, keys: Keys, clock: Clock, marker: Path, lost: str
) -> None:
    await served(f"sqlite:{path}", keys, clock, marker)
    shutil.rmtree(path.parent)
    if lost == "emptied":
        path.parent.mkdir()
        path.touch()  # noqa: ASYNC240
    with pytest.raises(StoreLostError, match=r"空です.*gone or empty.*sekisho db accept"):
        await Store.open(f"sqlite:{path}", keys.sealer, marker=marker)
    assert not path.exists() or path.stat().st_size == 0  # noqa: ASYNC240


async def test_another_database_is_refused_even_with_mail_in_it(
    path: Path, keys: Keys, clock: Clock, marker: Path, tmp_path: Path
) -> None:
    await served(f"sqlite:{path}", keys, clock, marker)
    other = tmp_path / "other.db"
    await served(f"sqlite:{other}", keys, clock, tmp_path / "other.store")
    other.replace(path)
    path.with_name("sekisho.db-wal").unlink(missing_ok=True)
    with pytest.raises(StoreLostError, match=r"ではありません.*is not the one"):
        await Store.open(f"sqlite:{path}", keys.sealer, marker=marker)


async def test_a_server_that_lost_the_database_is_noticed_too(
    cluster: Cluster, keys: Keys, clock: Clock, marker: Path
) -> None:
    await served(await cluster.fresh(), keys, clock, marker)
    with pytest.raises(StoreLostError, match="PostgreSQL"):
        await Store.open(await cluster.fresh(), keys.sealer, marker=marker)


async def test_gateways_that_share_a_database_agree_on_its_name(
    cluster: Cluster, keys: Keys, clock: Clock, tmp_path: Path
) -> None:
    url = await cluster.fresh()
    markers = [tmp_path / "one.store", tmp_path / "two.store"]
    await asyncio.gather(*(served(url, keys, clock, m) for m in markers))
    assert markers[0].read_text() == markers[1].read_text()


async def test_a_new_database_is_served_once_somebody_accepted_it_and_that_is_recorded(
    path: Path, keys: Keys, clock: Clock, marker: Path
) -> None:
    url = f"sqlite:{path}"
    await served(url, keys, clock, marker)
    before = marker.read_text().strip()  # noqa: ASYNC240
    shutil.rmtree(path.parent)
    name = await accept_store(
        url, marker.with_name("keys.toml"), "os:root", "the disk died", clock()
    )
    store = await Store.open(url, keys.sealer, clock=clock, marker=marker)
    [entry] = [e async for e in store.audit_entries()]
    assert (entry["action"], entry["object"], entry["actor"]) == ("store-accepted", name, "os:root")
    assert json.loads(entry["detail"]) == {"before": before, "reason": "the disk died"}
    assert await store.audit_verify() == []
    await store.close()


async def test_a_database_emptied_while_in_use_takes_the_store_out_of_service(
    path: Path, keys: Keys, clock: Clock, marker: Path
) -> None:
    store = await Store.open(f"sqlite:{path}", keys.sealer, clock=clock, marker=marker)
    told: list[str] = []
    store.on_fault(told.append)
    await relay(store)
    with path.open("r+b") as file:
        file.truncate()
    assert not await store.ready()
    with pytest.raises(LastingError, match="out of service"):
        await relay(store)
    assert len(told) == 1
    await store.close()


async def test_a_file_replaced_while_in_use_is_noticed_without_any_mail(
    path: Path, keys: Keys, clock: Clock, marker: Path
) -> None:
    store = await Store.open(f"sqlite:{path}", keys.sealer, clock=clock, marker=marker)
    assert await store.ready()
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)
    assert not await store.ready()
    assert store.fault is not None
    await store.close()


async def test_a_marker_that_cannot_be_read_keeps_the_store_closed(
    path: Path, keys: Keys, marker: Path
) -> None:
    marker.mkdir(parents=True)  # noqa: ASYNC240
    with pytest.raises(StoreError, match="marker"):
        await Store.open(f"sqlite:{path}", keys.sealer, marker=marker)
    assert not path.exists()  # noqa: ASYNC240
