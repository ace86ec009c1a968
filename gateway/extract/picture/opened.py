"""Opens a picture: its frames, upright and without transparency, ready to be read.

Answers: ``opened`` (a Pillow image of one of ``KINDS``) and ``views``: what a person may
see of each frame.
Trusts: Pillow's decoders of the named kinds, native code, so it runs in a worker only. Kinds
that nobody mails are not opened: PSD, EPS, FITS and the like stay unsupported.
Fails: Pillow's exceptions pass on to the registry; ``TooLarge`` before anything is unpacked.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from importlib import import_module

from PIL import AvifImagePlugin, Image, ImageOps, ImageSequence
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

from gateway.extract.picture import heic
from gateway.extract.picture.jpeg2000 import Stream, first_stream
from gateway.extract.picture.libheif import readable

AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # a worker can start no thread
for _plugin in ("Bmp", "Gif", "Ico", "Jpeg", "Jpeg2K", "Mpo", "Png", "Ppm", "Tiff", "WebP"):
    import_module(f"PIL.{_plugin}ImagePlugin")  # a worker cannot import them any more
heic.register()

KINDS = (
    *("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO", "AVIF", "JPEG2000"),
    *([heic.FORMAT] if readable() else []),
)
_WORKING_PIXELS = 12_000_000  # A4 at 300 dpi has 9; a larger one is read at half its size
_SQUEEZED = 1.25  # fax dots are up to twice as high as they are wide
_FAINT = 120  # of 255: a range of brightness below this is stretched
_RANGE_CUT = 0.5  # per cent of the dots at either end that do not count
_FAINTEST_INK = 16  # of 255: below, ink cannot be seen


class TooLarge(Exception):  # noqa: N818 (a state, caught in this room only)
    """A frame has more dots than it may."""


def opened(content: bytes, most_pixels: int) -> Image.Image:
    """Open a picture without unpacking its dots.

    Raises:
        TooLarge: the first frame has more than ``most_pixels`` dots.
    """
    Image.MAX_IMAGE_PIXELS = None  # Pillow warns first and fails at twice as much; we count
    image = Image.open(io.BytesIO(content), formats=KINDS)
    if isinstance(image, Jpeg2KImageFile):
        return _jpeg_2000(image, first_stream(content), most_pixels)
    if isinstance(image, heic.HeicFile):
        image.bound(most_pixels)
        image.most_whole = _WORKING_PIXELS * 2
    _bounded(image, most_pixels)
    if image.format in ("JPEG", "MPO") and image.width * image.height > _WORKING_PIXELS * 2:
        image.draft(None, (image.width // 2, image.height // 2))  # unpacks a quarter of the dots
    return image


def _jpeg_2000(image: Jpeg2KImageFile, stream: Stream, most_pixels: int) -> Image.Image:
    """The size that counts is the code stream's: the box in front of it may say another."""
    if max(stream.dots, image.width * image.height) > most_pixels:
        raise TooLarge
    if stream.dots > _WORKING_PIXELS * 2 and stream.levels:
        image.reduce = 1  # unpacks a quarter of the dots
    return image


def frames(image: Image.Image, most_pixels: int) -> Iterator[Image.Image]:
    """Yield each frame or page, one at a time."""
    for frame in ImageSequence.Iterator(image):
        _bounded(frame, most_pixels)
        yield frame


def views(frame: Image.Image) -> Iterator[Image.Image]:
    """Yield what can be seen of a frame, in RGB: once, or once a ground if it is transparent.

    What is one colour all over shows nothing, and is left out.
    """
    seen: set[int] = set()
    for view in _flattened(_upright(frame)):
        if all(low == high for low, high in _extrema(view)):
            continue
        mark = zlib.crc32(view.tobytes())
        if mark not in seen:
            seen.add(mark)
            yield _stretched(_square(_handy(view), frame))


def _bounded(image: Image.Image, most_pixels: int) -> None:
    dots = image.dots if isinstance(image, heic.HeicFile) else image.width * image.height
    if dots > most_pixels:
        raise TooLarge


def _upright(frame: Image.Image) -> Image.Image:
    """As programs show it that follow EXIF; reading finds the other ways itself."""
    return ImageOps.exif_transpose(frame)


def _flattened(frame: Image.Image) -> Iterator[Image.Image]:
    """On white, on black where that shows more, and the colours under what is hidden."""
    if frame.mode.startswith("I") or frame.mode == "F":
        yield _scaled_down(frame).convert("RGB")
        return
    if not (frame.has_transparency_data or frame.mode in ("RGBA", "LA", "PA", "La", "RGBa")):
        yield frame.convert("RGB")
        return
    full = frame.convert("RGBA")
    alpha = full.getchannel("A")
    colours = full.convert("RGB")
    if alpha.getextrema() == (255, 255):
        yield colours
        return
    white = Image.composite(colours, Image.new("RGB", full.size, "white"), alpha)
    yield white
    black = Image.composite(colours, Image.new("RGB", full.size, "black"), alpha)
    light = Image.composite(colours.convert("L"), Image.new("L", full.size, 0), alpha)
    if _top(light) > 128:  # dark ink shows on white already
        yield black
    hidden = alpha.point(lambda v: 255 if v < _FAINTEST_INK else 0)
    under = Image.composite(colours, Image.new("RGB", full.size, colours.getpixel((0, 0))), hidden)
    if any(low != high for low, high in _extrema(under)):
        yield colours


def _scaled_down(frame: Image.Image) -> Image.Image:
    """Sixteen bits and more, to eight: by what is there, whatever the file says of its range."""
    low, high = (float(v) for v in frame.convert("F").getextrema())  # type: ignore[arg-type]
    by = 255 / max(high - low, 1e-6)
    return frame.convert("F").point(lambda v: v * by - low * by).convert("L")


def _handy(view: Image.Image) -> Image.Image:
    """At half its size, or a quarter …, until it is no larger than print needs."""
    by = 1
    while view.width * view.height > _WORKING_PIXELS * by * by:
        by += 1
    return view.reduce(by) if by > 1 else view


def _square(view: Image.Image, frame: Image.Image) -> Image.Image:
    """With square dots: a fax of 204 by 98 dots to the inch is pressed flat otherwise."""
    across, down = (float(v) for v in frame.info.get("dpi", (1, 1)))
    if not (1 <= across < 1e5 and 1 <= down < 1e5):
        return view
    if across / down > _SQUEEZED:
        by = min(across / down, 4)
        return view.resize((view.width, round(view.height * by)), Image.Resampling.BICUBIC)
    if down / across > _SQUEEZED:
        by = min(down / across, 4)
        return view.resize((round(view.width * by), view.height), Image.Resampling.BICUBIC)
    return view


def _stretched(view: Image.Image) -> Image.Image:
    """With faint print made dark: as a person would who cannot read it."""
    grey = ImageOps.autocontrast(view.convert("L"), cutoff=_RANGE_CUT)
    low, high = view.convert("L").getextrema()
    if float(high) - float(low) < _FAINT:  # type: ignore[arg-type]
        return grey.convert("RGB")
    return view


def _extrema(view: Image.Image) -> tuple[tuple[int, int], ...]:
    return view.getextrema()  # type: ignore[return-value]


def _top(grey: Image.Image) -> int:
    return int(grey.getextrema()[1])  # type: ignore[arg-type]
