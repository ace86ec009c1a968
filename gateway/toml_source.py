"""TOML with positions: what a file says, and at which line and column it says it.

Answers: the parsed data of a TOML file and the place of every key, table and value in it,
so that whoever checks the meaning can name ``file:line:column: key: what is wrong``.
Trusts: an administrator's file, up to ``MAX_BYTES`` and ``MAX_DEPTH``.
Fails: with ``ConfigError`` holding one problem, at the position of the fault: a file that
cannot be read, is not UTF-8 or is not TOML.
Standard: TOML 1.0. ``tomllib`` parses and judges; it tells no positions, so a scanner
walks the text once more, which by then is known to be valid.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.errors import ConfigError, Problem

MAX_BYTES = 4 * 1024 * 1024  # a policy of 20,000 rules is smaller
MAX_DEPTH = 64  # arrays and inline tables within each other

KeyPath = tuple[str | int, ...]  # ("rule", 2, "match", "recipient", 0); indices from 0


@dataclass(frozen=True, slots=True)
class Position:
    line: int  # 1-based
    column: int  # 1-based, in characters


START = Position(1, 1)


@dataclass(frozen=True, slots=True)
class Source:
    """One TOML file: what it says and where. Secret as far as the file is, so no ``repr``."""

    file: str  # as it was given; stands in every problem
    data: dict[str, Any] = field(repr=False)  # what tomllib made of it
    keys: Mapping[KeyPath, Position] = field(repr=False)  # where the key or table name is
    values: Mapping[KeyPath, Position] = field(repr=False)  # where the value begins

    def nearest(self, path: Sequence[str | int]) -> KeyPath:
        """The part of ``path`` that stands in the file; steps that are not there are skipped.

        pydantic puts words of its own into a location (names of union members); a key that
        is missing is not in the file either.
        """
        found: KeyPath = ()
        for step in path:
            if (*found, step) in self.values:
                found = (*found, step)
        return found

    def position(self, path: Sequence[str | int], *, of_key: bool = False) -> Position:
        """Where ``path`` stands, or the nearest table or list around it."""
        found = self.nearest(path)
        place = self.keys.get(found) if of_key else None
        return place or self.values.get(found, START)

    def problem(
        self,
        path: Sequence[str | int],
        message: str,
        hint: str = "",
        *,
        severity: str = "error",
        of_key: bool = False,
    ) -> Problem:
        """A problem with what stands at ``path``."""
        at = self.position(path, of_key=of_key)
        return Problem(self.file, at.line, at.column, dotted(path), message, hint, severity)


def dotted(path: Sequence[str | int]) -> str:
    """Show a path as people say it, members of a list counted from 1.

    >>> dotted(("rule", 0, "match", "recipient"))
    'rule[1].match.recipient'
    """
    shown = ""
    for step in path:
        shown += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return shown.removeprefix(".")


def read(path: Path) -> Source:
    """Read and parse the file at ``path``.

    Raises:
        ConfigError: it cannot be read, is not UTF-8, is too large, or is not TOML.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _whole_file(path, f"cannot be read: {error.strerror or 'I/O error'}") from error
    if len(raw) > MAX_BYTES:
        raise _whole_file(path, f"is larger than {MAX_BYTES // 1024 // 1024} MB")
    try:
        text = raw.decode("utf-8-sig")  # Windows editors put a byte order mark on top
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        at = _Lines(before).position(len(before))
        hint = "save the file as UTF-8, not as Shift_JIS"
        raise ConfigError(
            [Problem(str(path), at.line, at.column, "", "not UTF-8 text", hint)]
        ) from error
    return parse(text, str(path))


def parse(text: str, file: str = "<text>") -> Source:
    """Parse ``text``, which came from ``file``.

    Raises:
        ConfigError: it is not TOML, or nested deeper than ``MAX_DEPTH``.
    """
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text)
        scanner = _Scanner(text)
        scanner.walk()
    except (ValueError, RecursionError) as error:
        raise ConfigError([_syntax_problem(error, text, file)]) from error
    return Source(file, data, scanner.keys, scanner.values)


def _whole_file(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(str(path), 0, 0, "", message)])


# ------------------------------------------------------------------ syntax errors

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_HINTS = {
    "Invalid value": "text stands in double quotes; true, false, numbers and dates without",
    "Cannot declare": "a table may be opened once; [[double brackets]] add a member to a list",
    "Cannot overwrite a value": "the key stands twice",
    "Duplicate inline table key": "the key stands twice",
    "Cannot mutate immutable namespace": "the table was written in one piece further up",
    "Expected '=' after a key": "a line is: key = value",
    "Invalid statement": "a line is: key = value, or [table]",
    "Expected newline or end of document": "one setting a line; is a quote or a comma missing?",
    "Unclosed array": "a closing ] or a comma is missing",
    "Unclosed inline table": "a closing } or a comma is missing",
    "Unterminated string": "the closing quote is missing",
    "Illegal character": "is the closing quote missing?",
    "Unescaped '\\'": "write \\\\ or use 'single quotes'",
}


