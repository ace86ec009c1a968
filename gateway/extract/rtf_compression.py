"""RTF as Outlook packs it.

Answers: the RTF bytes of a PidTagRtfCompressed value.
Trusts: nothing; one token yields at most 17 bytes, so growth is bounded by nature.
Fails: ``ValueError`` for bytes that are no compressed RTF; a stream that breaks off gives
what came before.
Standards: [MS-OXRTFCP].
"""

from __future__ import annotations

import struct

_HEADER = struct.Struct("<4I")  # packed size, raw size, kind, checksum
_PACKED, _RAW = 0x75465A4C, 0x414C454D  # "LZFu", "MELA"
_WINDOW = 4096
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern "
    rb"\fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0"
    b"\\green0\\blue0\r\n\\par "
    rb"\pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked_rtf(content: bytes) -> bytes:
    """Return the RTF in ``content``.

    Raises:
        ValueError: neither form of the format.
    """
    if len(content) < _HEADER.size:
        raise ValueError("compressed RTF without a header")
    packed, raw, kind, _ = _HEADER.unpack_from(content)
    body = content[_HEADER.size : packed + 4]
    if kind == _RAW:
        return body[:raw]
    if kind != _PACKED:
        raise ValueError("unknown kind of compressed RTF")
    return _unpacked(body)


def _unpacked(body: bytes) -> bytes:
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    write = len(_DICTIONARY)
    out = bytearray()
    at = 0
    while at < len(body):
        flags = body[at]
        at += 1
        for bit in range(8):
            if not flags >> bit & 1:
                piece = body[at : at + 1]
                at += 1
            elif at + 1 < len(body):
                token = body[at] << 8 | body[at + 1]
                at += 2
                offset, length = token >> 4, (token & 0xF) + 2
                if offset == write:  # the end
                    return bytes(out)
                piece = _copied(window, offset, length, write)
            else:
                return bytes(out)
            for byte in piece:
                window[write] = byte
                write = (write + 1) % _WINDOW
            out += piece
    return bytes(out)


def _copied(window: bytearray, offset: int, length: int, write: int) -> bytes:
    """The bytes at ``offset``, which may run into those that they themselves write."""
    reach = (write - offset) % _WINDOW or _WINDOW
    return bytes(window[(offset + i % reach) % _WINDOW] for i in range(length))
