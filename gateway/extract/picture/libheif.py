"""libheif, called by its own C interface: what is in a HEIC file, and its dots.

Answers: ``readable`` (whether the optional wheel ``pi-heif`` is there, which carries it) and
``Heif``: one file, any picture of it by its number.
Trusts: libheif and libde265, native code (LGPL, optional), so it runs in a worker only.
Fails: ``NotDecoded`` for what libheif does not decode.
The wheel's Python code is not used: it lets libde265 start a thread, which a worker must not, and
leaves hidden pictures out.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from functools import cache
from importlib import import_module
from typing import Any

from PIL import Image

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


class Heif:
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
