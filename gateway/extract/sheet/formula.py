"""What a formula without a stored result would show, where that can be said from its text.

Answers: the text that ``"1234"&"5678"&A3`` joins to. A file written by a program carries
formulas without results; the one who opens it sees the numbers.
Trusts: nothing. Literals, references to single cells of the same sheet, ``&`` and the
functions that join text are worked out; anything else is not guessed at.
Fails: never; "" where it cannot be said. One pass over the formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.extract.sheet.grid import Grid, column_number

Look = Callable[[int, int], str]  # row, column → the text that stands there

_TOKEN = re.compile(
    r'"([^"]*(?:""[^"]*)*)"'
    r"|(\d+(?:\.\d+)?(?:E[+-]?\d+)?)"
    r"|\$?([A-Z]{1,3})\$?(\d{1,7})(?![\d(A-Z_.!])"
    r"|(CONCAT(?:ENATE)?\(|_xlfn\.CONCAT\()"
    r"|([&,;()=+\s])"
)
FEWEST_DIGITS = 10  # a My Number that lost two leading zeros
LONGEST_CELL = 32_767  # characters; Excel's limit
MOST_RESULTS = 5_000_000  # characters that the formulas of one sheet may result in
_MOST_TOKENS = 8192  # Excel's longest formula has as many characters
_LITERAL = re.compile(r'"([^"]*(?:""[^"]*)*)"')


def joined(formula: str, look: Look) -> str:
    """Return the text that a formula of joins results in, or "".

    >>> joined('="1234"&"5678"&A1', lambda row, column: "9018")
    '123456789018'
    >>> joined('CONCATENATE("12",3,"4")', lambda row, column: "")
    '1234'
    >>> joined('SUM(A1:A9)', lambda row, column: "1")
    ''
    """
    at = 0
    pieces: list[str] = []
    joins = False
    for _ in range(_MOST_TOKENS):
        if at == len(formula):
            return "".join(pieces) if joins else ""
        token = _TOKEN.match(formula, at)
        if token is None:
            return ""
        at = token.end()
        text, digits, letters, row, function, mark = token.groups()
        if mark == "+" and joins:  # a sum; the sign before a formula says nothing
            return ""
        joins = joins or not (mark or function)
        pieces.append(_value(text, digits, letters, row, look))
    return ""


def _value(
    text: str | None, digits: str | None, letters: str | None, row: str | None, look: Look
) -> str:
    if text is not None:
        return text.replace('""', '"')
    if letters and row:
        return look(int(row), column_number(letters))
    return digits or ""


def result(formula: str, look: Look) -> str:
    """What a formula without a stored result shows, or may show: a literal long enough."""
    told = joined(formula, look)
    if not told:
        told = literals(formula)
        told = told if sum(map(str.isdigit, told)) >= FEWEST_DIGITS else ""
    return told


def solve(grid: Grid, unsolved: list[tuple[int, int, str]]) -> bool:
    """Put the results of formulas (row, column, text) into the grid; whether all had room.

    A formula can double what another one shows, so the results together are bounded.
    """
    left = MOST_RESULTS
    for row, column, formula in unsolved:
        text = result(formula, grid.at)
        left -= len(text)
        if left < 0 or len(text) > LONGEST_CELL:
            return False
        grid.cell(row, column, text)
    return True


def literals(formula: str) -> str:
    """Return the texts in a formula, one after the other as it would join them."""
    return "".join(_LITERAL.findall(formula)).replace('""', '"')
