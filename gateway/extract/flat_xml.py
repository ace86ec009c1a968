"""XML of any vocabulary: flat office documents, SVG, exports, feeds.

Answers: the text with lines at block elements and nothing at inline ones, tables as tables,
every record (an element's attributes, or its children that hold text only) as a row under
its names, and members for what is embedded as base64 or as escaped HTML.
Trusts: nothing; expat, streaming, linear. Entities that the document defines itself are
resolved within expat's own bound on their growth; nothing is ever fetched.
Fails: never; broken XML is read with its tags taken out. An entity that stands outside is
``external``, one that grows without end is ``limit``.
Standards: XML 1.0; ODF 1.3 (flat), SpreadsheetML and WordprocessingML 2003, SVG by names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from gateway.extract.base64_text import embedded_file
from gateway.extract.flow import Flow
from gateway.extract.html_tokens import unescape
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import HTML, XML, looks_html
from gateway.model import InspectionLimits, Place, Prose, Table, Unread, UnreadReason

_INLINE = frozenset(
    ("span", "a", "r", "t", "s", "tspan", "b", "i", "u", "em", "strong", "font", "smartTag",
     "proofErr", "bookmarkStart", "bookmarkEnd", "bookmark", "Data", "sub", "sup", "rPr",
     "hlink", "hyperlink", "fldSimple", "ins", "sdt", "sdtContent", "reference-mark-start",
     "reference-mark-end", "soft-page-break", "ruby", "ruby-base", "textPath", "tref", "permStart",
     "permEnd", "Font", "B", "I", "U", "S", "emph", "emphasis", "phrase", "text-input")
)  # fmt: skip
_TABLES = frozenset(("table", "tbl", "Table"))
_ROWS = frozenset(("table-row", "tr", "row", "Row"))
_CELLS = frozenset(("table-cell", "covered-table-cell", "tc", "td", "th", "cell", "Cell"))
_SPACES = {"tab": "\t", "s": " ", "br": "\n", "line-break": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NAMING = ("name", "key", "label", "id", "n")  # attributes that name an element's value
_ENCODING = re.compile(r"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.I)
_TAG = re.compile(r"<[^<>]*+>")
_FEWEST_DIGITS = 10  # in a record; one with fewer holds no number that the text does not show
_WIDEST_GAP = 200  # cells that an index may skip
_AMPLIFICATION = 43  # XML_ERROR_AMPLIFICATION_LIMIT_BREACH


def recognises(sample: Sample) -> bool:
    """Whether it is text that begins as XML does."""
    return sample.media_type == XML


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the document in every reading that its charset has."""
    head = sample.content[:400].replace(b"\x00", b"").decode("latin-1")
    told = _ENCODING.search(head)
    for text in sample.decode(sample.content, sample.charset or (told[1] if told else "")):
        document = _Document(sample.place, limits)
        yield from document.read(text.lstrip("\ufeff \t\r\n"))


@dataclass(slots=True)
class _Element:
    """An open element."""

    name: str  # local
    label: str  # what names its value
    text: list[str] = field(default_factory=list)  # direct character data
    children: int = 0
    names: list[str] = field(default_factory=list)  # of the children that hold text only
    values: list[str] = field(default_factory=list)


class _Document:
    """One pass over one document."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._limits = limits
        self._flow = Flow(place, limits)
        self._open: list[_Element] = []
        self._records: dict[tuple[str, tuple[str, ...]], list[tuple[str, ...]]] = {}
        self._others: list[Yielded] = []
        self._break = False  # a line end is due unless text follows at once
        self._column = 0  # of the cell to come in the open row

    def read(self, text: str) -> Iterator[Yielded]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.ExternalEntityRefHandler = self._external
        try:
            parser.Parse(text.encode("utf-8", "replace").decode("utf-8"), True)
        except expat.ExpatError as error:
            if error.code == _AMPLIFICATION:
                yield Unread(self._place, UnreadReason.LIMIT, "entities")
            yield Prose(self._place / "without tags", unescape(_TAG.sub("", text)))
        yield from self._flow.units()
        yield from self._others
        for (label, names), rows in self._records.items():
            if len(set(names)) == 1 < len(names):  # a list: what names it is the element
                yield Table(self._place / label, tuple((label, *row) for row in rows))
            else:
                yield Table(self._place / label, (names, *rows), first_row=0)

    # -------------------------------------------------------------- events

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        said = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        if self._open:
            self._open[-1].children += 1
        told = next((said[key] for key in _NAMING if said.get(key)), "")
        self._open.append(_Element(name, f"{name} {told}".strip()))
        if said:
            self._record(name, tuple(said), tuple(said.values()))
        if name not in _INLINE:
            self._line()
        if name in _TABLES:
            self._flow.open_table()
        elif name in _ROWS:
            self._flow.open_row()
            self._column = 0
        elif name in _CELLS:
            self._cell(said)
        elif name in _SPACES and len(self._open) > 1:
            self._flow.text(_SPACES[name])

    def _cell(self, said: dict[str, str]) -> None:
        index = said.get("Index", "")
        if index.isdecimal() and len(index) < 6:
            for _ in range(min(int(index) - 1 - self._column, _WIDEST_GAP)):
                self._flow.open_cell()
                self._column += 1
        times = said.get("number-columns-repeated", "")
        span = int(times) if times.isdecimal() and len(times) < 6 else 1
        value = said.get("value", "")
        behind = value if value.isdecimal() and 10 <= len(value) <= 12 else ""
        self._flow.open_cell(span, behind)
        self._column += span

    def _end(self, tag: str) -> None:
        element = self._open.pop()
        name = element.name
        if name in _TABLES:
            self._flow.close_table()
        elif name in _CELLS:
            self._break = False
            self._flow.close_cell()
        elif name not in _INLINE:
            self._break = True
        if not element.children:
            self._leaf(element)
        if element.values:
            self._record(element.label, tuple(element.names), tuple(element.values))

    def _leaf(self, element: _Element) -> None:
        text = "".join(element.text)
        if not text.strip():
            return
        if self._open:
            self._open[-1].names.append(element.label)
            self._open[-1].values.append(text.strip())
        place = self._place / element.label
        found = embedded_file(text)
        if found is not None:
            self._others.append(Member(place, "", found))
        elif "<" in text and looks_html(text[:4096].encode("utf-8", "replace")):
            raw = text.encode("utf-8", "replace")
            self._others.append(Member(place, "", raw, HTML, "utf-8"))

    def _data(self, text: str) -> None:
        if text.strip():
            self._break = False
        elif self._break or not self._open:
            return  # indentation
        if self._open:
            self._open[-1].text.append(text)
        self._flow.text(text)

    def _external(self, *_: object) -> int:
        self._others.append(Unread(self._place, UnreadReason.EXTERNAL, "entity"))
        return 1

    def _line(self) -> None:
        self._break = False
        self._flow.line()

    def _record(self, label: str, names: tuple[str, ...], values: tuple[str, ...]) -> None:
        if sum(sum(map(str.isdigit, value[:100])) for value in values) >= _FEWEST_DIGITS:
            self._records.setdefault((label, names), []).append(values)
