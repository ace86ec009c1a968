"""Departments: whose mail is whose, so that people see their own department's alone.

Answers: ``Departments.of`` (an address's department), ``in_scope`` (whether an account sees
mail of a sender).
Trusts: the configuration's patterns. A sender that no pattern fits belongs to nobody, and
only accounts without departments see his mail: what is not known is not shown.
Fails: ``ConfigError`` for a CSV file that cannot be read, with the line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gateway.config_accounts import is_pattern
from gateway.errors import ConfigError, Problem
from gateway.store import User


class Departments:
    """Patterns of senders, each with its department."""

    def __init__(self, patterns: Mapping[str, str] | None = None) -> None:
        self._of = {pattern.casefold(): name for pattern, name in (patterns or {}).items()}

    @classmethod
    def load(cls, listed: Mapping[str, Sequence[str]], file: Path | None) -> Departments:
        """Build from the configuration; the file's lines stand over the listed ones."""
        patterns = {p: name for name, given in listed.items() for p in given}
        return cls(patterns | dict(_lines(file) if file is not None else ()))

    def of(self, sender: str) -> str:
        """Return the department of an address; "" where no pattern fits."""
        return next((self._of[p] for p in _patterns(sender.casefold()) if p in self._of), "")

    def in_scope(self, user: User, sender: str) -> bool:
        """Whether an account sees the mail of a sender."""
        return not user.departments or self.of(sender) in user.departments

    @property
    def names(self) -> list[str]:
        """Every department, by name."""
        return sorted(set(self._of.values()))


def _patterns(address: str) -> Iterator[str]:
    """Every pattern that an address fits, the narrowest first."""
    domain = address.rpartition("@")[2]
    yield address
    yield f"@{domain}"
    while domain:
        domain = domain.partition(".")[2]
        yield f".{domain}"


def _lines(file: Path) -> Iterable[tuple[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(enumerate(csv.reader(opened), start=1))
    except (OSError, ValueError, csv.Error) as error:
        cause = getattr(error, "strerror", None) or "is not CSV in UTF-8"
        raise ConfigError([Problem(str(file), 0, 0, "", cause)]) from None
    problems = [
        Problem(str(file), n, 1, "", "must be pattern,department", "like @soumu.example.jp,総務課")
        for n, row in rows
        if row and (len(row) != 2 or not is_pattern(row[0].strip()) or not row[1].strip())
    ]
    if problems:
        raise ConfigError(problems)
    return [(row[0].strip(), row[1].strip()) for _, row in rows if row]
