"""Everything in an office package: no member goes unread.

Answers: for each member of a package (ECMA-376 part 2) either its text, or the member
itself for the engine to read (pictures, embedded files, macros). What is XML is told by
its bytes, and what a part is by its root element: neither goes by a file name.
Trusts: nothing; sizes are counted as they come out.
Fails: encrypted or oversized members are ``Unread``; broken XML is ``damaged``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gateway.extract.archive import (
    Archive,
    Entry,
    TooBig,
    broken,
    doubts,
    entries,
    open_archive,
    unpack,
)
from gateway.extract.chart import is_chart, read_chart
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import OCTETS, media_type
from gateway.extract.xml_text import read_xml
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

# Geometry, colours and fonts: no words, in any program's writing.
_WORDLESS = re.compile(
    r"(?:^|/)(?:theme\d*\.xml|fontTable\.xml|calcChain\.xml|tableStyles\.xml"
    r"|presProps\.xml|viewProps\.xml)$"
)
_WORDLESS_BYTES = 256 * 1024  # a larger one holds something else
_DEVICE = re.compile(r"/printerSettings\d*\.bin$|^layout-cache$")  # a program's own notes
_FONT = re.compile(r"\.(?:odttf|fntdata|ttf|ttc|otf)$", re.IGNORECASE)
_NOT_A_WORD = re.compile(r"[\x00-\x1f]+")
_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00\s]*<[\x00]?[?!A-Za-z_]")
_PAGE = re.compile(rb"<!DOCTYPE\s+html|<html[\s>]", re.I)  # altChunk: for the HTML reader
_PAGE_WINDOW = 512

ReadXml = Callable[[bytes, Place, InspectionLimits, str], Iterator[Yielded]]


def read_package(
    sample: Sample,
    limits: InspectionLimits,
    *,
    skip: re.Pattern[str],
    main: str = "",
    numbered: str = "line",
    read: ReadXml = read_xml,
) -> Iterator[Yielded]:
    """Yield what stands in every member but those whose name matches ``skip``.

    ``main`` names the member whose text stands at the sample's own place; ``read`` is
    what reads an XML member of the package's own vocabulary.
    """
    with open_archive(sample.content) as archive:
        yield from doubts(sample, archive)
        yield from _names(sample, archive)
        for number, entry in enumerate(entries(archive, sample.decode)):
            if number >= limits.parts:
                yield Unread(sample.place, UnreadReason.LIMIT, "members")
                return
            if skip.search(entry.name) or _wordless(entry):
                continue
            here = sample.place if entry.name == main else sample.place / entry.name
            yield from _member(archive, entry, here, limits, numbered, read)


def _names(sample: Sample, archive: Archive) -> Iterator[Yielded]:
    """What is said outside of the members: their names, and comments."""
    said = [entry.name for entry in entries(archive, sample.decode)]
    comments = [archive.comment, *(info.comment for info in archive.infolist())]
    said += [text for comment in comments if comment for text in sample.decode(comment, "")]
    yield Prose(sample.place / "members", "\n".join(said))


def _wordless(entry: Entry) -> bool:
    return _WORDLESS.search(entry.name) is not None and entry.info.file_size <= _WORDLESS_BYTES


def _member(
    archive: Archive,
    entry: Entry,
    place: Place,
    limits: InspectionLimits,
    numbered: str,
    read: ReadXml,
) -> Iterator[Yielded]:
    if entry.encrypted:
        yield Unread(place, UnreadReason.ENCRYPTED, "zip")
        return
    try:
        content = unpack(archive, entry.info, limits)
    except TooBig:
        yield Unread(place, UnreadReason.LIMIT, "unpacked bytes")
    except Exception as error:
        if not broken(error):
            raise
        yield Unread(place, UnreadReason.DAMAGED, "package member")
    else:
        yield from _content(content, entry.name, place, limits, numbered, read)


def _content(
    content: bytes, name: str, place: Place, limits: InspectionLimits, numbered: str, read: ReadXml
) -> Iterator[Yielded]:
    if is_xml(content):
        yield from (read_chart if is_chart(content) else read)(content, place, limits, numbered)
    elif _DEVICE.search(name):
        for codec in ("latin-1", "utf-16-le"):
            words = _NOT_A_WORD.sub("\n", content.decode(codec, "replace"))
            yield Prose(place, words)
    elif content and not _is_font(content, name):
        yield Member(place, name.rpartition("/")[2], content)


def _is_font(content: bytes, name: str) -> bool:
    """Whether it is called a font and is one; Office hides the head of those it embeds."""
    if not _FONT.search(name):
        return False
    kind = media_type(content)
    return kind == OCTETS or "font" in kind or "opentype" in kind


def is_xml(content: bytes) -> bool:
    """Whether a member is written as XML, and not as a page for a browser."""
    return _XML.match(content) is not None and not _PAGE.search(content[:_PAGE_WINDOW])
