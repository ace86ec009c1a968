"""Views of the queue that somebody keeps: filters under a name of their own.

Answers: ``SavedViews``, which ``Store`` is built on: ``views``, ``keep_view``, ``drop_view``.
Trusts: the caller to give the account that is signed in; nobody sees another's.
Fails: ``UsageError`` for one more than the caller lets them have, or no name.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import delete, func, insert, select

from gateway.errors import UsageError
from gateway.store.account_tables import saved_views
from gateway.store.columns import masked
from gateway.store.mail_path import MailPath

NAME_CHARS, QUERY_CHARS = 40, 400


@dataclass(frozen=True, slots=True)
class SavedView:
    """One view: a name, and the filters as the fields of an address."""

    name: str  # masked
    query: str  # masked: what is searched for may look like a number, and finds nothing then


class SavedViews(MailPath):
    """What people keep of the queue."""

    async def views(self, user: str) -> list[SavedView]:
        """Return an account's views, by name."""
        rows = saved_views.c
        query = select(rows.name, rows.query).where(rows.user_name == user).order_by(rows.name)
        async with self._database.read() as connection:
            return [SavedView(*row) for row in await connection.execute(query)]

    async def keep_view(self, user: str, name: str, query: str, most: int) -> None:
        """Keep a view; one of the same name is replaced.

        Args:
            most: how many views one account keeps.

        Each value is masked as a person wrote it: coded for an address no digits stand together.
        """
        query = urlencode([(key, masked(value)) for key, value in parse_qsl(query)])
        name = masked(" ".join(name.split())[:NAME_CHARS])
        if not name or not query or len(query) > QUERY_CHARS:
            raise UsageError("a view has a name and filters")
        rows = saved_views.c
        async with self._database.write() as connection:
            await connection.execute(
                delete(saved_views).where(rows.user_name == user, rows.name == name)
            )
            theirs = select(func.count()).select_from(saved_views).where(rows.user_name == user)
            if int((await connection.execute(theirs)).scalar_one()) >= most:
                raise UsageError(f"{most} views are kept at most")
            await connection.execute(
                insert(saved_views).values(user_name=user, name=name, query=query)
            )

    async def drop_view(self, user: str, name: str) -> None:
        """Forget a view; nothing happens where there is none."""
        rows = saved_views.c
        async with self._database.write() as connection:
            await connection.execute(
                delete(saved_views).where(rows.user_name == user, rows.name == name)
            )
