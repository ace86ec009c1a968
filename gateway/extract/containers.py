"""Archives other than ZIP: tar, 7z, RAR, LZH, CAB, ISO 9660, cpio, ar, xar, by libarchive.

Answers: every member with its real name and bytes, wherever in the file an archive begins
(a self-extracting one stands behind a program), and the bytes that no archive accounts for.
Trusts: libarchive, in a worker only (native code); nothing is ever written to a disk, so
links, devices and ``../`` are names like any other.
Fails: a locked archive that no password of the mail opens is ``encrypted``; more than the
limits is ``limit``; what breaks off is ``damaged`` behind the members before it. Without
libarchive each of these is ``unsupported``, and the start says which package to install.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_int, c_int64, c_void_p, cast
from functools import cache
from struct import Struct
from typing import Any

from gateway.extract.iso_boxes import unpadded
from gateway.extract.rar_locks import locked_members, says_locked
from gateway.extract.sample import Decode, Member, Sample, Yielded
from gateway.extract.seven_zip import open_locked
from gateway.extract.sniff import is_cpio
from gateway.extract.tar_words import behind_tar, is_old_tar, tar_words
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

_RATIO_FLOOR = 10 * 1024 * 1024  # below this a high ratio is ordinary
_LEAST_TRAILING = 12  # bytes that could hold a number

# Where an archive says what it is: offset and mark. tar has its mark in the first header.
_MARKS = (
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"MSCF\x00\x00\x00\x00", "cab"),
    (257, b"ustar", "tar"),
    (32769, b"CD001", "iso"),
    (0, b"\xc7\x71", "cpio"),
    (0, b"!<arch>\n", "ar"),
    (0, b"xar!", "xar"),
    (0, b"\x1f\x9d", "compress"),
    (0, b"\x04\x22\x4d\x18", "lz4"),
    (0, b"LZIP", "lzip"),
    (0, b"\xed\xab\xee\xdb", "rpm"),
)
_SELF_EXTRACTING = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\x00\x00\x00\x00")
_NAMES_IN = dict.fromkeys(("lzh", "cab", "rar"), ("CP932", "UTF-8", ""))
_RAW = frozenset(("compress", "lz4", "lzip"))
_START_7Z = Struct("<6s2sIQQI")  # signature, version, CRC, next header: offset, size, CRC
_ISO_SIZE = 32768 + 80  # ECMA-119 8.4.8: the volume's size in blocks of 2048
_LZ4_MARK = 4  # bytes that its unpacker takes in to see whether another frame follows
_FORMAT_BASE, _FORMAT_CAB = 0xFF0000, 0xC0000  # archive.h
_LOCKED = ("passphrase", "encrypt", "crypto", "decrypt")


@cache
def library() -> Any:
    """Return libarchive's bindings; None where the system has no libarchive."""
    try:
        import libarchive
    except Exception:  # an import that fails by what the system lacks, in several ways
        return None
    return libarchive


def warm() -> None:
    """Load libarchive: behind its walls a worker can load nothing any more."""
    library()


