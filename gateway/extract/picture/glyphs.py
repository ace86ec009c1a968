"""Glyphs that do not stand in a plain line: in ruled cells, or in a column.

Answers: ``without_rules``: a cut line without the rules between its cells; ``in_one_go``: the
contents of several cells as one line; ``side_by_side``: a column of upright characters, as
Japanese is written from top to bottom, as one line. The network reads lines far better
than single digits.
Trusts: cuts of a hostile picture, ``LINE_HEIGHT`` dots high or wide.
Fails: never; ``None`` where no characters can be told apart.
"""

from __future__ import annotations

import numpy as np
import numpy.ma  # np.median imports it on first use, when a worker can open no file any more
import numpy.typing as npt

from gateway.extract.picture.network import LINE_HEIGHT, Dots

_INK = 0.35  # of the range of brightness: how far from the ground a dot is ink
_RULE = 0.92  # of the height: ink that crosses a whole cut is a rule; letters keep a margin
_FEWEST_ROWS = 3  # of ink; less is dirt
_MOST_CHARACTERS = 60
_BESIDE = 4  # dots left on both sides of a glyph


def without_rules(line: Dots) -> Dots:
    """Return a cut line with its ground where rules were."""
    ground, ink = _ground_and_ink(line)
    rules = ink.mean(axis=0) >= _RULE
    if not rules.any() or rules.mean() > 0.5:
        return line
    wide = np.convolve(rules, (1, 1, 1), "same") > 0  # and the blurred dots beside
    cleaned = line.copy()
    cleaned[:, wide] = ground
    return cleaned


def in_one_go(row: Dots) -> Dots:
    """Return a row of cells as one line: with no more than a gap of ``2 * _BESIDE`` dots."""
    _, ink = _ground_and_ink(row)
    inked = ink.sum(axis=0) >= _FEWEST_ROWS
    kept = np.convolve(inked, np.ones(2 * _BESIDE + 1), "same") > 0
    return row[:, kept] if kept.any() else row


def side_by_side(column: Dots) -> Dots | None:
    """Return a picture of one line, ``LINE_HEIGHT`` high, or ``None``."""
    ground, ink = _ground_and_ink(column)
    columns = np.flatnonzero(ink.any(axis=0))
    cuts = [cut for cut in _stretches(ink) if cut[1] - cut[0] >= _FEWEST_ROWS]
    if not 2 <= len(cuts) <= _MOST_CHARACTERS:
        return None
    left, right = max(columns[0] - _BESIDE, 0), columns[-1] + 1 + _BESIDE
    return np.concatenate(
        [_centred(column[top:bottom, left:right], ground) for top, bottom in cuts], axis=1
    )


def _ground_and_ink(cut: Dots) -> tuple[int, npt.NDArray[np.bool_]]:
    """The usual brightness of a cut, and the dots that are far from it."""
    grey = cut.mean(axis=2)
    ground = float(np.median(grey))
    reach = max(float(np.abs(grey - ground).max()), 1.0)
    return round(ground), np.abs(grey - ground) > _INK * reach


def _stretches(ink: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """From where to where rows of ink follow each other."""
    inked = np.any(ink, axis=1)
    edges = np.flatnonzero(np.diff(np.pad(inked.astype(np.int8), 1)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _centred(character: Dots, ground: int) -> Dots:
    """The character with ground above and below."""
    tile = np.full((LINE_HEIGHT, *character.shape[1:]), ground, dtype=np.uint8)
    kept = character[:LINE_HEIGHT]
    top = (LINE_HEIGHT - len(kept)) // 2
    tile[top : top + len(kept)] = kept
    return tile
