"""JSON: every object a row under its keys, every list of short values a row.

Answers: tables of objects that have the same keys (escapes resolved, numbers as they are
written), lists and numbered keys as rows, and members for files coded in a value.
Trusts: nothing; the standard library's parser, with numbers kept as text.
Fails: never; what is no JSON after all is the text reader's alone.
Standards: RFC 8259; JSON Lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from gateway.extract.base64_text import embedded_file
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.text_type import HTML, TEXT, looks_html, wide_codec
from gateway.model import InspectionLimits, Place, Table

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*+(?:\{\s*+[\"}]|\[\s*+[\"\[{\d\]-])")
_DEEPEST = 100  # a structure nested deeper is read as text only
_FEWEST_DIGITS = 10  # in a row; one with fewer holds no number that the text does not show

Pairs = tuple[tuple[str, Any], ...]


def begins(content: bytes) -> bool:
    """Whether the bytes begin as a JSON object or list does."""
    return _BEGINS.match(content) is not None


def recognises(sample: Sample) -> bool:
    """Whether the text begins as JSON."""
    return sample.media_type == TEXT and begins(sample.content[:4096].replace(b"\x00", b""))


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the tables of every value in the text."""
    charset = sample.charset or wide_codec(sample.content)
    for text in sample.decode(sample.content, charset):
        rows = _Rows(sample.place)
        for value in _values(text.lstrip("\ufeff")):
            rows.take(value)
        yield from rows.units()


def _values(text: str) -> Iterator[Any]:
    try:
        yield _parsed(text)
    except (ValueError, RecursionError):
        for line in text.split("\n"):  # JSON Lines
            try:
                yield _parsed(line)
            except (ValueError, RecursionError):
                continue


def _parsed(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=tuple)


class _Rows:
    """Gathers the rows of one document."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._records: dict[tuple[str, tuple[str, ...]], list[tuple[str, ...]]] = {}
        self._members: list[Member] = []

    def take(self, document: Any) -> None:
        """Read a value and all that is in it, without recursion."""
        waiting: list[tuple[str, Any, int]] = [("value", document, 0)]
        while waiting:
            label, value, depth = waiting.pop()
            if not isinstance(value, (tuple, list)) or depth > _DEEPEST:
                continue
            pairs = _pairs(value)
            names = tuple(name for name, inner in pairs if _scalar(inner))
            values = tuple(str(inner) for _, inner in pairs if _scalar(inner))
            self._row(label, names if isinstance(value, tuple) else (), values)
            for name, inner in zip(names, values, strict=True):
                self._file(name or label, inner)
            inside = [(name or label, v, depth + 1) for name, v in pairs if not _scalar(v)]
            waiting += reversed(inside)  # the last is read first

    def units(self) -> Iterator[Yielded]:
        for (label, names), rows in self._records.items():
            place = self._place / label[:100]
            if names:
                yield Table(place, (names, *rows), first_row=0)
            else:
                yield Table(place, tuple((label, *row) for row in rows), first_column=0)
        yield from self._members

    def _row(self, label: str, names: tuple[str, ...], values: tuple[str, ...]) -> None:
        if sum(sum(map(str.isdigit, value[:100])) for value in values) >= _FEWEST_DIGITS:
            self._records.setdefault((label, names), []).append(values)

    def _file(self, label: str, value: str) -> None:
        raw = embedded_file(value)
        if raw is not None:
            self._members.append(Member(self._place / label[:100], "", raw))
        elif "<" in value and looks_html(value[:4096].encode("utf-8", "replace")):
            raw = value.encode("utf-8", "replace")
            self._members.append(Member(self._place / label[:100], "", raw, HTML, "utf-8"))


def _pairs(value: Pairs | list[Any]) -> list[tuple[str, Any]]:
    return list(value) if isinstance(value, tuple) else [("", inner) for inner in value]


def _scalar(value: Any) -> bool:
    return not isinstance(value, (tuple, list))
