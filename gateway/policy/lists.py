"""Members of a group that stand in a file of their own: a text or CSV list.

Answers: ``expanded``: a group's members with ``file:PATH`` replaced by the addresses and
@domains that stand in the file, and what is wrong with such a file.
Trusts: the administrator's files, as far as each cell is an address or @domain; headings,
names and other cells are passed over. UTF-8 or, as Excel writes it, CP932.
Fails: never; a file that cannot be read, or holds no address, is a problem at its place. It is
read again at each reload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.errors import Problem
from gateway.policy.schema import FILE
from gateway.toml_source import Source
from gateway.units import parse_address, parse_domain

LIST_BYTES = 10 * 1024 * 1024  # a list of 200,000 addresses has less
_CELLS = re.compile(r"[,;\t\r\n]")


def expanded(
    source: Source, group: str, members: Sequence[str]
) -> tuple[tuple[str, ...], list[Problem]]:
    """Return the members with lists in place of their files' names, and problems."""
    found: list[str] = []
    problems: list[Problem] = []
    for number, member in enumerate(members):
        if not member.startswith(FILE):
            found.append(member)
            continue
        path = Path(source.file).parent / member.removeprefix(FILE)
        try:
            listed = list(_members(_read(path)))
        except OSError as error:
            listed, why = [], f"cannot be read: {error.strerror}"
        else:
            why = "holds no address and no @domain"
        if not listed:
            problems.append(source.problem(("groups", group, number), f"{path} {why}", ""))
        found += listed
    return tuple(dict.fromkeys(found)), problems


def _read(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(LIST_BYTES + 1)
    if len(raw) > LIST_BYTES:
        raise OSError(0, "larger than 10 MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp932", "replace")


def _members(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        for cell in _CELLS.split(line):
            member = _member(cell.strip().strip("\"'").strip())
            if member:
                yield member


def _member(cell: str) -> str:
    if "@" not in cell:
        return ""
    try:
        return f"@{parse_domain(cell[1:])}" if cell.startswith("@") else parse_address(cell)
    except ValueError:
        return ""
