"""HTML, read by its nodes: what is shown, and what is only sent.

Answers: the visible text with lines at block tags and nothing at inline tags, tables as
tables; apart from them hidden text, comments, scripts, styles and the attributes in
which text stands; pictures in ``data:`` URIs as members.
Trusts: selectolax (lexbor, native code), so it runs in a worker only.
Fails: foreign exceptions pass on to the registry.
Standards: WHATWG HTML tree construction, as lexbor does it. The walk does not recurse.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gateway.extract.flow import Flow
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import HTML, TEXT
from gateway.model import Field, InspectionLimits, Place, Prose

_INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
     "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rb", "ruby", "s", "samp", "small",
     "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr")
)  # fmt: skip
_APART = frozenset(("script", "style", "title", "noscript", "rt", "rp", "textarea", "template"))
_SHOWN_ATTRIBUTES = ("alt", "title", "value", "placeholder", "aria-label", "label", "content")
_LINKS = ("href", "src", "background", "action")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:font-size|opacity)\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:[;!]|$)",
    re.I,
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?([^,]{0,200}),", re.I)


def recognises(sample: Sample) -> bool:
    """Whether the text is HTML, by its look or because programs will show it so."""
    return sample.media_type == HTML or (
        sample.declared_type == HTML and sample.media_type.startswith(("text/", "message/"))
    )


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the document in every reading that its charset has."""
    charset = sample.charset
    if not charset and (found := _META_CHARSET.search(sample.content[:4096])):
        charset = found[1].decode("ascii")
    for text in sample.decode(sample.content, charset):
        document = _Document(sample.place, limits)
        document.walk(LexborHTMLParser(text).root)
        yield from document.units()


class _Document:
    """One walk over the nodes of one document."""

    def __init__(self, place: Place, limits: InspectionLimits) -> None:
        self._place = place
        self._shown = Flow(place, limits)
        self._apart: dict[str, list[str]] = {}  # "hidden", "comment", "script" … → pieces
        self._fields: list[Yielded] = []

    def walk(self, root: LexborNode | None) -> None:
        """Visit every node in document order, entering and leaving, without recursion."""
        node, apart = root, ""
        trail: list[tuple[LexborNode, str]] = []  # open elements and where text went outside
        while node is not None:
            child = None
            entered = apart
            if node.tag == "-text":
                self._text(node.text_content or "", apart)
            elif node.tag == "-comment":
                self._put("comment", f"{node.comment_content or ''}\n")
            else:
                apart = apart or self._where(node)
                self._enter(node, apart)
                child = node.child
            if child is not None:
                trail.append((node, entered))
                node = child
                continue
            if node.tag not in ("-text", "-comment"):
                self._leave(node, apart)
            apart = entered
            following = node.next
            while following is None and trail:
                node, apart_before = trail.pop()
                self._leave(node, apart)
                apart = apart_before
                following = node.next
            node = following

    def units(self) -> Iterator[Yielded]:
        yield from self._shown.units()
        for kind, pieces in self._apart.items():
            text = "".join(pieces)
            if text.strip():
                yield Prose(self._place / kind, text)
        yield from self._fields

    def _where(self, node: LexborNode) -> str:
        """Which text a node's content belongs to: ``""`` is what people see."""
        tag = node.tag or ""
        if tag in _APART:
            return tag
        attributes = node.attributes
        hidden = "hidden" in attributes or _HIDDEN.search(attributes.get("style") or "")
        return "hidden" if hidden else ""

    def _text(self, text: str, apart: str) -> None:
        if apart:
            self._put(apart, text)
        else:
            self._shown.text(text)

    def _put(self, kind: str, text: str) -> None:
        self._apart.setdefault(kind, []).append(text)

    def _enter(self, node: LexborNode, apart: str) -> None:
        self._attributes(node)
        tag = node.tag or ""
        if tag == "template":  # its content is a fragment of its own, outside of the tree
            self._put(apart, node.html or "")
        if apart:
            if tag not in _INLINE:
                self._put(apart, "\n")
        elif tag == "table":
            self._shown.open_table()
        elif tag == "tr":
            self._shown.open_row()
        elif tag in ("td", "th"):
            span = node.attributes.get("colspan") or "1"
            self._shown.open_cell(int(span) if span.isdecimal() and len(span) < 5 else 1)
        elif tag == "br":
            self._shown.text("\n")
        elif tag not in _INLINE:
            self._shown.line()

    def _leave(self, node: LexborNode, apart: str) -> None:
        tag = node.tag or ""
        if apart:
            if tag not in _INLINE:
                self._put(apart, "\n")
        elif tag == "table":
            self._shown.close_table()
        elif tag in ("td", "th"):
            self._shown.close_cell()
        elif tag not in _INLINE and tag not in ("br", "tr"):
            self._shown.line()

    def _attributes(self, node: LexborNode) -> None:
        for name, value in node.attributes.items():
            if not value:
                continue
            if name in _SHOWN_ATTRIBUTES or name.startswith("data-"):
                self._fields.append(Field(self._place / f"<{node.tag}>", name, value))
            elif name in _LINKS:
                self._link(node, name, value)

    def _link(self, node: LexborNode, name: str, value: str) -> None:
        found = _DATA.match(value)
        if found is None:
            if not value.lower().startswith(("http:", "https:", "cid:")):
                self._fields.append(Field(self._place / f"<{node.tag}>", name, value))
            return
        raw = unquote_to_bytes(value[found.end() :])
        if "base64" in found[2].lower():
            try:
                raw = binascii.a2b_base64(raw)
            except binascii.Error:
                self._fields.append(Field(self._place / f"<{node.tag}>", name, value))
                return
        self._fields.append(Member(self._place / f"<{node.tag}>", "", raw, found[1] or TEXT))
