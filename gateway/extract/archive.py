"""Opens ZIP archives, and says what is wrong with one before it is believed.

Answers: the members with their real names, their bytes under a bound, and the oddities
of the container: overlaps, hidden bytes, bombs. Shared by ``zip`` and the office readers.
Trusts: the standard library's ``zipfile`` for the structure, and nothing it says of sizes:
what comes out is counted.
Fails: ``zipfile.BadZipFile`` and its kin pass on to the registry.
Standards: APPNOTE 6.3. Names without the UTF-8 flag are cp932 from Windows in Japan and
UTF-8 from macOS: the charset ladder decides.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extract.sample import Decode, Member, Sample, Yielded
from gateway.extract.zip_heads import ENCRYPTED, OF_PYTHON, UTF8, differs, own_head, readings
from gateway.model import InspectionLimits, Unread, UnreadReason

RATIO_FLOOR = 10 * 1024 * 1024  # bytes; below this a high ratio is ordinary
_CHUNK = 1024 * 1024
_EOCD = 22
_LEAST_STRAY = 12  # bytes that could hold a number
_MOST_STRAY = 20  # stretches of them; a patchwork of more is no archive that anybody made
_PADDING = 4096  # zero bytes that some programs align members with
_LEAST_WORD = 10  # bytes; fewer hold no number
# Extra fields of a fixed form: sizes, times, owners by number, key material of AES.
_NUMBERS_ONLY = frozenset((0x0001, 0x000A, 0x000D, 0x5455, 0x5855, 0x7855, 0x7875, 0x9901))


class TooBig(Exception):  # noqa: N818 (a state, caught in this room only)
    """A member unpacks to more than it may."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of an archive."""

    name: str = field(repr=False)
    info: zipfile.ZipInfo = field(repr=False)

    @property
    def encrypted(self) -> bool:
        return bool(self.info.flag_bits & ENCRYPTED)

    @property
    def raw_name(self) -> bytes:
        """The name's bytes as they stand in the archive."""
        charset = "utf-8" if self.info.flag_bits & UTF8 else "cp437"
        return self.info.orig_filename.encode(charset, "surrogateescape")


class Archive(zipfile.ZipFile):
    """An archive that counts what came out of it."""

    content = b""  # what it lies in
    unpacked = 0  # bytes so far, of members that were given up as well


def open_archive(content: bytes) -> Archive:
    """Open an archive that lies in memory."""
    archive = Archive(io.BytesIO(content))
    archive.content = content
    return archive


def entries(archive: Archive, decode: Decode) -> Iterator[Entry]:
    """Yield every member that is no folder, duplicates of a name included."""
    for info in archive.infolist():
        if not info.orig_filename.endswith("/") or info.file_size:
            yield Entry(_name(info, decode), info)


def left_to_libarchive(entry: Entry, sample: Sample) -> bool:
    """Whether ``zip_rest`` reads a member: Python cannot, or a password may open it."""
    if entry.encrypted:
        return bool(sample.passwords)
    return entry.info.compress_type not in OF_PYTHON


def member_name(entry: Entry) -> str:
    """The step that a member has in a place."""
    return entry.name or "member"


def unpacked(archive: Archive, info: zipfile.ZipInfo, limits: InspectionLimits) -> Iterator[bytes]:
    """Yield a member's bytes in each of its readings that is one; see ``unpack``."""
    given, failed = False, None
    for reading in readings(archive.content, info):
        try:
            yield unpack(archive, reading, limits)
            given = True
        except Exception as error:  # the header that lies
            if not broken(error):
                raise
            failed = error
    if failed is not None and not given:
        raise failed


def unpack(archive: Archive, info: zipfile.ZipInfo, limits: InspectionLimits) -> bytes:
    """Return a member's bytes; ``TooBig`` beyond the limits on size and ratio.

    Bytes are counted as they come out, whatever the directory promises, and over all members
    together: many bombs cost no more than one.
    """
    most = min(limits.part_bytes, limits.total_bytes - archive.unpacked)
    if most < 0:
        raise TooBig
    out = bytearray()
    with archive.open(next(readings(archive.content, info))) as member:
        while chunk := member.read(_CHUNK):
            out += chunk
            archive.unpacked += len(chunk)
            packed = max(info.compress_size, 1)
            if len(out) > most or (len(out) > RATIO_FLOOR and len(out) > limits.ratio * packed):
                raise TooBig
    return bytes(out)


