"""A net for the XML of an office package: every text and every telling attribute.

Answers: ``caught`` reads XML whose vocabulary nobody needs to know: character data in lines,
so that runs of one paragraph join and nothing else does; and the attribute values that
could hold words or numbers.
Trusts: nothing; expat, streaming, linear, the text bounded by the limits.
Fails: ``ForbiddenXml`` for a DTD, ``ExpatError`` for broken XML; ``Net`` keeps what came
before.
An attribute that is a bare number of fewer than ``FEWEST_DIGITS`` digits, a plain word or
the address of a schema says nothing; every drawing has thousands of those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

from gateway.extract.sample import Yielded
from gateway.extract.sheet.number_format import number
from gateway.extract.xml_text import ForbiddenXml
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

FEWEST_DIGITS = 10  # a My Number that lost two leading zeros
_SILENT_VALUE = re.compile(
    r"[+-]?\d{0,9}(?:\.\d+)?(?:pt|px|in|cm|mm|em|%)?"  # measures, indices, flags
    r"|[A-Za-z_][A-Za-z_.:/-]{0,80}"  # words of a vocabulary
    r"|rId\d{1,9}|[A-Z]{1,3}\d{1,7}(?::[A-Z]{1,3}\d{1,7})?"  # references
    r"|\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}"  # GUIDs
    r"|[0-9A-F]{2,8}"  # colours, revision marks
    r"|(?:https?://(?:schemas|purl|www\.w3|openoffice|docs\.oasis-open)\.|urn:)[ -~]*"
)
_INLINE = frozenset(
    ("t", "r", "font", "span", "b", "i", "u", "s", "sup", "sub", "fld", "a", "ruby", "rubyBase")
)
_STYLING = frozenset(("rPr", "pPr", "endParaRPr", "defRPr"))
_PHONETIC = frozenset(("rPh", "rt", "ruby-text"))
_BREAKS = frozenset(("br", "cr", "line-break"))

_RULES = frozenset(("dataValidation", "conditionalFormatting"))
_MOST_AIMED = 1000  # texts of rules that are set below the heading of their cells
_COULD_BE = re.compile(r"\d{4}")

_HEADERS = frozenset(
    ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
)
_SECTION = re.compile(r"&[LCRlcr]")
_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f+-]{6,9}|[A-Za-z]|\d{1,2} ?)')

Start = Callable[[str, dict[str, str]], None]


def parser(
    start: Start, end: Callable[[str], None], data: Callable[[str], None]
) -> expat.XMLParserType:
    """Return an expat parser that gives local names and refuses a DTD."""
    made = expat.ParserCreate()
    made.buffer_text = True
    made.buffer_size = 65_536
    made.StartDoctypeDeclHandler = _refuse
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = data
    return made


def _refuse(*_: object) -> None:
    raise ForbiddenXml("document type declaration")


def local(tag: str) -> str:
    """The name of an element or attribute without its prefix."""
    return tag.rpartition(":")[2]


class Net:
    """Feed it one part; ask for ``units``."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._left = limits.text_chars
        self._text: list[str] = []
        self._phonetic: list[str] = []
        self._values: list[str] = []
        self._styling = 0  # open elements that style
        self._sounding = 0  # open elements that hold a pronunciation
        self._read: Callable[[str], str] | None = None  # what changes the open element's text
        self._aim = ""  # cells that the open rule is about
        self.aimed: list[tuple[str, str]] = []  # cells, and what a rule about them says

    def feed(self, content: bytes) -> None:
        parser(self.start, self.end, self.data).Parse(content, True)

    def units(self) -> Iterator[Yielded]:
        for place, pieces in (
            (self._place, self._text),
            (self._place / "phonetic", self._phonetic),
            (self._place / "attributes", self._values),
        ):
            text = "".join(pieces)
            if text.strip():
                yield Prose(place, text)
        if self._left < 0:
            yield Unread(self._place, UnreadReason.LIMIT, "text")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        self._aim = attributes.get("sqref", self._aim)
        self._styling += name in _STYLING
        self._sounding += name in _PHONETIC
        self._read = number if name == "v" else _uncoded if name in _HEADERS else None
        if name in _BREAKS:
            self._text.append("\n")
        elif name not in _INLINE and not self._styling:
            self._line()
        for value in attributes.values():
            if value and not _SILENT_VALUE.fullmatch(value):
                self._take(self._values, value + "\n")

    def end(self, tag: str) -> None:
        name = local(tag)
        if name in _RULES:
            self._aim = ""
        if name in _STYLING:
            self._styling -= 1
        elif name in _PHONETIC:
            self._sounding -= 1
            self._phonetic.append("\n")
        elif name not in _INLINE and not self._styling:
            self._line()

    def data(self, text: str) -> None:
        if self._aim and len(self.aimed) < _MOST_AIMED and _COULD_BE.search(text):
            self.aimed.append((self._aim, text))
        if self._read:
            text = self._read(text)
        if self._sounding:
            self._take(self._phonetic, text)
        elif text.strip() or (self._text and not self._text[-1].endswith("\n")):
            self._take(self._text, text)

    def _take(self, where: list[str], text: str) -> None:
        self._left -= len(text)
        if self._left >= 0:
            where.append(text)

    def _line(self) -> None:
        if self._text and not self._text[-1].endswith("\n"):
            self._text.append("\n")


def _uncoded(text: str) -> str:
    """A header or footer without its codes (``&C``, ``&"Arial,Bold"``), and as it stands.

    >>> _uncoded("&C&12 1234").split("\\n")
    ['', '1234', '&C&12 1234']
    """
    return _CODE.sub("", _SECTION.sub("\n", text)) + "\n" + text


def caught(content: bytes, place: Place, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield what the net catches in one part, and where it tore."""
    net = Net(place, limits)
    try:
        net.feed(content)
    except (ForbiddenXml, expat.ExpatError):
        yield Unread(place, UnreadReason.DAMAGED, "xml")
    yield from net.units()
