"""What stands in a Rich Text file, in one of the versions that a person sees.

Answers: body, tables, notes, headers, boxes with their positions, properties, field codes,
and the text of every other destination, those that readers may ignore included; pictures
and objects as bytes.
Trusts: nothing. One pass, a token costs the same wherever it stands; groups are followed
to a depth, beyond which they are read in the last.
Fails: never; a file that ends early is read up to there, and ``deep`` says that groups were
nested beyond the limit.
Standards: Rich Text Format 1.9.1. ``\\'hh`` is in the code page of its font, ``\\u`` skips
what stands in for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from gateway.extract.cell_grid import CellGrid
from gateway.extract.flow import Flow
from gateway.extract.placed import Box, one_by_one, side_by_side
from gateway.extract.rtf_charset import SPELLED, Fonts, joined
from gateway.extract.sample import Yielded
from gateway.model import Field, InspectionLimits, Place, Prose, Table

DEEPEST = 2000  # groups within groups; Word itself stops far earlier
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})"
    rb"|\\([^a-zA-Z])|([{}])|([^\\{}]+)|\\\Z",
    re.DOTALL,
)
_LINE_ENDS = re.compile(rb"[\r\n]+")
_APART = frozenset(  # destinations that stand by themselves, where a text is cut by them
    ("footnote", "annotation", "header", "headerl", "headerr", "headerf", "footer", "footerl",
     "footerr", "footerf", "shptxt", "aftncn", "aftnsep", "ftnsep", "ftncn", "do", "dptxbxtext")
)  # fmt: skip
_ASIDE = frozenset(  # destinations beside the text
    ("fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "fldinst", "sn", "sv",
     "sp", "shpinst", "shprslt", "info", "title", "subject", "author", "manager", "company",
     "operator", "category", "keywords", "comment", "doccomm", "hlinkbase", "userprops", "propname",
     "staticval", "linkval", "bkmkstart", "bkmkend", "xe", "tc", "rxe", "txe", "generator",
     "atnid", "atnauthor", "docvar", "pntxta", "pntxtb", "listtext", "objclass", "objname",
     "template", "rsidtbl", "formfield", "ffname", "ffdeftext", "fname", "panose", "falt",
     "leveltext", "levelnumbers", "listname", "stylename", "latentstyles", "revtbl", "filetbl")
)  # fmt: skip
_INFO = frozenset(
    ("title", "subject", "author", "manager", "company", "operator", "category", "keywords",
     "comment", "doccomm", "hlinkbase", "staticval", "objclass", "objname")
)  # fmt: skip
_BINARY = frozenset(("pict", "objdata", "themedata", "colorschememapping", "datastore", "blipuid",
                     "picprop", "objalias", "passwordhash"))  # fmt: skip
_THROUGH = frozenset(  # starred, but their text is the document's
    ("shppict", "nesttableprops", "ud", "fldrslt", "shpgrp", "pnseclvl", "picprop", "object",
     "result", "htmltag", "mhtmltag", "moMath", "mmath", "mr", "bkmkstart")
)  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n", b"\t": "\t"}
_ESCAPED = b"\\{}"


@dataclass(frozen=True, slots=True)
class Seen:
    """Which version of the text is read."""

    rejected: bool = False  # tracked changes undone instead of done
    shown: bool = False  # without hidden text

    @property
    def step(self) -> str:
        """What a place says of it; empty for the ordinary version."""
        return "before changes" if self.rejected else ("without hidden text" if self.shown else "")


@dataclass(frozen=True, slots=True)
class _Group:
    """What a group inherits and its end gives back."""

    destination: str = ""  # "" is the body or whatever stands apart
    charset: str = ""  # of the font; "" is the document's
    skip: int = 1  # characters that stand in for a \\u
    hidden: bool = False
    deleted: bool = False
    inserted: bool = False
    apart: bool = False  # this group began a flow of its own


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture or object, as the file spells it."""

    kind: str  # the destination
    name: str  # of the object's class; "" for a picture
    written: bytes = field(repr=False)  # in hexadecimal digits, blanks and whatever else


