"""Document properties: a name and a value each, in the file's own words.

Answers: ``Field`` for every property of a package (ECMA-376 part 2 core, part 1 extended
and custom; ODF ``meta.xml``).
Trusts: nothing. Fails: ``ForbiddenXml`` and ``ExpatError`` pass on to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract.sheet.net import local, parser
from gateway.model import Field, Place


class Properties:
    """Feed it one part; ask for ``fields``."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []
        self._open: list[tuple[str, list[str]]] = []  # label, text

    def feed(self, content: bytes) -> None:
        parser(self._start, self._end, self._data).Parse(content, True)

    def fields(self, place: Place) -> Iterator[Field]:
        for label, value in self._found:
            yield Field(place / label, label, value)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        named = next((v for k, v in attributes.items() if local(k) == "name" and v), "")
        label = named or local(tag)
        if self._open and label in ("lpwstr", "lpstr", "bstr", "i4", "i8", "r8", "variant"):
            label = self._open[-1][0]
        self._open.append((label, []))

    def _data(self, text: str) -> None:
        if self._open:
            self._open[-1][1].append(text)

    def _end(self, tag: str) -> None:
        label, pieces = self._open.pop()
        if value := "".join(pieces).strip():
            self._found.append((label, value))
