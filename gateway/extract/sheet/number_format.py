"""What a cell shows of its number: lost leading zeros, literals, dates.

Answers: ``shown`` for a number under a format code: the digits in the boxes that the code
draws (``000000000000``, ``0000-0000-0000``), a date as ISO 8601, otherwise the exact number.
Trusts: nothing. A format is believed only as far as it shows every digit of the number;
where it hides some, or adds digits of its own, both texts are given.
Fails: never; what is no number comes back as it is.
Standards: ECMA-376 part 1, 18.8.30 and 18.8.31 (format codes); 18.17.4.1 (date systems).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

Show = Callable[[str], str]

_EXACT = 2**53
_LAST_DAY = 2_958_466  # the day after 9999-12-31
_DATE_IDS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_BUILT_IN = {1: "0", 49: "@"}
_QUOTED = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]', re.DOTALL)
_PIECE = re.compile(r'"([^"]*)"?|\\(.)|(_.|\*.|\[[^\]]*\])|([0#?]+)|([.,%EeG@])|(.)', re.DOTALL)
_LONGEST_CODE = 255  # characters; Excel's own limit


def number(text: str) -> str:
    """Return a stored number as people write it: whole ones without point or exponent.

    >>> number("1.23456789012E11"), number("12345.0"), number("0.5"), number("x")
    ('123456789012', '12345', '0.5', 'x')
    """
    if text.isdigit():
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return text


def format_codes(custom: dict[int, str], ids: list[int], *, base_1904: bool = False) -> list[Show]:
    """Return for each cell style, given by its format's id, what shows its numbers."""
    return [_for_id(i, custom.get(i), base_1904=base_1904) for i in ids]


def _for_id(number_id: int, code: str | None, *, base_1904: bool) -> Show:
    if code is None:
        if number_id in _DATE_IDS:
            return date_1904 if base_1904 else date_1900
        code = _BUILT_IN.get(number_id, "")
    return for_code(code, base_1904=base_1904)


@cache
def for_code(code: str, *, base_1904: bool = False) -> Show:
    """Return what shows a number under a format code.

    >>> for_code("0000-0000-0000")("12345678901")
    '0123-4567-8901'
    >>> for_code("yyyy/mm/dd")("45000")
    '2023-03-15'
    >>> for_code("#,##0")("1234"), for_code(";;;")("1234")
    ('1234', '1234')
    """
    code = code[:_LONGEST_CODE]
    if _is_date(code):
        return date_1904 if base_1904 else date_1900
    sections = _sections(code)
    if not any(set(section) & set("0#?") for section, _ in sections):
        literal = "".join(p for _, pieces in sections[:1] for kind, p in pieces if kind == "text")
        return _beside(literal) if re.search(r"\d", literal) else number
    drawn = sections[0][1]
    if any(kind == "other" for kind, _ in drawn) or not _worth_drawing(drawn):
        return number
    return _drawer(drawn)


def _is_date(code: str) -> bool:
    bare = _QUOTED.sub("", code.lower()).replace("general", "").replace("am/pm", "")
    # [h]:mm stands in brackets; eras are e, g and their doubles.
    elapsed = re.search(r"\[(?:h+|m+|s+)\]", code.lower())
    return bool(elapsed or re.search(r"[ymdhsge]", bare.replace("e+", "").replace("e-", "")))


def _sections(code: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The code cut at ";" outside of quotes: bare text, and pieces by kind."""
    sections: list[tuple[str, list[tuple[str, str]]]] = [("", [])]
    for quoted, escaped, silent, boxes, other, plain in _PIECE.findall(code):
        if plain == ";":
            sections.append(("", []))
            continue
        bare, pieces = sections[-1]
        if boxes:
            pieces.append(("boxes", boxes))
        elif other:
            pieces.append(("other", other))
        elif not silent:
            pieces.append(("text", quoted or escaped or plain))
        sections[-1] = (bare + boxes, pieces)
    return sections


def _worth_drawing(pieces: list[tuple[str, str]]) -> bool:
    """Whether it shows anything that the bare number does not."""
    boxes = "".join(p for kind, p in pieces if kind == "boxes")
    return len(pieces) > 1 or boxes.count("0") > 1


def _drawer(pieces: list[tuple[str, str]]) -> Show:
    boxes = "".join(p for kind, p in pieces if kind == "boxes")
    literal = any(c.isdigit() for kind, p in pieces if kind == "text" for c in p)
    least = len(boxes) - len(boxes.lstrip("#?"))  # boxes before the first zero may stay empty

    def draw(text: str) -> str:
        text = number(text)
        if not text.isdigit() or not text.isascii():
            return text
        digits = text.zfill(len(boxes) - least).rjust(len(boxes))
        start, at = 0, len(digits) - len(boxes)  # what has no box goes into the first
        out: list[str] = []
        for kind, piece in pieces:
            if kind == "text":
                out.append(piece)
            else:
                at += len(piece)
                out.append(digits[start:at])
                start = at
        drawn = "".join(out).strip()
        return f"{drawn}\n{text}" if literal else drawn

    return draw


def _beside(literal: str) -> Show:
    """A format that draws none of the number but digits of its own."""
    return lambda text: f"{number(text)}\n{literal}"


def date_1900(text: str) -> str:
    """Return a serial number as a date, counted from 1900 with its 29 February.

    >>> date_1900("1"), date_1900("61"), date_1900("0.5"), date_1900("123456789018")
    ('1900-01-01', '1900-03-01', '12:00:00', '123456789018')
    """
    return _date(text, datetime(1899, 12, 31), skipped=60)  # noqa: DTZ001 (a sheet has no zone)


def date_1904(text: str) -> str:
    """Return a serial number as a date, counted from 1904 as early Macintoshes did."""
    return _date(text, datetime(1904, 1, 1), skipped=_LAST_DAY)  # noqa: DTZ001


def _date(text: str, zero: datetime, *, skipped: int) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    if not 0 <= value < _LAST_DAY - 1500:
        return number(text)
    days = int(value)
    seconds = round((value - days) * 86_400)
    if not days:
        return str((zero + timedelta(seconds=seconds)).time())
    moment = zero + timedelta(days=days - (days > skipped), seconds=seconds)
    return moment.isoformat(" ") if seconds else moment.date().isoformat()
