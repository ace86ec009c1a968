"""What a picture file says beside its dots: EXIF, XMP, IPTC, comments, text chunks.

Answers: ``said``: each text with the name of its field, for the frame that is open.
Trusts: nothing; Pillow has taken the file apart already and bounds what it unpacks.
Fails: exceptions of Pillow's EXIF reader pass on to the registry.
Bytes are read as people find them: UTF-8 or cp932 runs, UTF-16 where Windows puts it. What is
longer than ``_LONGEST`` is cut into prose by the caller's budget, not here.
Standards: EXIF 3.0, PNG 11.3.3, GIF89a section 24, IPTC IIM 4.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image

from gateway.extract.sample import Decode

_WITHOUT_TEXT = frozenset(
    {"icc_profile", "dpi", "jfif", "jfif_version", "jfif_unit", "loop", "version", "compression"}
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]+")
_WIDE_TAGS = range(0x9C9B, 0x9CA0)  # XPTitle … XPSubject: UTF-16
_DEEPEST = 4  # dictionaries in dictionaries (IPTC in Photoshop's block)
_SHORTEST = 4  # characters; a shorter run names nothing


def said(image: Image.Image, decode: Decode) -> Iterator[tuple[str, str]]:
    """Yield (name, text) for every text. ``image`` must be unpacked already: a PNG's text may
    stand behind its dots.
    """
    for name, value in (*image.info.items(), *getattr(image, "text", {}).items()):
        if name not in _WITHOUT_TEXT:
            yield from _texts(str(name), value, decode, 0)
    yield from _in_exif(image.getexif(), decode)


def _in_exif(exif: Image.Exif, decode: Decode) -> Iterator[tuple[str, str]]:
    for key, value in exif.items():
        yield from _texts(_tag(key), _wide(key, value), decode, 0)
    for part in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.IFD1):
        for key, value in exif.get_ifd(part).items():
            yield from _texts(_tag(key), _wide(key, value), decode, 0)


def _tag(key: int) -> str:
    return ExifTags.TAGS.get(key, "EXIF")


def _wide(key: int, value: Any) -> Any:
    if key in _WIDE_TAGS and isinstance(value, bytes):
        return value.decode("utf-16-le", "replace")
    return value


def _texts(name: str, value: Any, decode: Decode, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Image.Exif):
        yield from _in_exif(value, decode)
    elif isinstance(value, dict) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _texts(f"{name} {key}", inner, decode, depth + 1)
    elif isinstance(value, (list, tuple)) and depth < _DEEPEST:
        for inner in value:
            yield from _texts(name, inner, decode, depth + 1)
    elif isinstance(value, bytes):
        for text in _readings(value, decode):
            yield name, text
    elif isinstance(value, str):
        for text in _readings(value.encode("latin-1"), decode) if _mistaken(value) else (value,):
            yield from ((name, said) for said in filter(None, [_clean(text)]))
    elif isinstance(value, int) and value > 99_999_999:
        yield name, str(value)


def _mistaken(text: str) -> bool:
    """Whether Pillow took the bytes for Latin-1: EXIF and PNG say so, Windows in Japan does not."""
    return not text.isascii() and max(text) <= "\xff"


def _readings(value: bytes, decode: Decode) -> Iterator[str]:
    if value.count(0) * 3 > len(value):  # UTF-16, perhaps behind a mark of its charset
        for start in (0, 1):
            yield from filter(None, [_clean(value[start:].decode("utf-16-le", "replace"))])
    for text in decode(value, ""):
        yield from filter(None, [_clean(text)])


def _clean(text: str) -> str:
    runs = (run for run in _CONTROLS.split(text) if len(run) >= _SHORTEST)
    return "\n".join(runs).strip()
