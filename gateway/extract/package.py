"""Everything in an office package beside its main text: no member goes unread.

Answers: for each member of a package (ECMA-376 part 2) either its text, or the member
itself for the engine to read (pictures, embedded files, macros).
Trusts: nothing; sizes are counted as they come out.
Fails: encrypted or oversized members are ``Unread``; XML with a DTD passes on as
``ForbiddenXml``.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from gateway.extract.archive import Entry, TooBig, broken, entries, oddity, open_archive, unpack
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.xml_text import ForbiddenXml, XmlText
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

# Geometry, colours and fonts: no words, in any program's writing.
_WORDLESS = re.compile(
    r"(?:^|/)(?:theme\d*\.xml|fontTable\.xml|calcChain\.xml|tableStyles\.xml"
    r"|presProps\.xml|viewProps\.xml)$"
)
_FLOWING = re.compile(
    r"^word/|^ppt/(?:slides|notesSlides|slideMasters|slideLayouts|notesMasters)/|/drawings/|/diagrams/"
)
_DEVICE = re.compile(r"/printerSettings\d*\.bin$")  # a printer's settings, in two encodings
_NOT_A_WORD = re.compile(r"[\x00-\x1f]+")


def read_package(
    sample: Sample,
    limits: InspectionLimits,
    *,
    skip: re.Pattern[str],
    main: str = "",
    numbered: str = "line",
) -> Iterator[Yielded]:
    """Yield what stands in every member but those whose name matches ``skip``.

    ``main`` names the member whose text stands at the sample's own place.
    """
    with open_archive(sample.content) as archive:
        odd = oddity(sample.content, archive)
        if odd:
            yield Unread(sample.place, UnreadReason.AMBIGUOUS, odd)
        for number, entry in enumerate(entries(archive, sample.decode)):
            if number >= limits.parts:
                yield Unread(sample.place, UnreadReason.LIMIT, "members")
                return
            if skip.search(entry.name) or _WORDLESS.search(entry.name):
                continue
            here = sample.place if entry.name == main else sample.place / entry.name
            yield from _member(archive, entry, here, limits, numbered)


def _member(
    archive: zipfile.ZipFile, entry: Entry, place: Place, limits: InspectionLimits, numbered: str
) -> Iterator[Yielded]:
    if entry.encrypted:
        yield Unread(place, UnreadReason.ENCRYPTED, "zip")
        return
    try:
        content = unpack(archive, entry.info, limits)
    except TooBig:
        yield Unread(place, UnreadReason.LIMIT, "unpacked bytes")
        return
    except Exception as error:
        if not broken(error):
            raise
        yield Unread(place, UnreadReason.DAMAGED, "package member")
        return
    if entry.name.endswith((".xml", ".rels", ".vml")):
        yield from _xml(content, entry.name, place, limits, numbered)
    elif _DEVICE.search(entry.name):
        for codec in ("latin-1", "utf-16-le"):
            words = _NOT_A_WORD.sub("\n", content.decode(codec, "replace"))
            yield Prose(place, words)
    else:
        yield Member(place, entry.name.rpartition("/")[2], content)


def _xml(
    content: bytes, name: str, place: Place, limits: InspectionLimits, numbered: str
) -> Iterator[Yielded]:
    everything = _FLOWING.search(name) is None
    text = XmlText(place, limits, numbered, everything=everything)
    try:
        text.feed(content)
    except (ForbiddenXml, expat.ExpatError):
        yield Unread(place, UnreadReason.DAMAGED, "xml")
    yield from text.units()  # up to the break
