"""ZIP members under a password (ZipCrypto and AES), opened with those that the mail gives away.

Answers: the names and bytes of the locked members, once a password fits.
Trusts: libarchive, in a worker only; a password fits when a member's checksum does.
Fails: None where none fits, or libarchive is missing.
"""

from __future__ import annotations

from gateway.extract.containers import library
from gateway.model import InspectionLimits

MOST_PASSWORDS = 20  # a password costs up to the unpacking of one member


def open_locked(
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
