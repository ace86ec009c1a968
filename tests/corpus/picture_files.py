"""Picture files by an encoder that Pillow lacks, and by hand where something is to stand between.

Answers: ``heic`` (by heif-enc of libheif-examples), ``in_heic`` (such a file with its tables
changed), ``tiff`` (a page whose table comes last, with room between), ``boxed`` (one box).
Fails: ``OSError`` when heif-enc is missing; ask ``shutil.which`` first.
Standards: ISO/IEC 14496-12 and 23008-12, TIFF 6.0 and its big form.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path

from PIL import Image


def heic(*pictures: Image.Image, thumbnail: int = 0, exif: Image.Exif | None = None) -> bytes:
    """A HEIC of pictures, the first one primary; ``thumbnail``: side of one for each, in dots."""
    with tempfile.TemporaryDirectory() as place:
        names = []
        for number, picture in enumerate(pictures):
            kind, options = ("PNG", {}) if exif is None else ("JPEG", {"exif": exif})
            names.append(f"{number}.{kind.lower()}")
            picture.save(Path(place, names[-1]), kind, **options)
        sides = ["-t", str(thumbnail)] if thumbnail else []
        words = ["heif-enc", "-q", "60", "-p", "preset=ultrafast", *sides, *names, "-o", "out.heic"]
        subprocess.run(words, cwd=place, check=True, capture_output=True)
        return Path(place, "out.heic").read_bytes()


def in_heic(content: bytes, *, hidden: int = 0, thumbnail: int = 0, media: bytes = b"") -> bytes:
    """Mark item ``hidden`` as not to be shown; make item ``thumbnail`` one of item 1, instead of
    the last thumbnail; put ``media`` behind the dots, in the same box. (Of pictures below 64
    dots heif-enc makes a grid, so that items have other numbers.)
    """
    changed = bytearray(content)
    if hidden:
        entry = struct.pack(">B3xHH4s", 2, hidden, 0, b"hvc1")
        changed[content.index(entry) + 3] = 1
    if thumbnail:
        at = content.rindex(b"thmb") + 4
        struct.pack_into(">HHH", changed, at, thumbnail, 1, 1)
    if media:
        at = content.rindex(b"mdat") - 4
        struct.pack_into(">I", changed, at, len(content) - at + len(media))
        changed += media
    return bytes(changed)


def boxed(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def tiff(picture: Image.Image, between: bytes, *, big: bool = False) -> bytes:
    """One grey page in one strip; ``between`` stands behind the strip and before the table."""
    dots = picture.convert("L")
    strip = dots.tobytes()
    start = 16 if big else 8
    table_at = start + len(strip) + len(between)
    fields = {256: dots.width, 257: dots.height, 258: 8, 259: 1, 262: 1, 273: start}
    fields |= {277: 1, 278: dots.height, 279: len(strip)}
    form, count, place = ("<HHQQ", "<Q", "<Q") if big else ("<HHII", "<H", "<I")
    table = struct.pack(count, len(fields))
    table += b"".join(struct.pack(form, tag, 4, 1, value) for tag, value in fields.items())
    head = b"II+\0\x08\0\0\0" if big else b"II*\0"
    return head + struct.pack(place, table_at) + strip + between + table + struct.pack(place, 0)
