"""Every other reading of a mail that has more than one.

Answers: parts that another program might see, and texts that stand in any view: the parts
as the standard library cuts them; the raw text; and each stretch between two lines that
any program could take for a delimiter, with its body from each blank line on, in each
transfer encoding, broken or not, and once more where that gives a coded text again.
Trusts: nothing; only used on mails that are held as ambiguous anyway.
Fails: never; a mail over ``limits.views_bytes`` has no other views, and says so.
Linear: the bytes that all views may come to are bounded by the mail's size.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message as ForeignMessage
from itertools import islice, pairwise

from gateway.message import codings
from gateway.message.charset import decode_best
from gateway.message.legible import is_legible, texts
from gateway.message.mail import Leaf
from gateway.model import Field, InspectionLimits, Place, Prose

_MOST_SEMICOLONS = 5000  # the second parser reads parameters in quadratic time
_MOST_DASHED = 1000  # lines that could be delimiters
_MOST_BODIES = 4  # blank lines in a stretch at which a body could start
_SEAM = 200  # bytes on each side of the border between two parts
_DEEPEST = 3  # codings within codings
_SHORTEST = 12  # a view with fewer bytes holds no number
_VIEWS = 64  # all views of a mail come to so many times its size at most
_DELIMITER = re.compile(rb"(?:\A|[\r\n])[ \t]{0,8}-{2}(?=[^\r\n])[^\r\n]*")
_GAP = re.compile(rb"(?:\r\n|\n|\r)[ \t\x0b\x13]{0,8}(?:\r\n|\n|\r)+")
_FILES = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"7z\xbc\xaf",
          b"Rar!", b"\x1f\x8b", b"{\\rtf")  # fmt: skip
_HTML = re.compile(rb"(?i)<(?:!doctype|html|head|body|table|div|p|span|font|td|br)\b")
_CODED_AGAIN = re.compile(rb"(?i)content-transfer-encoding|\n--|\A[a-z0-9+/=\s]{16,}\Z")


@dataclass(slots=True)
class Views:
    """What the views of one mail have come to."""

    at: Place
    number: int  # of the last leaf
    room: int  # bytes that views may still come to
    leaves: list[Leaf] = field(default_factory=list)
    glimpses: list[Prose] = field(default_factory=list)
    known: set[int] = field(default_factory=set)  # hashes of what was seen
    met: bool = False  # a limit was met

    def new(self, data: bytes) -> bool:
        """Whether ``data`` was not seen yet, and there is room for it."""
        key = hash(data.strip())
        if len(data) < _SHORTEST or key in self.known:
            return False
        self.known.add(key)
        self.room -= len(data)
        self.met = self.met or self.room < 0
        return self.room >= 0

    def leaf(self, data: bytes, declared: str, charset: str = "") -> None:
        self.number += 1
        place = self.at / f"{self.number} {declared}" / "second reading"
        self.leaves.append(Leaf(self.number, place, "", declared, charset, False, data))

    def glimpse(self, data: bytes) -> None:
        place = self.at / "second reading"
        self.glimpses += [Prose(place, text.replace("\r", "")) for text in texts(data)]


NO_VIEWS = Views(Place(()), 0, 0)  # of a mail with one reading


def other_views(
    content: bytes, seen: tuple[Leaf, ...], at: Place, limits: InspectionLimits
) -> Views:
    """Return leaves and texts whose bytes the first reading did not see."""
    views = Views(at, len(seen), max(len(content), 4096) * _VIEWS)
    if len(content) > limits.views_bytes:
        views.met = True
        return views
    views.known = {hash(leaf.content.strip()) for leaf in seen}
    for declared, charset, body in _foreign_leaves(content, limits):
        if views.new(body):
            views.leaf(body, declared, charset)
    views.known.discard(hash(content.strip()))
    _sweep(views, content, 0)
    return views


def _sweep(views: Views, content: bytes, depth: int) -> None:
    """Look at a text as a whole, and at each stretch of it as a part of its own."""
    if views.new(content):
        views.glimpse(content)
    if depth >= _DEEPEST:
        return
    for stretch in _stretches(content):
        for reading in _readings(stretch):
            _take(views, reading, depth)
    _take(views, codings.unpadded(_DELIMITER.sub(b"", content).translate(None, _JUNK)), depth)


_JUNK = bytes(b for b in range(256) if not (chr(b).isascii() and (chr(b).isalnum() or b in b"+/")))


def _take(views: Views, reading: bytes, depth: int) -> None:
    reading = codings.unpacked(reading) or reading
    if not views.new(reading):
        return
    if reading.startswith(_FILES):
        views.leaf(reading, "application/octet-stream")
    elif is_legible(reading) and (html := _HTML.search(reading)):
        views.leaf(reading[html.start() :], "text/html")
    views.glimpse(reading)
    if _CODED_AGAIN.search(reading) and is_legible(reading):
        _sweep(views, reading, depth + 1)


def _stretches(content: bytes) -> Iterator[bytes]:
    """What stands between lines that could be delimiters of any multipart."""
    at = 0
    for number, line in enumerate(_DELIMITER.finditer(content)):
        if number >= _MOST_DASHED:
            break
        yield content[at : line.start()]
        at = line.end()
    yield content[at:]


def _readings(stretch: bytes) -> Iterator[bytes]:
    """The stretch in every coding; where the first bytes count, from each blank line on."""
    yield from codings.base64_readings(stretch)
    yield from codings.quoted_readings(stretch)
    yield codings.uudecoded(stretch)
    yield codings.yenc_decoded(stretch)
    for gap in islice(_GAP.finditer(stretch), _MOST_BODIES):
        body = stretch[gap.end() :]
        yield codings.base64_decoded(body)
        yield codings.binhex_decoded(body)


def seams(leaves: list[Leaf]) -> Iterator[Field]:
    """Yield what stands where two leaves meet, if digits end one and begin the next."""
    for one, other in pairwise(leaves):
        tail, head = one.content[-_SEAM:].rstrip(), other.content[:_SEAM].lstrip()
        if tail[-1:].isdigit() and head[:1].isdigit():
            joined = decode_best(tail, one.charset) + decode_best(head, other.charset)
            yield Field(other.place, "", joined)


def _foreign_leaves(content: bytes, limits: InspectionLimits) -> list[tuple[str, str, bytes]]:
    if content.count(b";") > _MOST_SEMICOLONS or content.count(b"\n--") > _MOST_DASHED:
        return []
    try:
        parsed = email.message_from_bytes(content, policy=email.policy.compat32)
        return list(_cut(parsed, limits))
    except Exception:  # a foreign parser fails in many ways; the mail is held anyway
        return []


def _cut(parsed: ForeignMessage, limits: InspectionLimits) -> Iterator[tuple[str, str, bytes]]:
    for number, part in enumerate(parsed.walk()):
        if number >= limits.parts:
            return
        body = part.get_payload(decode=True)
        if isinstance(body, bytes):
            yield part.get_content_type(), str(part.get_content_charset() or ""), body
