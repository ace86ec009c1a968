"""A picture in a PDF as it lies in the file, whatever the page shows of it.

Answers: ``as_filed``, the picture as a file of its own; ``dots_of``, its size.
Trusts: PDFium, native code, so in a worker only.
Fails: with ``ValueError`` for a picture that PDFium cannot unpack.
The same picture comes out the same, byte for byte, wherever pages have it: with its own dots,
made square where they are shown pressed flat, no more than are read; not in a mirror. What is
transparent is a PNG, which its reader looks at on white and on black, and the rest Netpbm's grey.
"""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from gateway.extract.pdf.picture import PGM, PICTURE, labels
from gateway.extract.pdf.things import SHAPED_CLIP, Matrix, Thing
from gateway.extract.sample import Member
from gateway.model import Place

MOST_DOTS = 4_000_000  # A4 at 200 dpi
_MOST_PACKED = 256 * 1024  # bytes: logos and seals are worth remembering, photographs are not
_PRESSED = 1.25  # how many times as high as wide a dot may be shown before it is made square
_MOST_PRESSED = 16.0


def as_filed(
    document: Any, page: Any, text_page: Any, picture: Thing, place: Place
) -> Iterator[Member]:
    """Yield a picture: once, or twice where a clipping path cuts it.

    The page cannot be drawn afterwards.
    """
    said, packed = labels(text_page, picture.box()), raw_bytes(picture, _MOST_PACKED)
    for content in _contents(document, page, picture):
        kind = PGM if content.startswith(b"P5") else "image/png"
        yield Member(place / PICTURE, "", content, kind, labels=said, packed=packed)


def _contents(document: Any, page: Any, picture: Thing) -> Iterator[bytes]:
    shown = picture.matrix()
    size = _size(picture, shown)
    clip = picture.clip()
    cut = clip is not None and (picture.cut_points() > SHAPED_CLIP or not clip.holds(picture.box()))
    placed = _moved(picture, size, cut=cut)
    if cut or not placed:
        bare = _bitmap(pdfium.FPDFImageObj_GetBitmap(picture.handle))
        yield _packed(bare.to_pil(), size, shown)
    if placed:
        seen = _bitmap(
            pdfium.FPDFImageObj_GetRenderedBitmap(document.raw, page.raw, picture.handle)
        )
        image = seen.to_pil()
        if not cut and _is_empty(image):  # PDFium paints nothing where it cannot unpack
            _bitmap(pdfium.FPDFImageObj_GetBitmap(picture.handle))
        if not cut or _is_transparent(image):
            yield _packed(image, size, shown)


def _bitmap(raw: Any) -> Any:
    if not raw:
        raise ValueError("a picture does not unpack")
    return pypdfium2.PdfBitmap.from_raw(raw)


def _size(picture: Thing, shown: Matrix) -> tuple[int, int]:
    """How many dots it is read with: its own, but square as they are shown."""
    w, h = dots_of(picture)
    across = math.hypot(shown.a, shown.b) / max(w, 1)
    down = math.hypot(shown.c, shown.d) / max(h, 1)
    width, height = float(w), float(h)
    if across > _PRESSED * down > 0:
        width *= min(across / down, _MOST_PRESSED)
    elif down > _PRESSED * across > 0:
        height *= min(down / across, _MOST_PRESSED)
    less = min((MOST_DOTS / max(width * height, 1.0)) ** 0.5, 1.0)
    return max(round(width * less), 1), max(round(height * less), 1)


def dots_of(picture: Thing) -> tuple[int, int]:
    """Width and height of a picture in dots of its own."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFImageObj_GetImagePixelSize(picture.handle, ctypes.byref(width), ctypes.byref(height))
    return width.value, height.value


def raw_bytes(picture: Thing, most: int | None = None) -> bytes:
    """A picture's bytes as they are packed in the file, unlocked where that is locked.

    Nothing of one that has more than ``most``.
    """
    size = pdfium.FPDFImageObj_GetImageDataRaw(picture.handle, None, 0)
    if most is not None and size > most:
        return b""
    held = ctypes.create_string_buffer(size)
    pdfium.FPDFImageObj_GetImageDataRaw(picture.handle, held, size)
    return held.raw


def _moved(picture: Thing, size: tuple[int, int], *, cut: bool) -> bool:
    """Put a picture upright at the page's corner, a point a dot, and what cuts it with it.

    A clipping path that cuts nothing is put farther out: it would take half a dot off an edge.
    """
    own = picture.own_matrix().inverse()
    if own is None:
        return False
    width, height = size
    there = Matrix(width, 0, 0, height, 0, 0)
    farther = there if cut else Matrix(2 * width, 0, 0, 2 * height, -width / 2, -height / 2)
    pdfium.FPDFPageObj_TransformClipPath(picture.handle, *farther.after(own))
    return bool(pdfium.FPDFImageObj_SetMatrix(picture.handle, *there))


def _packed(image: Image.Image, size: tuple[int, int], shown: Matrix) -> bytes:
    """A picture as a file, so that nobody has to read it in a mirror."""
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    if shown.a * shown.d < shown.b * shown.c:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if _is_transparent(image):
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=1)
        return out.getvalue()
    grey = image.convert("L")
    return f"P5\n{grey.width} {grey.height}\n255\n".encode("ascii") + grey.tobytes()


def _is_empty(image: Image.Image) -> bool:
    return image.mode == "RGBA" and image.getchannel("A").getextrema()[1] == 0


def _is_transparent(image: Image.Image) -> bool:
    return image.mode == "RGBA" and image.getchannel("A").getextrema()[0] != 255
