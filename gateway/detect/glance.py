"""One glance at a text: can it hold a number at all? At the speed of C, before any reading.

Answers: ``worth_reading`` for a text, ``rows_worth_reading`` for a table. "No" is a promise:
the full reading would find nothing; "yes" only means that it has to look. Ordinary business
text (dates, amounts, telephone numbers) is a "no" in a few microseconds a kilobyte.
Trusts: nothing. Fails: never; a script or a shape it does not know is a "yes".

How: the text as UTF-8, every digit as ``0``, with everything deleted that may stand inside a
number; what is left is searched for runs of noughts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gateway.detect.check_digit import DIGITS
from gateway.detect.fold import (
    KANJI_DIGITS,
    NON_ASCII_DIGITS,
    NON_ASCII_MARKS,
    NON_ASCII_SEPARATORS,
    STRETCH_KANJI,
)

_CELL, _ROW = "\x1f", "\x1e"
_INSIDE = b" \t\n\r\v\f-.:_>"  # ASCII that may stand between two digits of one number
# Kana, ideographs and full-width signs part numbers: their first byte stays as a break,
# but for the separators among them. All else beyond ASCII is deleted: more is a "yes".
_BREAKS = bytes((*range(0xE3, 0xEA), 0xEF))
_NO_BREAK = bytes(b for b in range(0x80, 0x100) if b not in _BREAKS)
_NON_ASCII = bytes(range(0x80, 0x100))
# Every digit as 0, and Latin letters in lower case, so that labels are found in it, too.
_AS_NOUGHT = bytes(0x30 if 0x30 <= b <= 0x39 else b for b in range(256)).lower()
_RUN = b"0" * DIGITS
_GROUPED = re.compile(
    rb"0000(?:00000000|[ \t.:_-]{1,3}0000[ \t.:_-]{1,3}0000"
    rb"|[,/|~='\xe3\xef]0000[,/|~='\xe3\xef]0000)"
)
# The same where what parted the digits may have been deleted, all of it or some.
_ANY_GROUPED = re.compile(
    rb"0000(?:[ \t.:_-]{0,3}0000[ \t.:_-]{0,3}0000"
    rb"|[,/|~='\xe3\xef]?0000[,/|~='\xe3\xef]?0000)"
)
# Of an odd separator beyond ASCII (、の／) its first byte is left.
_ODD = re.compile(rb"0000[,/|~='\xe3\xef]0000[,/|~='\xe3\xef]0000")
FEWEST_NAMED = 7  # digits that a label can make into a number: the others were lost noughts

_WIDE_DIGIT = re.compile(rb"\xef\xbc([\x90-\x99])")
_WIDE_LATIN = re.compile(rb"\xef\xbc[\xa1-\xba]|\xef\xbd[\x81-\x9a]")
_LATIN_LABEL = re.compile(rb"my[\s\x1c-\x1f_\-]{0,2}n|mai ?nanb")
_GAP = r"[\s\u00ad\u200b-\u200d\u2060\ufeff]{0,2}"
# Every Japanese label of My Number holds one of these; each begins with a character of its own,
# which is looked for at a tenth of the cost of all of them at once.
_JAPANESE_LABELS = {
    "個": re.compile(f"個{_GAP}人"),
    "マ": re.compile(f"マ{_GAP}[イｲ]{_GAP}[ナﾅ]"),
    "ﾏ": re.compile(f"ﾏ{_GAP}[イｲ]{_GAP}[ナﾅ]"),
    "通": re.compile(f"通{_GAP}知{_GAP}[カｶ]{_GAP}[ーｰ]{_GAP}[ドﾄ]"),
    "桁": re.compile(r"桁(?:(?<=[2２]桁)|(?<=[2２].桁)|(?<=[2２]..桁))", re.DOTALL),
}
_BOXES = b"0" + b"\x1f0" * (DIGITS - 1)
_FOURS = re.compile(rb"(?<!0)0000\x1f0000\x1f0000(?!0)")
_ODD_MARKS = (b",", b"/", b"|", b"~", b"=", b"'", b"\xe3", b"\xef")
# The same two where what parted the digits may have been deleted.
_ANY_ODD = re.compile(rb"0000[,/|~=']?0000[,/|~=']?0000")
_ANY_FOURS = b"0000\x1f0000\x1f0000"


def _exotic() -> tuple[bytes, re.Pattern[bytes]]:
    """Digits beyond ASCII and full width: the bytes no such digit begins with, and a pattern."""
    coded = [c.encode() for c in NON_ASCII_DIGITS if not "０" <= c <= "９"]
    heads = {c[0] for c in coded}
    tails: dict[bytes, set[int]] = {}
    for c in coded:
        tails.setdefault(c[:-1], set()).add(c[-1])
    pattern = b"|".join(
        re.escape(head) + b"[" + re.escape(bytes(sorted(last))) + b"]"
        for head, last in sorted(tails.items())
    )
    return bytes(b for b in range(256) if b not in heads), re.compile(pattern)


def _separators(first: int, last: int) -> list[bytes]:
    """Separators and marks whose UTF-8 begins with one of these bytes."""
    coded = (c.encode() for c in NON_ASCII_SEPARATORS)
    return sorted(c for c in coded if first <= c[0] <= last)


_MARKS = frozenset(c.encode() for c in NON_ASCII_MARKS)  # that are not there for a person
_AMONG_KANA = _separators(0xE3, 0xE9)  # the ideographic space, ー and ・
_AMONG_SIGNS = re.compile(b"|".join(map(re.escape, _separators(0xEF, 0xEF))))
_NO_EXOTIC_HEAD, _EXOTIC_DIGIT = _exotic()


def worth_reading(text: str) -> bool:
    """Whether a number could be found in ``text``, no label outside it given."""
    if len(text) < DIGITS:
        return False
    raw = text.encode("utf-8", "surrogatepass")
    # With all that is not ASCII deleted more runs together: a quick first "no".
    noughts = raw.translate(_AS_NOUGHT, _NON_ASCII)
    if _may_need_no_label(text, raw, noughts):
        return True
    return _may_name(text, raw, noughts) and _digits(text, raw) >= FEWEST_NAMED


def may_need_no_label(text: str) -> bool:
    """Whether a number that needs no label could be found; cells are parted by U+001F."""
    raw = text.encode("utf-8", "surrogatepass")
    return _may_need_no_label(text, raw, raw.translate(_AS_NOUGHT, _NON_ASCII))


def _may_need_no_label(text: str, raw: bytes, noughts: bytes) -> bool:
    """The same, for who has the text in UTF-8, and of that the ASCII with its digits as 0."""
    if len(raw) == len(text):
        return _GROUPED.search(noughts) is not None
    if _ANY_GROUPED.search(noughts) or _has_other_digits(raw):
        told_apart = _encoded(text)
        if told_apart is None:
            return True
        if _ANY_GROUPED.search(told_apart.translate(_AS_NOUGHT, _NO_BREAK)):
            return True
    return _holds_kanji_run(text)


def _has_other_digits(raw: bytes) -> bool:
    """Whether digits beyond ASCII could stand in a text (``raw``: it in UTF-8), kanji aside."""
    wide = b"\xef" in raw and _WIDE_DIGIT.search(raw) is not None
    return wide or bool(raw.translate(None, _NO_EXOTIC_HEAD))


def digits_in(text: str) -> int:
    """How many digits of any script ``text`` has, or enough of them for a label's number."""
    return _digits(text, text.encode("utf-8", "surrogatepass"))


