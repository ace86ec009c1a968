"""Opens HEIC, what iPhones take, by libheif: a plugin for Pillow, one frame a picture of the file.

Answers: ``readable`` (whether the optional wheel ``pi-heif`` is there) and, once ``register``
was called, Pillow images of the format ``HEIF``: the primary picture first, then every other
one, hidden, auxiliary and thumbnails too.
Trusts: libheif and libde265, native code (LGPL, optional), so it runs in a worker only.
Fails: ``NotDecoded`` for what libheif does not decode; ``ValueError`` for broken tables.
libheif is called by its own C interface, as its wheel carries it: the wheel's Python code lets
libde265 start a thread, which a worker must not, and leaves hidden pictures out.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from functools import cache
from importlib import import_module
from typing import Any

from PIL import Image, ImageFile

from gateway.extract.heif_items import Holding, bytes_of, holding, is_heif, is_xmp

FORMAT = "HEIF"
_RGB, _INTERLEAVED_RGBA, _PLANE = 1, 11, 10  # heif_image.h
_THREADS_SINCE = 8  # version of the decoding options that can say how many threads
_NO_THREAD = -1  # 0 is one


class NotDecoded(OSError):  # noqa: N818 (a state, caught in this room only)
    """libheif will not have this file, or this picture of it."""


class _Error(ctypes.Structure):
    """``heif_error`` (heif_error.h)."""

    _fields_ = (("code", c_int), ("detail", c_int), ("message", c_char_p))


class _Options(ctypes.Structure):
    """``heif_decoding_options`` up to version 8 (heif_decoding.h)."""

    _fields_ = (
        ("version", c_uint8),
        ("ignore_transformations", c_uint8),
        ("progress", c_void_p * 4),
        ("to_8_bit", c_uint8),
        ("strict", c_uint8),
        ("decoder", c_char_p),
        ("colours", c_uint32 * 4),
        ("cancel", c_void_p),
        ("more_colours", c_void_p),
        ("ignore_edits", c_int),
        ("profile", c_void_p),
        ("library_threads", c_int),
        ("codec_threads", c_int),
    )


class _Limits(ctypes.Structure):
    """The start of ``heif_security_limits`` (heif_security.h)."""

    _fields_ = (("version", c_uint8), ("most_pixels", c_uint64))


_READ = "heif_context_read_from_memory_without_copy"
_CALLS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "heif_context_alloc": (c_void_p, ()),
    "heif_context_free": (None, (c_void_p,)),
    "heif_context_get_security_limits": (POINTER(_Limits), (c_void_p,)),
    _READ: (_Error, (c_void_p, c_char_p, c_size_t, c_void_p)),
    "heif_context_set_max_decoding_threads": (None, (c_void_p, c_int)),
    "heif_context_get_image_handle": (_Error, (c_void_p, c_uint32, POINTER(c_void_p))),
    "heif_image_handle_release": (None, (c_void_p,)),
    "heif_image_handle_get_width": (c_int, (c_void_p,)),
    "heif_image_handle_get_height": (c_int, (c_void_p,)),
    "heif_image_handle_has_alpha_channel": (c_int, (c_void_p,)),
    "heif_decoding_options_alloc": (POINTER(_Options), ()),
    "heif_decoding_options_free": (None, (POINTER(_Options),)),
    "heif_decode_image": (_Error, (c_void_p, POINTER(c_void_p), c_int, c_int, POINTER(_Options))),
    "heif_image_get_width": (c_int, (c_void_p, c_int)),
    "heif_image_get_height": (c_int, (c_void_p, c_int)),
    "heif_image_get_plane_readonly": (c_void_p, (c_void_p, c_int, POINTER(c_int))),
    "heif_image_release": (None, (c_void_p,)),
}  # fmt: skip


@cache
def _library() -> Any:
    """libheif as the wheel carries it; None where there is none that can do without threads."""
    try:
        wheel = import_module("_pi_heif")
        library = ctypes.CDLL(str(wheel.__file__))  # what it is linked with is found through it
        for name, (result, arguments) in _CALLS.items():
            call = getattr(library, name)
            call.restype, call.argtypes = result, arguments
    except (ImportError, OSError, AttributeError):
        return None
    options = library.heif_decoding_options_alloc()
    able = options.contents.version >= _THREADS_SINCE
    library.heif_decoding_options_free(options)
    return library if able else None


def readable() -> bool:
    """Whether HEIC pictures are read here."""
    return _library() is not None


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
        self._file = _Heif(self._content)
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


class _Heif:
    """One file as libheif has it."""

    def __init__(self, content: bytes) -> None:
        self._library = _library()
        self._content = content  # libheif reads it where it lies
        self._context = c_void_p(self._library.heif_context_alloc())
        self._library.heif_context_set_max_decoding_threads(self._context, 0)
        read = getattr(self._library, _READ)
        _checked(read(self._context, content, len(content), None))

    def __del__(self) -> None:
        self._library.heif_context_free(self._context)

    def bound(self, most_pixels: int) -> None:
        limits = self._library.heif_context_get_security_limits(self._context)
        limits.contents.most_pixels = most_pixels

    def shape(self, number: int) -> tuple[tuple[int, int], str]:
        """An item's size as its tables have it, and the mode in which Pillow will have it."""
        handle = self._handle(number)
        try:
            width = self._library.heif_image_handle_get_width(handle)
            height = self._library.heif_image_handle_get_height(handle)
            alpha = self._library.heif_image_handle_has_alpha_channel(handle)
        finally:
            self._library.heif_image_handle_release(handle)
        return (width, height), "RGBA" if alpha else "RGB"

    def dots(self, number: int, *, halved: bool) -> Image.Image:
        """An item's dots, in RGBA; at half its size, they are never copied at their own."""
        handle, image = self._handle(number), c_void_p()
        options = self._library.heif_decoding_options_alloc()
        options.contents.to_8_bit, options.contents.codec_threads = 1, _NO_THREAD
        try:
            decode = self._library.heif_decode_image
            _checked(decode(handle, byref(image), _RGB, _INTERLEAVED_RGBA, options))
            there = self._where_it_lies(image)
            return there.reduce(2) if halved else there.copy()
        finally:
            self._library.heif_image_release(image)
            self._library.heif_decoding_options_free(options)
            self._library.heif_image_handle_release(handle)

    def _handle(self, number: int) -> c_void_p:
        handle = c_void_p()
        ask = self._library.heif_context_get_image_handle
        _checked(ask(self._context, number, byref(handle)))
        return handle

    def _where_it_lies(self, image: c_void_p) -> Image.Image:
        """A picture over libheif's own memory: gone when that is released."""
        stride = c_int()
        plane = self._library.heif_image_get_plane_readonly(image, _PLANE, byref(stride))
        width = self._library.heif_image_get_width(image, _PLANE)
        height = self._library.heif_image_get_height(image, _PLANE)
        if not plane or width <= 0 or height <= 0:
            raise NotDecoded("no dots")
        rows = (ctypes.c_char * (stride.value * height)).from_address(plane)
        return Image.frombuffer("RGBA", (width, height), rows, "raw", "RGBA", stride.value, 1)


def _checked(error: _Error) -> None:
    if error.code:
        raise NotDecoded(f"{error.code}.{error.detail}")  # its words may be the file's


def _said(content: bytes, held: Holding) -> Any:
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
