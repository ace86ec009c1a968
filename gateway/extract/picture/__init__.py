"""Pictures: the text they show (OCR), codes in them, and what their files say beside.

Answers: one prose a frame or page, lines in reading order; codes and texts in the file as
prose and fields; what stands behind the picture in its file, or between its parts.
Trusts: Pillow, libheif, zxing-cpp and onnxruntime, native code all, so in a worker only.
Fails: a kind that is not in ``KINDS`` is not recognised and so ends as unsupported; over
``picture_pixels``, ``picture_frames`` or ``picture_seconds`` the rest is ``limit``; other
exceptions pass on to the registry.
A picture in which twelve digits have no room is not looked at: a legible digit needs 3 by 5
dots and a gap of one, so twelve of them, in whatever rows, need 12 x 4 x 6 = 288 dots, and
no side below 3. Uniform pictures show nothing; few colours mean nothing, a scan has two.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from PIL import Image

from gateway.extract.heif_items import holding, is_avif, is_heif
from gateway.extract.picture.blocks import unshown
from gateway.extract.picture.codes import codes_in
from gateway.extract.picture.ends import beside
from gateway.extract.picture.libheif import NotDecoded, readable
from gateway.extract.picture.network import warm
from gateway.extract.picture.opened import TooLarge, frames, opened, views
from gateway.extract.picture.reading import read_lines
from gateway.extract.picture.rest import left_over
from gateway.extract.picture.said import said
from gateway.extract.sample import Sample, Yielded
from gateway.model import Field, InspectionLimits, Place, Prose, Unread, UnreadReason

__all__ = ["MEDIA_TYPES", "read", "recognises", "warm"]

_NAMES = (
    *("jpeg", "png", "gif", "bmp", "x-ms-bmp", "tiff", "webp", "avif", "jp2"),
    *("vnd.microsoft.icon", "x-icon", "x-portable-anymap", "x-portable-bitmap"),
    *("x-portable-greymap", "x-portable-pixmap"),
    *(["heic"] if readable() else []),
)
MEDIA_TYPES = frozenset(f"image/{name}" for name in _NAMES)
FEWEST_DOTS = 12 * 4 * 6
SHORTEST_SIDE = 3
_NETPBM = re.compile(rb"P[1-6]\s(?:\s*#[^\n]*\n)*\s*\d{1,6}\s+\d{1,6}\s")  # P1 to P3 are text
_TEXT_PLACE = "metadata"


def recognises(sample: Sample) -> bool:
    """Whether it is a picture of a kind that is read."""
    return sample.media_type in MEDIA_TYPES or _NETPBM.match(sample.content) is not None


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield what the picture shows and says."""
    over = time.process_time() + limits.picture_seconds
    try:
        with opened(sample.content, limits.picture_pixels) as image:
            yield from _frames(image, sample, limits, lambda: time.process_time() >= over)
    except (TooLarge, Image.DecompressionBombError):
        yield Unread(sample.place, UnreadReason.LIMIT, "picture pixels")
    yield from _unseen(sample)
    yield from left_over(sample, beside(sample.content))
    yield from left_over(sample, unshown(sample.content), bounded=False)


def _frames(
    image: Any, sample: Sample, limits: InspectionLimits, out_of_time: Callable[[], bool]
) -> Iterator[Yielded]:
    """Yield what stands in each frame, and what the file says of it."""
    several = getattr(image, "n_frames", 1) > 1
    step = "p." if image.format == "TIFF" else "frame"
    told: set[tuple[str, str]] = set()
    for number, frame in enumerate(frames(image, limits.picture_pixels), 1):
        if number > limits.picture_frames:
            yield Unread(sample.place, UnreadReason.LIMIT, "picture frames")
            return
        place = sample.place / f"{step} {number}" if several else sample.place
        whole = (yield from _shown(frame, sample, place, out_of_time)) if _has_room(frame) else True
        for name, text in said(frame, sample.decode):
            if (name, text) not in told:
                told.add((name, text))
                yield Field(sample.place / _TEXT_PLACE, name, text)
        if not whole:
            yield Unread(sample.place, UnreadReason.LIMIT, "picture seconds")
            return


def _shown(
    frame: Image.Image, sample: Sample, place: Place, out_of_time: Callable[[], bool]
) -> Generator[Yielded, None, bool]:
    """Yield what a frame shows; return whether there was time for all of it."""
    try:
        for view in views(frame):
            if not (yield from _read_view(view, sample, place, out_of_time)):
                return False
    except NotDecoded:  # of many pictures in one file, this one
        yield Unread(place, UnreadReason.DAMAGED, "picture")
    return True


def _read_view(
    view: Image.Image, sample: Sample, place: Place, out_of_time: Callable[[], bool]
) -> Generator[Yielded, None, bool]:
    """Yield a view's lines and codes; return whether there was time for all of it."""
    codes = list(codes_in(view, sample.decode))
    lines, whole = read_lines(view, out_of_time)
    lines += [text for _, text in codes]  # what is printed above labels a code
    if lines:
        yield Prose(place, "\n".join(lines))
    for kind, text in codes:
        yield Field(place / "code", kind, text)
    return whole


def _has_room(frame: Image.Image) -> bool:
    return frame.width * frame.height >= FEWEST_DOTS and min(frame.size) >= SHORTEST_SIDE


def _unseen(sample: Sample) -> Iterator[Unread]:
    """Name the pictures that the file holds and that nobody here can look at."""
    if is_avif(sample.content) and holding(sample.content).others:
        yield Unread(sample.place, UnreadReason.UNSUPPORTED, "more pictures in AVIF")
    if is_heif(sample.content) and holding(sample.content).moving:
        yield Unread(sample.place, UnreadReason.UNSUPPORTED, "moving pictures in HEIC")
