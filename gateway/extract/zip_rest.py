"""What Python's zipfile leaves of a ZIP: locked members, newer packing methods, lost directories.

Answers: locked members (ZipCrypto and AES) that a password of the mail opens; members packed
by Deflate64, Zstandard, xz or PPMd; the members that can be found where the directory is broken
or gone.
Trusts: libarchive, in a worker only. A password fits when a member's checksum does.
Fails: what stays locked is ``encrypted``, a method that nobody here knows is ``unsupported``;
that a directory is broken is said by ``zip``.
"""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from gateway.extract import zip as plain
from gateway.extract.archive import (
    RATIO_FLOOR,
    Entry,
    entries,
    left_to_libarchive,
    member_name,
    open_archive,
)
from gateway.extract.containers import Reading, library
from gateway.extract.deflate64 import Broken, TooMuch, inflate
from gateway.extract.sample import UNPACKED, Member, Sample, Yielded
from gateway.extract.zip_heads import own_head
from gateway.model import InspectionLimits, Place, Unread, UnreadReason

MOST_PASSWORDS = 20  # a password costs up to the unpacking of one member
_DEFLATE64 = 9
_OF_LIBARCHIVE = frozenset((93, 95, 98))  # Zstandard, xz, PPMd (APPNOTE 4.4.5)


def recognises(sample: Sample) -> bool:
    """Whether it is an archive of which ``zip`` leaves something."""
    if not plain.recognises(sample):
        return False
    left = _left(sample)
    return left is None or bool(left)


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the members that are left."""
    left = _left(sample)
    if left is None:
        if library() is not None:
            reading = Reading(sample.place, sample.decode, limits, len(sample.content))
            yield from reading.members(sample.content, "zip")
        return
    locked = [entry for entry in left[: limits.parts] if entry.encrypted]
    yield from _locked_members(sample, locked, limits)
    packed = [entry for entry in left[: limits.parts] if not entry.encrypted]
    yield from _packed_members(sample, packed, limits)


def _left(sample: Sample) -> list[Entry] | None:
    """The members to be read here; None when the directory cannot be read."""
    try:
        with open_archive(sample.content) as archive:
            found = entries(archive, sample.decode)
            return [entry for entry in found if left_to_libarchive(entry, sample)]
    except MemoryError:
        raise
    except Exception:  # zipfile has half a dozen ways to say that it is none
        return None


def _packed_members(
    sample: Sample, packed: list[Entry], limits: InspectionLimits
) -> Iterator[Yielded]:
    """Members packed by a method that libarchive may know."""
    known = frozenset(e.raw_name for e in packed if e.info.compress_type in _OF_LIBARCHIVE)
    if known and library() is not None:
        reading = Reading(sample.place, sample.decode, limits, len(sample.content), known)
        yield from reading.members(sample.content, "zip")
    for entry in packed:
        place = sample.place / member_name(entry)
        if entry.info.compress_type == _DEFLATE64:
            yield _inflated(sample, entry, place, limits)
        elif entry.raw_name not in known or library() is None:
            yield Unread(place, UnreadReason.UNSUPPORTED, "packing method")


def _inflated(sample: Sample, entry: Entry, place: Place, limits: InspectionLimits) -> Yielded:
    """A member packed by Deflate64, whole and true to its checksum, or why it is not read."""
    head = own_head(sample.content, entry.info)
    start = entry.info.header_offset + (head.size if head else 0)
    packed = sample.content[start : start + entry.info.compress_size]
    most = min(limits.part_bytes, limits.total_bytes)
    try:
        content = inflate(packed, min(most, max(RATIO_FLOOR, limits.ratio * len(packed))))
    except TooMuch:
        return Unread(place, UnreadReason.LIMIT, UNPACKED)
    except Broken:
        return Unread(place, UnreadReason.DAMAGED, "zip member")
    if crc32(content) != entry.info.CRC:
        return Unread(place, UnreadReason.DAMAGED, "zip member")
    return Member(place, entry.name, content)


def _locked_members(
    sample: Sample, locked: list[Entry], limits: InspectionLimits
) -> Iterator[Yielded]:
    """What the mail's own passwords open, and the names of the rest."""
    by_name = {entry.raw_name: entry for entry in locked}
    opened = None
    if locked:
        opened = _open_locked(sample.content, frozenset(by_name), sample.passwords, limits)
    for raw_name, inside in opened or ():
        entry = by_name.pop(raw_name, None)
        name = entry.name if entry else ""
        yield Member(sample.place / (name or "member"), name, inside)
    for entry in by_name.values():
        yield Unread(sample.place / member_name(entry), UnreadReason.ENCRYPTED, "zip")


def _open_locked(
    content: bytes, names: frozenset[bytes], passwords: tuple[str, ...], limits: InspectionLimits
) -> list[tuple[bytes, bytes]] | None:
    """Return name and bytes of the members called ``names``, or None."""
    if library() is None:
        return None
    for password in passwords[:MOST_PASSWORDS]:
        for written in dict.fromkeys((password.encode(), password.encode("cp932", "ignore"))):
            found = _opened(content, names, written, limits)
            if found is not None:
                return found
    return None


def _opened(
    content: bytes, names: frozenset[bytes], password: bytes, limits: InspectionLimits
) -> list[tuple[bytes, bytes]] | None:
    found: list[tuple[bytes, bytes]] = []
    left = min(limits.part_bytes, limits.total_bytes)
    try:
        with library().memory_reader(content, "zip", passphrase=password) as archive:
            for entry in archive:
                name = library().ffi.entry_pathname(entry._entry_p)
                if name not in names:
                    continue
                out = bytearray()
                for block in entry.get_blocks():
                    out += block
                    if len(out) > left:
                        return None
                left -= len(out)
                found.append((name, bytes(out)))
    except library().ArchiveError:
        return None
    return found or None
