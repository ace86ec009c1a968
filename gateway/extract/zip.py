"""ZIP archives: every member, in memory, never on disk.

Answers: one member after the other, what is said beside them, and the bytes that belong to
none. Locked members that a password of the mail may open, and packing methods that Python
lacks, are left to ``zip_rest``.
Trusts: nothing (see ``archive``); pure Python, so that the worker may read on.
Fails: bombs are ``limit``, archives that differ between programs ``ambiguous``, a member
that does not unpack ``damaged``, a locked one ``encrypted``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.archive import (
    Archive,
    Entry,
    TooBig,
    broken,
    entries,
    left_to_libarchive,
    member_name,
    oddities,
    open_archive,
    strays,
    unpacked,
    words,
)
from gateway.extract.sample import UNPACKED, Member, Sample, Yielded
from gateway.extract.sniff import OCTETS, OLE, XLS, ZIP
from gateway.model import InspectionLimits, Prose, Unread, UnreadReason

_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument."
# Old office files hold packages as they are; both are read whole, so nothing is in doubt.
_HOSTS = frozenset((OLE, XLS, "application/msword", "application/vnd.ms-powerpoint", "text/rtf"))
_NOBODY_ELSES = frozenset((ZIP, OCTETS))  # of any other kind another reader reads what is around
_OF_A_HOST = frozenset(("bytes before a member", "bytes behind the archive"))
_END_OF_DIRECTORY = b"PK\x05\x06"
_END_WINDOW = 65_557  # longest comment and the record before it


def recognises(sample: Sample) -> bool:
    """Whether it is an archive, or something else that carries one at its end."""
    if sample.media_type == ZIP:
        return True
    if sample.content.startswith(b"PK\x03\x04"):  # an office file; its own reader knows it
        return False
    tail = sample.content[-_END_WINDOW:]
    return _END_OF_DIRECTORY in tail and b"PK\x01\x02" in sample.content


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the members in the directory's order."""
    with open_archive(sample.content) as archive:
        yield from _around(sample, archive)
        if sample.content[30:].startswith(_OPEN_DOCUMENT):
            # Its texts are cut by tags: reading the members as text is not reading them.
            yield Unread(sample.place, UnreadReason.UNSUPPORTED, "opendocument")
        for number, entry in enumerate(entries(archive, sample.decode)):
            met = "members" if number >= limits.parts else ""
            if met or archive.unpacked > limits.total_bytes:
                yield Unread(sample.place, UnreadReason.LIMIT, met or UNPACKED)
                return
            if not left_to_libarchive(entry, sample):
                yield from _member(sample, archive, entry, limits)


def _around(sample: Sample, archive: Archive) -> Iterator[Yielded]:
    """What stands beside the members: words, and bytes that belong to none of them."""
    if said := words(archive, sample.decode):
        yield Prose(sample.place / "members", said)
    odd = list(oddities(sample.content, archive))
    if odd and not (odd[0][0] in _OF_A_HOST and sample.media_type in _HOSTS):
        yield Unread(sample.place, UnreadReason.AMBIGUOUS, odd[0][0])
    if sample.media_type in _NOBODY_ELSES:
        yield from strays(sample, odd)


def _member(
    sample: Sample, archive: Archive, entry: Entry, limits: InspectionLimits
) -> Iterator[Yielded]:
    place = sample.place / member_name(entry)
    if entry.encrypted:
        yield Unread(place, UnreadReason.ENCRYPTED, "zip")
        return
    try:
        for content in unpacked(archive, entry.info, limits):
            yield Member(place, entry.name, content)
    except TooBig:
        yield Unread(place, UnreadReason.LIMIT, UNPACKED)
    except Exception as error:
        if not broken(error):
            raise
        yield Unread(place, UnreadReason.DAMAGED, "zip member")
