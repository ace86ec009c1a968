"""One text of an office document, read in the order and the version that a person sees.

Answers: paragraphs, tables in their true columns, boxes with their positions, and apart
from them ruby, field codes and whatever else has characters. Word's and DrawingML's local
names agree (``p``, ``t``, ``tbl``, ``tr``, ``tc``), so one walk serves both.
Trusts: nothing; events come from ``xml_text``, each costs the same.
Fails: never; events that do not match are taken as line ends.
Standards: ECMA-376 parts 1 and 3. A ``View`` says which of two versions is read: with all
changes accepted or rejected, the first or the second branch of AlternateContent, hidden
text with the rest or left out. ``Story.other_views`` names those in which this text differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from gateway.extract.flow import Flow
from gateway.extract.placed import Box, Spots, finite, one_by_one, side_by_side
from gateway.extract.sample import Yielded
from gateway.extract.symbols import plain, symbol
from gateway.model import Field, InspectionLimits, Place, Prose, Table

Attributes = dict[str, str]

_OFF = ("0", "false", "off", "none")
_WHITE = frozenset(("FFFFFF", "ffffff"))
_DEEPEST_CONTROL = 4  # content controls within content controls; their text counts for each
_LONGEST_FIELD = 200
_UNSEEN_HALF_POINTS = 4  # text of two points or less is there to be overlooked
_NO_WORDS = frozenset(  # character data that is measures and names of styles
    ("posOffset", "align", "pctWidth", "pctHeight", "pctPosHOffset", "pctPosVOffset",
     "tableStyleId", "Anchor", "SizeWithCells", "MoveWithCells", "AutoFill", "Row", "Column")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """One way to see a text."""

    rejected: bool = False  # tracked changes undone instead of done
    fallback: bool = False  # the second branch of AlternateContent instead of the first
    shown: bool = False  # without what is formatted as hidden

    @property
    def step(self) -> str:
        """What a place says of it; empty for the ordinary view."""
        named = (("before changes", self.rejected), ("fallback", self.fallback),
                 ("without hidden text", self.shown))  # fmt: skip
        return ", ".join(name for name, on in named if on)


@dataclass(slots=True)
class _Control:
    """A content control while it is open."""

    names: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    ignored: int = 0  # open controls inside, too deep to be told apart


class Story:
    """Takes the events of one XML part; ask for ``units`` when it is over."""

    def __init__(
        self,
        place: Place,
        limits: InspectionLimits,
        numbered: str = "line",
        view: View | None = None,
    ) -> None:
        self._view = view = view or View()
        self._place = place / view.step if view.step else place
        self._limits = limits
        self._numbered = numbered
        self.also: set[View] = set()
        self._flows = [Flow(self._place, limits, numbered)]
        self._flow = self._flows[0]
        self._boxes: list[Box] = []
        self._tables: list[Yielded] = []  # of the boxes
        self._aside: dict[str, list[str]] = {}
        self._skipping, self._skips = "", 0  # element left out in this view, and its own kind in it
        self._diverted, self._diverts = "", 0  # element whose text goes aside, likewise
        self._texts = 0  # open elements whose character data is text
        self._in_properties = 0  # open pPr
        self._merges = False  # the paragraph's end is deleted: the next one goes on
        self._unseen = False  # the open run
        self._stops = 0  # open lists of tab stops
        self._spots = Spots()
        self._branch = 0  # open Choice elements
        self._branches: tuple[list[str], list[str]] = ([], [])  # first and second, to compare
        self._label = ""  # of the open document property
        self._controls: list[_Control] = []  # open content controls
        self._fields: list[Field] = []

    # ------------------------------------------------------------------ events

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skips:
            self._skips += name == self._skipping
            return
        if self._diverts and name == self._diverted:
            self._diverts += 1
            return
        if (action := _STARTS.get(name)) is not None:
            action(self, attributes)

    def end(self, name: str) -> None:
        if self._skips:
            self._skips -= name == self._skipping
            return
        if self._diverts and name == self._diverted:
            self._diverts -= 1
            return
        if (action := _ENDS.get(name)) is not None:
            action(self)

    def data(self, text: str, tag: str) -> None:
        """Take character data of the element that began last."""
        if self._skips:
            if self._skipping == "Fallback" and tag.endswith("t"):
                self._branches[1].append(text)
            return
        if self._diverts:
            self.aside(_ASIDE[self._diverted], text)
        elif self._texts:
            if self._unseen and self._view.shown:
                return
            self._flow.text(text)
            if self._branch:
                self._branches[0].append(text)
            for control in self._controls:
                control.pieces.append(text)
        elif tag.endswith("posOffset"):
            self._spots.along(text)
        elif not text.isspace() and (name := tag.rpartition(":")[2]) not in _NO_WORDS:
            self.aside("other text", f"{self._label or name}: {text}\n")

    def aside(self, kind: str, text: str) -> None:
        self._aside.setdefault(kind, []).append(text)

    def units(self) -> Iterator[Yielded]:
        """Yield what was read."""
        while len(self._flows) > 1:
            self._close_box()
        for unit in self._flow.units():
            yield from self._cleaned(unit)
        yield from self._boxed()
        yield from self._fields
        for kind, pieces in self._aside.items():
            text = "".join(pieces)
            if text.strip():
                yield Prose(self._place / kind, text)

    def _boxed(self) -> Iterator[Yielded]:
        if self._boxes:
            text = "\n".join(box.text.strip("\n") for box in self._boxes)
            yield Prose(self._place / "boxes", text)
            yield from one_by_one(self._place, text.split("\n"))
            yield from side_by_side(self._place, self._boxes)
        yield from self._tables

    def _cleaned(self, unit: Yielded) -> Iterator[Yielded]:
        """The unit with symbols as text, and runs of one-character lines as a row besides."""
        if isinstance(unit, Prose):
            unit = replace(unit, text=plain(unit.text))
            yield unit
            yield from one_by_one(self._place, unit.text.split("\n"))
        elif isinstance(unit, Table):
            yield replace(unit, rows=tuple(tuple(map(plain, row)) for row in unit.rows))
        else:
            yield unit

    # ------------------------------------------------------------------ text

    def _text(self, attributes: Attributes) -> None:
        self._texts += 1

    def _text_over(self) -> None:
        self._texts = max(0, self._texts - 1)

    def _deleted_text(self, attributes: Attributes) -> None:
        if self._view.rejected:
            self._texts += 1
        else:
            self._divert("delText")

    def _deleted_text_over(self) -> None:
        if self._view.rejected:
            self._text_over()

    def _tab(self, attributes: Attributes) -> None:
        if not self._stops:
            self._flow.text("\t")

    def _stops_open(self, attributes: Attributes) -> None:
        self._stops += 1

    def _stops_over(self) -> None:
        self._stops = max(0, self._stops - 1)

    def _break(self, attributes: Attributes) -> None:
        self._flow.text("\n")

    def _hyphen(self, attributes: Attributes) -> None:
        self._flow.text("-")

    def _symbol(self, attributes: Attributes) -> None:
        if not (self._unseen and self._view.shown):
            said = _local(attributes)
            self._flow.text(symbol(said.get("char", ""), said.get("font", "")))

    def _paragraph_over(self) -> None:
        if not self._merges:
            self._flow.line()
        self._merges = False
        for pieces in self._aside.values():
            if not pieces[-1].endswith("\n"):
                pieces.append("\n")

    def _properties(self, attributes: Attributes) -> None:
        self._in_properties += 1

    def _properties_over(self) -> None:
        self._in_properties = max(0, self._in_properties - 1)

    def _run(self, attributes: Attributes) -> None:
        self._unseen = False

    def _hide(self, attributes: Attributes) -> None:
        if not self._in_properties and _value(attributes) not in _OFF:
            self._hidden()

    def _colour(self, attributes: Attributes) -> None:
        if not self._in_properties and _value(attributes) in _WHITE:
            self._hidden()

    def _size(self, attributes: Attributes) -> None:
        said = _value(attributes)
        if not self._in_properties and said.isdigit() and finite(said) <= _UNSEEN_HALF_POINTS:
            self._hidden()

    def _hidden(self) -> None:
        self._unseen = True
        self.also.add(View(shown=True))

    def _field(self, attributes: Attributes) -> None:
        if _local(attributes).get("fldCharType") == "end":
            self.aside("field codes", "\n")

    def _line(self) -> None:
        self._flow.line()

    def _property(self, attributes: Attributes) -> None:
        self._label = attributes.get("name", "")

    def _property_over(self) -> None:
        self._label = ""

    def _control(self, attributes: Attributes) -> None:
        if len(self._controls) < _DEEPEST_CONTROL:
            self._controls.append(_Control())
        else:
            self._controls[-1].ignored += 1

    def _control_name(self, attributes: Attributes) -> None:
        if self._controls:
            self._controls[-1].names.append(_value(attributes))

    def _control_over(self) -> None:
        """A control's title and tag say what is typed into it."""
        if self._controls and self._controls[-1].ignored:
            self._controls[-1].ignored -= 1
        elif self._controls:
            control = self._controls.pop()
            text, label = "".join(control.pieces), " ".join(control.names)
            if label and text and len(text) <= _LONGEST_FIELD:
                self._fields.append(Field(self._place / "content control", label, plain(text)))

    # ------------------------------------------------------------------ versions

    @property
    def other_views(self) -> tuple[View, ...]:
        """The views in which this text may read otherwise."""
        first, second = map("".join, self._branches)
        same = {View(fallback=True)} if first == second else set()
        return tuple(sorted(self.also - same, key=lambda view: view.step))

    def _inserted(self, attributes: Attributes) -> None:
        self.also.add(View(rejected=True))
        if self._view.rejected:
            self._leave_out("ins")

    def _moved_in(self, attributes: Attributes) -> None:
        self.also.add(View(rejected=True))
        if self._view.rejected:
            self._leave_out("moveTo")

    def _deleted(self, attributes: Attributes) -> None:
        self.also.add(View(rejected=True))
        if not self._view.rejected:
            self._leave_out("del")

    def _moved_away(self, attributes: Attributes) -> None:
        self.also.add(View(rejected=True))
        if not self._view.rejected:
            self._leave_out("moveFrom")

    def _choice(self, attributes: Attributes) -> None:
        if self._view.fallback:
            self._leave_out("Choice")
        else:
            self._branch += 1

    def _choice_over(self) -> None:
        self._branch = max(0, self._branch - 1)

    def _fallback(self, attributes: Attributes) -> None:
        self.also.add(View(fallback=True))
        if not self._view.fallback:
            self._leave_out("Fallback")

    def _leave_out(self, name: str) -> None:
        """Skip the element, or let the paragraph run on where it is only its end that is meant."""
        if self._in_properties:
            self._merges = True
        self._skipping, self._skips = name, 1

    def _divert(self, name: str) -> None:
        self._diverted, self._diverts = name, 1

    # ------------------------------------------------------------------ tables

    def _table(self, attributes: Attributes) -> None:
        self._flow.open_table()

    def _table_over(self) -> None:
        self._flow.close_table()

    def _row(self, attributes: Attributes) -> None:
        self._flow.open_row()

    def _cell(self, attributes: Attributes) -> None:
        self._flow.open_cell()
        if attributes.get("vMerge", "0") not in _OFF:
            self._flow.cover()

    def _cell_over(self) -> None:
        self._flow.close_cell()

    def _span(self, attributes: Attributes) -> None:
        self._flow.widen(int(finite(_value(attributes), 1)))

    def _continued(self, attributes: Attributes) -> None:
        if _value(attributes) in ("", "continue"):
            self._flow.cover()

    def _columns_before(self, attributes: Attributes) -> None:
        for _ in range(min(int(finite(_value(attributes))), 64)):
            self._flow.open_cell()

    # ------------------------------------------------------------------ boxes and where they stand

    def _box(self, attributes: Attributes) -> None:
        self._flow = Flow(self._place, self._limits, self._numbered)
        self._flows.append(self._flow)

    def _body(self, attributes: Attributes) -> None:
        if not self._flow.in_cell():
            self._box(attributes)

    def _body_over(self) -> None:
        if not self._flow.in_cell():
            self._close_box()

    def _close_box(self) -> None:
        if len(self._flows) == 1:
            return
        box = self._flows.pop()
        self._flow = self._flows[-1]
        for unit in box.units():
            if isinstance(unit, Prose):
                self._boxes.append(self._spots.box(plain(unit.text).strip()))
            else:
                self._tables += self._cleaned(unit)