def _digits(text: str, raw: bytes) -> int:
    """How many digits ``text`` has (``raw``: the same in UTF-8); enough with other scripts."""
    count = raw.translate(_AS_NOUGHT).count(b"0")
    if count >= FEWEST_NAMED or len(raw) == len(text):
        return count
    if raw.translate(None, _NO_EXOTIC_HEAD) and _EXOTIC_DIGIT.search(raw):
        return FEWEST_NAMED
    if b"\xef" in raw:
        count += len(_WIDE_DIGIT.findall(raw))
    return count + sum(map(text.count, KANJI_DIGITS))


def may_name(text: str, raw: bytes) -> bool:
    """Whether a label of My Number could stand in ``text`` (``raw``: the same in UTF-8)."""
    return _may_name(text, raw, raw.translate(_AS_NOUGHT, _NON_ASCII))


def _may_name(text: str, raw: bytes, latin: bytes) -> bool:
    """The same, for who has the ASCII in ``raw`` in lower case."""
    if len(raw) != len(text):
        if any(c in text and label.search(text) for c, label in _JAPANESE_LABELS.items()):
            return True
        if b"\xef" in raw and _WIDE_LATIN.search(raw):
            return True
    # Each word by itself: a search for any of them at once takes three times as long.
    if b"kojin" in latin or b"individual" in latin or b"social" in latin or b"personal" in latin:
        return True
    return (b"my" in latin or b"nanb" in latin) and _LATIN_LABEL.search(latin) is not None