def recognises(sample: Sample) -> bool:
    """Whether an archive begins at its start, or behind a program."""
    return _kind(sample.content) != "" or _behind_program(sample.content) > 0


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the members in their order."""
    kind = _kind(sample.content)
    start = 0 if kind else _behind_program(sample.content)
    content = sample.content[start:] if start else sample.content
    kind = kind or _kind(content)
    if library() is None:
        yield Unread(sample.place, UnreadReason.UNSUPPORTED, f"{kind}: libarchive is missing")
        return
    reading = Reading(sample.place, sample.decode, limits, len(content))
    if start:
        yield Member(sample.place / "program", "", sample.content[:start])
    yield from reading.members(content, kind)
    if reading.locked:
        yield from _unlock(sample, content, kind, reading.locked, limits)
    elif not (reading.given or reading.met):
        yield Unread(sample.place, UnreadReason.DAMAGED, f"{kind}: no members")
    if kind == "tar":
        if words := tar_words(content, sample.decode):
            yield Prose(sample.place / "headers", words)
        rest = b"" if reading.met else behind_tar(content)
    else:
        rest = b"" if reading.met else unpadded(content[_end(content, kind, reading.end) :])
    if len(rest) >= _LEAST_TRAILING:
        yield Member(sample.place / "trailing data", "", rest)


def _unlock(
    sample: Sample, content: bytes, kind: str, locked: list[str], limits: InspectionLimits
) -> Iterator[Yielded]:
    """Try the passwords of the mail; what stays locked is named."""
    if kind == "7z" and sample.passwords:
        opened = open_locked(content, sample.passwords, limits)
        if opened is not None:
            for name, inside in opened:
                yield Member(sample.place / (name or "member"), name, inside)
            return
    for name in locked:
        yield Unread(sample.place / name if name else sample.place, UnreadReason.ENCRYPTED, kind)


class Reading:
    """One pass through one archive."""

    def __init__(
        self,
        place: Place,
        decode: Decode,
        limits: InspectionLimits,
        size: int,
        only: frozenset[bytes] = frozenset(),  # names of members to give; none: all
    ) -> None:
        self.locked: list[str] = []  # names of members that need a password; "" for all
        self.met = False  # whether a limit or damage ended the pass
        self.given = 0  # members so far
        self.end = size  # where the archive ended, as far as libarchive read it
        self._only = only
        self._place = place
        self._decode = decode
        self._limits = limits
        self._left = limits.total_bytes
        self._ratio_at = max(_RATIO_FLOOR, limits.ratio * size)

    def members(self, content: bytes, kind: str) -> Iterator[Yielded]:
        """Yield the members; names of formats without Unicode are read as Windows in Japan."""
        *first, last = _NAMES_IN.get(kind, ("",))
        for charset in first:
            found = list(self._pass(content, kind, charset))
            if any(isinstance(met, Member) for met in found) or self.locked:
                yield from found
                return
            self.met = False
        yield from self._pass(content, kind, last)

    def _pass(self, content: bytes, kind: str, charset: str) -> Iterator[Yielded]:
        sealed = locked_members(content) if kind == "rar" else frozenset()
        try:
            with _opened(content, "raw" if kind in _RAW else "all", charset) as archive:
                for number, entry in enumerate(archive):
                    if number >= self._limits.parts:
                        yield self._end(UnreadReason.LIMIT, "members")
                        return
                    if kind == "rar" and (number in sealed or says_locked(library(), entry)):
                        self.locked.append(self._name(entry))
                        continue
                    yield from self._member(entry)
                    if self.met:
                        return
                self.end = int(_bytes_read()(archive._pointer, -1))
        except library().ArchiveError as error:
            if _is_about_locks(error):
                self.locked.append("")
            else:
                yield self._end(UnreadReason.DAMAGED, kind)

    def _member(self, entry: Any) -> Iterator[Yielded]:
        if self._only and library().ffi.entry_pathname(entry._entry_p) not in self._only:
            return
        name = self._name(entry)
        place = self._place / (name or "member")
        out = bytearray()
        try:
            for block in entry.get_blocks():
                out += block
                if len(out) > min(self._limits.part_bytes, self._left):
                    yield self._end(UnreadReason.LIMIT, "unpacked bytes", place)
                    return
                if self._limits.total_bytes - self._left + len(out) > self._ratio_at:
                    yield self._end(UnreadReason.LIMIT, "ratio", place)
                    return
        except library().ArchiveError as error:
            if _is_about_locks(error):
                self.locked.append(name)
                return
            yield Unread(place, UnreadReason.DAMAGED, "archive member")
            self.met = _dies_going_on(entry)
        self._left -= len(out)
        if out or name:
            self.given += 1
            yield Member(place, name, bytes(out))

    def _name(self, entry: Any) -> str:
        """The member's name by the charset ladder; as libarchive has it where that is text."""
        raw = library().ffi.entry_pathname(entry._entry_p)
        if raw:
            return self._decode(raw, "")[0]
        wide = library().ffi.entry_pathname_w(entry._entry_p)
        return str(wide or "")

    def _end(self, reason: UnreadReason, detail: str, place: Place | None = None) -> Unread:
        self.met = True
        return Unread(place or self._place, reason, detail)


@contextmanager
def _opened(content: bytes, formats: str, charset: str) -> Iterator[Any]:
    """An archive in memory; ``charset`` is that of its names where the format leaves it open."""
    reading = library().read
    with reading.new_archive_read(formats, "all") as pointer:
        if charset:
            option = f"hdrcharset={charset}".encode()
            library().ffi.libarchive.archive_read_set_options(c_void_p(pointer), option)
        library().ffi.read_open_memory(pointer, cast(c_char_p(content), c_void_p), len(content))
        yield reading.ArchiveRead(pointer)


@cache
def _bytes_read() -> Any:
    """libarchive's count of the bytes that a reader has taken in; not among its bindings."""
    count = library().ffi.libarchive.archive_filter_bytes
    count.argtypes, count.restype = [c_void_p, c_int], c_int64
    return count


def _dies_going_on(entry: Any) -> bool:
    """Whether libarchive must be asked nothing more behind damage: its CAB reader crashes."""
    told = library().ffi.libarchive.archive_format
    told.argtypes, told.restype = [c_void_p], c_int
    return bool(told(entry._archive_p) & _FORMAT_BASE == _FORMAT_CAB)


def _is_about_locks(error: Exception) -> bool:
    told = str(error).lower()
    return any(word in told for word in _LOCKED)


def _kind(content: bytes) -> str:
    for offset, mark, kind in _MARKS:
        if content.startswith(mark, offset):
            return kind
    if is_cpio(content):
        return "cpio"
    if content[2:5] == b"-lh" and content[6:7] == b"-":
        return "lzh"
    return "tar" if is_old_tar(content) else ""


def _behind_program(content: bytes) -> int:
    """Where an archive begins that a program in front unpacks; 0 for none."""
    if content[:2] != b"MZ":
        return 0
    found = [at for mark in _SELF_EXTRACTING if (at := content.find(mark)) > 0]
    return min(found, default=0)


def _end(content: bytes, kind: str, read: int) -> int:
    """Where an archive of this kind ends; ``read`` is how far libarchive went."""
    if kind == "7z" and len(content) >= _START_7Z.size:
        *_, offset, size, _ = _START_7Z.unpack_from(content)
        return _START_7Z.size + int(offset) + int(size)  # 7zFormat.txt, SignatureHeader
    if kind == "iso":
        return 2048 * int.from_bytes(content[_ISO_SIZE : _ISO_SIZE + 4], "little")
    return read - _LZ4_MARK if kind == "lz4" else read
