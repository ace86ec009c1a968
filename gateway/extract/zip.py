"""ZIP archives: every member, in memory, never on disk.

Answers: one member after the other, encrypted ones by name as unread.
Trusts: nothing (see ``archive``).
Fails: bombs are ``limit``, archives that differ between programs ``ambiguous``, a member
that does not unpack ``damaged``, a packing method that Python lacks ``unsupported``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.archive import (
    Entry,
    TooBig,
    broken,
    entries,
    oddity,
    open_archive,
    unpack,
)
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.sniff import OLE, XLS, ZIP
from gateway.extract.zip_locked import open_locked
from gateway.model import InspectionLimits, Unread, UnreadReason

_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument."
# Old office files hold packages as they are; both are read whole, so nothing is in doubt.
_HOSTS = frozenset((OLE, XLS, "application/msword", "application/vnd.ms-powerpoint", "text/rtf"))
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
        odd = oddity(sample.content, archive)
        if odd and not (odd in _OF_A_HOST and sample.media_type in _HOSTS):
            yield Unread(sample.place, UnreadReason.AMBIGUOUS, odd)
        if sample.content[30:].startswith(_OPEN_DOCUMENT):
            # Its texts are cut by tags: reading the members as text is not reading them.
            yield Unread(sample.place, UnreadReason.UNSUPPORTED, "opendocument")
        locked: list[Entry] = []
        for number, entry in enumerate(entries(archive, sample.decode)):
            if number >= limits.parts:
                yield Unread(sample.place, UnreadReason.LIMIT, "members")
                return
            place = sample.place / _shown(entry)
            if entry.encrypted:
                locked.append(entry)
                continue
            try:
                yield Member(place, entry.name, unpack(archive, entry.info, limits))
            except TooBig:
                yield Unread(place, UnreadReason.LIMIT, "unpacked bytes")
            except NotImplementedError:
                yield Unread(place, UnreadReason.UNSUPPORTED, "packing method")
            except Exception as error:
                if not broken(error):
                    raise
                yield Unread(place, UnreadReason.DAMAGED, "zip member")
        yield from _locked_members(sample, locked, limits)


def _locked_members(
    sample: Sample, locked: list[Entry], limits: InspectionLimits
) -> Iterator[Yielded]:
    """What the mail's own passwords open, and the names of the rest."""
    by_name = {entry.raw_name: entry for entry in locked}
    opened = None
    if locked and sample.passwords:
        opened = open_locked(sample.content, frozenset(by_name), sample.passwords, limits)
    for raw_name, inside in opened or ():
        entry = by_name.pop(raw_name, None)
        name = entry.name if entry else ""
        yield Member(sample.place / (name or "member"), name, inside)
    for entry in by_name.values():
        yield Unread(sample.place / _shown(entry), UnreadReason.ENCRYPTED, "zip")


def _shown(entry: Entry) -> str:
    return entry.name or "member"
