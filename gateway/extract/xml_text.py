"""The text in the XML of an office package, by local names.

Answers: for Word, PowerPoint and everything beside a sheet's cells: paragraphs, tables,
and apart from them deleted text, field codes and ruby. Word's and DrawingML's names agree
(``p``, ``t``, ``tbl``, ``tr``, ``tc``), so one walk serves both.
Trusts: nothing; expat, streaming, linear.
Fails: ``ForbiddenXml`` for a DTD, which no office program writes (billion laughs, XXE);
``xml.parsers.expat.ExpatError`` for broken XML.
Standards: ECMA-376 parts 1 and 3 (both branches of AlternateContent are read).
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from gateway.extract.flow import Flow
from gateway.extract.sample import Yielded
from gateway.model import InspectionLimits, Place, Prose

_TEXT = frozenset(("t", "v", "text"))
_APART = {"delText": "deleted", "instrText": "field codes", "rt": "ruby", "delInstrText": "deleted"}
_PROPERTIES = frozenset(("rPr", "pPr", "tblPr", "tcPr", "trPr", "sectPr"))


class ForbiddenXml(ValueError):  # noqa: N818 (what it is, not that it failed)
    """XML with a document type declaration."""


class XmlText:
    """Reads one XML part of a package.

    ``everything`` takes all character data, for parts whose vocabulary is not known.
    """

    def __init__(
        self, place: Place, limits: InspectionLimits, numbered: str = "line", *, everything: bool
    ) -> None:
        self._place = place
        self._flow = Flow(place, limits, numbered)
        self._everything = everything
        self._apart: dict[str, list[str]] = {}
        self._open: list[str] = []  # local names of the open elements
        self._inside: str = ""  # key of ``_apart`` while such an element is open
        self._texts = 0  # open elements whose character data is text
        self._values: list[str] = []  # attributes that hold text

    def feed(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.Parse(content, True)

    def units(self) -> Iterator[Yielded]:
        yield from self._flow.units()
        apart = dict(self._apart)
        if self._values:
            apart["attributes"] = ["\n".join(self._values)]
        for kind, pieces in apart.items():
            text = "".join(pieces)
            if text.strip():
                yield Prose(self._place / kind, text)

    def _doctype(self, *_: object) -> None:
        raise ForbiddenXml("document type declaration")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._open.append(name)
        if name in _TEXT:
            self._texts += 1
        elif name in _APART and not self._inside:
            self._inside = _APART[name]
        elif name == "tbl":
            self._flow.open_table()
        elif name == "tr":
            self._flow.open_row()
        elif name == "tc":
            self._flow.open_cell()
        elif name == "tab" and not _PROPERTIES.intersection(self._open[-3:-1]):
            self._flow.text("\t")
        elif name in ("br", "cr"):
            self._flow.text("\n")
        elif name == "noBreakHyphen":
            self._flow.text("-")
        elif name == "txbxContent":
            self._flow.line()
        for key in attributes:
            if key.rpartition(":")[2] in ("descr", "title", "alt", "string"):
                self._values.append(attributes[key])

    def _end(self, tag: str) -> None:
        name = self._open.pop()
        if name in _TEXT:
            self._texts -= 1
            if self._everything:
                self._flow.line()
        elif name in _APART and not any(n in _APART for n in self._open):
            self._inside = ""
        elif name == "tbl":
            self._flow.close_table()
        elif name == "tc":
            self._flow.close_cell()
        elif name == "p":
            self._flow.line()
            for pieces in self._apart.values():
                if pieces and not pieces[-1].endswith("\n"):
                    pieces.append("\n")
        elif self._everything:
            self._flow.line()

    def _data(self, text: str) -> None:
        if self._inside:
            self._apart.setdefault(self._inside, []).append(text)
        elif self._texts or (self._everything and text.strip()):
            self._flow.text(text)
