"""XPS and OpenXPS: pages whose glyphs carry their text and where it stands.

Answers: each page's text, in lines by position as well as in the order of the file, and
every other member of the package (pictures, fonts under another name, properties).
Trusts: nothing (see ``package``).
Fails: glyphs without text are ``unsupported``: a font shows what the file does not say.
Standards: ECMA-388 12.1 (Glyphs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from xml.parsers import expat

from gateway.extract.package import read_package
from gateway.extract.package_type import XPS
from gateway.extract.placed import Box, finite, one_by_one, side_by_side
from gateway.extract.sample import Sample, Yielded
from gateway.extract.xml_text import BROKEN, read_xml, readable, refuse
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

_PROFILES = re.compile(r"\.icc$", re.IGNORECASE)
_ROOT_REACH = 4096
_HEIGHT = 10.0  # of a line, where the size is not said


def recognises(sample: Sample) -> bool:
    """Whether it is a package of fixed pages."""
    return sample.media_type == XPS


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield every member but the profiles of colours."""
    yield from read_package(sample, limits, skip=_PROFILES, read=_read)


def _read(
    content: bytes, place: Place, limits: InspectionLimits, numbered: str
) -> Iterator[Yielded]:
    if b"FixedPage" in content[:_ROOT_REACH]:
        yield from _page(content, place)
    yield from read_xml(content, place, limits, numbered)


def _page(content: bytes, place: Place) -> Iterator[Yielded]:
    boxes: list[Box] = []
    mute = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal mute
        if tag.rpartition(":")[2] != "Glyphs":
            return
        text = attributes.get("UnicodeString", "").removeprefix("{}")
        mute = mute or not text
        x, y, size = (finite(attributes.get(k, "")) for k in
                      ("OriginX", "OriginY", "FontRenderingEmSize"))  # fmt: skip
        boxes.append(Box(text, x, y, size or _HEIGHT))

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    with suppress(*BROKEN):  # ``read_xml`` says so
        parser.Parse(readable(content), True)
    text = "\n".join(box.text for box in boxes)
    if text:
        yield Prose(place, text)
        yield from one_by_one(place, text.split("\n"))
        yield Prose(place / "by lines", _lines(boxes))
        yield from side_by_side(place, boxes)
    if mute:
        yield Unread(place, UnreadReason.UNSUPPORTED, "glyphs without text")


def _lines(boxes: list[Box]) -> str:
    """The texts that share a base line, joined: programs cut words and numbers anywhere."""
    rows: dict[int, list[Box]] = {}
    for box in boxes:
        rows.setdefault(round(box.y), []).append(box)
    return "\n".join(
        "".join(b.text for b in sorted(row, key=lambda b: b.x)) for _, row in sorted(rows.items())
    )
