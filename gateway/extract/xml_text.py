"""The text in the XML of an office package, by local names.

Answers: for Word, PowerPoint and everything beside a sheet's cells: what ``story`` makes of
a part, once for each version of it that a person can see, and the attributes with words.
Trusts: nothing; expat, streaming, linear: an element costs the same however deep it stands.
Fails: a DTD, which no office program writes (billion laughs, XXE), and broken XML are
``damaged``, and read up to there.
Standards: XML 1.0, ECMA-376 parts 1 and 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from xml.parsers import expat

from gateway.extract.sample import Yielded
from gateway.extract.story import INTERESTING, Story
from gateway.extract.word_plain import merged
from gateway.extract.wordless import attribute_texts
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

_BUFFER = 1 << 16  # characters that come in one piece
TELLING = frozenset(  # elements in whose attributes people's words stand
    ("docPr", "cNvPr", "imagedata", "textpath", "hyperlink", "Relationship", "fldSimple", "alias",
     "tag", "lvlText", "listItem", "statusText", "helpText", "default", "bookmarkStart", "docVar",
     "comment", "cmAuthor", "author", "shape", "property", "hlinkClick", "hlinkHover", "docPart",
     "Override", "name", "dataBinding", "custShow", "section", "tblCaption", "tblDescription",
     "ins", "del", "person", "cSld", "attachedTemplate", "placeholder")
)  # fmt: skip
_IDENTITY = re.compile(r"\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?")
_WORDLESS = re.compile(rf".?|rId\d+|http://(?:schemas|purl)\.[^ ]*|{_IDENTITY.pattern}")
_LONG_NUMBER = re.compile(rb"[0-9]{12,}|[0-9]{4}-[0-9]{4}-[0-9]{4}")
_SHAPES = bytes.maketrans(b"123456789", b"000000000")
_NUMBER_SHAPES = (b"000000000000", b"0000-0000-0000")
_TAG_REACH = 1000  # bytes back to the beginning of a tag
_VALUE_REACH = 64
_ENCODING = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))


class ForbiddenXml(ValueError):  # noqa: N818 (what it is, not that it failed)
    """XML with a document type declaration."""


BROKEN = (ForbiddenXml, expat.ExpatError, LookupError)


class XmlText:
    """One XML part in one view: ``feed`` it, then ask for ``units``."""

    def __init__(self, place: Place, limits: InspectionLimits, numbered: str = "line") -> None:
        self._place = place
        self.story = Story(place, limits, numbered)
        self._values: list[str] = []  # attributes with words

    def feed(self, content: bytes) -> None:
        """Take the whole part; ``ForbiddenXml`` or ``ExpatError`` leave what came before."""
        try:
            _feed(content, self.story, self._values)
        finally:
            self._values += numbers_in_tags(content)

    def units(self) -> Iterator[Yielded]:
        yield from self.story.units()
        if self._values:
            yield Prose(self._place / "attributes", "\n".join(self._values))


def read_xml(
    content: bytes, place: Place, limits: InspectionLimits, numbered: str = "line"
) -> Iterator[Yielded]:
    """Yield what stands in one XML part, in every view in which it reads otherwise."""
    wordless = attribute_texts(content, TELLING)
    if wordless is not None:
        values = [*filter(None, map(_told, wordless)), *numbers_in_tags(content)]
        if values:
            yield Prose(place / "attributes", "\n".join(values))
        return
    text = XmlText(place, limits, numbered)
    try:
        text.feed(content)
    except BROKEN:
        yield Unread(place, UnreadReason.DAMAGED, "xml")
    yield from text.units()
    for view in text.story.other_views:
        story = Story(place, limits, numbered, view)
        with suppress(*BROKEN):  # said once already
            _feed(content, story, [])
        yield from story.units()


def _feed(content: bytes, story: Story, values: list[str]) -> None:
    """Run the parser over ``content``; attributes with words are added to ``values``."""
    names: dict[str, str] = {}  # tag → local name, of what matters
    dull: set[str] = set()  # tags that mean nothing to a story, most of all in any file
    last = ""  # tag that began last

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal last
        last = tag
        if tag in dull:
            return
        name = names.get(tag) or names.setdefault(tag, local(tag))
        if name in INTERESTING:
            story.start(name, attributes)
        elif name not in TELLING:
            dull.add(tag)
        if attributes and name in TELLING:
            told = _told(attributes.values())
            if told:
                values.append(told)

    def end(tag: str) -> None:
        if tag not in dull and names[tag] in INTERESTING:
            story.end(names[tag])

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _BUFFER
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: story.data(text, last)
    text = readable(content)
    parser.Parse(merged(text) if text is content else text, True)


def _told(values: Iterable[str]) -> str:
    """What the attributes of one element say, without addresses of schemas and the like."""
    return ": ".join(v for v in values if not _WORDLESS.fullmatch(v))


def readable(content: bytes) -> bytes | str:
    """Return XML in an encoding that expat knows: Japanese ones it does not."""
    found = _ENCODING.match(content)
    if found is None or found[1].lower() in (b"utf-8", b"utf-16", b"us-ascii", b"iso-8859-1"):
        return content
    return content.decode(found[1].decode("ascii"), "replace")


def local(tag: str) -> str:
    """Return a tag without its prefix."""
    return tag.rpartition(":")[2]


def numbers_in_tags(content: bytes) -> Iterator[str]:
    """Yield the surroundings of long numbers that stand inside a tag, whatever the attribute."""
    for mark, codec in _MARKS[:2]:
        if content.startswith(mark):
            content = content.decode(codec, "replace").encode()
    shapes = content.translate(_SHAPES)
    if not any(shape in shapes for shape in _NUMBER_SHAPES):  # ten times as fast as the pattern
        return
    for found in _LONG_NUMBER.finditer(content):
        before = content[max(0, found.start() - _TAG_REACH) : found.start()]
        if before.rfind(b"<") > before.rfind(b">"):
            around = content[max(0, found.start() - _VALUE_REACH) : found.end() + _VALUE_REACH]
            yield _IDENTITY.sub(" ", around.decode("utf-8", "replace"))


def refuse(*_: object) -> None:
    """Stop at a DTD, as the parser's handler for one."""
    raise ForbiddenXml("document type declaration")
