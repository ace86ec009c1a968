"""Property sets of OLE files: title, author, comments, and what people add, with its name.

Answers: each property that is text as a field, in the set's own code page.
Trusts: nothing. Offsets are clipped to the stream; a set has no more properties than fit.
Fails: never; what cannot be followed is left to the words of the stream.
Standards: [MS-OLEPS] 2.21 (stream), 2.20 (set), 2.15 (types).
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator

_NAMES = {2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 7: "template",
          8: "last author", 14: "manager", 15: "company"}  # fmt: skip
_CODE_PAGE, _DICTIONARY = 1, 0
_TEXT, _WIDE_TEXT, _VECTOR = 0x1E, 0x1F, 0x1000
_UTF_16 = 1200
_MOST = 10_000  # properties of one set
_SECTION = struct.Struct("<16sI")


def properties(stream: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and value of every text in a property set stream."""
    if len(stream) < 48 or stream[:2] != b"\xfe\xff":
        return
    (count,) = struct.unpack_from("<I", stream, 24)
    for number in range(min(count, 2)):
        if 28 + _SECTION.size * (number + 1) <= len(stream):
            _, start = _SECTION.unpack_from(stream, 28 + _SECTION.size * number)
            yield from _section(stream[start:])


def _section(raw: bytes) -> Iterator[tuple[str, str]]:
    if len(raw) < 8:
        return
    (count,) = struct.unpack_from("<I", raw, 4)
    count = min(count, _MOST, (len(raw) - 8) // 8)
    places = dict(struct.unpack_from("<II", raw, 8 + 8 * n) for n in range(count))
    codec = _codec(raw, places.get(_CODE_PAGE, len(raw)))
    names = {**_NAMES, **_dictionary(raw, places.get(_DICTIONARY, len(raw)), codec)}
    for number, at in places.items():
        if at + 8 <= len(raw) and number != _DICTIONARY:
            kind, size = struct.unpack_from("<II", raw, at)
            text = _text(raw[at + 8 :], kind, size, codec)
            if text:
                yield names.get(number, f"property {number}"), text


def _text(raw: bytes, kind: int, size: int, codec: str) -> str:
    if kind == _WIDE_TEXT:
        return raw[: 2 * size].decode("utf-16-le", "replace").rstrip("\x00")
    if kind == _TEXT:
        return raw[:size].decode(codec, "replace").rstrip("\x00")
    return ""


def _codec(raw: bytes, at: int) -> str:
    if at + 6 > len(raw):
        return "cp1252"
    (page,) = struct.unpack_from("<H", raw, at + 4)
    name = {_UTF_16: "utf-16-le", 65001: "utf-8"}.get(page, f"cp{page}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


def _dictionary(raw: bytes, at: int, codec: str) -> dict[int, str]:
    """The names that people gave to properties of their own."""
    found: dict[int, str] = {}
    if at + 4 > len(raw):
        return found
    (count,) = struct.unpack_from("<I", raw, at)
    at += 4
    for _ in range(min(count, _MOST)):
        if at + 8 > len(raw):
            break
        number, length = struct.unpack_from("<II", raw, at)
        size = 2 * length if codec == "utf-16-le" else length
        found[number] = raw[at + 8 : at + 8 + size].decode(codec, "replace").rstrip("\x00")
        at += 8 + size + (-size % 4 if codec == "utf-16-le" else 0)
    return found
