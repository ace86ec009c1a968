"""Pictures too small to show a number: spacers, counters, bullets.

Answers: the printable bytes of a picture in which twelve legible digits have no room.
A larger picture is not recognised here, and so ends as unsupported.
Trusts: the size that the picture's own header states, since programs show it so.
Fails: never.
The rule: a legible digit needs 3 by 5 dots and a gap of one, so twelve of them, in
whatever rows, need 12 x 4 x 6 = 288 dots. Beyond 1 KB a file has room for other things.
Standards: PNG 11.2.1 (IHDR), GIF89a section 18.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from gateway.extract.sample import Sample, Yielded
from gateway.model import InspectionLimits, Prose

FEWEST_DOTS = 12 * 4 * 6
MOST_BYTES = 1024
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]+")


def recognises(sample: Sample) -> bool:
    """Whether it is a small file and a picture of fewer dots than twelve digits need."""
    if len(sample.content) >= MOST_BYTES:
        return False
    dots = _dots(sample)
    return dots is not None and dots < FEWEST_DOTS


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield what is printable among the bytes: texts and comments in the file."""
    yield Prose(sample.place, _NOT_PRINTABLE.sub("\n", sample.content.decode("latin-1")))


def _dots(sample: Sample) -> int | None:
    """Width times height; ``None`` for what is no PNG or GIF, or is cut short."""
    content = sample.content
    if sample.media_type == "image/png" and len(content) >= 24:
        width, height = struct.unpack_from(">II", content, 16)
    elif sample.media_type == "image/gif" and len(content) >= 10:
        width, height = struct.unpack_from("<HH", content, 6)
    else:
        return None
    return int(width) * int(height)
