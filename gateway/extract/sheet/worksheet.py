"""The cells of one sheet in SpreadsheetML, and what stands around them.

Answers: a ``Grid`` of what each cell shows, the formulas, and the text behind the cells
(headers, footers, lists of allowed values, conditions, links).
Trusts: nothing. What programs write is cut by a pattern, row by row, and counted: if a row
holds one tag or sign that the pattern did not take, expat reads the whole sheet instead. expat is
right for every writing and five times slower. Rows that are written alike share a pattern of
their own that must fit from end to end.
Fails: ``ForbiddenXml`` and ``ExpatError`` pass on to the caller, the cells before are kept.
Standards: ECMA-376 part 1, 18.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from itertools import islice, repeat
from types import FunctionType

from gateway.extract.sheet.formula import literals, solve
from gateway.extract.sheet.grid import TALLEST_SHEET, WIDEST_SHEET, Grid, column_number
from gateway.extract.sheet.net import Net, local, parser
from gateway.extract.sheet.number_format import Show, number
from gateway.extract.sheet.strings import SharedStrings, meant, plain_text

_BODY, _BODY_END = "<sheetData>", "</sheetData>"
_ROW_START = r'<row (?:[^<>]*?\s)??r="([0-9]{1,7})"[^<>]*+>'
_ROW = re.compile(_ROW_START)
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]{1,7}"([^<>]*)>'
    r"(?:<v>([^<]*)</v></c>"  # nearly all
    r"|(?:<f[^<>]*/>|<f[^<>]*>([^<]*)</f>)?"
    r'(?:<(?:v|is><t)(?: xml:space="preserve")?>([^<]*)</(?:v|t></is)>|<v ?/>)?</c>)?'
)
_ATTRIBUTES = re.compile(r'((?: (?:s|t|cm|vm)="\w*")*) ?(/?)')
_ATTRIBUTE = re.compile(r'(\w+)="(\w*)"')
_FORMULA_TAGS = ("<f>", "<f ", "<f/>", "</f>")
_AT_ONCE = 5000  # rows that one pattern takes before their texts are made
_WORTH_COMPILING = 8  # rows written alike before a pattern of their own pays
_WIDEST_PATTERN = 200  # cells; a pattern of more costs more to compile than it saves
# Numbers that ``number`` gives back as they are: whole ones, and such as no float takes for whole.
_AS_IT_IS = r"(?:[0-9]{1,6}\.(?!9{9})[0-9]{0,8}[1-9][0-9]{0,11}+|[0-9]++|-[1-9][0-9]{0,14}+)"
_AS_THEY_ARE = re.compile(rf"{_AS_IT_IS}(?:\n{_AS_IT_IS})*+")
_CELL_NAMES = frozenset(("c", "cell"))
_OTHERS: dict[str, Show] = {"b": lambda text: "TRUE" if text == "1" else "FALSE", "d": str}


@dataclass(slots=True)
class Book:
    """What the cells of every sheet point to."""

    strings: SharedStrings
    styles: list[Show] = field(default_factory=list)  # by a cell's style

    def show(self, kind: str, style: str) -> Show:
        """Return what turns the stored value of a cell of this type into its text."""
        if kind == "s":
            return self.strings.by_index.__getitem__
        if kind != "n":
            return _OTHERS.get(kind, meant)
        known = style.isdecimal() and len(style) < 8 and int(style) < len(self.styles)
        return self.styles[int(style)] if known else number


@dataclass(slots=True)
class _Plan:
    """How the cells of a row with these columns, types and styles are read."""

    columns: list[int]  # 1-based
    shows: list[Show]
    tags: int  # in a row of this kind, formulas not counted; -1: to be read with care
    width: int  # 0: the cells stand side by side
    inline: bool  # some cell holds its text itself
    again: str  # pattern of another row just like it
    seen: int = 0
    pattern: re.Pattern[str] | None = None  # ``again``, once it is worth compiling

    def run(self, body: str, at: int) -> tuple[list[tuple[str, ...]], int]:
        """Row number and values of the rows from ``at`` on that are written just like the ones
        before, and where they end."""
        if self.pattern is None:
            self.seen += 1
            if self.seen != _WORTH_COMPILING or len(self.columns) > _WIDEST_PATTERN:
                return [], at
            self.pattern = re.compile(self.again)
        # A scanner matches again where the last match ended, or not at all.
        scanner = self.pattern.scanner(body, at)  # type: ignore[attr-defined]
        found: list[re.Match[str]] = list(islice(iter(scanner.match, None), _AT_ONCE))
        return [m.groups() for m in found], found[-1].end() if found else at


class Worksheet:
    """Feed it one part: the grid is filled, ``formulas`` and ``net`` hold the rest."""

    def __init__(self, grid: Grid, book: Book, net: Net) -> None:
        self.grid = grid
        self.net = net
        self.formulas: list[str] = []
        self.shown: set[str] | None = None  # shared strings that cells show; None: not noted
        self.solved = True  # whether every formula without a result was worked out
        self._book = book
        self._unsolved: list[tuple[int, int, str]] = []  # formulas without a result

    def feed(self, content: bytes) -> None:
        """Read the part; what came before an exception is kept."""
        try:
            text = plain_text(content)
            start, end = text.find(_BODY), text.rfind(_BODY_END)
            alone = 0 <= start < end and text.find(_BODY, start + 1) < 0
            plain = _Plain(self._book, self.formula)
            rows = plain.rows(text[start + len(_BODY) : end]) if alone else None
            if rows is None:
                self.formulas, self._unsolved = [], []
                _Careful(self, self._book).feed(content)
                return
            self.shown = plain.shown
            self.grid.extend(rows)
            self.net.feed((text[:start] + text[end + len(_BODY_END) :]).encode())
        finally:
            self.solved = solve(self.grid, self._unsolved)

    def formula(self, row: int, column: int, formula: str, result: str) -> None:
        """Note a formula; one without a stored result is worked out at the end."""
        self.formulas.append(formula)
        if text := literals(formula):
            self.formulas.append(text)
        if not result:
            self._unsolved.append((row, column, formula))


class _Plain:
    """Reads the rows of a sheet in which nothing is unusual."""

    def __init__(self, book: Book, formula: Callable[[int, int, str, str], None]) -> None:
        self._book = book
        self._formula = formula
        self._plans: dict[tuple[tuple[str, ...], ...], _Plan] = {}
        self.shown: set[str] = set()  # shared strings that the cells show

    def rows(self, body: str) -> list[tuple[int, int, tuple[str, ...]]] | None:
        """Row, first column and texts of each row; None where a careful look is needed."""
        found: list[tuple[int, int, tuple[str, ...]]] = []
        batch = _Batch(_Plan([], [], -1, 0, inline=False, again=r"(?!)"))
        at = len(body) - len(body.lstrip())
        while at < len(body):
            alike, at = batch.plan.run(body, at)
            if alike:
                batch.rows += alike
                continue
            start = _ROW.match(body, at)
            if start is None:
                return None
            end = body.find("<row", start.end())
            chunk = body[start.end() : end if end >= 0 else len(body)]
            at = start.end() + len(chunk)
            cells = _CELL.findall(chunk)
            rest = _CELL.sub("", chunk).strip()  # text beside the cells, too, must be read
            if rest and rest != "</row>":
                return None
            if not cells:
                continue
            plan, values = self._row(int(start[1]), chunk, cells)
            if values is None:
                return None
            if plan is not batch.plan:
                found += batch.shown(self.shown)
                batch = _Batch(plan)
            batch.rows.append((start[1], *values))
        return found + batch.shown(self.shown)

    def _row(
        self, row: int, chunk: str, cells: list[tuple[str, ...]]
    ) -> tuple[_Plan, tuple[str, ...] | None]:
        """How the row is read and its stored values; none where tags are left over."""
        letters, attributes, values, formulas, others = zip(*cells, strict=True)
        key = (letters, attributes)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = _plan(self._book, *key)
        tags = plan.tags
        if plan.inline or "<f" in chunk or "xml:space" in chunk:
            tags += sum(map(chunk.count, _FORMULA_TAGS))
            values = tuple(map(str.__add__, values, others))
        if chunk.count("<") != tags:
            return plan, None
        if "&" in chunk:
            values, formulas = tuple(map(unescape, values)), tuple(map(unescape, formulas))
        if "<f" in chunk:
            for column, formula, value in zip(plan.columns, formulas, values, strict=True):
                if formula:
                    self._formula(row, column, formula, value)
        return plan, values


class _Batch:
    """Rows of one plan, one below the other: their values are turned into texts by column."""

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.rows: list[tuple[str, ...]] = []  # the row's number, then its values

    def shown(self, strings: set[str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """Row, first column and texts of each row; shared strings are added to ``strings``."""
        if not self.rows:
            return []
        numbers, *columns = zip(*self.rows, strict=True)
        texts = [
            _column(show, column) for show, column in zip(self.plan.shows, columns, strict=True)
        ]
        for show, column in zip(self.plan.shows, texts, strict=True):
            if not isinstance(show, FunctionType):
                strings.update(column)
        first = self.plan.columns[0]
        if self.plan.width:
            empty = ("",) * len(numbers)
            at = dict(zip(self.plan.columns, texts, strict=True))
            texts = [at.get(first + c, empty) for c in range(self.plan.width)]
        return list(zip(map(int, numbers), repeat(first), zip(*texts, strict=True)))


def _column(show: Show, values: tuple[str, ...]) -> tuple[str, ...]:
    """The texts of one column; most numbers stand as they are, dates and such repeat."""
    if show is number and ("".join(values).isdigit() or _AS_THEY_ARE.fullmatch("\n".join(values))):
        return values
    if not isinstance(show, FunctionType):  # a look into the strings is as quick as this
        return tuple(map(show, values))
    different = set(values)
    if 2 * len(different) > len(values):
        return tuple(map(show, values))
    known = {value: show(value) for value in different}
    return tuple(map(known.__getitem__, values))


def _plan(book: Book, letters: tuple[str, ...], attributes: tuple[str, ...]) -> _Plan:
    columns = list(map(column_number, letters))
    sound = columns == sorted(set(columns)) and columns[-1] <= WIDEST_SHEET
    shows: list[Show] = []
    tags, inline = 1, 0  # </row>
    again = _ROW_START
    for letter, said in zip(letters, attributes, strict=True):
        known = _ATTRIBUTES.fullmatch(said)
        sound = sound and known is not None
        told = dict(_ATTRIBUTE.findall(said))
        kind = told.get("t", "n")
        closed = said.endswith("/")
        inline += kind == "inlineStr"
        shows.append(str if closed else book.show(kind, told.get("s", "")))
        tags += 1 if closed else 6 if kind == "inlineStr" else 4
        again += f'<c r="{letter}[0-9]{{1,7}}+"{re.escape(said)}>'
        around = ("<is><t>", "</t></is>") if kind == "inlineStr" else ("<v>", "</v>")
        again += "()" if closed else f"{around[0]}([^<&]*+){around[1]}</c>"
    width = columns[-1] - columns[0] + 1
    return _Plan(
        columns,
        shows,
        tags if sound else -1,
        0 if width == len(columns) else width,
        inline=bool(inline),
        again=again + r"</row>\s*",
    )


class _Careful:
    """Reads a sheet in any writing; also the cached cells of an external workbook."""

    def __init__(self, sheet: Worksheet, book: Book) -> None:
        self._sheet = sheet
        self._book = book
        self._depth = 0  # open sheetData elements
        self._row = self._column = 0
        self._cell: dict[str, str] = {}  # attributes of the open cell
        self._texts: dict[str, list[str]] = {"v": [], "f": [], "t": []}
        self._open: list[str] = []

    def feed(self, content: bytes) -> None:
        parser(self._start, self._end, self._data).Parse(content, True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        self._open.append(name)
        if name == "sheetData":
            self._depth += 1
            self._row = 0
        if not self._depth:
            self._sheet.net.start(tag, attributes)
        elif name == "row":
            self._row = _index(attributes.get("r", ""), self._row, TALLEST_SHEET)
            self._column = 0
        elif name in _CELL_NAMES:
            self._cell = attributes
            letters = attributes.get("r", "").strip().rstrip("0123456789")
            known = letters.isascii() and letters.isalpha() and len(letters) <= 3
            self._column = column_number(letters.upper()) if known else self._column + 1

    def _data(self, text: str) -> None:
        inside = self._open[-1] if self._open else ""
        if not self._depth or "rPh" in self._open or inside not in self._texts:
            self._sheet.net.data(text)
        else:
            self._texts[inside].append(text)

    def _end(self, tag: str) -> None:
        name = self._open.pop()
        if not self._depth:
            self._sheet.net.end(tag)
        elif name == "sheetData":
            self._depth -= 1
        elif name in _CELL_NAMES:
            self._close()

    def _close(self) -> None:
        value, formula, inline = ("".join(self._texts[n]) for n in ("v", "f", "t"))
        self._texts = {"v": [], "f": [], "t": []}
        show = self._book.show(self._cell.get("t", "n"), self._cell.get("s", ""))
        shown = show(value) if value else ""
        # Programs show one of the two; a reader that knows only the other would miss it.
        both = "\n".join(filter(None, (shown, meant(inline))))
        self._sheet.grid.cell(self._row, self._column, both)
        if formula:
            self._sheet.formula(self._row, self._column, formula, both)


def _index(said: str, before: int, most: int) -> int:
    """A 1-based position as the file says it, or the one after ``before``."""
    return min(int(said), most) if said.isdecimal() and len(said) < 10 else before + 1
