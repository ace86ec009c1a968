"""Tells programs what happens: reads on in the audit log, signs, posts, tries again.

Answers: ``Webhooks.run``, one loop for each webhook, so that none waits for another's receiver;
``Hook`` and ``hooks_of`` from the configuration; ``Hook.send`` for one event.
Trusts: the store: an act and its event are one transaction, and what is on the list stays there
until a receiver took it.
Fails: towards telling twice, under the same ``webhook-id``, never towards not telling: a worker
that dies after a post posts again. What no receiver took for ``give_up`` is given up, with a
line in the log, a count and a record.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from gateway import metrics
from gateway.config import Config
from gateway.errors import ConfigError, NotFoundError, Problem, StoreError
from gateway.failpoint import reached
from gateway.outbound.posting import Answer, Receiver, post
from gateway.outbound.signing import headers, secrets_of
from gateway.store import Posting, Store
from gateway.store.events import Group, wanted_by

log = structlog.get_logger(__name__)

BATCH = 10  # posts under way at once to one receiver
POLL_S = 1.0  # how soon an event leaves
LEASE_SLACK = timedelta(minutes=2)  # recording the outcome
MORE_BY_CHANCE = 0.2  # of a wait, so that many do not come back at one moment


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook, ready to be posted to."""

    name: str
    receiver: Receiver
    keys: tuple[bytes, ...] = field(repr=False)
    types: frozenset[str]
    waits: tuple[timedelta, ...]
    give_up: timedelta

    async def send(self, event: Mapping[str, Any], at: datetime) -> Answer:
        """Sign an event and post it."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        return await post(self.receiver, headers(self.keys, str(event["id"]), at, body), body)

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts."""
        usual = self.waits[min(attempts, len(self.waits)) - 1]
        return usual * random.uniform(1.0, 1.0 + MORE_BY_CHANCE)  # noqa: S311 - no secret


def hooks_of(config: Config) -> tuple[Hook, ...]:
    """Return the webhooks that are configured.

    Raises: ConfigError: a secret cannot be read, or an event is none.
    """
    return tuple(
        Hook(
            name=told.name,
            receiver=Receiver(
                told.url,
                tuple(ipaddress.ip_network(n) for n in told.networks),
                told.ca_file,
                told.timeout.total_seconds(),
            ),
            keys=secrets_of(told.secret_file),
            types=_types(told.name, told.events),
            waits=told.retry,
            give_up=told.give_up,
        )
        for told in config.webhook
    )


def _types(name: str, patterns: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for pattern in patterns:
        wanted = wanted_by(pattern)
        if not wanted:
            key = f"webhook {name}: events"
            raise ConfigError([Problem("config.toml", 0, 0, key, f"no such event: {pattern}")])
        found |= wanted
    # What a webhook did not take is not told to it: that would never end.
    return frozenset(t for t in found if not t.startswith(f"{Group.WEBHOOK}."))


class Webhooks:
    """The loops of one process; several processes may share the lists."""

    def __init__(
        self,
        store: Store,
        hooks: Sequence[Hook],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.hooks = tuple(hooks)
        self._store = store
        self._clock = clock
        self._changed = asyncio.Event()

    def renew(self, hooks: Sequence[Hook]) -> None:
        """Tell these from now on; a post under way ends as it began."""
        self.hooks = tuple(hooks)
        self._changed.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        loops: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                self._changed.clear()
                names = [hook.name for hook in self.hooks]
                gone = [loops.pop(name) for name in loops.keys() - set(names)]
                await asyncio.gather(*gone)  # they end by themselves, after their round
                await self._forget_others(names)
                for name in names:
                    if name not in loops:
                        loops[name] = asyncio.create_task(self._keep(name))
                await self._changed.wait()
        finally:
            for loop in loops.values():
                loop.cancel()
            await asyncio.gather(*loops.values(), return_exceptions=True)

    async def _forget_others(self, names: Sequence[str]) -> None:
        try:
            await self._store.forget_webhooks(names)
        except StoreError as error:
            log.error("old webhooks not forgotten", cause=str(error))

    async def _keep(self, name: str) -> None:
        """Tell one webhook, as it is configured at each round, until it is configured no more."""
        while (hook := next((h for h in self.hooks if h.name == name), None)) is not None:
            try:
                posted = await self.round(hook)
            except StoreError as error:
                log.error("webhook waits for the store", webhook=hook.name, cause=str(error))
                posted = 0
            except Exception:
                log.exception("webhook failed by our own fault, will try again", webhook=hook.name)
                posted = 0
            if posted < BATCH:
                await asyncio.sleep(POLL_S)

    async def round(self, hook: Hook) -> int:
        """Post what is due at one webhook now; return how much."""
        await self._store.gather_events(hook.name, hook.types)
        lease = timedelta(seconds=hook.receiver.timeout_s) + LEASE_SLACK
        due = await self._store.claim_postings([hook.name], BATCH, lease)
        await asyncio.gather(*(self._post(hook, posting) for posting in due))
        return len(due)

    async def _post(self, hook: Hook, posting: Posting) -> None:
        event = await self._store.event(posting.writer, posting.seq)
        reached("claimed-webhook")
        answer = await hook.send(event.told(), self._clock())
        reached("posted-webhook")
        try:
            result = await self._conclude(hook, posting, answer)
        except NotFoundError:  # another worker, after our lease
            return
        metrics.webhook_posted(result)
        tell = log.error if result is metrics.Posted.GIVEN_UP else log.info
        tell(
            "webhook",
            webhook=hook.name,
            event_id=event.event_id,
            type=event.type,
            attempt=posting.attempts,
            answer=answer.word,
            result=result.value,
        )

    async def _conclude(self, hook: Hook, posting: Posting, answer: Answer) -> metrics.Posted:
        """Record the attempt: taken, again later, or given up."""
        now = self._clock()
        if answer.taken:
            await self._store.posting_taken(posting)
            return metrics.Posted.TAKEN
        if answer.gone or now - posting.begun_at >= hook.give_up:
            await self._store.posting_given_up(posting, answer.word)
            return metrics.Posted.GIVEN_UP
        again = now + max(hook.wait(posting.attempts), answer.wait)
        await self._store.posting_put_off(posting, answer.word, again)
        return metrics.Posted.PUT_OFF
