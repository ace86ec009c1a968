"""7z archives under a password, opened with those that the mail itself gives away.

Answers: the members, once a password fits.
Trusts: py7zr (LGPL, pure Python over native codecs), where it is installed: in a worker
only, unpacking to memory under the limits.
Fails: None where no password fits or py7zr is not there.
"""

from __future__ import annotations

import io
from typing import Any

from gateway.model import InspectionLimits

MOST_PASSWORDS = 8  # a key takes about 0.3 s: 2^19 rounds of SHA-256


def open_locked(
    content: bytes, passwords: tuple[str, ...], limits: InspectionLimits
) -> list[tuple[str, bytes]] | None:
    """Return the members' names and bytes, or None."""
    try:
        import py7zr
    except ImportError:
        return None
    for password in passwords[:MOST_PASSWORDS]:
        try:
            return _opened(py7zr, content, password, limits)
        except MemoryError:
            raise
        except Exception:  # noqa: S112 (a wrong password shows as any of a dozen errors)
            continue
    return None


def _opened(
    py7zr: Any, content: bytes, password: str, limits: InspectionLimits
) -> list[tuple[str, bytes]]:
    with py7zr.SevenZipFile(io.BytesIO(content), password=password) as archive:
        most = min(limits.part_bytes, limits.total_bytes)
        if sum(i.uncompressed or 0 for i in archive.list()) > most:
            raise ValueError("over the limit")
        factory = py7zr.io.BytesIOFactory(most)
        archive.extractall(factory=factory)
        found = []
        for name, product in factory.products.items():
            product.seek(0)
            found.append((str(name), product.read()))
        return found
