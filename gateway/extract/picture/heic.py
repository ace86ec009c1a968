"""HEIC, what iPhones take, as a format of Pillow: one frame a picture of the file.

Answers: once ``register`` was called and where libheif is there, Pillow images of the format
``HEIF``: the primary picture first, then every other one, hidden, auxiliary and thumbnails too.
Trusts: libheif (see ``libheif``), so it runs in a worker only.
Fails: ``NotDecoded`` for what libheif does not decode; ``ValueError`` for broken tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageFile

from gateway.extract.heif_items import Holding, bytes_of, holding, is_heif, is_xmp
from gateway.extract.picture.libheif import Heif, readable

FORMAT = "HEIF"


def register() -> None:
    """Tell Pillow of the format, where it can be read."""
    if readable():
        Image.register_open(FORMAT, HeicFile, is_heif_start)


def is_heif_start(prefix: bytes) -> bool:
    """Pillow's question to a plugin, answered by the first 16 bytes; AVIF has its own."""
    return is_heif(prefix)


class HeicFile(ImageFile.ImageFile):
    """A HEIC file as Pillow has pictures: frames to seek, dots on loading."""

    format = FORMAT
    format_description = "HEIC, by libheif"
    most_whole = 1 << 62  # dots; what has more is had at half its size

    def _open(self) -> None:
        self._content: bytes = self.fp.read()  # type: ignore[union-attr]
        self._holding = holding(self._content)
        self._numbers = self._holding.pictures
        self._file = Heif(self._content)
        self.n_frames = len(self._numbers)
        self.is_animated = self.n_frames > 1
        self.info = dict(_said(self._content, self._holding))
        self._at = -1
        self.tile = []
        self.seek(0)

    def bound(self, most_pixels: int) -> None:
        """Have no picture unpacked that has more dots, whatever the file's tables say."""
        self._file.bound(most_pixels)

    def seek(self, frame: int) -> None:
        if frame >= self.n_frames:
            raise EOFError("no more pictures")
        if frame != self._at:
            self._at = frame
            self._size, self._mode = self._file.shape(self._numbers[frame])
            self._loaded = False

    def tell(self) -> int:
        return self._at

    @property
    def dots(self) -> int:
        """How many dots are unpacked for this frame: a grid's tiles may be more than it shows."""
        inputs = self._holding.inputs.get(self._numbers[self._at], ())
        shapes = [self._file.shape(n)[0] for n in inputs if n in self._holding.items]
        return max(self.width * self.height, sum(w * h for w, h in shapes))

    def load(self) -> Any:
        if not self._loaded:
            self._loaded = True
            halved = self.width * self.height > self.most_whole
            dots = self._file.dots(self._numbers[self._at], halved=halved).convert(self.mode)
            self._size, self.im = dots.size, dots.im
        return super().load()


def _said(content: bytes, held: Holding) -> Iterator[tuple[str, Any]]:
    """What the file says in EXIF and XMP. Turning is libheif's, so Pillow must not find it."""
    for item in held.data:
        said = bytes_of(content, item)
        if item.kind == b"Exif":
            exif = Image.Exif()
            start = 4 + int.from_bytes(said[:4], "big")  # ISO/IEC 23008-12 A.2.1
            exif.load(b"Exif\0\0" + said[start:].removeprefix(b"Exif\0\0"))
            yield f"EXIF of {item.number}", exif
        elif is_xmp(item):
            yield f"XMP of {item.number}", said
