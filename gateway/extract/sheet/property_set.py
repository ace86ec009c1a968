"""Property sets of compound files: title, author, comments, and an administrator's own.

Answers: the texts of every property, under the property's name where the set has names.
Trusts: nothing; offsets are looked at before they are followed.
Fails: never; what has another layout gives nothing, and the net for words reads it anyway.
Standards: [MS-OLEPS] 2.
"""

from __future__ import annotations

import struct

_MOST = 1000  # properties of one set
_DICTIONARY, _CODE_PAGE = 0, 1
_NARROW, _WIDE = 0x1E, 0x1F
_UTF8, _UTF16 = 65001, 1200
_CODECS = {_UTF8: "utf-8", _UTF16: "utf-16-le", 932: "cp932", 936: "gbk", 949: "cp949"}


def properties(stream: bytes) -> list[tuple[str, str]]:
    """Return name and value of each text in a property set stream."""
    found: list[tuple[str, str]] = []
    try:
        (count,) = struct.unpack_from("<I", stream, 24)
        for i in range(min(count, 4)):
            (at,) = struct.unpack_from("<I", stream, 28 + 20 * i + 16)
            found += _set(stream[at:])
    except struct.error:
        return found
    return found


def _set(data: bytes) -> list[tuple[str, str]]:
    (count,) = struct.unpack_from("<I", data, 4)
    places = dict(struct.unpack_from("<II", data, 8 + 8 * i) for i in range(min(count, _MOST)))
    codec = "cp1252"
    if _CODE_PAGE in places:
        page = struct.unpack_from("<H", data, places[_CODE_PAGE] + 4)[0]
        codec = _CODECS.get(page, f"cp{page}" if 1250 <= page <= 1258 else "cp932")
    names = _names(data, places[_DICTIONARY], codec) if _DICTIONARY in places else {}
    found = []
    for number, at in places.items():
        if number not in (_DICTIONARY, _CODE_PAGE) and (text := _text(data, at, codec)):
            found.append((names.get(number, ""), text))
    return found


def _text(data: bytes, at: int, codec: str) -> str:
    kind, length = struct.unpack_from("<II", data, at)
    raw = data[at + 8 :]
    if kind == _WIDE:
        return raw[: 2 * length].decode("utf-16-le", "replace").rstrip("\0")
    return raw[:length].decode(codec, "replace").rstrip("\0") if kind == _NARROW else ""


def _names(data: bytes, at: int, codec: str) -> dict[int, str]:
    names: dict[int, str] = {}
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    for _ in range(min(count, _MOST)):
        number, length = struct.unpack_from("<II", data, at)
        size = 2 * length if codec == "utf-16-le" else length
        names[number] = data[at + 8 : at + 8 + size].decode(codec, "replace").rstrip("\0")
        at += 8 + size + (-size % 4 if codec == "utf-16-le" else 0)
    return names
