"""A list of people who left or moved, as the personnel section gives it: CSV with a header.

Answers: ``read_departures`` gives one ``Leaver`` a line.
Trusts: nothing: lines are limited, columns are found by their names.
Fails: ``DataError`` that names the line and quotes nothing of it.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from gateway.errors import DataError, NotFoundError
from gateway.store import User

MOST_LINES = 100_000
_NAMES = {"name", "account", "ユーザー名", "アカウント"}
_ADDRESSES = {"address", "mail", "email", "メールアドレス"}
_DAYS = {"on", "date", "退職日", "異動日"}


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who left, by account or by address."""

    name: str = ""
    address: str = field(default="", repr=False)
    on: date | None = None  # last day; empty: gone already

    def is_of(self, user: User) -> bool:
        """Whether an account is this person's."""
        own = {a.casefold() for a in user.addresses}
        return user.name == self.name or (bool(self.address) and self.address in own)

    def gone(self, today: date) -> bool:
        """Whether the day has come."""
        return self.on is None or self.on < today


def read_departures(file: Path) -> list[Leaver]:
    """Return everybody in a CSV file (UTF-8 or CP932); ``-`` is standard input."""
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("there is no such file") from None
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}") from None
    rows = list(csv.reader(_text(raw).splitlines()))
    if not rows or len(rows) > MOST_LINES:
        raise DataError(f"a list of departures has a header and at most {MOST_LINES} lines")
    header = [cell.strip().casefold() for cell in rows[0]]
    who = [n for n, cell in enumerate(header) if cell in _NAMES | _ADDRESSES]
    if not who:
        raise DataError("line 1: there is no column called name or address")
    return [_leaver(n, header, row) for n, row in enumerate(rows[1:], start=2) if any(row)]


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp932", "replace")  # what a spreadsheet in Japan saves


def _leaver(line: int, header: list[str], row: list[str]) -> Leaver:
    found = dict(zip(header, (cell.strip() for cell in row), strict=False))
    name = next((v for k, v in found.items() if k in _NAMES), "").casefold()
    address = next((v for k, v in found.items() if k in _ADDRESSES), "").casefold()
    day = next((v for k, v in found.items() if k in _DAYS), "")
    try:
        on = date.fromisoformat(day.replace("/", "-")) if day else None
    except ValueError:
        raise DataError(f"line {line}: the day is not like 2027-03-31") from None
    return Leaver(name, address, on)
