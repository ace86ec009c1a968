"""What stands in the attributes of an HTML document: texts, links, embedded files.

Answers: fields for texts and for what a link carries (query strings, ``mailto:`` bodies),
one table of the form's values, and members for ``data:`` URIs and ``srcdoc``.
Trusts: nothing; linear.
Fails: never; a ``data:`` URI that does not decode stays a field.
Standards: RFC 2397 (data), RFC 6068 (mailto), RFC 3986.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_to_bytes

from gateway.extract.sample import Member, Yielded
from gateway.extract.sniff import HTML, TEXT
from gateway.model import Field, Place, Table

# Looks and structure: read only where they hold ten digits or more.
_PLAIN = frozenset(
    ("class", "id", "style", "for", "headers", "width", "height", "bgcolor", "color", "align",
     "valign", "border", "cellpadding", "cellspacing", "colspan", "rowspan", "rel", "type",
     "lang", "face", "size", "target", "method", "enctype", "http-equiv", "charset", "dir",
     "role", "nowrap", "hspace", "vspace", "start", "tabindex", "maxlength", "media", "cols",
     "rows", "scope", "srcset", "sizes", "clear", "noshade", "language", "name", "sdnum")
)  # fmt: skip
_LINKS = frozenset(
    ("href", "src", "background", "action", "formaction", "cite", "poster", "data", "ping",
     "longdesc", "xlink:href", "srcset")
)  # fmt: skip
_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?([^,]{0,200}),", re.I)
_CSS_DATA = re.compile(r"url\(\s{0,20}[\"']?(data:[^)\"']*)", re.I)
_REFRESH = re.compile(r"[\d.\s]{0,20}[;,]\s{0,20}(?:url\s{0,20}=)?\s{0,20}['\"]?(.*)", re.I | re.S)
_TEN_DIGITS = re.compile(r"(?:[0-9][^0-9A-Za-z]{0,3}){9}[0-9]|[^\x00-\x7f]")
_LOADED = ("http:", "https:", "cid:", "//", "ftp:")
_PAIR = re.compile(r"([^?&;#=]{1,200})=([^&;#]+)")
_CONTROLS = frozenset(
    ("input", "select", "textarea", "option", "param", "meta", "button", "output")
)


class Attributes:
    """Collects the attributes of one document; ask for ``units`` when it is over."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._units: list[Yielded] = []
        self._names: list[str] = []
        self._values: list[str] = []

    def take(self, tag: str, attributes: dict[str, str]) -> None:
        """Read the attributes of one tag."""
        if not attributes:
            return
        place = self._place / f"<{tag[:40]}>"
        for name, value in attributes.items():
            if value:
                self._one(place, name, value)
        if tag in _CONTROLS and attributes.get("value"):
            self._names.append(attributes.get("name") or attributes.get("id") or "")
            self._values.append(attributes["value"])

    def add(self, unit: Yielded) -> None:
        """Add what was read in a comment's markup."""
        self._units.append(unit)

    def units(self) -> Iterator[Yielded]:
        yield from self._units
        if len(self._values) > 1:
            yield Table(self._place / "form", (tuple(self._names), tuple(self._values)))

    def _one(self, place: Place, name: str, value: str) -> None:
        if name == "srcdoc":
            self._units.append(Member(place, "", value.encode("utf-8", "replace"), HTML, "utf-8"))
        elif name in _LINKS:
            self._link(place, name, value)
        elif name == "content" and (found := _REFRESH.fullmatch(value)) and found[1]:
            self._units.append(Field(place, name, value))
            self._link(place, name, found[1])
        elif name.startswith("xmlns"):
            return
        elif name not in _PLAIN or _TEN_DIGITS.search(value):
            self._units.append(Field(place, name, value))
        if name == "style":
            for found in _CSS_DATA.finditer(value):
                self._link(place, name, found[1])

    def _link(self, place: Place, name: str, value: str) -> None:
        value = value.strip()
        found = _DATA.match(value)
        if found is not None:
            self._units.append(_embedded(place, name, value, found))
            return
        plain = unquote(value)
        if not value.lower().startswith(_LOADED) or _TEN_DIGITS.search(plain):
            self._units.append(Field(place, name, plain))
        for pair in _PAIR.finditer(value):
            told = unquote(pair[2].replace("+", " "))
            if _TEN_DIGITS.search(told):
                self._units.append(Field(place, unquote(pair[1]), told))


def _embedded(place: Place, name: str, value: str, found: re.Match[str]) -> Member | Field:
    raw = unquote_to_bytes(value[found.end() :])
    if "base64" in found[2].lower():
        try:
            raw = binascii.a2b_base64(raw)
        except binascii.Error:
            return Field(place, name, value)
    return Member(place, "", raw, (found[1] or TEXT).lower())
