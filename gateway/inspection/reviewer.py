"""What a handler may see of a parked mail, read in a worker and checked here.

Answers: ``Reviewer``: ``look`` (the masked mail), ``html`` (one part, harmless), ``page`` (one
page as a picture), ``part`` (its bytes), ``reveal`` (one number).
Trusts: nothing that comes out of a worker: types and lengths are checked, every string that is
to be shown masked is masked once more here.
Fails: ``InspectionError`` where no worker could read it; the page shows the record alone then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gateway.errors import InspectionError
from gateway.inspection.masked import Piece
from gateway.inspection.payload import ask
from gateway.masking import mask
from gateway.model import Confidence, InspectionLimits, UnreadReason
from gateway.sandbox import WorkerError, WorkerPool, WorkerUnavailable

TARGET = "gateway.inspection.reviewing:review"
T = TypeVar("T")
NOT_DRAWN = ("page-unreadable", "page-unplaced", "page-slow")  # keys of the console's words
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST = 2_000_000  # characters of a string from a worker


@dataclass(frozen=True, slots=True)
class Text:
    """A text, table or field of the mail, masked."""

    place: str
    label: str  # of a field; "" else
    table: bool
    rows: tuple[tuple[int, tuple[Piece, ...]], ...] = field(repr=False)
    cut: bool


@dataclass(frozen=True, slots=True)
class Number:
    """One number: where it stands and why it is thought to be one."""

    mark: int  # from 1, in reading order
    place: str
    confidence: Confidence
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the mail, or of an attachment in it."""

    place: str
    media_type: str
    size_bytes: int
    read: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part of the mail itself, which can be opened on its own."""

    number: int  # from 1
    name: str  # masked; "" without a file name
    declared_type: str  # masked
    size_bytes: int
    pages: int = 0  # that can be drawn

    @property
    def html(self) -> bool:
        return self.declared_type == "text/html"


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a picture, or why it is not drawn."""

    why: str  # of ``NOT_DRAWN``; "" where it is drawn
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """A mail as a handler may see it. Holds no digit of a number."""

    texts: tuple[Text, ...]
    numbers: tuple[Number, ...]
    parts: tuple[Part, ...]
    unread: tuple[tuple[str, UnreadReason, str], ...]  # place, reason, detail
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    leaves: tuple[Leaf, ...]
    cut: bool  # whether the mail holds more than is shown


class Reviewer:
    """Reads parked mails for people, in workers of its own."""

    def __init__(self, limits: InspectionLimits, pool: WorkerPool) -> None:
        self._limits = limits
        self._pool = pool

    async def look(self, content: bytes) -> Look:
        """Return what ``content`` says, every number masked."""
        return await self._ask("review", 0, content, lambda raw: _checked(raw, _look))

    async def html(self, content: bytes, number: int) -> str:
        """Return one part as harmless HTML, masked; "" where it is none."""
        return await self._ask("html", number, content, lambda raw: raw.decode("utf-8", "replace"))

    async def page(self, content: bytes, number: int, page: int, *, masked: bool) -> Page:
        """Return one page of a part, from 0, as a picture; unmasked it is secret."""

        def read(raw: bytes) -> Page:
            head, _, picture = raw.partition(b"\n")
            why = _checked(head, lambda told: _string(told["why"]))
            if why not in ("", *NOT_DRAWN) or bool(why) == picture.startswith(_PNG):
                raise InspectionError("a worker answered nonsense")
            return Page(why, picture)

        return await self._ask("page", number, content, read, page=page, masked=masked)

    async def part(self, content: bytes, number: int) -> tuple[str, bytes] | None:
        """Return name and bytes of one part; None where there is none. Secret."""

        def read(raw: bytes) -> tuple[str, bytes] | None:
            head, _, found = raw.partition(b"\n")
            there, name = _checked(head, lambda told: (int(told[0]), _string(told[1])))
            return (name, found) if there else None

        return await self._ask("part", number, content, read)

    async def reveal(self, content: bytes, mark: int) -> str:
        """Return one number as it stands in the mail; "" where there is none. Secret."""
        return await self._ask(
            "reveal", mark, content, lambda raw: _checked(raw, lambda t: _string(t["text"]))
        )

    async def _ask(
        self,
        want: str,
        number: int,
        content: bytes,
        read: Callable[[bytes], T],
        **more: object,
    ) -> T:
        wish = json.dumps({"want": want, "number": number, **more}).encode()
        try:
            head = wish + b"\n" + ask(self._limits)
            return await self._pool.run_and_read(head, content, read)
        except (WorkerError, WorkerUnavailable) as error:
            raise InspectionError("no worker could read the mail") from error


def _checked(raw: bytes, read: Callable[[Any], T]) -> T:
    try:
        return read(json.loads(raw.decode("utf-8", "replace")))
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise InspectionError("a worker answered nonsense") from error


def _look(told: Any) -> Look:
    return Look(
        texts=tuple(_text(u) for u in told["units"]),
        numbers=tuple(
            Number(n, _shown(place), Confidence(how), tuple(_shown(r) for r in why))
            for n, (place, how, why) in enumerate(told["numbers"], start=1)
        ),
        parts=tuple(
            Part(_shown(p), _shown(kind), int(size), bool(read))
            for p, kind, size, read in told["parts"]
        ),
        unread=tuple((_shown(p), UnreadReason(r), _shown(d)) for p, r, d in told["unread"]),
        headers=tuple((_shown(n), _shown(v)) for n, v in told["headers"]),
        leaves=tuple(
            Leaf(int(n), _shown(name), _shown(kind), int(size), int(pages))
            for n, name, kind, size, pages in told["leaves"]
        ),
        cut=bool(told["cut"]),
    )


def _text(told: Any) -> Text:
    return Text(
        _shown(told["place"]),
        _shown(told["label"]),
        bool(told["table"]),
        tuple(
            (int(n), tuple((_shown(text), int(mark)) for text, mark in row))
            for n, row in told["rows"]
        ),
        bool(told["cut"]),
    )


def _string(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError("string")
    return value


def _shown(value: Any) -> str:
    return mask(_string(value))
