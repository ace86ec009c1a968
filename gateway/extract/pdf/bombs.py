"""Whether a stream of a PDF unpacks to more than a reader can take, found without unpacking it.

Answers: ``oversized``.
Trusts: nothing; Flate data is counted as it comes out, in pieces, and dropped.
Fails: never; broken data ends the count, and qpdf or PDFium will say so.
Pictures are left out: PDFium unpacks them row by row, to the dots that the page is drawn with.
A stream that cannot hold that much (Flate packs 1032 : 1 at best) is not counted at all.
"""

from __future__ import annotations

import zlib
from typing import Any

import pikepdf

FLATE_AT_BEST = 1032
_PIECE = 1 << 20
_FLATE = ("/FlateDecode", "/Fl")


def oversized(pdf: pikepdf.Pdf, limit_bytes: int) -> bool:
    """Whether any stream unpacks to more than ``limit_bytes``."""
    objects = iter(pdf.objects)
    while True:
        try:
            thing = next(objects)
        except StopIteration:
            return False
        except pikepdf.PdfError:
            continue
        if isinstance(thing, pikepdf.Stream) and _is_oversized(thing, limit_bytes):
            return True


def _is_oversized(stream: Any, limit_bytes: int) -> bool:
    if stream.get("/Subtype") == "/Image":
        return False
    packed = _packings(stream)
    if not packed:
        return False
    length = stream.get("/Length")
    if isinstance(length, int) and 0 < length * FLATE_AT_BEST**packed <= limit_bytes:
        return False
    try:
        raw = bytes(stream.read_raw_bytes())
    except pikepdf.PdfError:
        return False
    return len(raw) * FLATE_AT_BEST**packed > limit_bytes and _count(raw, packed, limit_bytes)


def _packings(stream: Any) -> int:
    """How many times over a stream is packed by Flate."""
    filters = stream.get("/Filter")
    names = list(filters) if isinstance(filters, pikepdf.Array) else [filters]
    return sum(1 for name in names if name in _FLATE)


def _count(raw: bytes, packed: int, limit_bytes: int) -> bool:
    """Whether more than the limit comes out, unpacking piece by piece."""
    if packed > 2:  # no program packs three times
        return True
    outer, inner = zlib.decompressobj(), zlib.decompressobj() if packed == 2 else None
    total, rest = 0, raw
    try:
        while rest and not outer.eof and total <= limit_bytes:
            piece = outer.decompress(rest, _PIECE)
            rest = outer.unconsumed_tail
            total += len(piece) if inner is None else _through(inner, piece, limit_bytes)
    except zlib.error:
        return total > limit_bytes
    return total > limit_bytes


def _through(inner: Any, piece: bytes, limit_bytes: int) -> int:
    """How much a piece unpacks to, counted up to a little beyond the limit."""
    total = 0
    while piece and total <= limit_bytes and not inner.eof:
        total += len(inner.decompress(piece, _PIECE))
        piece = inner.unconsumed_tail
    return total