def rows_worth_reading(rows: Sequence[Sequence[str]]) -> tuple[bool, Iterable[int]]:
    """Whether a label could stand in a table, and the 0-based rows in which a number could."""
    joined = _ROW.join(map(_CELL.join, rows))
    named = may_name(joined, joined.encode("utf-8", "surrogatepass"))
    cells = sum(map(len, rows))
    edges = len(rows) - 1 + cells - sum(1 for row in rows if row)
    raw = _encoded(joined)
    if raw is None or joined.count(_ROW) + joined.count(_CELL) != edges:
        return named, range(len(rows))  # a digit of another script, or a cell with our own marks
    if named and sum(map(joined.count, KANJI_DIGITS)) >= FEWEST_NAMED:
        return named, range(len(rows))
    found = _kanji_rows(joined)
    noughts = raw.translate(_AS_NOUGHT, _NO_BREAK + _INSIDE)
    if named:
        rowed = noughts.split(b"\x1e")
        return named, sorted(
            found | {r for r, n in enumerate(rowed) if n.count(b"0") >= FEWEST_NAMED}
        )
    found |= _rows_with(noughts, _RUN)
    found |= set(_rows_of((m.start() for m in _ODD.finditer(noughts)), noughts))
    return named, sorted(found | _rows_of_spread(noughts))


def rows_worth_crossing(rows: Sequence[Sequence[str]]) -> Iterable[int]:
    """The rows over whose cells a number could spread that needs no label."""
    noughts = noughts_of(_ROW.join(map(_CELL.join, rows)))
    return range(len(rows)) if noughts is None else sorted(_rows_of_spread(noughts))


def _rows_of_spread(noughts: bytes) -> set[int]:
    for _ in range(3):  # blank cells between two boxes
        noughts = noughts.replace(b"\x1f\x1f", b"\x1f")
    fours = set(_rows_of((m.start() for m in _FOURS.finditer(noughts)), noughts))
    return fours | _rows_with(noughts, _BOXES)


def noughts_of(cells: str) -> bytes | None:
    """Cells parted by U+001F with every digit as 0 and without what may stand between two of one
    number; None with digits of other scripts, kanji aside."""
    raw = _encoded(cells)
    return None if raw is None else raw.translate(_AS_NOUGHT, _NO_BREAK + _INSIDE)


