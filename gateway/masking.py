"""Masks every digit of whatever could be a My Number in a text (law 4).

Answers: a text that is safe to write or show. A run that holds twelve digits or more, in
any script and with the separators that people use between, loses all its digits.
Trusts: nothing; every string taken from a mail goes through here first.
Fails: never. It masks too much rather than too little: a date and a time side by side
lose their digits, too.
Ten and eleven digits are masked as well, since a spreadsheet eats leading zeros, and
letters among digits that look like digits (l23456789O18), as detection reads them; and
escapes that stand for a digit each.
Seven to nine digits are dates and telephone numbers; where a heading makes them a number,
they are hidden by their place in the table (``inspection.masked``).
"""

from __future__ import annotations

import re
import unicodedata

MASK = "*"
FEWEST_DIGITS = 10
ALIKE = "OoQ○lI|!SsBZz"  # letters and marks that are taken for digits
_SPAN, _FEWEST_AMONG_ALIKE = 12, 8  # so many signs in a row, of which so many are digits

_LAST = 0x1FFFF  # no digit stands above; beyond are ideographs, and tags and private use

# Every character that stands for one digit or more: decimals, circled ones, kanji.
_DIGITS = frozenset(
    c for c in map(chr, range(_LAST + 1)) if unicodedata.digit(c, None) is not None
) | frozenset("〇零一二三四五六七八九壱弐参")
_DIGIT = re.escape("".join(sorted(_DIGITS)))


def is_digit(char: str) -> bool:
    """Whether a character stands for one digit or more, in any script."""
    return char in _DIGITS


def _between_class() -> str:
    """Every character that may stand between two digits of one number.

    Whatever is neither a letter nor a digit, in any script, and every mark that nobody sees:
    more than detection reads as one number, so that nothing it finds can be shown unmasked.
    """
    ranges: list[str] = []
    start = None
    for code in range(_LAST + 2):
        inside = code <= _LAST and not _part_of_a_word(chr(code))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join([*ranges, r"\U000e0000-\U0010ffff"])


def _part_of_a_word(char: str) -> bool:
    if char in _DIGITS:
        return True
    return unicodedata.category(char)[0] == "L" and char not in "ーｰの"


_BETWEEN = f"[{_between_class()}]"
_REACH = 8  # so many of them between two digits
_RUN = re.compile(f"[{_DIGIT}](?:{_BETWEEN}{{0,{_REACH}}}[{_DIGIT}]){{{FEWEST_DIGITS - 1},}}")
_BETWEEN_ALIKE = f"(?:(?![{re.escape(ALIKE)}]){_BETWEEN})"
_SIGN = f"[{_DIGIT}{re.escape(ALIKE)}]"
_ALIKE_RUN = re.compile(f"{_SIGN}(?:{_BETWEEN_ALIKE}{{0,{_REACH}}}{_SIGN}){{{_SPAN - 1},}}")
_ANY_SIGN = re.compile(_SIGN)
_WORD = re.compile(f"(?<![A-Za-z{_DIGIT}])[A-Za-z]+(?![A-Za-z{_DIGIT}])")
_WORD_REACH = 40  # characters to both sides of a run in which its first and last word stand
_OTHER_LETTER = re.compile(f"[A-Za-z](?<![{re.escape(ALIKE)}])")
_ANY_ALIKE = re.compile(f"[{re.escape(ALIKE)}]")
_ALIKE_REACH = 4 * (_REACH + 1)  # characters in which four letters with separators stand
# Begins at digits, which are rarer in words than these letters.
_DENSE = re.compile(
    f"[{_DIGIT}](?:[{_between_class()}{re.escape(ALIKE)}]{{0,{_ALIKE_REACH + _REACH}}}[{_DIGIT}])"
    f"{{{_FEWEST_AMONG_ALIKE - 1},}}"
)
_WORDS = re.compile(r"[A-Za-z ._:/-]*")  # most of what a program says; no need to look closer
_ANY_DIGIT = re.compile(f"[{_DIGIT}]")
# Letters part the digits of these, so that they are no run: \u0031, \x31, &#x31; and full width,
# in URLs and quoted-printable too. Bare digits beside them belong to the same number.
_ESCAPE = r"(?:(?:\\u\{?|&#x)0*+(?:3|ff1)[0-9][;}]?|\\x3[0-9]|[%=]ef[%=]bc[%=]9[0-9])"
_ESCAPED = re.compile(rf"(?<![0-9])[0-9]*+(?:{_ESCAPE}[0-9]*+)+", re.IGNORECASE)
_LETTER_OR_DIGIT = re.compile(r"[0-9A-Za-z]")
_ESCAPES = ("\\", "%", "=", "&#")


def mask(text: str) -> str:
    """Return ``text`` with every digit of a long run of digits replaced by ``*``.

    >>> mask("個人番号 1234-5678-9018 です")
    '個人番号 ****-****-**** です'
    >>> mask("令和8年11月21日")
    '令和8年11月21日'
    """
    if len(text) < FEWEST_DIGITS or _WORDS.fullmatch(text):
        return text
    if any(sign in text for sign in _ESCAPES):
        text = _ESCAPED.sub(lambda run: _LETTER_OR_DIGIT.sub(MASK, run.group()), text)
    masked = _without_alike(text) if _ANY_ALIKE.search(text) else text
    return _RUN.sub(lambda run: _ANY_DIGIT.sub(MASK, run.group()), masked)


def _without_alike(text: str) -> str:
    """The text without numbers in which letters stand for digits."""
    pieces: list[str] = []
    at = 0
    spans = [(m.start() - _ALIKE_REACH, m.end() + _ALIKE_REACH) for m in _DENSE.finditer(text)]
    spans.reverse()
    while spans:
        start, end = spans.pop()
        while spans and spans[-1][0] <= end:
            end = spans.pop()[1]
        pieces += text[at : max(start, 0)], _ALIKE_RUN.sub(_among_alike, text[max(start, 0) : end])
        at = end
    return "".join([*pieces, text[at:]])


def _words_in(run: re.Match[str]) -> frozenset[int]:
    """Where in the run letters belong to a word: one with other letters, and no digit at it."""
    text, start = run.string, run.start()
    begins, ends = max(0, start - _WORD_REACH), min(len(text), run.end() + _WORD_REACH)
    return frozenset(
        at - start
        for word in _WORD.finditer(text, begins, ends)
        if word.end() > start and word.start() < run.end() and _OTHER_LETTER.search(word.group())
        for at in range(word.start(), word.end())
    )


def _among_alike(run: re.Match[str]) -> str:
    """The run without every twelve signs of which eight or more are digits."""
    chars = list(run.group())
    words = _words_in(run)
    signs = [at for at, char in enumerate(chars) if _ANY_SIGN.match(char) and at not in words]
    digits = [chars[at] in _DIGITS for at in signs]
    if all(digits):
        return run.group()
    met = sum(digits[:_SPAN])
    masked = 0  # signs before this one are masked already
    for first in range(len(signs) - _SPAN + 1):
        if met >= _FEWEST_AMONG_ALIKE:
            for n in range(max(first, masked), first + _SPAN):
                chars[signs[n]] = MASK
            masked = first + _SPAN
        met += digits[first + _SPAN] - digits[first] if first + _SPAN < len(signs) else 0
    return "".join(chars)
