"""The store's one door: every verb that other rooms may use, each one transaction.

Answers: see ``Store``. When a verb that writes returns, what it wrote is on the disk.
Trusts: the sealer it was opened with; the name of its writer, which must be this process's
alone and the same after a restart, since recovery and the audit chain go by it.
Fails: ``StoreError`` for whatever the database does; ``ConflictError``, ``NotFoundError``
as the verbs say.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.model import (
    Envelope,
    HoldState,
    Outgoing,
)
from gateway.store import (
    audit,
    casebook,
    identity,
    outbox,
    retention,
)
from gateway.store.account_verbs import AccountVerbs
from gateway.store.checkpoint import Checkpoint, Notary, ensure_signer, place
from gateway.store.database import Database
from gateway.store.desk_verbs import DeskVerbs
from gateway.store.faults import LastingError
from gateway.store.keyring import KeyRing
from gateway.store.program_verbs import ProgramVerbs
from gateway.store.records import Delivery, IncidentRecord
from gateway.store.reporting import Reports
from gateway.store.schema import require_current, upgrade_database
from gateway.store.seal import Sealer
from gateway.store.sender_links import SenderLinks
from gateway.store.shelf import Shelf
from gateway.store.space import RESERVE_BYTES, DiskSpace
from gateway.store.verifying import verify_apart
from gateway.store.views import SavedViews
from gateway.store.wishes import Wishes

KEEP_SEALED = timedelta(days=30)  # how long an ended hold's mail can still be looked at


def _utcnow() -> datetime:
    return datetime.now(UTC)


class Store(AccountVerbs, SavedViews, SenderLinks, Wishes, Reports, Shelf, ProgramVerbs, DeskVerbs):
    """Journal, parked mail, incidents, outbox and audit log of one process."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        writer: str,
        clock: Callable[[], datetime],
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        super().__init__(database, sealer, writer, clock)
        self._space = DiskSpace(database.path, reserve_bytes)

    @classmethod
    async def open(
        cls,
        url: str,
        sealer: Sealer,
        *,
        writer: str = "gateway",
        clock: Callable[[], datetime] = _utcnow,
        reserve_bytes: int = RESERVE_BYTES,
        marker: Path | None = None,
    ) -> Store:
        """Open the database; an embedded one is made and migrated, a shared one must be current.

        Args:
            url: ``sqlite:PATH`` or ``postgresql://user@host/db``.
            sealer: what parked mail and queued mail are sealed with.
            writer: this process's name; unique among all that share the database, such as
                "gateway-2" for the second gateway process of this machine.
            reserve_bytes: of the disk, that mail may not fill.
            marker: file that has the name of the database to expect; made when missing.

        Raises:
            StoreError: it cannot be opened, or a newer version made it.
            StoreLostError: it is not the one that the marker names, or none any more.
        """
        if marker is not None:
            identity.require_there(url, marker)
        database = Database(url)
        try:
            if marker is not None:
                await identity.require_same(database, marker)
            if database.embedded:
                await upgrade_database(database)
            await require_current(database)
            if marker is not None:
                await identity.remember(database, marker)
        except BaseException:
            await database.close()
            raise
        return cls(database, sealer, writer, clock, reserve_bytes)

    async def close(self) -> None:
        await self._group.close()
        await self._database.close()

    async def ready(self) -> bool:
        """Whether the database answers, is still the same, and no lasting fault was met."""
        try:
            self._database.require_sound()
        except LastingError:
            return False
        async with self._database.read() as connection:
            await connection.execute(select(1))
        return self.fault is None

    @property
    def fault(self) -> str | None:
        """Why this store writes nothing any more; None while all is well."""
        return self._database.fault

    def on_fault(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with the cause, once, when a lasting fault is met.

        The process should end then and be replaced: only a new one finds out what is true.
        """
        self._database.on_fault = tell

    def room(self, bytes_needed: int) -> bool:
        """Whether a mail of this size could be kept; always where the disk is a server's."""
        return self._space.room(bytes_needed)

    # -------------------------------------------------------------- the outbox

    async def claim_deliveries(self, now: datetime, limit: int, lease_s: float) -> list[Delivery]:
        """Lease up to ``limit`` due deliveries for ``lease_s`` seconds."""
        async with self._database.write() as connection:
            return await outbox.claim(connection, self._post(now), limit, lease_s)

    async def free_deliveries(self) -> int:
        """Give back what processes that are surely gone had leased; return how many.

        What may have been sent keeps its lease.
        """
        async with self._database.write() as connection:
            return await outbox.free(connection, self._clock())

    async def delivery_dot(self, delivery_id: str) -> None:
        """Record that a leased delivery may be sent from now on; before it is."""
        async with self._database.write() as connection:
            await outbox.dot(connection, self._post(), delivery_id)

    async def delivery_done(
        self,
        delivery_id: str,
        reply: str,
        *,
        dsn: Outgoing | None = None,
        taken: Sequence[str] | None = None,
        doubtful: Sequence[str] = (),
    ) -> None:
        """Record that the next hop took it; a release's hold becomes delivered.

        Args:
            dsn: for the sender, where some recipients were refused.
            taken: who was taken, in clear; None means everybody that remained.
            doubtful: who may have got it, in clear.
        """
        async with self._database.write() as connection:
            ended = outbox.Ended(dsn, taken, doubtful)
            await outbox.done(connection, self._post(), delivery_id, reply, ended)

    async def delivery_retry(
        self,
        delivery_id: str,
        reply: str,
        next_attempt_at: datetime,
        *,
        rest: tuple[Envelope, bytes] | None = None,
        dsn: Outgoing | None = None,
        taken: Sequence[str] | None = None,
        doubtful: Sequence[str] = (),
    ) -> None:
        """Put it back until ``next_attempt_at``.

        Args:
            rest: envelope and content for those who wait, when others are through; a
                release's content is empty.
            taken: who was taken, in clear; with None, whoever is not in ``rest`` counts as
                perhaps delivered.
            doubtful: who may have got it in this attempt, and waits all the same.
        """
        async with self._database.write() as connection:
            await outbox.retry(
                connection,
                self._post(),
                delivery_id,
                reply,
                next_attempt_at,
                rest,
                outbox.Ended(dsn, taken, doubtful),
            )

    async def delivery_failed(
        self,
        delivery_id: str,
        reply: str,
        dsn: Outgoing | None,
        *,
        doubtful: Sequence[str] = (),
    ) -> None:
        """Give it up; ``dsn`` is queued with that. A release's hold becomes failed, unless
        an earlier attempt reached somebody: then it is delivered, with each copy's fate.

        Args:
            doubtful: who may have got it in this last attempt; others may from earlier ones.
        """
        async with self._database.write() as connection:
            ended = outbox.Ended(dsn, None, doubtful)
            await outbox.failed(connection, self._post(), delivery_id, reply, ended)

    # -------------------------------------------------------------- records and retention

    async def incidents(self, newest: int | None = None) -> list[IncidentRecord]:
        """Return the incidents, newest first; only so many when ``newest`` is given."""
        async with self._database.read() as connection:
            return await casebook.records(connection, newest)

    async def incidents_of_holds(self, states: Iterable[HoldState]) -> list[IncidentRecord]:
        """Return the incidents that a hold in one of these states belongs to."""
        async with self._database.read() as connection:
            return await casebook.of_holds(connection, states)

    async def incident(self, incident_id: str) -> IncidentRecord:
        """Return one incident, or raise ``NotFoundError``."""
        async with self._database.read() as connection:
            return await casebook.record(connection, incident_id)

    async def viewed(self, actor: str, about: str, page: str) -> None:
        """Record that ``actor`` was shown the hold or incident ``about``."""
        now = self._clock()
        async with self._database.write() as connection:
            await audit.append(
                connection,
                self._writer,
                now,
                actor=actor,
                action="viewed",
                about=about,
                detail={"page": page},
            )

    async def audit_verify(self, checkpoints: Sequence[Checkpoint] = ()) -> list[str]:
        """Walk every audit chain; return one line a problem.

        Args:
            checkpoints: heads that were attested elsewhere; each must still be there.
        """
        async with self._database.read() as connection:
            return await audit.verify(connection, checkpoints)

    async def audit_verify_apart(
        self, checkpoints: Sequence[Checkpoint], told: Callable[[int], None]
    ) -> list[str]:
        """As ``audit_verify``, in a process of its own; ``told`` hears how far it is."""
        return await verify_apart(self._database.given, checkpoints, told)

    async def audit_entries(self) -> AsyncIterator[dict[str, Any]]:
        """Return the whole audit log, chain by chain."""
        async with self._database.read() as connection:
            async for entry in audit.entries(connection):
                yield entry

    async def audit_head(self) -> tuple[int, str]:
        """Return sequence number and hash of the last entry of this writer's chain."""
        async with self._database.read() as connection:
            return await audit.head(connection, self._writer)

    def notary(self, key_file: Path, places: Iterable[str]) -> Notary:
        """Return what attests this writer's chain at these places."""
        made = [place(name) for name in places]
        signer = ensure_signer(key_file)
        return Notary(self._writer, self.audit_head, signer, made, self._clock)

    async def destroy_due(self, now: datetime, keep: timedelta = KEEP_SEALED) -> list[str]:
        """Shred sealed mail whose holds ended before ``keep`` ago; return the queue ids."""
        async with self._database.write() as connection:
            return await retention.destroy_due(connection, self._post(now), keep)

    async def purge_journal(self, before: datetime) -> int:
        """Delete old journal rows that no incident needs; return how many."""
        async with self._database.write() as connection:
            return await retention.purge_journal(connection, before)

    def key_ring(self, path: Path) -> KeyRing:
        """Return the keys of the key file at ``path``, to turn them."""
        return KeyRing(self._database, path, self._writer, self._clock)
