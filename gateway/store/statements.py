"""Statements for many rows at once, compiled by SQLAlchemy once and run as they are.

Answers: ``Insert`` (one table) and ``Change`` (an UPDATE joined with a list of rows); each
writes any number of rows in few statements, which is what makes a group commit cheap. A
row is a tuple in the columns' order; ``bind`` passes it through the columns' own types, so
that masking (law 4) is the column's here too.
Trusts: rows that ``bind`` made. Fails: as the database does.
Runs on the DB-API cursor of a SQLAlchemy connection: sqlite3's, or the one that SQLAlchemy
puts before asyncpg; the same calls on both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    Subquery,
    Table,
    bindparam,
    delete,
    insert,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.sql import ClauseElement

from gateway.store.database import insert_or_ignore

Row = tuple[Any, ...]
_SIZES = (64, 32, 16, 8, 4, 2, 1)  # rows in one statement: each size is compiled once


class _ForRows(ABC):
    """One statement in several sizes."""

    def __init__(self, columns: Sequence[Column[Any]], dialect: Dialect) -> None:
        self._columns = tuple(columns)
        self._dialect = dialect
        self._texts: dict[int, str] = {}
        processors = (c.type.dialect_impl(dialect).bind_processor(dialect) for c in columns)
        self._binders = [(n, p) for n, p in enumerate(processors) if p is not None]

    def bind(self, row: Sequence[Any]) -> Row:
        """Return a row as the database takes it, in the order of the columns."""
        bound = list(row)
        for n, process in self._binders:
            bound[n] = process(bound[n])
        return tuple(bound)

    def run(self, cursor: Any, rows: Sequence[Row]) -> int:
        """Write bound rows; return how many rows of the table that touched."""
        touched = 0
        for part in _parts(rows):
            cursor.execute(self._text(len(part)), tuple(chain.from_iterable(part)))
            touched += cursor.rowcount
        return touched

    def _text(self, size: int) -> str:
        if size not in self._texts:
            compiled = self._statement(size).compile(dialect=self._dialect)
            self._texts[size] = str(compiled)
        return self._texts[size]

    @abstractmethod
    def _statement(self, size: int) -> ClauseElement: ...


class Insert(_ForRows):
    """INSERT into one table; with ``once``, a row whose key is there already stays."""

    def __init__(self, table: Table, dialect: Dialect, *, once: bool = False) -> None:
        super().__init__(tuple(table.columns), dialect)
        self._table = table
        self._once = once

        self._empty: dict[str, Any] = dict.fromkeys(c.name for c in table.columns)
        self._ordered = itemgetter(*self._empty)

    def of(self, row: Mapping[str, Any]) -> Row:
        """Bind a row given by name; what it leaves out is empty."""
        return self.bind(self._ordered({**self._empty, **row}))

    def _statement(self, size: int) -> ClauseElement:
        begun = insert_or_ignore(self._table, self._dialect) if self._once else insert(self._table)
        empty: dict[str, Any] = {c.name: None for c in self._columns}
        return begun.values([empty] * size)


class Change(_ForRows):
    """UPDATE a table from rows that name its row and bring the new values.

    Args:
        key: the column that a row's first value is compared with.
        others: the columns that its other values are written to.
        where: what must hold besides.
    """

    def __init__(
        self,
        key: Column[Any],
        others: Sequence[Column[Any]],
        dialect: Dialect,
        where: ColumnElement[bool],
    ) -> None:
        super().__init__((key, *others), dialect)
        self._key, self._others, self._where = key, tuple(others), where

    def _statement(self, size: int) -> ClauseElement:
        given = _given(self._columns, size)
        return (
            update(self._key.table)
            .where(self._key == given.c[self._key.name], self._where)
            .values({c.name: given.c[c.name] for c in self._others})
        )


class Removal(_ForRows):
    """DELETE the rows of a table whose key is among those given.

    Args:
        where: what must hold besides.
    """

    def __init__(
        self, key: Column[Any], dialect: Dialect, where: ColumnElement[bool] | None = None
    ) -> None:
        super().__init__((key,), dialect)
        self._key = key
        self._where = true() if where is None else where

    def _statement(self, size: int) -> ClauseElement:
        given = _given(self._columns, size)
        chosen = self._key.in_(select(given.c[self._key.name]))
        return delete(self._key.table).where(chosen, self._where)


class Single:
    """One statement as it is, with named parameters."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup)

    def run(self, cursor: Any, **values: Any) -> Any:
        """Run it; return the cursor."""
        cursor.execute(self._text, tuple(values[n] for n in self._names))
        return cursor


def _given(columns: Sequence[Column[Any]], size: int) -> Subquery:
    """A table made of parameters. Not a CTE: sqlite3 counts no rows of a WITH … UPDATE."""
    rows = [
        select(*(bindparam(f"{c.name}_{n}", type_=c.type).label(c.name) for c in columns))
        for n in range(size)
    ]
    return (union_all(*rows) if size > 1 else rows[0]).subquery("given")


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size
