"""HTML, read token by token: what is shown, and what is only sent.

Answers: the visible text with lines at block tags and nothing at any other tag (``o:p``,
``st1:…`` and invented ones are inline), tables as tables, values of inputs where they
stand; apart from them hidden text, comments, scripts, styles; attributes and links in
``html_attributes``.
Trusts: nothing; pure Python, linear in the source whatever is nested in it.
Fails: never.
Standards: WHATWG HTML for tokens; nesting only as far as it moves text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract.escapes import css_unescaped, unescaped
from gateway.extract.flow import Flow
from gateway.extract.html_attributes import Attributes
from gateway.extract.html_tokens import Kind, Token, tokens
from gateway.extract.sample import Sample, Yielded
from gateway.extract.sniff import HTML
from gateway.model import InspectionLimits, Place, Prose

_BLOCK = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
     "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
     "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html",
     "legend", "li", "listing", "main", "menu", "nav", "noscript", "ol", "optgroup", "option",
     "p", "plaintext", "pre", "script", "search", "section", "select", "style", "summary",
     "table", "tbody", "template", "text", "textarea", "tfoot", "thead", "title", "ul", "xmp")
)  # fmt: skip
_VOID = frozenset(
    ("area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
     "keygen", "link", "meta", "param", "source", "track", "wbr")
)  # fmt: skip
_APART = frozenset(
    ("script", "style", "title", "noscript", "rt", "rp", "textarea", "template", "iframe",
     "noembed", "noframes", "datalist")
)  # fmt: skip
_ENDED_BY_NEXT = frozenset(("p", "li", "td", "th", "tr", "dd", "dt", "option"))  # end tag optional
_HIDDEN = re.compile(
    r"display\s*+:\s*+none|visibility\s*+:\s*+hidden"
    r"|(?:font-size|opacity)\s*+:\s*+0(?:px|pt|em|rem|%)?+\s*+(?:[;!]|$)",
    re.I,
)
_INLINE_STYLE = re.compile(r"display\s*+:\s*+inline", re.I)
_HIDING_RULE = re.compile(r"\.([\w-]{1,60})\s{0,20}\{[^{}]{0,500}?display\s{0,9}:\s{0,9}none", re.I)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
_NAMES = (".html", ".htm", ".xhtml", ".shtml", ".hta")
_CELL_VALUES = ("sdval", "x:num")  # LibreOffice's and Excel's: the number behind what is shown
_LONG_NUMBER = re.compile(r"\s*([0-9]{10,12})(?:\.0*)?\s*")


def recognises(sample: Sample) -> bool:
    """Whether the text is HTML, by its look or because programs will show it so."""
    if sample.media_type == HTML:
        return True
    named = sample.declared_type == HTML or sample.name.lower().endswith(_NAMES)
    return named and sample.media_type.startswith(("text/", "message/"))


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the document in every reading that its charset has."""
    charset = sample.charset
    if not charset and (found := _META_CHARSET.search(sample.content[:4096])):
        charset = found[1].decode("ascii")
    for text in sample.decode(sample.content, charset):
        document = _Document(sample.place, limits)
        document.read(text)
        yield from document.units()


class _Document:
    """One pass over the tokens of one document."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._limits = limits
        self._shown = Flow(place, limits)
        self._apart: dict[str, Flow] = {}  # "hidden", "comment", "script" …
        self._attributes = Attributes(place)
        self._inside = ""  # key of ``_apart`` while text goes there
        self._ends = ""  # the tag that ends this
        self._nested = 0  # tags of that name that are open inside
        self._hiding: set[str] = set()  # class names that a style sheet hides

    def read(self, source: str, *, in_comment: bool = False) -> None:
        for token in tokens(source):
            if token.kind is Kind.TEXT:
                self._text(token.value)
            elif token.kind is Kind.START:
                self._start(token)
            elif token.kind is Kind.END:
                self._end(token.value)
            elif in_comment:
                self._flow("comment").text(f"{token.value}\n")
            else:
                self._comment(token.value)

    def units(self) -> Iterator[Yielded]:
        yield from self._shown.units()
        for kind, flow in self._apart.items():
            for unit in flow.units():
                yield unit
                if kind in ("script", "style") and isinstance(unit, Prose):
                    resolved = (css_unescaped if kind == "style" else unescaped)(unit.text)
                    if resolved != unit.text:
                        yield Prose(unit.place / "unescaped", resolved)
        yield from self._attributes.units()

    def _flow(self, kind: str) -> Flow:
        if not kind:
            return self._shown
        if kind not in self._apart:
            self._apart[kind] = Flow(self._place / kind, self._limits)
        return self._apart[kind]

    def _text(self, text: str) -> None:
        if self._inside == "style":
            self._hiding.update(_HIDING_RULE.findall(text))
        self._flow(self._inside).text(text)

    def _comment(self, text: str) -> None:
        """Read a comment as text, and what stands in a conditional one as markup, too."""
        flow = self._flow("comment")
        flow.text(f"{text}\n")
        if "<" in text:
            inner = _Document(self._place / "comment", self._limits)
            inner.read(text, in_comment=True)
            for unit in inner.units():
                self._attributes.add(unit)

    # -------------------------------------------------------------- tags

    def _start(self, token: Token) -> None:
        tag, attributes = token.value, token.attributes
        self._attributes.take(tag, attributes)
        if self._inside and tag == self._ends:
            if tag in _ENDED_BY_NEXT:
                self._leave()
            else:
                self._nested += 1
        if not self._inside and tag not in _VOID and (where := self._where(tag, attributes)):
            self._inside, self._ends, self._nested = where, tag, 0
        flow = self._flow(self._inside)
        if tag == "table":
            flow.open_table()
        elif tag == "tr":
            flow.open_row()
        elif tag in ("td", "th"):
            flow.open_cell(_span(attributes.get("colspan", "")), _behind(attributes))
        elif tag == "br":
            flow.text("\n")
        elif tag == "input":
            flow = self._flow("hidden" if attributes.get("type", "").lower() == "hidden" else "")
            flow.text(f" {attributes.get('value', '')} ")
        elif tag in _BLOCK:
            if tag in ("div", "p", "li") and _INLINE_STYLE.search(attributes.get("style", "")):
                return
            flow.line()

    def _end(self, tag: str) -> None:
        flow = self._flow(self._inside)
        if tag == "table":
            flow.close_table()
        elif tag in ("td", "th"):
            flow.close_cell()
        elif tag in _BLOCK:
            flow.line()
        if self._inside and tag == self._ends:
            self._nested -= 1
            if self._nested < 0:
                self._leave()

    def _leave(self) -> None:
        self._flow(self._inside).line()
        self._inside = self._ends = ""
        self._nested = 0

    def _where(self, tag: str, attributes: dict[str, str]) -> str:
        """Which text an element's content belongs to: ``""`` is what people see."""
        if tag in _APART:
            return tag
        hidden = "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style", "")))
        if not hidden and self._hiding:
            hidden = not self._hiding.isdisjoint(attributes.get("class", "").split())
        return "hidden" if hidden else ""


def _span(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 5 else 1


def _behind(attributes: dict[str, str]) -> str:
    """The whole number behind a cell that may show it as 1.23457E+11; ``""`` for none."""
    for name in _CELL_VALUES:
        found = _LONG_NUMBER.fullmatch(attributes.get(name, ""))
        if found:
            return found[1]
    return ""