def delimited_worth_reading(text: str, delimiter: str) -> bool:
    """Whether a number could stand in a table that is still text (CSV).

    A line end inside quotes belongs to its cell, so where there are quotes line ends are
    taken for nothing; else they part cells as the delimiter does.
    """
    if _holds_kanji_run(text):
        return True
    cells = bytearray(_AS_NOUGHT)
    cells[ord(delimiter)] = 0x1F
    inside = bytes(b for b in _INSIDE if b != ord(delimiter)) + b'"'
    if '"' not in text:
        cells[0x0A] = 0x1F
        inside = inside.replace(b"\n", b"")
    plain = text.encode("utf-8", "surrogatepass")
    # As in ``worth_reading``: with all that is not ASCII deleted more runs together.
    joined = plain.translate(bytes(cells), _NON_ASCII + inside)
    raw = plain
    if len(plain) == len(text):
        if _holds_number(joined):
            return True
    elif _has_other_digits(plain) or _holds_number(joined, exact=False):
        told_apart = _encoded(text)
        if told_apart is None:
            return True
        raw = told_apart
        if _holds_number(raw.translate(bytes(cells), _NO_BREAK + inside)):
            return True
    # What was deleted may have parted letters, too: this sees more labels, never fewer.
    return _may_name(text, plain, joined) and _digits(text, raw) >= FEWEST_NAMED


def _holds_number(noughts: bytes, *, exact: bool = True) -> bool:
    """Whether the noughts of a table's cells stand as a number's digits do.

    Args:
        exact: what may not stand in a number is still there to part it from others.
    """
    if _RUN in noughts:
        return True
    # One mark after the other is looked for faster than the pattern, and rare in most tables.
    if any(mark in noughts for mark in _ODD_MARKS) and (_ODD if exact else _ANY_ODD).search(
        noughts
    ):
        return True
    for _ in range(3):
        noughts = noughts.replace(b"\x1f\x1f", b"\x1f")
    if _BOXES in noughts:
        return True
    return _FOURS.search(noughts) is not None if exact else _ANY_FOURS in noughts


def _encoded(text: str) -> bytes | None:
    """``text`` in UTF-8, full-width digits as ASCII, the separators among kana and signs as blanks
    and the marks among them left out; None with digits of other scripts."""
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) == len(text):
        return raw
    if raw.translate(None, _NO_EXOTIC_HEAD) and _EXOTIC_DIGIT.search(raw):
        return None
    if b"\xef" in raw:
        raw = _WIDE_DIGIT.sub(lambda m: bytes((m[1][0] - 0x60,)), _AMONG_SIGNS.sub(_parting, raw))
    for separator in _AMONG_KANA:
        raw = raw.replace(separator, b"" if separator in _MARKS else b" ")
    return raw


def _parting(sign: re.Match[bytes]) -> bytes:
    return b"" if sign[0] in _MARKS else b" "


def _may_hold_kanji_run(text: str) -> bool:
    """Whether there are kanji digits enough for a number."""
    return not text.isascii() and sum(map(text.count, KANJI_DIGITS)) >= DIGITS


def _holds_kanji_run(text: str) -> bool:
    """Whether kanji digits stand together as in a number; a page of Japanese has many apart."""
    return _may_hold_kanji_run(text) and STRETCH_KANJI.search(text) is not None


def _kanji_rows(joined: str) -> set[int]:
    if not _may_hold_kanji_run(joined):
        return set()
    found: set[int] = set()
    row = counted = 0
    for run in STRETCH_KANJI.finditer(joined):
        row += joined.count(_ROW, counted, run.start())
        counted = run.start()
        found.add(row)
    return found


def _rows_with(data: bytes, wanted: bytes) -> set[int]:
    """The rows in which ``wanted`` stands; each is searched up to its first hit only."""
    hits: list[int] = []
    at = data.find(wanted)
    while at >= 0:
        hits.append(at)
        row_end = data.find(b"\x1e", at)
        at = data.find(wanted, row_end) if row_end >= 0 else -1
    return _rows_of(hits, data)


def _rows_of(positions: Iterable[int], data: bytes) -> set[int]:
    """The numbers of the rows that hold these positions, which come in order."""
    found: set[int] = set()
    row = counted = 0
    for at in positions:
        row += data.count(b"\x1e", counted, at)
        counted = at
        found.add(row)
    return found
