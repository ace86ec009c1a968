"""The store's verbs about whom we wrote to: for judging, for people, and for the clock.

Answers: ``Past``, which ``Store`` is built on: evidence around a stranger, first-time addresses,
the history of one domain, importing it, and keeping it (folding the journal in, forgetting).
Trusts: addresses normalised by the caller.
Fails: ``StoreError``. What another gateway process relayed is known here when the outbound
process has folded the journal, some minutes later; what this one relayed, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from gateway.recipients.evidence import Evidence
from gateway.store import audit, features, history
from gateway.store.correspondents import Acquaintances
from gateway.store.database import Database
from gateway.store.features import Recorded
from gateway.store.history import Origin, Sent
from gateway.store.mail_path import MailPath
from gateway.store.seal import Sealer

Pair = tuple[str, str]  # local part and domain, both normalised


class Past(MailPath):
    """What the organisation's own sending history tells."""

    def __init__(
        self, database: Database, sealer: Sealer, writer: str, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(database, sealer, writer, clock)
        self._addresses = Acquaintances()  # "local@domain"; with "sender>" before it, his own

    async def written_to(self, pairs: Iterable[Pair], sender: str | None = None) -> frozenset[Pair]:
        """Return those of ``pairs`` that were written to; with ``sender``, by this sender."""
        before = "" if sender is None else f"{sender.lower()}>"
        asked = {f"{before}{local}@{domain}": (local, domain) for local, domain in pairs}

        async def look_up(names: frozenset[str]) -> frozenset[str]:
            async with self._database.read() as connection:
                found = await history.among(connection, [asked[n] for n in names], sender)
            return frozenset(n for n in names if asked[n] in found)

        known = await self._addresses.among(asked, look_up)
        return frozenset(asked[name] for name in known)

    def note_written(self, pairs: Iterable[Pair], sender: str) -> None:
        """Remember a mail that was relayed just now, before the journal is folded in."""
        names = [f"{local}@{domain}" for local, domain in pairs]
        self._addresses.add([*names, *(f"{sender.lower()}>{name}" for name in names)])

    async def around(self, local: str, domain: str) -> Evidence:
        """Return what is known around one recipient."""
        async with self._database.read() as connection:
            return await history.around(connection, local, domain)

    async def recorded(self, since: datetime, most: int) -> list[Recorded]:
        """Return the newest mails of the journal, at most so many, with what was decided on."""
        async with self._database.read() as connection:
            return await features.recorded(connection, since, most)

    async def history(self, domain: str | None = None) -> list[Sent]:
        """Return the history, of one domain and its subdomains where one is given."""
        async with self._database.read() as connection:
            return await history.rows(connection, domain)

    async def import_history(self, found: Sequence[Sent], known: Iterable[str], actor: str) -> None:
        """Write imported rows, and let the domains ``known`` count as written to.

        The months that stand there already are not counted twice.
        """
        now = self._clock()
        async with self._database.write() as connection:
            await history.add(connection, found, Origin.IMPORTED)
            await history.make_known(connection, known, now)
            await audit.append(
                connection,
                self._writer,
                now,
                actor=actor,
                action="history-imported",
                about="history",
                detail={"rows": len(found), "mails": sum(s.sent for s in found)},
            )

    async def tend_history(self, now: datetime, keep: timedelta) -> tuple[int, int]:
        """Fold the journal in as far as it is settled, and forget months older than ``keep``.

        Return how many copies were folded in, and how many rows were forgotten.
        """
        folded, more = 0, True
        while more:
            async with self._database.write() as connection:
                copies, more = await history.fold(connection, now)
            folded += copies
        async with self._database.write() as connection:
            gone = await history.purge(connection, (now - keep).astimezone().date())
        return folded, gone
