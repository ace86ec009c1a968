"""The styles of a workbook, as far as they change which digits a cell shows.

Answers: for each cell style what shows its numbers; and format codes that hold digits of
their own, as text.
Trusts: nothing. Fails: ``ForbiddenXml`` and ``ExpatError`` pass on to the caller.
Standards: ECMA-376 part 1, 18.8.
"""

from __future__ import annotations

import re

from gateway.extract.sheet.net import local, parser
from gateway.extract.sheet.number_format import Show, format_codes

_OWN_DIGITS = re.compile(r"\d.*[1-9]|[1-9].*\d", re.DOTALL)


class Styles:
    """Feed it the part; ask for ``shows``."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._cell_ids: list[int] = []
        self._open: list[str] = []

    def feed(self, content: bytes) -> None:
        parser(self._start, self._end, lambda text: None).Parse(content, True)

    def shows(self, *, base_1904: bool) -> list[Show]:
        """What shows the numbers of each cell style, in the order of ``cellXfs``."""
        return format_codes(self._codes, self._cell_ids, base_1904=base_1904)

    def telling(self) -> str:
        """The format codes that hold digits, a line each."""
        return "\n".join(c for c in self._codes.values() if _OWN_DIGITS.search(c))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        self._open.append(name)
        if name == "numFmt":
            self._codes[_id(attributes)] = attributes.get("formatCode", "")
        elif name == "xf" and self._open[-2:-1] == ["cellXfs"]:
            self._cell_ids.append(_id(attributes))

    def _end(self, tag: str) -> None:
        self._open.pop()


def _id(attributes: dict[str, str]) -> int:
    said = attributes.get("numFmtId", "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0
