"""Records of a BIFF stream, and the strings in them.

Answers: ``records`` cuts a stream (BIFF2 to BIFF8 alike), each record with its CONTINUE
records as segments; ``Segments`` reads strings across their borders; ``words`` is the net:
whatever reads like text in bytes of unknown layout.
Trusts: nothing. A record that reaches beyond the end is cut there.
Fails: ``EOFError`` when a string ends before its length is reached.
Standards: [MS-XLS] 2.1.4 (records), 2.5.293 (rich strings).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

CONTINUE = 0x3C
_HEAD = struct.Struct("<HH")
_WIDE, _PHONETIC, _RICH = 0x01, 0x04, 0x08
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
_WIDE_WORD = re.compile(
    "[\\x20-\\x7e\\xa0-\\u024f\\u2010-\\u30ff\\u3400-\\u9fff\\uff00-\\uffef]{4,}"
)
_NARROW_WORD = re.compile(rb"[\x20-\x7e\x80-\xfc]{4,}")
_ONLY_MARKS = re.compile(r"[^\w]*")


@dataclass(frozen=True, slots=True)
class Record:
    """One record with what continues it."""

    kind: int
    segments: tuple[bytes, ...] = field(repr=False)

    @property
    def data(self) -> bytes:
        return self.segments[0]


def records(stream: bytes, start: int = 0) -> Iterator[Record]:
    """Yield the records from ``start`` to the end of the stream."""
    at = start
    kind = -1
    segments: list[bytes] = []
    while at + 4 <= len(stream):
        found, length = _HEAD.unpack_from(stream, at)
        data = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if found == CONTINUE and segments:
            segments.append(data)
            continue
        if segments:
            yield Record(kind, tuple(segments))
        kind, segments = found, [data]
    if segments:
        yield Record(kind, tuple(segments))


class Segments:
    """Reads on from one segment into the next."""

    def __init__(self, segments: tuple[bytes, ...], at: int = 0) -> None:
        self._segments = segments
        self._segment = 0
        self._at = at

    def raw(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        out = bytearray()
        while len(out) < count:
            if self._at >= len(self._segments[self._segment]):
                self._next()
            piece = self._segments[self._segment][self._at : self._at + count - len(out)]
            self._at += len(piece)
            out += piece
        return bytes(out)

    def string(self, count: int) -> tuple[str, str]:
        """A rich string of ``count`` characters, and the text of its pronunciation."""
        flags = self.raw(1)[0]
        runs = int.from_bytes(self.raw(2), "little") if flags & _RICH else 0
        extra = int.from_bytes(self.raw(4), "little") if flags & _PHONETIC else 0
        text = self._characters(count, wide=bool(flags & _WIDE))
        self.raw(4 * runs)
        sound = self.raw(extra) if extra else b""
        return text, "\n".join(words(sound, ""))

    def _characters(self, count: int, *, wide: bool) -> str:
        out: list[str] = []
        while count:
            if self._at >= len(self._segments[self._segment]):
                self._next()
                wide = bool(self.raw(1)[0] & _WIDE)  # each segment says anew how wide
            width = 2 if wide else 1
            piece = self._segments[self._segment][self._at : self._at + width * count]
            piece = piece[: len(piece) // width * width]
            if not piece:
                raise EOFError
            self._at += len(piece)
            count -= len(piece) // width
            out.append(decoded(piece, wide=wide))
        return "".join(out)

    def _next(self) -> None:
        if self._segment + 1 >= len(self._segments):
            raise EOFError
        self._segment += 1
        self._at = 0


def decoded(raw: bytes, *, wide: bool) -> str:
    """Text of BIFF8: UTF-16, or its low bytes only."""
    text = raw.decode("utf-16-le" if wide else "latin-1", "replace")
    return _LONE_SURROGATES.sub("?", text)


def words(raw: bytes, codec: str) -> list[str]:
    """What reads like text: in UTF-16 at both alignments, and in the 8-bit ``codec``."""
    found: list[str] = []
    for alignment in (0, 1):
        found += _WIDE_WORD.findall(raw[alignment:].decode("utf-16-le", "replace"))
    if codec:
        found += [w.decode(codec, "replace") for w in _NARROW_WORD.findall(raw)]
    return [word for word in found if not _ONLY_MARKS.fullmatch(word)]


def rk(raw: bytes) -> str:
    """A number in four bytes: an integer or the upper half of a float, perhaps times 100.

    >>> rk((1234 << 2 | 2).to_bytes(4, "little"))
    '1234.0'
    """
    (bits,) = struct.unpack("<I", raw)
    if bits & 2:
        value = float(struct.unpack("<i", raw)[0] >> 2)
    else:
        value = struct.unpack("<d", struct.pack("<Q", (bits & 0xFFFFFFFC) << 32))[0]
    return repr(value / 100 if bits & 1 else value)