class RtfText:
    """Reads one file; ask for ``units`` and ``embedded`` when it is over."""

    def __init__(self, place: Place, limits: InspectionLimits, seen: Seen) -> None:
        self._place = place / seen.step if seen.step else place
        self._limits = limits
        self._seen = seen
        self.also: set[Seen] = set()
        self.deep, self.end = False, 0  # groups beyond the deepest; where the outermost ended
        self.embedded: list[Embedded] = []
        self._flows = [Flow(self._place, limits, "paragraph")]
        self._flow = self._flows[0]
        self._group = _Group()
        self._stack: list[_Group] = []
        self._ignored = 0  # groups opened beyond the deepest
        self._starred = self._fresh = False  # \\* came; the group has just begun
        self._fonts = Fonts()
        self._pending = bytearray()  # text in a code page, not yet decoded
        self._skips = 0  # stand-ins still to be skipped
        self._aside: dict[str, list[str]] = {}
        self._property: list[str] = []  # pieces of the open property
        self._name = ""  # of a user property
        self._fields: list[Field] = []
        self._hex: list[bytes] = []  # of the open binary destination
        self._in_table = self._in_row = False
        self._grid = CellGrid(self._place, limits)
        self._cell_text: list[str] = []
        self._edges: list[int] = []  # of the open row's cells
        self._nested: list[str] = []
        self._nested_row: list[str] = []
        self._nested_rows: list[tuple[str, ...]] = []
        self._tables: list[Yielded] = []
        self._boxes: list[Box] = []
        self._spot = [0.0, 0.0]

    # ------------------------------------------------------------------ tokens

    def feed(self, content: bytes) -> None:
        at = 0
        while at < len(content):
            at = self._run(content, at)
        self._flush()
        self._leave(self._group.destination if self._hex else "")  # the file ends in it

    def _run(self, content: bytes, at: int) -> int:
        """Read up to the next binary data, or the end; return where to go on."""
        for found in _TOKEN.finditer(content, at):
            word, number, code, symbol, brace, text = found.groups()
            if text is not None:
                self._text(text)
            elif word is not None:
                size = int(number) if number else None
                if word == b"bin":
                    end = found.end() + max(0, min(size or 0, len(content)))
                    self._binary(content[found.end() : end].hex().encode())
                    return end
                self._word(word.decode("ascii"), size)
            elif code is not None:
                self._code(int(code, 16))
            elif brace is not None:
                self._open() if brace == b"{" else self._close(found.end())
            elif symbol is not None:
                self._symbol(symbol)
        return len(content)

    def _binary(self, written: bytes) -> None:
        if self._group.destination in _BINARY:
            self._hex.append(written)
        else:  # where no program looks for it
            self.embedded.append(Embedded("bin", "", written))

    def _open(self) -> None:
        self._flush()
        self._skips = 0
        if len(self._stack) >= DEEPEST:
            self._ignored += 1
            self.deep = True
            return
        self._stack.append(self._group)
        self._group = replace(self._group, apart=False)
        self._fresh, self._starred = True, False

    def _close(self, at: int) -> None:
        self._flush()
        self._skips = 0
        if self._ignored:
            self._ignored -= 1
            return
        group = self._group
        outer = self._group = self._stack.pop() if self._stack else _Group()
        self.end = self.end or (not self._stack) * at
        if group.destination != outer.destination:
            self._leave(group.destination)
        if group.apart:
            self._close_box()
        self._fresh = self._starred = False

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = self._fresh
        elif self._skips:
            self._skips -= 1
        elif symbol in _ESCAPED:
            self._pending += symbol
        elif symbol in _SYMBOLS:
            self._write(_SYMBOLS[symbol])

    def _code(self, code: int) -> None:
        if self._skips:
            self._skips -= 1
        else:
            self._pending.append(code)

    def _text(self, raw: bytes) -> None:
        self._fresh = False
        if self._group.destination in _BINARY:
            self._hex.append(raw)
            return
        if b"\n" in raw or b"\r" in raw:
            raw = _LINE_ENDS.sub(b"", raw)
        if self._skips:
            left = len(raw)
            raw = raw[self._skips :]
            self._skips = max(0, self._skips - left)
        self._pending += raw

    def _word(self, word: str, number: int | None) -> None:
        if self._skips and word != "u":
            self._skips -= 1
            return
        if word == "u":
            self._unicode(number or 0)
            return
        if self._fresh:
            self._fresh = False
            if self._enter(word):
                return
        if spelled := SPELLED.get(word):
            self._write(spelled)
        elif (action := _WORDS.get(word)) is not None:
            self._flush()
            action(self, number)

    def _unicode(self, number: int) -> None:
        self._fresh = False
        self._skips = 0
        self._write(chr(number & 0xFFFF))
        self._skips = self._group.skip

    # ------------------------------------------------------------------ destinations

    def _enter(self, word: str) -> bool:
        """Begin what the first word of a group names; False for a word like any other."""
        if word in _APART:
            self._flush()
            self._group = replace(self._group, destination="", apart=True)
            self._flow = Flow(self._place, self._limits, "paragraph")
            self._flows.append(self._flow)
        elif word in _BINARY:
            self._hex = []
            self._group = replace(self._group, destination=word)
        elif word in _THROUGH:
            return False
        elif word in _ASIDE or self._starred:
            self._property = []
            self._group = replace(self._group, destination=word)
        else:
            return False
        return True

    def _leave(self, destination: str) -> None:
        """End a destination: a property is a field, a picture is bytes."""
        if destination in _BINARY:
            written = b"".join(self._hex)
            self.embedded.append(Embedded(destination, self._fields_class(), written))
            self._hex = []
        elif destination == "propname":
            self._name = "".join(self._property)
        elif destination in _INFO and (value := joined("".join(self._property)).strip()):
            label = self._name if destination == "staticval" else destination
            self._fields.append(Field(self._place / "properties", label, value))
        if destination and self._aside.get(destination):
            self._aside[destination].append("\n")
        self._property = []

    def _fields_class(self) -> str:
        return next((f.value for f in reversed(self._fields) if f.label == "objclass"), "")

    # ------------------------------------------------------------------ text

    def _flush(self) -> None:
        if self._pending:
            text = self._fonts.decode(bytes(self._pending), self._group.charset)
            self._pending.clear()
            self._put(text)

    def _write(self, text: str) -> None:
        self._flush()
        if self._skips:
            self._skips -= 1
            return
        self._put(text)

    def _put(self, text: str) -> None:
        group = self._group
        if group.destination == "fonttbl":
            self._fonts.name(text)
        if group.destination:
            self._aside.setdefault(group.destination, []).append(text)
            self._property.append(text)
        elif not self._unseen(group):
            self._shown(text)

    def _unseen(self, group: _Group) -> bool:
        if group.hidden and self._seen.shown:
            return True
        return group.inserted if self._seen.rejected else group.deleted

    def _shown(self, text: str) -> None:
        """Put text into a cell where its paragraph says so, and into a line elsewhere."""
        if len(self._flows) > 1:
            self._flow.text(text)
        elif self._in_table or self._in_row:
            self._cell_text.append(text)
            self._nested.append(text)
        else:
            self._tables += self._grid.close()
            self._flow.text(text)

    def _cell(self, number: int | None) -> None:
        if len(self._flows) > 1:
            self._flow.text("\t")
            return
        self._grid.cell(joined("".join(self._cell_text)))
        self._cell_text = []
        self._nested = []
        if self._nested_rows:
            self._tables.append(Table(self._place / "inner table", tuple(self._nested_rows)))
            self._nested_rows = []

    def _row(self, number: int | None) -> None:
        self._in_row = False
        if len(self._flows) == 1:
            self._grid.row(tuple(self._edges))

    def _inner_cell(self, number: int | None) -> None:
        self._nested_row.append("".join(self._nested).strip())
        self._nested = []
        self._cell_text.append("" if len(self._nested_row[-1]) == 1 else "\t")

    def _inner_row(self, number: int | None) -> None:
        self._nested_rows.append(tuple(self._nested_row))
        self._nested_row = []
        self._cell_text.append("\n")

    def _close_box(self) -> None:
        if len(self._flows) == 1:
            return
        for unit in self._flows.pop().units():
            if isinstance(unit, Prose):
                self._boxes.append(Box(joined(unit.text).strip(), *self._spot))
            else:
                self._tables.append(unit)
        self._flow = self._flows[-1]

    # ------------------------------------------------------------------ what it comes to

    def units(self) -> Iterator[Yielded]:
        """Yield what was read."""
        while len(self._flows) > 1:
            self._close_box()
        self._flow.text("".join(self._cell_text))  # a cell that never ended
        self._tables += self._grid.close()
        for unit in self._flow.units():
            if isinstance(unit, Prose):
                unit = replace(unit, text=joined(unit.text))
                yield from one_by_one(self._place, unit.text.split("\n"))
            elif isinstance(unit, Table):
                unit = replace(unit, rows=tuple(tuple(map(joined, row)) for row in unit.rows))
            yield unit
        if self._boxes:
            text = "\n".join(box.text for box in self._boxes)
            yield Prose(self._place / "boxes", text)
            yield from one_by_one(self._place / "boxes", text.split("\n"))
            yield from side_by_side(self._place, self._boxes)
        yield from self._tables
        yield from self._fields
        for kind, pieces in self._aside.items():
            yield Prose(self._place / kind, joined("".join(pieces)))

    # ------------------------------------------------------------------ control words

    def _set(self, **changes: object) -> None:
        self._group = replace(self._group, **changes)  # type: ignore[arg-type]

    def _font(self, number: int | None) -> None:
        if self._group.destination == "fonttbl":
            self._fonts.begin(number or 0)
        else:
            self._set(charset=self._fonts.charset(number or 0))

    def _charset(self, number: int | None) -> None:
        self._fonts.say(number or 0)

    def _code_page(self, number: int | None) -> None:
        self._fonts.default(number or 0)

    def _stand_ins(self, number: int | None) -> None:
        self._set(skip=max(0, min(1 if number is None else number, 16)))

    def _hide(self, number: int | None) -> None:
        self.also.add(Seen(shown=True))
        self._set(hidden=number != 0)

    def _delete(self, number: int | None) -> None:
        self.also.add(Seen(rejected=True))
        self._set(deleted=number != 0)

    def _insert(self, number: int | None) -> None:
        self.also.add(Seen(rejected=True))
        self._set(inserted=number != 0)

    def _plain(self, number: int | None) -> None:
        self._set(hidden=False, deleted=False, inserted=False, charset="")

    def _paragraph(self, number: int | None) -> None:
        self._in_table = False

    def _into_table(self, number: int | None) -> None:
        self._in_table = True

    def _row_begins(self, number: int | None) -> None:
        self._in_row = self._group.destination != "nesttableprops"
        self._edges = []

    def _edge(self, number: int | None) -> None:
        self._edges.append(number or 0)

    def _left(self, number: int | None) -> None:
        self._spot[0] = float(number or 0)

    def _top(self, number: int | None) -> None:
        self._spot[1] = float(number or 0)


_WORDS: dict[str, Callable[[RtfText, int | None], None]] = {
    "f": RtfText._font, "af": RtfText._font, "deff": RtfText._font, "fcharset": RtfText._charset,
    "ansicpg": RtfText._code_page, "uc": RtfText._stand_ins, "v": RtfText._hide,
    "deleted": RtfText._delete, "revised": RtfText._insert, "plain": RtfText._plain,
    "pard": RtfText._paragraph, "intbl": RtfText._into_table, "trowd": RtfText._row_begins,
    "cell": RtfText._cell, "cellx": RtfText._edge, "row": RtfText._row,
    "nestcell": RtfText._inner_cell,
    "nestrow": RtfText._inner_row, "shpleft": RtfText._left, "shptop": RtfText._top,
    "posx": RtfText._left, "posy": RtfText._top,
}  # fmt: skip
