"""Group commit: everything that waits at one moment goes to the disk with one fsync.

Answers: ``GroupCommit.commit`` returns when an order is durable. While one group is being
written the next one gathers, so that the group grows with the load and nobody waits for a
clock.
Trusts: ``write`` to touch nothing but the cursor it is given.
Fails: an order that cannot be written fails alone: the group is rolled back and each order
tried singly. A lock that others hold and a lasting fault fail all of them, and are not tried
again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from gateway.errors import StoreError
from gateway.store.database import Database, transaction
from gateway.store.faults import BusyError, LastingError

log = structlog.get_logger(__name__)
Order = TypeVar("Order")

GROUP_ORDERS = 64  # orders in one transaction
GROUP_BYTES = 16 * 1024 * 1024  # ends a group early: a huge mail must not stall the others


class GroupCommit(Generic[Order]):
    """The orders of one process on their way into one database."""

    def __init__(
        self,
        database: Database,
        write: Callable[[Any, Sequence[Order]], None],
        size: Callable[[Order], int],
    ) -> None:
        self._database = database
        self._write = write
        self._size = size  # bytes of an order, roughly
        self._waiting: list[tuple[Order, asyncio.Future[None]]] = []
        self._drain: asyncio.Task[None] | None = None

    async def commit(self, order: Order) -> None:
        """Write ``order`` together with whatever else waits.

        Raises: StoreError: nothing of it was written; ``LastingError``: that is not certain.
        """
        self._database.require_in_service()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, done))
        if self._drain is None:
            self._drain = asyncio.create_task(self._run())
        await done

    async def close(self) -> None:
        """Wait until what was ordered is written."""
        if self._drain is not None:
            await self._drain

    async def _run(self) -> None:
        try:
            while self._waiting:
                group = self._next()
                _tell(group, await self._commit([order for order, _ in group]))
        finally:
            self._drain = None

    def _next(self) -> list[tuple[Order, asyncio.Future[None]]]:
        taken = weight = 0
        for order, _ in self._waiting[:GROUP_ORDERS]:
            weight += self._size(order)
            taken += 1
            if weight > GROUP_BYTES:
                break
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return [(order, done) for order, done in group if not done.done()]

    async def _commit(self, orders: Sequence[Order]) -> Sequence[StoreError | None]:
        try:
            return await self._database.group(partial(self._commit_all, orders))
        except StoreError as error:
            return _each(error, orders)

    def _commit_all(self, orders: Sequence[Order], connection: Any) -> Sequence[StoreError | None]:
        try:
            transaction(connection, lambda cursor: self._write(cursor, orders))
        except LastingError:
            raise
        except BusyError as error:
            return _each(error, orders)
        except Exception as error:
            if len(orders) > 1:
                return [found for one in orders for found in self._commit_all([one], connection)]
            if isinstance(error, StoreError):
                return [error]
            log.exception("order-not-written")  # a fault of ours: nobody may wait for ever
            return [StoreError(f"journal: {type(error).__name__}")]
        return [None] * len(orders)


def _each(error: StoreError, orders: Sequence[Any]) -> list[StoreError | None]:
    """The error once for each: two callers must not raise one exception object."""
    return [type(error)(*error.args) for _ in orders]


def _tell(
    group: Sequence[tuple[Any, asyncio.Future[None]]], errors: Sequence[StoreError | None]
) -> None:
    for (_, done), error in zip(group, errors, strict=True):
        if done.done():  # its caller is gone
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