def _syntax_problem(error: Exception, text: str, file: str) -> Problem:
    if isinstance(error, RecursionError):
        return Problem(file, 1, 1, "", f"lists and tables nested deeper than {MAX_DEPTH}")
    message = str(error)
    found = _AT.search(message)
    if found and found[1]:
        at = Position(int(found[1]), int(found[2]))
    else:
        at = _Lines(text).position(len(text)) if found else START
    message = _AT.sub("", message)
    hint = next((h for begin, h in _HINTS.items() if message.startswith(begin)), "")
    return Problem(file, at.line, at.column, "", message, hint)


# ------------------------------------------------------------------ positions

_BLANK = re.compile(r"[ \t]*+")
_BLANK_LINES = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]++")
_STRING = re.compile(
    r'"""(?:\\.|[^"\\]|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:\\.|[^"\\])*+"'
    r"|'[^']*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]++")


class _Lines:
    """Offsets in a text as lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def position(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)


class _Scanner:
    """Walks a text that tomllib has accepted; what it meets is therefore never checked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = _Lines(text)
        self._at = 0
        self._depth = 0
        self._members: dict[KeyPath, int] = {}  # members so far of each [[list of tables]]
        self.keys: dict[KeyPath, Position] = {}
        self.values: dict[KeyPath, Position] = {}

    def walk(self) -> None:
        table: KeyPath = ()
        while self._skip(_BLANK_LINES) < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self, what: re.Pattern[str]) -> int:
        found = what.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _here(self) -> Position:
        return self._lines.position(self._at)

    def _header(self) -> KeyPath:
        """``[table]`` or ``[[member of a list]]``; returns its path."""
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        path: KeyPath = ()
        place = self._here()
        for path, place in self._key(()):
            self._note(path, place, place)
        if brackets == 2:
            number = self._members[path] = self._members.get(path, -1) + 1
            path = (*path, number)
            self._note(path, place, place)
        else:
            path = self._latest(path)
        self._at += brackets
        return path

    def _pair(self, table: KeyPath) -> None:
        """``key = value``, with a dotted key's tables on the way."""
        steps = self._key(table)
        self._at += 1  # "="
        self._skip(_BLANK)
        for path, place in steps[:-1]:
            self._note(path, place, place)
        path, place = steps[-1]
        self._note(path, place, self._here())
        self._value(path)

    def _key(self, table: KeyPath) -> list[tuple[KeyPath, Position]]:
        """Every step of a dotted key with its place; stops behind the key."""
        steps: list[tuple[KeyPath, Position]] = []
        path = table
        while True:
            self._skip(_BLANK)
            place = self._here()
            path = (*self._latest(path), self._key_part())
            steps.append((path, place))
            self._skip(_BLANK)
            if self._text[self._at] != ".":
                return steps
            self._at += 1

    def _key_part(self) -> str:
        begin = self._at
        quoted = self._text[begin] in "\"'"
        self._skip(_STRING if quoted else _BARE_KEY)
        part = self._text[begin : self._at]
        return next(iter(tomllib.loads(f"{part} = 0"))) if quoted else part

    def _latest(self, path: KeyPath) -> KeyPath:
        """A list of tables stands for its latest member."""
        return (*path, self._members[path]) if path in self._members else path

    def _note(self, path: KeyPath, key: Position, value: Position) -> None:
        self.keys.setdefault(path, key)
        self.values.setdefault(path, value)

    def _value(self, path: KeyPath) -> None:
        first = self._text[self._at]
        if first == "[":
            self._nested(self._array, path)
        elif first == "{":
            self._nested(self._inline_table, path)
        else:
            self._skip(_STRING if first in "\"'" else _SCALAR)

    def _nested(self, walk: Callable[[KeyPath], None], path: KeyPath) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RecursionError
        self._at += 1  # the opening bracket
        walk(path)
        self._at += 1  # the closing one
        self._depth -= 1

    def _array(self, path: KeyPath) -> None:
        number = 0
        while self._text[self._skip(_BLANK_LINES)] != "]":
            place = self._here()
            self._note((*path, number), place, place)
            self._value((*path, number))
            number += 1
            self._skip(_BLANK_LINES)
            self._at += self._text[self._at] == ","

    def _inline_table(self, path: KeyPath) -> None:
        while self._text[self._skip(_BLANK_LINES)] != "}":
            self._pair(path)
            self._skip(_BLANK_LINES)
            self._at += self._text[self._at] == ","
