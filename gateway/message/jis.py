"""ISO-2022-JP as Japanese mail really uses it.

Answers: the text of 7-bit JIS bytes, with what every Python codec refuses: NEC row 13
(①㈱), IBM kanji (髙), half-width kana by ``ESC ( I`` and by SO/SI, and 8-bit kana (JIS8).
Trusts: nothing; an unknown escape stays in the text as it came.
Fails: never; bytes that name no character become U+FFFD.
Standards: RFC 1468, RFC 2237, JIS X 0201/0208/0212; cp932 for the vendors' rows.
A two-byte run ends at the end of its line, as RFC 1468 asks and mail programs do.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_ESCAPE = re.compile(rb"(\x1b(?:\(\w|\$\(\w|\$[@AB]|&@))|([\x0e\x0f])")
_RUN_OF_CONTROLS = re.compile(rb"([\x00-\x20\x7f]+)")
_HIGH = bytes(b | 0x80 for b in range(256))
_SHIFT_OUT, _SHIFT_IN = b"\x0e", b"\x0f"


def decode_jis(content: bytes) -> str:
    """Return the text of ISO-2022-JP bytes (and its -1, -MS and JIS7/JIS8 cousins).

    >>> decode_jis(b"\\x1b$B8D?MHV9f\\x1b(B 12")
    '個人番号 12'
    """
    text: list[str] = []
    mode, shifted = b"(B", False
    for piece in _ESCAPE.split(content):
        if not piece:
            continue
        if piece[0] == 0x1B:
            mode = piece[1:]
            if mode not in _MODES:
                text.append(piece.decode("latin-1"))
        elif piece in (_SHIFT_OUT, _SHIFT_IN):
            shifted = piece == _SHIFT_OUT
        elif shifted:
            text.append(_kana(piece))
        else:
            text.append(_MODES.get(mode, _single)(piece))
            if b"\n" in piece:
                mode = b"(B"
    return "".join(text)


def _single(run: bytes) -> str:
    """ASCII and JIS-Roman; 8-bit bytes are half-width kana (JIS8) or cp932."""
    return run.decode("ascii") if run.isascii() else run.decode("cp932", "replace")


def _kana(run: bytes) -> str:
    return "".join(
        r.decode("ascii") if n % 2 else r.translate(_HIGH).decode("cp932", "replace")
        for n, r in enumerate(_RUN_OF_CONTROLS.split(run))
    )


def _double(run: bytes) -> str:
    return _by_line(run, _jisx0208)


def _supplement(run: bytes) -> str:
    return _by_line(run, _jisx0212)


def _jisx0208(run: bytes) -> str:
    high = run.translate(_HIGH)
    try:
        return high.decode("euc_jp")
    except UnicodeDecodeError:
        pairs = (high[i : i + 2] for i in range(0, len(high), 2))
        return "".join(_vendor_pair(p) for p in pairs)


def _vendor_pair(pair: bytes) -> str:
    """One character of rows that only cp932 knows, moved to its Shift_JIS position."""
    if len(pair) < 2 or pair[0] < 0xA1 or pair[1] < 0xA1:
        return "\ufffd"
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    first = (row >> 1) + (0x81 if row < 62 else 0xC1)
    second = cell + 0x9F if row & 1 else cell + (0x40 if cell < 63 else 0x41)
    return bytes((first, second)).decode("cp932", "replace")


def _jisx0212(run: bytes) -> str:
    high = run.translate(_HIGH)
    triples = b"".join(b"\x8f" + high[i : i + 2] for i in range(0, len(high) - 1, 2))
    return triples.decode("euc_jp", "replace")


def _by_line(run: bytes, decode: Callable[[bytes], str]) -> str:
    """Decode the two-byte codes of the first line; what follows its end is ASCII again."""
    line, end, rest = run.partition(b"\n")
    text = "".join(
        r.decode("ascii") if n % 2 else decode(r)
        for n, r in enumerate(_RUN_OF_CONTROLS.split(line))
    )
    return text + (end + rest).decode("cp932", "replace")


_MODES = {
    b"(B": _single,
    b"(J": _single,
    b"(I": _kana,
    b"$@": _double,
    b"$B": _double,
    b"$(B": _double,
    b"$(D": _supplement,
    b"&@": _double,  # the announcer before `ESC $ B` of JIS X 0208-1990
}
