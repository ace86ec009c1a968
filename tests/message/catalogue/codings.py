"""Encoders that the standard library has not, or has no more."""

from __future__ import annotations

import binascii

_HQX = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_B64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def uuencoded(data: bytes) -> bytes:
    coded = [binascii.b2a_uu(data[i : i + 45]).rstrip(b"\n") for i in range(0, len(data), 45)]
    return b"\r\n".join([b"begin 644 a.txt", *coded, b"`", b"end"]) + b"\r\n"


def yencoded(data: bytes) -> bytes:
    body = bytearray()
    for byte in data:
        code = (byte + 42) & 255
        body += bytes((61, (code + 64) & 255)) if code in (0, 10, 13, 61) else bytes((code,))
    size = b"%d" % len(data)
    return (
        b"=ybegin line=128 size=" + size + b" name=a.txt\r\n" + bytes(body)
        + b"\r\n=yend size=" + size + b"\r\n"
    )  # fmt: skip


def binhex(data: bytes) -> bytes:
    """BinHex 4.0 (RFC 1741) of a data fork; the checks are left at zero, as no reader asks."""
    head = b"\x05a.txt\x00TEXTabcd\x00\x00" + len(data).to_bytes(4, "big") + bytes(4)
    raw = (head + bytes(2) + data + bytes(2) + bytes(2)).replace(b"\x90", b"\x90\x00")
    raw += bytes(-len(raw) % 3)
    coded = binascii.b2a_base64(raw, newline=False).translate(bytes.maketrans(_B64, _HQX))
    body = b":" + coded + b":"
    rows = [body[i : i + 64] for i in range(0, len(body), 64)]
    return b"(This file must be converted with BinHex 4.0)\r\n\r\n" + b"\r\n".join(rows) + b"\r\n"
