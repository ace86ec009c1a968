"""What Outlook's properties hold, wherever they are stored: in .msg files and in TNEF.

Answers: texts as fields under the names that people know, bodies as prose or members,
numbers as fields.
Trusts: nothing. Fails: never; a body that does not unpack is ``damaged``.
Standards: [MS-OXPROPS], [MS-OXCDATA] 2.11.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract.rtf_compression import unpacked_rtf
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.text_type import HTML, MAIL, is_text
from gateway.model import Field, Place, Prose, Unread, UnreadReason

STRING8, UNICODE, BINARY, OBJECT = 0x1E, 0x1F, 0x102, 0x0D
MULTIPLE = 0x1000  # flag on a type: several values
DATA, EXTENSION, SHORT_NAME, LONG_NAME, MIME_TAG = 0x3701, 0x3703, 0x3704, 0x3707, 0x370E
BODY, HTML_BODY, RTF_BODY, HEADERS = 0x1000, 0x1013, 0x1009, 0x007D
_NAMES = {
    0x0037: "subject", 0x0E1D: "subject", 0x0070: "topic", 0x0E04: "to", 0x0E03: "cc",
    0x0E02: "bcc", 0x0C1A: "from", 0x0042: "from", 0x3001: "name", 0x3003: "address",
    0x39FE: "address", 0x3A16: "company", 0x3A17: "title", SHORT_NAME: "file name",
    LONG_NAME: "file name", 0x3708: "path", 0x370D: "path", 0x3004: "comment",
}  # fmt: skip
# Message-IDs, search keys and the like: names of things, never of people.
_IDS = frozenset(
    (0x001A, 0x003B, 0x0065, 0x0071, 0x0C1D, 0x0C1F, 0x0FF9, 0x0FFF, 0x1035, 0x1039, 0x1042,
     0x300B, 0x3013, 0x3014, 0x3712, 0x5D01, 0x5D02, 0x65E2, 0x65E3)
)  # fmt: skip
# Fields that speak of a body which the message does not hold in that form.
_OF_A_BODY = re.compile(r"(?mi)^(?:content-[a-z-]+|mime-version):[^\n]*+\n(?:[ \t][^\n]*+\n)*+")
_NUMBERS = {0x03: "<i", 0x05: "<d", 0x06: "<q", 0x14: "<q"}
_CURRENCY = 0x06
_SHORTEST = 10  # a shorter value holds no number


@dataclass(frozen=True, slots=True)
class Property:
    """One property with one value."""

    number: int  # PidTag, the upper half of a property tag
    kind: int  # the lower half, without the flag for several values
    value: bytes = field(repr=False)
    name: str = field(default="", repr=False)  # of a named property with a name

    def text(self, sample: Sample) -> str:
        """The value as text; ``""`` when it is none."""
        if self.kind == UNICODE:
            return self.value.decode("utf-16-le", "replace").rstrip("\0")
        if self.kind == STRING8:
            return sample.decode(self.value.rstrip(b"\0"), "")[0]
        return ""


def told(place: Place, found: Property, sample: Sample) -> Iterator[Yielded]:
    """Yield what one property of a message says."""
    text = found.text(sample)
    if found.number == BODY and text:
        yield Prose(place, text.replace("\r\n", "\n"))
    elif found.number == HTML_BODY:
        raw = text.encode("utf-8", "replace") if text else found.value
        yield Member(place / "body", "", raw, HTML, "utf-8" if text else "")
    elif found.number == RTF_BODY and found.kind == BINARY:
        try:
            yield Member(place / "rtf body", "", unpacked_rtf(found.value), "text/rtf")
        except ValueError:
            yield Unread(place / "rtf body", UnreadReason.DAMAGED, "compressed rtf")
    elif found.number == HEADERS and text:
        kept = _OF_A_BODY.sub("", text.strip().replace("\r\n", "\n") + "\n")
        raw = f"{kept}\n".replace("\n", "\r\n").encode("utf-8", "replace")
        yield Member(place / "headers", "", raw, MAIL)
    elif found.number not in _IDS:
        yield from _field(place, found, text, sample)


def _field(place: Place, found: Property, text: str, sample: Sample) -> Iterator[Yielded]:
    label = found.name or _NAMES.get(found.number, f"property {found.number:04x}")
    layout = _NUMBERS.get(found.kind)
    if layout and len(found.value) >= struct.calcsize(layout):
        (number,) = struct.unpack_from(layout, found.value)
        if found.kind == _CURRENCY:
            number /= 10_000
        if abs(number) >= 10 ** (_SHORTEST - 1) and number == number // 1:
            yield Field(place, label, str(int(number)))
    elif text:
        yield Field(place, label, text)
    elif found.kind == BINARY and len(found.value) >= _SHORTEST and is_text(found.value):
        yield Field(place, label, sample.decode(found.value, "")[0])


def attachment(place: Place, found: list[Property], sample: Sample) -> Member | None:
    """The file that an attachment's properties hold; ``None`` when it holds none."""
    texts = {p.number: p.text(sample) for p in found}
    name = texts.get(LONG_NAME) or texts.get(SHORT_NAME) or texts.get(0x3001) or ""
    declared = texts.get(MIME_TAG, "").lower()
    data = next((p.value for p in found if p.number == DATA and p.kind == BINARY), None)
    if data is None:
        return None
    return Member(place / (name or "attachment"), name, data, declared)
