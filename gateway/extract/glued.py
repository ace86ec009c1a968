"""A file that begins behind a text: a script that unpacks what it carries, two files in one.

Answers: both as members, and that programs differ on which of the two it is. ``whole_file_in``
tells where a file begins in bytes of any kind.
Trusts: nothing; only marks count that do not occur by chance.
Fails: never. What somebody reads or knows as a whole is not taken apart here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract import foreign
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import OCTETS, is_text
from gateway.model import InspectionLimits, Unread, UnreadReason

_MARKS = (
    rb"PK\x03\x04|%PDF-[12]|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|MSCF\0\0\0\0|\{\\rtf1|\xfd7zXZ\0"
    rb"|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\x89PNG\r\n\x1a\n|GIF8[79]a|BZh[1-9]1AY&SY"
    rb"|\xff\xd8\xff(?:\xe0..JFIF|\xe1..Exif)|\0\0\0\x0cjP  \r\n|\0\0\0.ftyp|\x28\xb5\x2f\xfd"
    rb"|\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]"
)
_ANYWHERE = re.compile(_MARKS, re.DOTALL)
# Behind a text shorter marks do: what they stand for is no text.
_BEHIND_TEXT = re.compile(_MARKS + rb"|II[*+]\0|MM\0[*+]|\xff\xd8\xff|..-lh[0-7]-", re.DOTALL)
_USTAR, _USTAR_AT = b"ustar", 257  # where a tar says what it is, behind its first member's name


def whole_file_in(content: bytes) -> int:
    """Return where a file begins that is surely one; the length where there is none."""
    met = _ANYWHERE.search(content)
    return met.start() if met is not None else len(content)


def recognises(sample: Sample) -> bool:
    """Whether it is of no kind, begins as a text, and goes on as a file."""
    if sample.media_type != OCTETS or foreign.recognises(sample):
        return False
    at = _begins(sample.content)
    return 0 < at < len(sample.content) and is_text(sample.content[:at])


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the text, then the file."""
    at = _begins(sample.content)
    yield Unread(sample.place, UnreadReason.AMBIGUOUS, "a file behind a text")
    yield Member(sample.place / "text", "", sample.content[:at])
    yield Member(sample.place / "behind the text", "", sample.content[at:])


def _begins(content: bytes) -> int:
    met = _BEHIND_TEXT.search(content)
    tar = content.find(_USTAR) - _USTAR_AT
    found = [at for at in (met.start() if met else -1, tar) if at > 0]
    return min(found, default=len(content))
