"""A page's characters out of PDFium: its text in the file's order, and each one's place.

Answers: ``content_text`` (one call a page), ``worth_placing`` (whether the file's order may
hide a number; at most a few calls a line) and ``placed`` (two calls a character, so 2 to
3 ms a page).
Trusts: PDFium, native code, so in a worker only.
Fails: with PDFium's own exceptions.
PDFium gives what is drawn in white, outside the page, clipped, in hidden layers and in
render mode 3 (ISO 32000-2, 9.3.6) like any other text.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

from gateway.extract.pdf.layout import Glyph

MOST_PLACED = 50_000  # characters of one page; A4 in the smallest print has 20,000

_HYPHENS = {0x02: "-", 0xFFFE: "-", 0xAD: "-"}  # PDFium's marks for a hyphen at a line's end
_HYPHEN_MARKS = tuple(map(chr, _HYPHENS))
_WIDE_DIGIT = re.compile(r"[^\W\D\x00-\x7f]|[①-⑨❶-❾〇零一二三四五六七八九壱弐参]")
_FULL_WIDTH = re.compile("[０-９]")
_GROUPED = re.compile(rb"0000[x ]{1,9}0000[x ]{1,9}0000")  # a separator has up to three bytes
_DIGIT = r"[\d①-⑨❶-❾〇零一二三四五六七八九壱弐参]"
_LONE_DIGIT = re.compile(rf"(?<!{_DIGIT}){_DIGIT}(?!{_DIGIT})(?=\s|\Z)")
_SHAPE = bytes(0x30 if 0x30 <= b <= 0x39 else b if b in b" \n" else 0x78 for b in range(256))
# Pieces of a number at a line's edges; an amount, 12,345, is none.
_FIRST_PIECE = re.compile(r"\n[^\S\n]*([0-9]{1,11})(?![,.0-9])")
_DIGITS = "0123456789"
_FEWEST_DIGITS = 12
_FEWEST_LONE = 6


def content_text(text_page: Any) -> str:
    """Return a page's text in the order of its content, line ends as ``\\n``."""
    return clean(str(text_page.get_text_range()))


def clean(text: str) -> str:
    """Return PDFium's text with its own marks taken out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for mark in _HYPHEN_MARKS:  # ``translate`` takes a hundred times as long
        text = text.replace(mark, "-")
    return text


def worth_placing(text_page: Any, text: str) -> bool:
    """Whether places could show a number, or a heading above one, that ``text`` does not.

    Never for a page of fewer than twelve digits. Else where a column of numbers may stand,
    digits stand alone as in boxes, or the file's order is not a reader's.
    """
    plain = text if text.isascii() else _FULL_WIDTH.sub(_as_ascii, text)
    shape = plain.encode("utf-8", "replace").translate(_SHAPE)  # 0 a digit, x any other sign
    wide = [] if text.isascii() else _WIDE_DIGIT.findall(plain)
    if shape.count(b"0") + len(wide) < _FEWEST_DIGITS:
        return False
    if b"0000000000" in shape or (shape.count(b"0000") > 2 and _GROUPED.search(shape)):
        return True
    lone = len(_LONE_DIGIT.findall(plain)) if wide else _lone(shape)
    return lone >= _FEWEST_LONE or not _in_order(text_page, plain)


def _lone(shape: bytes) -> int:
    """How many digits stand alone, or fewer than count where there are few."""
    spaced = b" %b " % shape.replace(b"\n", b" ")
    if 2 * spaced.count(b" 0 ") < _FEWEST_LONE:  # of two side by side it counts one
        return 0
    return spaced.split().count(b"0")


def _as_ascii(found: re.Match[str]) -> str:
    return chr(ord(found[0]) - 0xFEE0)


def _in_order(text_page: Any, text: str) -> bool:
    """Whether each line that digits begin or end stands below the one before it.

    Pieces of a number that is drawn out of order are lines of their own, or at their ends:
    within a line PDFium has put the pieces in order.
    """
    if len(text) != text_page.count_chars() - text.count("\n"):  # PDFium ends lines with CR LF
        return False
    met = [m.span(1) for m in _FIRST_PIECE.finditer(f"\n{text}\n")]
    met += _last_pieces(text)
    if sum(end - start for start, end in met) < _FEWEST_DIGITS:
        return True
    for _, end in met:
        here = text.rfind("\n", 0, end - 1) + 1
        above = text.rfind("\n", 0, max(here - 1, 0)) + 1
        below = text.find("\n", here) + 1
        for upper, lower in ((above, here), (here, below)):
            if upper < lower < len(text) and not _below(text_page, text, upper, lower):
                return False
    return True


def _last_pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the digits stand that end a line, but for an amount's; one place on."""
    start = 1
    for line in text.split("\n"):
        said = line.rstrip()
        if said[-1:] in _DIGITS and said:
            rest = said.rstrip(_DIGITS)
            if rest[-1:] not in (",", "."):
                yield start + len(rest), start + len(said)
        start += len(line) + 1


def _below(text_page: Any, text: str, upper: int, lower: int) -> bool:
    """Whether the line that begins at ``lower`` stands below the foot of the other."""
    middles, feet = [], []
    box = pdfium.FS_RECTF()
    for at in (upper, lower):
        index = at + text.count("\n", 0, at)
        if not pdfium.FPDFText_GetLooseCharBox(text_page.raw, index, ctypes.byref(box)):
            return True  # a blank line
        middles.append((box.top + box.bottom) / 2)
        feet.append(box.bottom)
    return bool(middles[1] <= feet[0])


def placed(text_page: Any) -> dict[float, list[Glyph]]:
    """Return the characters by the angle of their writing, each turned to be horizontal."""
    found: dict[float, list[Glyph]] = {}
    box = pdfium.FS_RECTF()
    for i in range(min(text_page.count_chars(), MOST_PLACED)):
        code = pdfium.FPDFText_GetUnicode(text_page.raw, i)
        text = _HYPHENS.get(code) or (chr(code) if 0x20 < code < 0x110000 else "")
        if not text or text.isspace():
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text_page.raw, i, ctypes.byref(box)):
            continue
        angle = pdfium.FPDFText_GetCharAngle(text_page.raw, i)
        degrees = round(math.degrees(angle) if angle > 0 else 0) % 360
        glyph = Glyph(text, box.left, box.right, box.bottom, box.top)
        found.setdefault(float(degrees), []).append(turned(glyph, degrees))
    return found


def turned(glyph: Glyph, degrees: int) -> Glyph:
    """Return the glyph where it stands when its line is turned to run to the right.

    Degrees count clockwise; the box given is the upright one round the turned character.
    """
    if not degrees:
        return glyph
    angle = math.radians(degrees)
    along, across = (math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))
    u = glyph.centre * along[0] + glyph.middle * along[1]
    v = glyph.centre * across[0] + glyph.middle * across[1]
    width, height = glyph.right - glyph.left, glyph.top - glyph.bottom
    if degrees % 180 == 90:
        width, height = height, width
    elif degrees % 90:
        width = height = (width + height) / 2 / (abs(along[0]) + abs(along[1]))
    return Glyph(glyph.text, u - width / 2, u + width / 2, v - height / 2, v + height / 2)


def readings(by_angle: dict[float, list[Glyph]]) -> Iterator[list[Glyph]]:
    """Yield the groups of glyphs that run in one direction, the largest first."""
    yield from sorted(by_angle.values(), key=len, reverse=True)
