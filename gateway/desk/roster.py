"""The organisation's people, from a CSV file: who has which mailbox, and who is whose manager.

Answers: ``Roster.load(path)``; ``person`` (one name for an account or mailbox), ``manager`` and
``addresses``. Columns by the names that LDAP and SCIM exports have, in any order: the name
(``userName``, ``uid``, ``sAMAccountName``), the mailboxes (``mail``, ``emails``; several apart by
``;`` or spaces), the manager (``manager``: a name, a mailbox, or a DN, RFC 4514), ``active``.
Trusts: the administrator's file, UTF-8 or as Excel saves it (CP932).
Fails: ``ConfigError`` with line and column. A person named twice, or a mailbox of two, is one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.desk.people import person_of
from gateway.errors import ConfigError, Problem

MOST_BYTES = 50 * 1024 * 1024  # a row is 100 bytes: half a million people
_NAME = ("username", "uid", "samaccountname", "name")
_MAIL = ("mail", "emails", "email")
_MANAGER = ("manager",)
_ACTIVE = ("active",)
_GONE = {"false", "0", "no"}
_FIRST_RDN = re.compile(r"(?:uid|cn)=([^,+]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Person:
    """One row."""

    name: str  # lower case
    addresses: tuple[str, ...] = field(repr=False)  # lower case
    manager: str  # as written, lower case; "" where there is none
    active: bool = True  # False: has left, and approves nothing


class Roster:
    """People by name and by mailbox."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = dict(people)
        self._by_address = {a: p.name for p in people.values() for a in p.addresses}

    @classmethod
    def load(cls, path: Path | None) -> Roster:
        """Read the file; nobody where none is configured.

        Raises: ConfigError: it is not there, too large, or lacks a column or a name.
        """
        if path is None:
            return cls({})
        rows = csv.reader(io.StringIO(_text(path)))
        columns = _columns(path, next(rows, []))
        people: dict[str, Person] = {}
        try:
            for row in rows:
                if any(row):
                    person = _person(path, rows.line_num, row, columns)
                    if person.name in people:
                        raise _wrong(path, rows.line_num, "a person stands twice")
                    people[person.name] = person
        except csv.Error as error:
            raise _wrong(path, rows.line_num, "is no CSV") from error
        return cls(people)

    def person(self, name: str, addresses: tuple[str, ...] = ()) -> str:
        """Return the one name of whoever has this account or one of these mailboxes."""
        bare = person_of(name)
        if bare in self._people:
            return bare
        for address in (bare, *addresses):
            found = self._by_address.get(address.strip().casefold())
            if found:
                return found
        return bare

    def knows(self, person: str) -> bool:
        """Whether the person is in the list and has not left."""
        return person in self._people and self._people[person].active

    def gone(self, person: str) -> bool:
        """Whether the list says that the person has left."""
        return person in self._people and not self._people[person].active

    def addresses(self, person: str) -> tuple[str, ...]:
        """Return the person's mailboxes."""
        found = self._people.get(person)
        return found.addresses if found else ()

    def manager(self, person: str) -> str:
        """Return the person's manager by name; "" where nobody is known."""
        found = self._people.get(person)
        if found is None or not found.manager:
            return ""
        named = _FIRST_RDN.match(found.manager)
        return self.person(named[1].strip() if named else found.manager)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _wrong(path, 0, "is larger than 50MB")
        raw = path.read_bytes()
    except OSError as error:
        raise _wrong(path, 0, "cannot be read") from error
    for charset in ("utf-8-sig", "cp932"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    raise _wrong(path, 0, "is neither UTF-8 nor CP932")


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    """Return where each thing stands; the name alone must be there."""
    names = [c.strip().casefold() for c in head]
    found = {}
    for what, known in (
        ("name", _NAME),
        ("mail", _MAIL),
        ("manager", _MANAGER),
        ("active", _ACTIVE),
    ):
        there = [names.index(k) for k in known if k in names]
        if there:
            found[what] = there[0]
    if "name" not in found:
        raise _wrong(path, 1, "has no column userName, uid or sAMAccountName")
    return found


def _person(path: Path, line: int, row: list[str], columns: dict[str, int]) -> Person:
    def cell(what: str) -> str:
        at = columns.get(what, len(row))
        return row[at].strip().casefold() if at < len(row) else ""

    if not cell("name"):
        raise _wrong(path, line, "a row has no name")
    mailboxes = tuple(m for m in re.split(r"[;\s]+", cell("mail")) if m)
    return Person(cell("name"), mailboxes, cell("manager"), cell("active") not in _GONE)


def _wrong(path: Path, line: int, message: str) -> ConfigError:
    return ConfigError([Problem(str(path), line, 1 if line else 0, "", message, "people.file")])
