"""Looks for an administrator's patterns in the texts of one mail.

Answers: ``Patterns.search`` takes one unit; ``concluded`` gives the findings and, by
detector, how many different values were found, how surely.
Trusts: units as extractors give them. A match counts only where it does not go on into a
longer number or word, and only where its check digit fits.
Fails: never. Linear: RE2, and at most ``MOST_MATCHES`` of a pattern in one mail.
Secret: values stand in ``Hits`` until ``concluded``, in memory only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway import reasons as why
from gateway.model import Confidence, Delimited, Detected, Field, Finding, Place, Prose, Table, Unit
from gateway.patterns.checksums import CHECKSUMS
from gateway.patterns.pattern import Pattern, compiled

MOST_MATCHES = 100_000
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}


@dataclass(slots=True)
class Hits:
    """What one pattern has matched so far in a mail. Secret."""

    best: dict[str, Confidence] = field(default_factory=dict, repr=False)
    places: dict[tuple[Place, Confidence, tuple[str, ...]], set[str]] = field(
        default_factory=dict, repr=False
    )

    def add(self, value: str, place: Place, confidence: Confidence, said: tuple[str, ...]) -> None:
        known = self.best.get(value)
        if known is None or not known.reaches(confidence):
            self.best[value] = confidence
        self.places.setdefault((place, confidence, said), set()).add(value)


class Patterns:
    """The patterns in force, at work on one mail."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._hits = [Hits() for _ in self._patterns]

    def search(self, unit: Unit, labels: Iterable[str] = ()) -> None:
        """Look through a unit; ``labels`` stand around all of it (sheet, file, subject)."""
        if not self._patterns:
            return
        around = _half_width(" ".join(labels))
        for text, heading, place in _texts(unit):
            plain = _half_width(text)
            for pattern, hits in zip(self._patterns, self._hits, strict=True):
                _search(pattern, hits, plain, f"{_half_width(heading)} {around}", place)

    def concluded(self) -> tuple[tuple[Finding, ...], tuple[Detected, ...]]:
        """Return findings by place and the number of different values by detector."""
        findings: list[Finding] = []
        detected: list[Detected] = []
        for pattern, hits in zip(self._patterns, self._hits, strict=True):
            if len(hits.best) < pattern.at_least or not hits.best:
                continue
            detected.append(Detected(pattern.id, *_counted(hits)))
            findings += [
                Finding(pattern.id, confidence, len(values), place, said)
                for (place, confidence, said), values in hits.places.items()
            ]
        return tuple(findings), tuple(detected)


def _counted(hits: Hits) -> tuple[int, int, int]:
    levels = list(hits.best.values())
    certain, likely, possible = (
        sum(1 for level in levels if level.reaches(floor))
        for floor in (Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE)
    )
    return certain, likely, possible


def _texts(unit: Unit) -> Iterator[tuple[str, str, Place]]:
    """A unit's texts, each with what heads it."""
    if isinstance(unit, (Prose, Delimited)):
        yield unit.text, "", unit.place
    elif isinstance(unit, Field):
        yield unit.value, unit.label, unit.place
    else:
        yield from _columns(unit)


def _columns(table: Table) -> Iterator[tuple[str, str, Place]]:
    """Each column as lines under its heading, then the rows as a person reads them."""
    width = max((len(row) for row in table.rows), default=0)
    for column in range(width):
        cells = [row[column] for row in table.rows if column < len(row)]
        yield "\n".join(cells[1:]), cells[0], table.place
    if table.rows:
        yield "\t".join(table.rows[0]), "", table.place


def _search(pattern: Pattern, hits: Hits, text: str, heading: str, place: Place) -> None:
    for match in compiled(pattern).finditer(text):
        if len(hits.best) >= MOST_MATCHES:
            return
        if match.end() == match.start():
            continue
        value = match.group(1) if match.re.groups and match.group(1) else match.group(0)
        if not pattern.words and _goes_on(text, match.start(), match.end()):
            continue
        digits = "".join(c for c in value if c in "0123456789")
        if pattern.checksum and not (len(digits) > 1 and CHECKSUMS[pattern.checksum](digits)):
            continue
        near = _is_near(pattern, text, match.start(), match.end(), heading)
        confidence, said = _judged(pattern, near=near)
        key = match.group(0).casefold() if pattern.words else (digits or value)
        hits.add(key, place, confidence, said)


def _judged(pattern: Pattern, *, near: bool) -> tuple[Confidence, tuple[str, ...]]:
    """A word near it makes sure; without one where one is wanted it is only possible."""
    said: tuple[str, ...] = (why.PATTERN_WORD,) if pattern.words else (why.PATTERN,)
    if pattern.checksum:
        said += (why.PATTERN_CHECKSUM,)
    if not pattern.near:
        return Confidence.LIKELY, said
    if near:
        return Confidence.CERTAIN, (*said, why.PATTERN_NEAR)
    return Confidence.POSSIBLE, said


def _is_near(pattern: Pattern, text: str, start: int, end: int, heading: str) -> bool:
    if not pattern.near:
        return False
    window = text[max(0, start - pattern.reach) : end + pattern.reach].casefold()
    heading = heading.casefold()
    return any((word := w.casefold()) in window or word in heading for w in pattern.near)


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the match is only a piece of a longer number or Latin word."""
    before, first = text[start - 1 : start], text[start]
    last, after = text[end - 1], text[end : end + 1]
    return _joined(before, first) or _joined(last, after)


def _joined(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def _half_width(text: str) -> str:
    return text if text.isascii() else text.translate(_HALF_WIDTH)
