"""Reads files of earlier mail: Postfix logs, rotated and packed ones too, and address books.

Answers: ``gather``: months of sending, as the store keeps them.
Trusts: nothing. A file is unpacked while it is read, line by line, each cut at a length; the
number of different rows is bounded, so that no file can fill the memory.
Fails: ``DataError`` for a file that cannot be read or unpacked, or that has more rows.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO, cast

from gateway.errors import DataError, NotFoundError
from gateway.history.postfix import Delivery, deliveries, is_log
from gateway.recipients import domain_of
from gateway.store import Sent

ROWS = 2_000_000  # different sender, address and month; about 1 GB
LINE_BYTES = 8192  # a longer line is cut: no delivery has one
_SAMPLE_BYTES = 256 * 1024
_ADDRESS = re.compile(r"[^\s<>,;:\"'()\[\]@]{1,64}@[^\s<>,;:\"'()\[\]@]{3,253}")
_Key = tuple[str, str, str, str]


@dataclass(slots=True)
class Gathered:
    """What was read so far. ``repr`` shows counts only."""

    rows: dict[_Key, Sent] = field(default_factory=dict, repr=False)
    mails: int = 0  # deliveries counted
    listed: int = 0  # addresses of address books
    skipped: int = 0  # recipients that are no mail address

    def sent(self) -> list[Sent]:
        """The months of sending, in a fixed order."""
        return [row for _, row in sorted(self.rows.items())]

    def take(self, recipient: str, sender: str, day: date, sent: int, bounced: int) -> None:
        """Count one copy, or an address that is only listed."""
        domain = domain_of(recipient)
        if not domain:
            self.skipped += 1
            return
        local, by = recipient.rpartition("@")[0].lower(), sender.lower()
        key = (domain, local, by, f"{day.year:04d}-{day.month:02d}")
        old = self.rows.get(key)
        if old is None:
            if len(self.rows) >= ROWS:
                raise DataError(f"more than {ROWS} different rows; import fewer files at a time")
            self.rows[key] = Sent(*key, sent, bounced, day, day)
            return
        first, last = min(old.first_on, day), max(old.last_on, day)
        self.rows[key] = Sent(*key, old.sent + sent, old.bounced + bounced, first, last)


def gather(paths: Iterable[Path]) -> Gathered:
    """Read all files as one: a month that two of them share is added up."""
    found = Gathered()
    for path in paths:
        try:
            with _opened(path) as file:
                _read(file, _changed(path), found)
        except FileNotFoundError as error:
            raise NotFoundError(f"no such file: {path}") from error
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            why = getattr(error, "strerror", None) or "it is damaged"
            raise DataError(f"cannot read {path}: {why}") from error
    return found


def _opened(path: Path) -> BinaryIO:
    """The file, unpacked by what it begins with."""
    with path.open("rb") as file:
        magic = file.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    if magic.startswith(b"BZh"):
        return cast(BinaryIO, bz2.open(path, "rb"))
    if magic.startswith(b"\xfd7zXZ"):
        return cast(BinaryIO, lzma.open(path, "rb"))
    return path.open("rb")


def _changed(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone().date()


def _read(file: BinaryIO, changed: date, found: Gathered) -> None:
    start = file.read(_SAMPLE_BYTES)
    cut = start.rfind(b"\n") + 1 or len(start)
    head, tail = start[:cut], start[cut:]
    if is_log(_text(head)):
        for delivery in deliveries(_lines(head, tail, file), changed):
            found.mails += 1
            _count(delivery, found)
        return
    for line in _lines(head, tail, file):
        for address in _ADDRESS.findall(line):
            found.listed += 1
            found.take(address, "", changed, 0, 0)


def _count(delivery: Delivery, found: Gathered) -> None:
    sent = int(delivery.sent)
    found.take(delivery.recipient, delivery.sender, delivery.day, sent, 1 - sent)


def _lines(head: bytes, tail: bytes, rest: BinaryIO) -> Iterator[str]:
    """The lines of what was read already and of what follows."""
    yield from _text(head).splitlines()
    line = tail + rest.readline(LINE_BYTES)
    while line:
        yield _text(line[:LINE_BYTES])
        line = rest.readline(LINE_BYTES)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp932", "replace")
