"""Deflate64, which 7-Zip and WinZip write on request, and Windows for files over 2 GB.

Answers: ``inflate``: what a stream holds.
Trusts: nothing; pure Python, a megabyte or two a second. zlib does not read it, and libraries
that do are LGPL.
Fails: ``Broken`` for a stream that is none; ``TooMuch`` beyond what it may unpack to.
Standard: RFC 1951, but for a window of 64 KB: distances have two more codes, and the last code
for lengths has 16 bits more (APPNOTE 6.3, method 9).
"""

from __future__ import annotations

_END, _LONGEST = 256, 15  # the symbol that ends a block; bits of the longest code
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)  # RFC 1951 3.2.7
_REPEATS = {16: (3, 2), 17: (3, 3), 18: (11, 7)}  # at least so often, bits that say how much more
_LENGTHS = [(n, 0) for n in range(3, 11)]  # at least so long, bits that say how much longer
_LENGTHS += [(3 + ((4 + step) << more), more) for more in range(1, 6) for step in range(4)]
_LENGTHS += [(3, 16)]
_DISTANCES = [(n, 0) for n in range(1, 5)]
_DISTANCES += [(1 + ((2 + step) << more), more) for more in range(1, 15) for step in range(2)]
_PIECE = 6  # bytes taken in at once
_BEYOND = 3  # pieces of nothing that may be taken in behind the last byte

Codes = list[int]  # what the next 15 bits stand for: symbol * 16 + its bits; 0: nothing


class Broken(ValueError):  # noqa: N818 (a state, caught by whoever asked)
    """It is no such stream."""


class TooMuch(Exception):  # noqa: N818 (a state, caught by whoever asked)
    """It holds more than it may."""


class _Bits:
    """The stream bit by bit, from the lowest of each byte on."""

    def __init__(self, packed: bytes) -> None:
        self._packed, self._at, self._held, self._count = packed, 0, 0, 0

    @property
    def overdrawn(self) -> bool:
        """Whether more was taken than there is."""
        return self._at * 8 - self._count > len(self._packed) * 8

    def _take_in(self) -> None:
        if self._at > len(self._packed) + _PIECE * _BEYOND:
            raise Broken
        piece = self._packed[self._at : self._at + _PIECE]
        self._held |= int.from_bytes(piece, "little") << self._count
        self._at += _PIECE
        self._count += _PIECE * 8

    def take(self, bits: int) -> int:
        if self._count < bits:
            self._take_in()
        value = self._held & ((1 << bits) - 1)
        self._held >>= bits
        self._count -= bits
        return value

    def symbol(self, codes: Codes) -> int:
        if self._count < _LONGEST:
            self._take_in()
        found = codes[self._held & 0x7FFF]
        if found == 0:
            raise Broken
        self._held >>= found & 15
        self._count -= found & 15
        return found >> 4

    def stored(self) -> bytes:
        """A block that is not packed (RFC 1951 3.2.4)."""
        self.take(self._count % 8)
        length, check = self.take(16), self.take(16)
        start = self._at - self._count // 8
        self._at, self._held, self._count = start + length, 0, 0
        if length ^ check != 0xFFFF or self._at > len(self._packed):
            raise Broken
        return self._packed[start : start + length]


def inflate(packed: bytes, most: int) -> bytes:
    """Return what a stream holds; ``TooMuch`` above ``most`` bytes."""
    bits, out, last = _Bits(packed), bytearray(), False
    while not last:
        last, kind = bool(bits.take(1)), bits.take(2)
        if kind == 0:
            out += bits.stored()
        elif kind == 3:
            raise Broken
        else:
            _block(bits, out, most, *(_FIXED if kind == 1 else _own_codes(bits)))
        if len(out) > most:
            raise TooMuch
    if bits.overdrawn:
        raise Broken
    return bytes(out)


def _block(bits: _Bits, out: bytearray, most: int, letters: Codes, distances: Codes) -> None:
    while (symbol := bits.symbol(letters)) != _END:
        if symbol < _END:
            out.append(symbol)
            continue
        if symbol - _END > len(_LENGTHS):
            raise Broken
        least, more = _LENGTHS[symbol - _END - 1]
        length = least + bits.take(more)
        least, more = _DISTANCES[bits.symbol(distances)]
        back = least + bits.take(more)
        if back > len(out):
            raise Broken
        piece = out[-back:] if back <= length else out[-back : length - back]
        out += (piece * (length // back + 1))[:length]
        if len(out) > most:
            raise TooMuch


def _codes(widths: list[int]) -> Codes:
    """Canonical codes of these widths (RFC 1951 3.2.2), by what the next 15 bits are."""
    found, code = [0] * (1 << _LONGEST), 0
    for width in range(1, _LONGEST + 1):
        for symbol, its in enumerate(widths):
            if its == width:
                if code >> width:
                    raise Broken
                turned = int(f"{code:0{width}b}"[::-1], 2)
                found[turned :: 1 << width] = [symbol << 4 | width] * (1 << (_LONGEST - width))
                code += 1
        code <<= 1
    return found


def _own_codes(bits: _Bits) -> tuple[Codes, Codes]:
    """The codes that a block brings along (RFC 1951 3.2.7)."""
    letters, distances, count = bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4
    widths = [0] * len(_ORDER)
    for symbol in _ORDER[:count]:
        widths[symbol] = bits.take(3)
    codes, told = _codes(widths), list[int]()
    while len(told) < letters + distances:
        symbol = bits.symbol(codes)
        least, more = _REPEATS.get(symbol, (1, 0))
        if symbol == 16 and not told:
            raise Broken
        value = told[-1] if symbol == 16 else 0 if symbol > 16 else symbol
        told += [value] * (least + bits.take(more))
    return _codes(told[:letters]), _codes(told[letters : letters + distances])


_FIXED = _codes([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8), _codes([5] * 32)
