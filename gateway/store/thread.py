"""The one thread that writes to an embedded database.

Answers: ``WriterThread.run`` does a piece of work with the thread's own connection and
returns what it returned; one piece at a time, in the order they came.
Trusts: the work not to keep the connection.
Fails: with whatever the work raised, or the connection's making: then the next piece tries
to make it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")
Work = Callable[[Any], Any]
_Job = tuple[Work, asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class WriterThread:
    """A daemon thread with a connection of its own, made at the first piece of work."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._connection: Any = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._live, name="sekisho-store", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Any], T]) -> T:
        """Do ``work`` in the thread. A caller that is cancelled does not stop it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put((work, loop, done))
        return await asyncio.shield(done)

    async def close(self) -> None:
        """Finish what was begun and end the thread."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _live(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, loop, done = job
            try:
                if self._connection is None:
                    self._connection = self._connect()
                result, error = work(self._connection), None
            except BaseException as caught:  # the caller's to raise, whatever it is
                result, error = None, caught
            loop.call_soon_threadsafe(_resolve, done, result, error)
        if self._connection is not None:
            self._connection.close()


def _resolve(done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