def doubts(sample: Sample, archive: Archive) -> Iterator[Yielded]:
    """Yield what makes the archive mean different things to different programs."""
    odd = list(oddities(sample.content, archive))
    if odd:
        yield Unread(sample.place, UnreadReason.AMBIGUOUS, odd[0][0])
        yield from strays(sample, odd)


def strays(sample: Sample, odd: list[tuple[str, slice]]) -> Iterator[Member]:
    """Yield the bytes that no member accounts for: they may be a file of their own."""
    for _, stretch in odd[:_MOST_STRAY]:
        stray = sample.content[stretch]
        if len(stray) >= _LEAST_STRAY:
            yield Member(sample.place / "stray data", "", stray)


def oddities(content: bytes, archive: Archive) -> Iterator[tuple[str, slice]]:
    """Yield every such thing, with the stretch of bytes that no member accounts for."""
    at = 0
    for info in sorted(archive.infolist(), key=lambda i: i.header_offset):
        if info.header_offset < at:
            yield "overlapping members", slice(0)
            return
        if info.header_offset > at and not _negligible(content, at, info.header_offset):
            yield "bytes before a member", slice(at, info.header_offset)
        head = own_head(content, info)
        if head is None:
            yield "member outside the archive", slice(0)
            return
        if differs(head, info):
            yield "headers that differ", slice(0)
        at = info.header_offset + head.size + info.compress_size
        if info.flag_bits & 0x8:
            at += _descriptor(content, at)
    end = content.rfind(b"PK\x05\x06") + _EOCD + len(archive.comment)
    if not _negligible(content, at, archive.start_dir):
        yield "bytes before the directory", slice(at, max(at, archive.start_dir))
    if end != len(content):
        yield "bytes behind the archive", slice(end, len(content))


def words(archive: Archive, decode: Decode) -> str:
    """Return what is said beside the members and their names: comments, fields, folders."""
    comments = [archive.comment, *(info.comment for info in archive.infolist())]
    said = [text for raw in filter(None, comments) for text in decode(raw, "")]
    for info in archive.infolist():
        if info.orig_filename.endswith("/"):
            said.append(_name(info, decode))
        head = own_head(archive.content, info)
        if head is not None and head.name != info.orig_filename:
            said += decode(head.raw_name, "")
        if info.extra:
            said += (decode(raw, "")[0] for raw in _fields(info.extra))
    return "\n".join(said)


def _fields(extra: bytes) -> Iterator[bytes]:
    """The extra fields of a member that could hold words (APPNOTE 4.5)."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind not in _NUMBERS_ONLY and size >= _LEAST_WORD:
            yield extra[at + 4 : at + 4 + size]
        at += 4 + size
    if len(extra) - at >= _LEAST_WORD:
        yield extra[at:]


def broken(error: Exception) -> bool:
    """Whether an exception of ``unpack`` means a damaged member."""
    return isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError))


def _name(info: zipfile.ZipInfo, decode: Decode) -> str:
    """The member's name: ``zipfile`` reads cp437 without loss, so the bytes come back."""
    if info.flag_bits & UTF8:
        return info.orig_filename
    return decode(info.orig_filename.encode("cp437"), "")[0]


def _descriptor(content: bytes, at: int) -> int:
    """Length of the data descriptor at ``at``; with its optional signature or without."""
    for length in (16, 24, 12, 20):
        if content[at + length : at + length + 2] == b"PK":
            return length
    return 0


def _negligible(content: bytes, start: int, end: int) -> bool:
    gap = end - start
    return gap == 0 or (0 < gap <= _PADDING and not content[start:end].strip(b"\x00"))
