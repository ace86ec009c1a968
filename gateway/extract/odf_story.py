"""One XML part of an OpenDocument file, in one of the versions that a person sees.

Answers: paragraphs, tables, notes, annotations, boxes with their positions, properties,
ruby, the attributes with words; and with ``rejected`` the text as it was before its changes.
Trusts: nothing; events come one by one, each costs the same.
Fails: a DTD and broken XML are ``damaged``, and read up to there.
Standards: OpenDocument 1.3 part 3: 5.5 (change tracking), 9 (tables), 10 (drawings).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from xml.parsers import expat

from gateway.extract.flow import Flow
from gateway.extract.placed import Box, finite, one_by_one, side_by_side
from gateway.extract.sample import Yielded
from gateway.extract.symbols import plain
from gateway.extract.xml_text import BROKEN, numbers_in_tags, readable, refuse
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

Attributes = dict[str, str]

_MOST_SPACES = 1000  # of one text:s
_MOST_REPEATS = 64  # of one cell
_LONG_NUMBER = re.compile(r"-?[0-9]{10,15}")
_LENGTH = re.compile(r"(-?[\d.]+)(cm|mm|in|pt|pc|px)?")
_TRANSLATE = re.compile(r"translate\s*\(\s*(\S+?)[\s,]+(\S+?)\s*\)")
_POINTS = {"": 1.0, "pt": 1.0, "in": 72.0, "mm": 2.8346, "cm": 28.346, "pc": 12.0, "px": 0.75}
_TELLING = frozenset(  # attributes in which people's words stand
    ("string-value", "href", "title", "label", "current-value", "formula", "help-message",
     "description", "full-path", "value", "tooltip", "alt", "condition", "target-frame-name")
)  # fmt: skip
_NAMED = frozenset(
    ("frame", "table", "bookmark", "bookmark-start", "section", "user-field-decl", "page", "text",
     "variable-set", "custom-shape", "reference-mark", "reference-mark-start", "database-display",
     "placeholder", "drop-down", "text-input", "user-field-get", "sequence", "text-box", "rect")
)  # fmt: skip
_LONGEST_SETTING = 1000  # longer ones are a printer's, in base64


class OdfText:
    """Takes the events of one part; ask for ``units`` when it is over."""

    def __init__(
        self, place: Place, limits: InspectionLimits, numbered: str, rejected: bool
    ) -> None:
        self._place = place / "before changes" if rejected else place
        self._limits = limits
        self._numbered = numbered
        self._rejected = rejected
        self.changed = False  # whether there are changes, so that the other version differs
        self._flows = [Flow(self._place, limits, numbered)]
        self._flow = self._flows[0]
        self._texts = 0  # open paragraphs
        self._aside: dict[str, list[str]] = {}
        self._ruby = 0
        self._last = ""  # element that began last
        self._label = ""  # of a user-defined property
        self._boxes: list[Box] = []
        self._tables: list[Yielded] = []
        self._spots: list[tuple[float, float, float]] = []
        self._region = ""  # id of the change that is being described
        self._deleting = False
        self._deleted: dict[str, list[str]] = {}
        self._inserted: set[str] = set()
        self._within: set[str] = set()  # insertions that are open here
        self._repeats: list[tuple[int, list[str]]] = []  # of open cells: how often, their text
        self.values: list[str] = []

    # ------------------------------------------------------------------ events

    def start(self, tag: str, attributes: Attributes) -> None:
        name = self._last = tag.rpartition(":")[2]
        if attributes:
            self._tell(name, attributes)
        if (action := _STARTS.get(name)) is not None:
            action(self, {k.rpartition(":")[2]: v for k, v in attributes.items()})

    def end(self, tag: str) -> None:
        if (action := _ENDS.get(tag.rpartition(":")[2])) is not None:
            action(self)

    def data(self, text: str) -> None:
        if self._ruby:
            self._note("ruby", text)
        elif self._texts:
            self._write(text)
        elif self._last == "binary-data" or text.isspace():
            return
        elif self._last != "config-item" or len(text) <= _LONGEST_SETTING:
            self._note("other text", f"{self._label or self._last}: {text}\n")

    def _write(self, text: str) -> None:
        if self._deleting:
            self._deleted[self._region].append(text)
        elif not self._within:
            self._flow.text(text)
            for _, pieces in self._repeats:
                pieces.append(text)

    def _note(self, kind: str, text: str) -> None:
        self._aside.setdefault(kind, []).append(text)

    def _tell(self, name: str, attributes: Attributes) -> None:
        told = []
        for key, value in attributes.items():
            key = key.rpartition(":")[2]
            if value and (key in _TELLING or (key == "name" and name in _NAMED)):
                told.append(value)
        if told:
            self.values.append(": ".join(told))

    def units(self) -> Iterator[Yielded]:
        """Yield what was read."""
        while len(self._flows) > 1:
            self._close_box()
        for unit in self._flow.units():
            yield unit
            if isinstance(unit, Prose):
                yield from one_by_one(self._place, plain(unit.text).split("\n"))
        if self._boxes:
            text = "\n".join(box.text for box in self._boxes)
            yield Prose(self._place / "boxes", text)
            yield from one_by_one(self._place / "boxes", text.split("\n"))
            yield from side_by_side(self._place, self._boxes)
        yield from self._tables
        if self._deleted and not self._rejected:
            self._note("deleted", "\n".join(map("".join, self._deleted.values())))
        for kind, pieces in self._aside.items():
            yield Prose(self._place / kind, "".join(pieces))

    # ------------------------------------------------------------------ text

    def _paragraph(self, attributes: Attributes) -> None:
        self._texts += 1

    def _paragraph_over(self) -> None:
        self._texts = max(0, self._texts - 1)
        if self._deleting:
            self._deleted[self._region].append("\n")
        elif not self._within:
            self._flow.line()

    def _tab(self, attributes: Attributes) -> None:
        self._write("\t")

    def _break(self, attributes: Attributes) -> None:
        self._write("\n")

    def _spaces(self, attributes: Attributes) -> None:
        self._write(" " * max(1, min(int(finite(attributes.get("c", "1"), 1)), _MOST_SPACES)))

    def _ruby_text(self, attributes: Attributes) -> None:
        self._ruby += 1

    def _ruby_text_over(self) -> None:
        self._ruby = max(0, self._ruby - 1)
        self._note("ruby", "\n")

    def _property(self, attributes: Attributes) -> None:
        self._label = attributes.get("name", "")

    def _property_over(self) -> None:
        self._label = ""

    # ------------------------------------------------------------------ changes

    def _region_open(self, attributes: Attributes) -> None:
        self.changed = True
        self._region = attributes.get("id", "")

    def _insertion(self, attributes: Attributes) -> None:
        self._inserted.add(self._region)

    def _deletion(self, attributes: Attributes) -> None:
        self._deleting = True
        self._deleted.setdefault(self._region, [])

    def _deletion_over(self) -> None:
        self._deleting = False

    def _change(self, attributes: Attributes) -> None:
        """Put back what was deleted here: it stood in the line, so its own end is none."""
        pieces = self._deleted.get(attributes.get("change-id", ""))
        if self._rejected and pieces:
            self._write("".join(pieces).removesuffix("\n"))
            pieces.clear()  # stands once, however often it is referred to

    def _change_start(self, attributes: Attributes) -> None:
        change = attributes.get("change-id", "")
        if change in (self._inserted if self._rejected else self._deleted):
            self._within.add(change)

    def _change_end(self, attributes: Attributes) -> None:
        self._within.discard(attributes.get("change-id", ""))

    # ------------------------------------------------------------------ tables

    def _table(self, attributes: Attributes) -> None:
        self._flow.open_table()

    def _table_over(self) -> None:
        self._flow.close_table()

    def _row(self, attributes: Attributes) -> None:
        self._flow.open_row()

    def _cell(self, attributes: Attributes) -> None:
        value = attributes.get("value", "")
        self._flow.open_cell(1, value if _LONG_NUMBER.fullmatch(value) else "")
        repeats = int(finite(attributes.get("number-columns-repeated", "1"), 1))
        self._repeats.append((min(repeats, _MOST_REPEATS), []))

    def _cell_over(self) -> None:
        """End a cell; equal neighbours are written once with a count."""
        self._flow.close_cell()
        repeats, pieces = self._repeats.pop() if self._repeats else (1, [])
        for _ in range(repeats - 1):
            self._flow.open_cell()
            self._flow.text("".join(pieces))
            self._flow.close_cell()

    # ------------------------------------------------------------------ boxes and where they stand

    def _shape(self, attributes: Attributes) -> None:
        x, y = attributes.get("x", ""), attributes.get("y", "")
        if moved := _TRANSLATE.search(attributes.get("transform", "")):
            x, y = moved[1], moved[2]
        self._spots.append((_points(x), _points(y), _points(attributes.get("height", ""))))

    def _shape_over(self) -> None:
        if self._spots:
            self._spots.pop()

    def _box(self, attributes: Attributes) -> None:
        self._flow = Flow(self._place, self._limits, self._numbered)
        self._flows.append(self._flow)

    def _close_box(self) -> None:
        if len(self._flows) == 1:
            return
        box = self._flows.pop()
        self._flow = self._flows[-1]
        x, y, height = self._spots[-1] if self._spots else (0.0, 0.0, 0.0)
        for unit in box.units():
            if isinstance(unit, Prose):
                self._boxes.append(Box(plain(unit.text).strip(), x, y, height))
            else:
                self._tables.append(unit)

    def _shape_with_text(self, attributes: Attributes) -> None:
        self._shape(attributes)
        self._box(attributes)

    def _shape_with_text_over(self) -> None:
        self._close_box()
        self._shape_over()


def read_odf_xml(
    content: bytes, place: Place, limits: InspectionLimits, numbered: str = "line"
) -> Iterator[Yielded]:
    """Yield what stands in one part, and once more without its changes if it has any."""
    text = OdfText(place, limits, numbered, rejected=False)
    try:
        _feed(content, text)
    except BROKEN:
        yield Unread(place, UnreadReason.DAMAGED, "xml")
    yield from text.units()
    values = [*text.values, *numbers_in_tags(content)]
    if values:
        yield Prose(place / "attributes", "\n".join(values))
    if text.changed:
        before = OdfText(place, limits, numbered, rejected=True)
        with suppress(*BROKEN):  # said once already
            _feed(content, before)
        yield from before.units()


def _feed(content: bytes, text: OdfText) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = text.start
    parser.EndElementHandler = text.end
    parser.CharacterDataHandler = text.data
    parser.Parse(readable(content), True)


def _points(length: str) -> float:
    found = _LENGTH.fullmatch(length)
    return finite(found[1]) * _POINTS[found[2] or ""] if found else 0.0


_SHAPES = ("frame", "g", "control")
_SHAPES_WITH_TEXT = ("custom-shape", "rect", "circle", "ellipse", "line", "path", "polygon",
                     "polyline", "connector", "caption", "regular-polygon", "measure")  # fmt: skip
_BOXES = ("text-box", "note", "annotation")
_STARTS: dict[str, Callable[[OdfText, Attributes], None]] = {
    "p": OdfText._paragraph, "h": OdfText._paragraph, "tab": OdfText._tab,
    "line-break": OdfText._break, "s": OdfText._spaces, "ruby-text": OdfText._ruby_text,
    "user-defined": OdfText._property, "changed-region": OdfText._region_open,
    "insertion": OdfText._insertion, "deletion": OdfText._deletion, "change": OdfText._change,
    "change-start": OdfText._change_start, "change-end": OdfText._change_end,
    "table": OdfText._table, "table-row": OdfText._row, "table-cell": OdfText._cell,
    "covered-table-cell": OdfText._cell,
    **dict.fromkeys(_SHAPES, OdfText._shape), **dict.fromkeys(_BOXES, OdfText._box),
    **dict.fromkeys(_SHAPES_WITH_TEXT, OdfText._shape_with_text),
}  # fmt: skip
_ENDS: dict[str, Callable[[OdfText], None]] = {
    "p": OdfText._paragraph_over, "h": OdfText._paragraph_over,
    "ruby-text": OdfText._ruby_text_over, "user-defined": OdfText._property_over,
    "deletion": OdfText._deletion_over, "table": OdfText._table_over,
    "table-cell": OdfText._cell_over, "covered-table-cell": OdfText._cell_over,
    **dict.fromkeys(_SHAPES, OdfText._shape_over), **dict.fromkeys(_BOXES, OdfText._close_box),
    **dict.fromkeys(_SHAPES_WITH_TEXT, OdfText._shape_with_text_over),
}  # fmt: skip
