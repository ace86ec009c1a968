"""What a reviewer may see of a unit: its text with every number masked, and where numbers stand.

Answers: ``lines_of`` turns a prose, a table or a field into rows of pieces, each plain or the
mark of one number; a long one is cut to what stands around its numbers.
Trusts: detection for where a number is; masking for every other long run of digits.
Fails: never. No digit of a number is in what it returns: the characters of each number are
replaced first, then what base64 hides, then every run that masking finds, then short digits
side by side.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.detect.candidate import Spot
from gateway.masking import MASK, mask
from gateway.model import Delimited, Field, Prose, Table, Unit

LINES = 200  # of one unit
AROUND = 2  # lines or rows shown before and after a number, where not all are shown
LINE_CHARS = 2_000
CELLS = 40  # of one row
_SHORT = 4  # digits of a cell that could be a piece of a number
_PIECES = 3  # so many short cells side by side could be one

_CODED = re.compile(r"[A-Za-z0-9+/]{8,}=*")  # enough to hold half of a number
_QUANTUM = 4  # signs of base64 that hold three bytes
_CODED_DIGITS = re.compile(rb"(?:[0-9]|\xef\xbc[\x90-\x99]|\x82[\x4f-\x58]){4}")

Piece = tuple[str, int]  # text, and the number of its mark; 0: plain
Row = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """Where one number stands in its unit; ``mark`` counts from 1 over the whole mail."""

    mark: int
    spot: Spot


@dataclass(frozen=True, slots=True)
class Shown:
    """A unit as it may be shown."""

    place: str  # masked
    label: str  # of a field; "" else
    table: bool  # whether each piece is a cell
    rows: tuple[tuple[int, Row], ...] = field(repr=False)  # number in the source, pieces
    cut: bool  # whether there is more than is shown


def shown(unit: Unit, marked: Sequence[Marked]) -> Shown:
    """Return a unit with its numbers masked and marked."""
    place = mask(str(unit.place))
    if isinstance(unit, Table):
        rows, cut = _table(unit, marked)
        return Shown(place, "", True, rows, cut)
    text = unit.value if isinstance(unit, Field) else unit.text
    rows, cut = _prose(text, marked, lone=isinstance(unit, Field))
    return Shown(place, mask(unit.label) if isinstance(unit, Field) else "", False, rows, cut)


def starred(text: str) -> str:
    """Return ``text`` with every letter and digit replaced: letters can stand for digits."""
    return "".join(MASK if c.isalnum() else c for c in text)


def uncoded(text: str) -> str:
    """Return ``text`` with base64 replaced that holds four digits in a row, or more.

    A header may be coded, and of what can be read in several ways the bare text is shown, too.
    Where a quantum begins is not known, so every place is tried.
    """
    return _CODED.sub(lambda m: starred(m.group()) if _hides_digits(m.group()) else m.group(), text)


def _hides_digits(run: str) -> bool:
    signs = run.rstrip("=")
    for start in range(_QUANTUM):
        whole = (len(signs) - start) // _QUANTUM * _QUANTUM
        rest = signs[start + whole :]
        padded = signs[start : start + whole] + (rest.ljust(_QUANTUM, "A") if rest else "")
        if _CODED_DIGITS.search(a2b_base64(padded).replace(b"\0", b"")):
            return True
    return False


# ------------------------------------------------------------------ running text


def _prose(
    text: str, marked: Sequence[Marked], *, lone: bool
) -> tuple[tuple[tuple[int, Row], ...], bool]:
    chars = list(text)
    spans = sorted((m.spot.start, m.spot.end, m.mark) for m in marked if m.spot.end)
    for start, end, _ in spans:
        chars[start:end] = starred(text[start:end])
    safe = mask(uncoded("".join(chars)))
    if lone and len(safe.strip()) <= 2 * _SHORT and _digits(safe):
        safe = _blind(safe)  # one box of a form: its neighbours have the rest
    lines = list(_lines(safe))
    keep = _kept(len(lines), [n for n, (a, b) in enumerate(lines) if _met(spans, a, b)])
    rows = tuple((n + 1, _pieces(safe, *lines[n], spans)) for n in keep)
    return rows, len(keep) < len(lines)


def _lines(text: str) -> Iterable[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _met(spans: Sequence[tuple[int, int, int]], first: int, last: int) -> bool:
    return any(start < last and end > first for start, end, _ in spans)


def _pieces(
    text: str, first: int, last: int, spans: Sequence[tuple[int, int, int]]
) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    at, end_of_line = first, min(last, first + LINE_CHARS)
    for start, end, mark in spans:
        start, end = max(start, at), min(end, end_of_line)
        if start < end:
            pieces += [(text[at:start], 0)] if start > at else []
            pieces.append((text[start:end], mark))
            at = end
    if at < end_of_line:
        pieces.append((text[at:end_of_line], 0))
    return tuple(pieces)


def _kept(count: int, met: Sequence[int]) -> list[int]:
    """Which lines are shown: all of a short text; of a long one its top and what is marked."""
    if count <= LINES:
        return list(range(count))
    wanted = dict.fromkeys(range(LINES // 4))
    for n in met:
        if len(wanted) >= LINES:
            break
        wanted |= dict.fromkeys(range(max(0, n - AROUND), min(count, n + AROUND + 1)))
    return sorted(wanted)


# ------------------------------------------------------------------ tables


def _table(table: Table, marked: Sequence[Marked]) -> tuple[tuple[tuple[int, Row], ...], bool]:
    marks: dict[tuple[int, int], int] = {}
    for m in marked:
        for column in range(m.spot.column, max(m.spot.column, m.spot.last_column) + 1):
            marks[m.spot.row - table.first_row, column - table.first_column] = m.mark
    met = sorted({row for row, _ in marks})
    keep = [n for n in _kept(len(table.rows), met) if n < len(table.rows)]
    cells = {n: [c[:LINE_CHARS] for c in table.rows[n][:CELLS]] for n in keep}
    safe = {
        n: _safe_row(row, {c for c in range(len(row)) if (n, c) in marks})
        for n, row in cells.items()
    }
    _blind_columns(safe)
    rows = tuple(
        (n + table.first_row, tuple((c, marks.get((n, i), 0)) for i, c in enumerate(safe[n])))
        for n in keep
    )
    wide = any(len(table.rows[n]) > CELLS for n in keep)
    return rows, wide or len(keep) < len(table.rows)


def _safe_row(cells: Sequence[str], numbers: set[int]) -> list[str]:
    safe = [starred(c) if n in numbers else mask(uncoded(c)) for n, c in enumerate(cells)]
    return _blinded(safe)


def _blind_columns(rows: dict[int, list[str]]) -> None:
    """Blind short digits that stand below each other."""
    for column in range(max(map(len, rows.values()), default=0)):
        numbered = [n for n, row in rows.items() if column < len(row)]
        for n, cell in zip(numbered, _blinded([rows[n][column] for n in numbered]), strict=True):
            rows[n][column] = cell


def _blinded(cells: list[str]) -> list[str]:
    """Blind cells that side by side could hold one number in pieces."""
    out, run = list(cells), list[int]()
    for n, cell in enumerate([*cells, "end of the run"]):
        if not cell.strip():
            continue
        if len(cell.strip()) <= _SHORT and (_digits(cell) or MASK in cell):
            run.append(n)
            continue
        if sum(_digits(cells[i]) for i in run) >= 10 and len(run) >= _PIECES:
            for i in run:
                out[i] = _blind(cells[i])
        run = []
    return out


def _digits(text: str) -> int:
    return sum(c.isnumeric() for c in text)


def _blind(text: str) -> str:
    return "".join(MASK if c.isnumeric() else c for c in text)


def whole(unit: Unit, spot: Spot) -> str:
    """Return the number at ``spot`` as it stands in its unit. Secret: for unmasking alone."""
    if isinstance(unit, Delimited):
        return ""
    if not isinstance(unit, Table):
        text = unit.text if isinstance(unit, Prose) else unit.value
        return text[spot.start : spot.end]
    row = unit.rows[spot.row - unit.first_row]
    first = spot.column - unit.first_column
    last = max(spot.last_column, spot.column) - unit.first_column
    if first == last and spot.end:
        return row[first][spot.start : spot.end]
    return " ".join(row[first : last + 1])