def _local(attributes: Attributes) -> Attributes:
    return {key.rpartition(":")[2]: value for key, value in attributes.items()}


def _value(attributes: Attributes) -> str:
    return _local(attributes).get("val", "")


def _diverts(name: str) -> Callable[[Story, Attributes], None]:
    return lambda story, attributes: story._divert(name)


def _measures(name: str) -> Callable[[Story, Attributes], None]:
    return lambda story, attributes: story._spots.measure(name, attributes)


_ASIDE = {
    "rt": "ruby", "rPh": "ruby", "instrText": "field codes", "delInstrText": "field codes",
    "delText": "deleted",
}  # fmt: skip
_SHAPES = ("sp", "wsp", "dsp", "graphicFrame", "cxnSp", "anchor", "inline", "shape", "rect",
           "roundrect", "oval", "group")  # fmt: skip
_STARTS: dict[str, Callable[[Story, Attributes], None]] = {
    "t": Story._text, "delText": Story._deleted_text,
    "tab": Story._tab, "ptab": Story._tab, "tabs": Story._stops_open, "tabLst": Story._stops_open,
    "br": Story._break, "cr": Story._break, "noBreakHyphen": Story._hyphen, "sym": Story._symbol,
    "pPr": Story._properties, "r": Story._run, "vanish": Story._hide, "webHidden": Story._hide,
    "color": Story._colour, "sz": Story._size, "fldChar": Story._field,
    "ins": Story._inserted, "moveTo": Story._moved_in, "del": Story._deleted,
    "moveFrom": Story._moved_away, "Choice": Story._choice, "Fallback": Story._fallback,
    "tbl": Story._table, "tr": Story._row, "tc": Story._cell, "gridSpan": Story._span,
    "vMerge": Story._continued, "gridBefore": Story._columns_before,
    "txbxContent": Story._box, "txBody": Story._body,
    **dict.fromkeys(("grpSp", "wgp"), lambda story, attributes: story._spots.open_group()),
    "grpSpPr": lambda story, attributes: story._spots.open_frame(),
    **{name: _measures(name) for name in ("off", "ext", "chOff", "chExt", "extent")},
    "positionH": lambda story, attributes: story._spots.axis(0),
    "positionV": lambda story, attributes: story._spots.axis(1),
    **{name: _diverts(name) for name in ("rt", "rPh", "instrText", "delInstrText")},
    **dict.fromkeys(_SHAPES, lambda story, attributes: story._spots.open(attributes)),
    "property": Story._property, "sdt": Story._control, "alias": Story._control_name,
    "tag": Story._control_name,
}  # fmt: skip
_ENDS: dict[str, Callable[[Story], None]] = {
    "t": Story._text_over, "delText": Story._deleted_text_over,
    "tabs": Story._stops_over, "tabLst": Story._stops_over, "p": Story._paragraph_over,
    "pPr": Story._properties_over, "tbl": Story._table_over, "tc": Story._cell_over,
    "txbxContent": Story._close_box, "txBody": Story._body_over,
    **dict.fromkeys(("grpSp", "wgp"), lambda story: story._spots.close_group()),
    "grpSpPr": lambda story: story._spots.close_frame(),
    **dict.fromkeys(_SHAPES, lambda story: story._spots.close()),
    "Choice": Story._choice_over, "property": Story._property_over, "sdt": Story._control_over,
    **dict.fromkeys(("text", "si", "is", "comment", "cm", "pt"), Story._line),
}  # fmt: skip
INTERESTING = frozenset((*_STARTS, *_ENDS))
