"""The shared strings of a workbook: what most text cells point to.

Answers: the strings in order, the runs of rich text joined, without the pronunciations,
which are given apart.
Trusts: nothing. The common writing (``<si><t>…</t></si>``) is cut by a pattern, four times
faster than expat; a part with anything else in it is parsed by expat.
Fails: ``ForbiddenXml`` and ``ExpatError`` pass on to the caller.
Standards: ECMA-376 part 1, 18.4 (shared strings), 22.9.2.19 (``_x0031_`` stands for "1").
"""

from __future__ import annotations

import re
from html import unescape

from gateway.extract.sheet.net import local, parser

_PLAIN = re.compile(r'<si><t(?: xml:space="preserve")?(?:/>|>([^<]*)</t>)</si>')
_START = re.compile(r"[^<]*(?:<\?[^<]*)?<sst(?:\s[^<>]*)?>")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class _ByIndex(dict[str, str]):
    """Strings by their index as a cell writes it; "" for an index that is none."""

    def __missing__(self, index: str) -> str:
        bare = index.strip().lstrip("+0") or "0"
        return self.get(bare, "")


class SharedStrings:
    """The strings and what is said of their pronunciation."""

    def __init__(self) -> None:
        self.by_index = _ByIndex()
        self.phonetic: list[str] = []
        self._pieces: list[str] = []
        self._sound: list[str] = []
        self._open: list[str] = []

    def feed(self, content: bytes) -> None:
        found = _plainly(content)
        if found is None:
            parser(self._start, self._end, self._data).Parse(content, True)
        else:
            self.by_index.update(zip(map(str, range(len(found))), found, strict=True))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._open.append(local(tag))

    def _data(self, text: str) -> None:
        if "t" not in self._open[-1:]:
            return
        (self._sound if "rPh" in self._open else self._pieces).append(text)

    def _end(self, tag: str) -> None:
        if self._open.pop() == "si":
            self.by_index[str(len(self.by_index))] = meant("".join(self._pieces))
            if self._sound:
                self.phonetic.append("".join(self._sound))
            self._pieces, self._sound = [], []


def plain_text(content: bytes) -> str:
    """Decode a part whose tags a pattern may cut, or "" for one that expat must read."""
    head = content[:200]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head:
        return ""
    declared = re.search(rb"encoding\s*=\s*[\"']([^\"']*)", head)
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii"):
        return ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    behind_declaration = text.find("?>", 0, 200) + 2 if text.startswith("<?xml") else 0
    # One sign is found in a tenth of the time of two, of which the first is in every tag.
    foreign = ("!" in text and "<!" in text) or (
        text.find("?", behind_declaration) >= 0 and text.find("<?", behind_declaration) >= 0
    )
    return "" if foreign else text


def meant(text: str) -> str:
    """Return a string with its ``_xHHHH_`` escapes resolved.

    >>> meant("_x0031_2"), meant("_x005F_x0031_")
    ('12', '_x0031_')
    """
    if "_x" not in text:
        return text
    return _ESCAPED.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if 0xD800 <= code <= 0xDFFF else chr(code)


def _plainly(content: bytes) -> list[str] | None:
    """The strings, where every one of them is a single text."""
    text = plain_text(content)
    start, end = _START.match(text), text.rfind("</sst>")
    if start is None or end < 0 or text[end:].strip() != "</sst>":
        return None
    body = text[start.end() : end]
    found = _PLAIN.findall(body)
    if len(found) != body.count("<si") or body.count("<") != _tags(found, body):
        return None
    if "&" in body:
        found = list(map(unescape, found))
    return list(map(meant, found)) if "_x" in body else found


def _tags(found: list[str], body: str) -> int:
    """How many tags ``found`` stands in, if it is everything in ``body``."""
    return 4 * len(found) - body.count("<t/>")
