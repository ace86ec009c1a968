"""Reads the text of one picture: boxes found, turned upright, spelled, and put into lines.

Answers: ``read_lines``: the lines in reading order, and whether all of them were read;
``read_pieces``: the pieces that they are made of, each with its box.
Trusts: the picture to be decoded and within the limits; what it shows is hostile.
Fails: never; what the networks cannot read comes out wrong or not at all, and nobody can
tell (docs/security.md says what that means). When time is over, what was read so far stands.
Method: text is looked for in a copy of a size that keeps small print, and read from the
picture itself. Which way is up is asked of the longest pieces of text, and again of every
piece that does not fit the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image

from gateway.extract.picture import network
from gateway.extract.picture.boxes import Box, boxes_of
from gateway.extract.picture.glyphs import in_one_go, side_by_side, without_rules
from gateway.extract.picture.lines import Piece, lines_of

OutOfTime = Callable[[], bool]

_SEEN_SIDE = 1600  # longest side when text is looked for: 8 pt on A4 is 15 dots high there
_FAINTEST = 16  # of 255 shades that ink differs from the ground
_MARGIN = 32  # dots left round what is looked at
_SMALL_SIDE = 800  # below, text is likely small: seen at twice its size
_SHARPEST = 2 * network.LINE_HEIGHT  # dots a line may have before it is read from a smaller copy
_SQUARE = 1.5  # sides of a box whose direction is not known
_NARROW = 2.6  # sides of the narrowest box of one upright glyph
_SAMPLE = 5  # pieces of text that are asked which way is up
_DOUBT = 0.75  # mean chance below which a piece is tried the other way round
_PLAIN = 0.9  # mean chance of the sample above which it is the right way up
_PLAIN_LETTERS = 8  # in it, beside digits and signs
_WORD = 4  # characters that can tell which way is up
_QUARTER = math.pi / 2


def read_lines(picture: Image.Image, out_of_time: OutOfTime) -> tuple[list[str], bool]:
    """Return the lines of text in an RGB picture, and whether there was time for all."""
    pieces, whole, reader = read_pieces(picture, out_of_time)
    return lines_of([p for p in pieces if p.text], reader.cells), whole


def read_pieces(
    picture: Image.Image, out_of_time: OutOfTime
) -> tuple[list[Piece], bool, PieceReader]:
    """Return each piece of text with its box, those that say nothing too, and what read them."""
    reader, pieces = PieceReader(picture), list[Piece]()
    if out_of_time():
        return pieces, False, reader
    boxes = _find(picture)
    way = _way_up(reader, boxes)
    for box in boxes:
        if out_of_time():
            return pieces, False, reader
        pieces.append(reader.upright(box, way))
    return pieces, True, reader


def _find(picture: Image.Image) -> list[Box]:
    longest = max(picture.size)
    scale = 2.0 if longest < _SMALL_SIDE else min(1.0, _SEEN_SIDE / longest)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    seen = picture if size == picture.size else picture.resize(size, Image.Resampling.BICUBIC)
    by_x, by_y = picture.width / size[0], picture.height / size[1]
    inked = _inked(seen)
    found = boxes_of(network.see(np.asarray(seen.crop(inked))))
    return [box.moved(*inked[:2]).scaled(by_x, by_y) for box in found]


def _inked(seen: Image.Image) -> tuple[int, int, int, int]:
    """The part of a picture outside of which all is ground: margins cost as much as text."""
    grey = seen.convert("L")
    shades = grey.histogram()
    ground = shades.index(max(shades))
    ink = grey.point(lambda shade: 255 if abs(shade - ground) > _FAINTEST else 0)
    left, top, right, bottom = ink.getbbox() or (0, 0, *seen.size)
    return (
        max(left - _MARGIN, 0),
        max(top - _MARGIN, 0),
        min(right + _MARGIN, seen.width),
        min(bottom + _MARGIN, seen.height),
    )


def _way_up(reader: PieceReader, boxes: list[Box]) -> float:
    """The direction in which most text runs: the quarter turn that reads best."""
    long = [b for b in boxes if b.along >= _SQUARE * b.across]
    tall = sum(b.along for b in long if abs(b.angle) > _QUARTER / 2)
    upright = 2 * tall <= sum(b.along for b in long)
    fitting = [b for b in long if (abs(b.angle) <= _QUARTER / 2) == upright] or boxes
    sample = sorted(fitting, key=lambda b: -b.along)[:_SAMPLE]
    ways = [0.0, math.pi] if upright else [_QUARTER, -_QUARTER]
    if not long:
        ways = [0.0, math.pi, _QUARTER, -_QUARTER]
    if upright and _is_plain([reader.along(b, 0.0) for b in sample]):
        return 0.0
    if not upright:  # columns of upright characters are no turned lines
        stacked = sum(reader.stacked(b).chance for b in sample)
        if stacked > max(sum(reader.along(b, w).chance for b in sample) for w in ways):
            return 0.0
    return max(ways, key=lambda w: sum(reader.along(b, w).chance for b in sample))


def _is_plain(pieces: list[Piece]) -> bool:
    """Whether words are read so surely that no other way need be tried; digits turn too well."""
    said = "".join(piece.text for piece in pieces)
    letters = sum(map(str.isalpha, said))
    sure = sum(piece.chance for piece in pieces) >= _PLAIN * len(pieces)
    return sure and letters >= _PLAIN_LETTERS and 2 * letters >= len(said)


class PieceReader:
    """One picture, and smaller copies of it for large print."""

    def __init__(self, picture: Image.Image) -> None:
        self._copies = {1: picture}
        self._known: dict[Box, Piece] = {}  # what was read while the way up was looked for

    def upright(self, box: Box, way: float) -> Piece:
        """Read a box where ``way`` is the direction of most text."""
        if box.along >= _SQUARE * box.across and abs(math.cos(box.angle - way)) < 0.7:
            return self._crosswise(box, way)
        piece = self.along(box, way)
        if piece.chance >= _DOUBT or len(piece.text) < _WORD:  # 6 and 9 alone tell nothing
            return piece
        return max(piece, self.along(box, way + math.pi), key=lambda p: p.chance)

    def _crosswise(self, box: Box, way: float) -> Piece:
        """Read a box that stands across the lines: one narrow glyph, a column, a turned line."""
        turned = [self.along(box, box.angle), self.along(box, box.angle + math.pi)]
        readings = [*turned, self.stacked(box)]
        if box.along < _NARROW * box.across:
            glyph = self._read(_lying(box, way))
            readings = [glyph, *(r for r in readings if len(r.text) >= _WORD)]
        return max(readings, key=lambda p: p.chance)

    def along(self, box: Box, way: float) -> Piece:
        """Read a box as a line that runs about in the direction of ``way``."""
        return self._read(_turned(box, way))

    def _read(self, box: Box) -> Piece:
        if box not in self._known:
            self._known[box] = Piece(box, *network.spell(self._cut(box)))
        return self._known[box]

    def stacked(self, box: Box) -> Piece:
        """Read a column from top to bottom, its characters standing upright."""
        down = _turned(box, _QUARTER)
        column = np.rot90(self._cut(down), -1)  # as it stands in the picture
        row = side_by_side(column)
        return Piece(down, *network.spell(row)) if row is not None else Piece(down, "", 0.0)

    def _cut(self, box: Box) -> network.Dots:
        """The box's dots, straightened, at the height that the network reads."""
        less = 1
        while box.across > _SHARPEST * less:
            less *= 2
        if less not in self._copies:
            self._copies[less] = self._copies[1].reduce(less)
        width = max(round(network.LINE_HEIGHT * box.along / max(box.across, 1)), 8)
        cut = self._copies[less].transform(
            (width, network.LINE_HEIGHT),
            Image.Transform.QUAD,
            [c / less for corner in corners(box) for c in corner],
            Image.Resampling.BICUBIC,
        )
        return without_rules(np.asarray(cut))

    def cells(self, row: Box, column: bool) -> str:
        """Read what stands in a row or a column of cells as if it had been written in one go."""
        if column:
            return self.stacked(row).text
        return network.spell(in_one_go(self._cut(row)))[0]


def _turned(box: Box, way: float) -> Box:
    """The box with its angle in the direction of reading ``way``, give or take a tilt."""
    if box.along < _SQUARE * box.across:
        return _lying(box, way)
    halves = round((way - box.angle) / math.pi)
    return Box(box.x, box.y, box.along, box.across, box.angle + halves * math.pi)


def _lying(box: Box, way: float) -> Box:
    """The box with the side as its length that lies nearest to ``way``."""
    quarters = round((way - box.angle) / _QUARTER)
    angle = box.angle + quarters * _QUARTER
    along, across = (box.across, box.along) if quarters % 2 else (box.along, box.across)
    return Box(box.x, box.y, along, across, angle)


def corners(box: Box) -> list[tuple[float, float]]:
    """Upper left, lower left, lower right and upper right, as Pillow wants them."""
    cos, sin = math.cos(box.angle), math.sin(box.angle)
    u, v = box.along / 2, box.across / 2
    return [
        (box.x + cos * du - sin * dv, box.y + sin * du + cos * dv)
        for du, dv in ((-u, -v), (-u, v), (u, v), (u, -v))
    ]
