"""The value of Content-Type and Content-Disposition: a word and its parameters.

Answers: the word in lower case, the parameters as bytes with RFC 2231 pieces joined,
every file name that the value gives, and the doubts about its one reading.
Trusts: nothing. Linear: one pass, at most 100 parameters.
Fails: never; what does not fit the grammar is skipped and becomes a doubt.
Standards: RFC 2045 5.1, RFC 2183, RFC 2231; encoded words in names (RFC 2047 forbids
them there, Outlook and most Japanese programs write them).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from gateway.message import floor
from gateway.message.charset import decode_best
from gateway.message.words import decode_header, decode_words

MOST_PARAMETERS = 100
_SHORT = 64  # bytes of a value that is remembered
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_WORD = re.compile(rb"[ \t]*([^\s;,\"()<>@:\\\[\]?=]+(?:/[^\s;,\"()<>@:\\\[\]?=]+)?)[ \t]*")
_PARAMETER = re.compile(
    rb";[ \t]*(?:([^\s;=\"()<>@,:\\/\[\]?]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([^;\"]*)))?[ \t]*"
)
_SEGMENT = re.compile(rb"(.+?)\*(\d{1,3})?(\*)?")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_NAMES = (b"filename", b"name")
_LOOSE = frozenset(_NAMES)  # where Japanese programs break the grammar and all cope


@dataclass(frozen=True, slots=True)
class Value:
    """A parsed Content-* value. Secret: a name can hold a number."""

    word: str  # "text/plain", "attachment"; "" when there is none
    parameters: dict[bytes, bytes] = field(repr=False)  # lower-case name → value, first wins
    names: tuple[str, ...] = field(repr=False)  # file names as text, best first, distinct
    doubts: tuple[str, ...] = ()

    def get(self, name: bytes) -> str:
        """A parameter as text; ``""`` when it is absent."""
        return decode_best(self.parameters.get(name, b""))


NO_VALUE = Value("", {}, ())


def parse_value(raw: bytes) -> Value:
    """Parse the raw value of a Content-Type or Content-Disposition field.

    Short ones without a file name are few, and remembered: a name is the mail's alone.
    """
    if len(raw) > _SHORT or b"name" in raw.lower():
        return _parsed(raw)
    return _remembered(raw)


def _parsed(raw: bytes) -> Value:
    value = _FOLD.sub(b"", raw).strip()
    head = _WORD.match(value)
    word = head[1].decode("ascii", "replace").lower() if head else ""
    doubts = [] if head else [floor.VALUE_WORD]
    pairs, at = _pairs(value, head.end() if head else 0)
    if at < len(value):
        doubts.append(floor.VALUE_GRAMMAR)
    if len(pairs) > MOST_PARAMETERS:
        doubts.append(floor.VALUE_PARAMETERS)
    plain, extended, more = _assemble(pairs[:MOST_PARAMETERS])
    doubts += more
    names = [decode_best(text, cs) for n, (cs, text) in extended.items() if n in _NAMES]
    names += [decode_header(text) for n, text in plain.items() if n in _NAMES]
    merged = {n: text for n, (_, text) in extended.items()} | plain
    return Value(word, merged, tuple(dict.fromkeys(filter(None, names))), tuple(doubts))


_remembered = lru_cache(maxsize=256)(_parsed)


def _pairs(value: bytes, at: int) -> tuple[list[tuple[bytes, bytes, bool]], int]:
    """(name, value, was quoted) in order, and where the grammar stopped fitting."""
    pairs: list[tuple[bytes, bytes, bool]] = []
    while at < len(value) and len(pairs) <= MOST_PARAMETERS:
        found = _PARAMETER.match(value, at)
        if found is None:
            following = value.find(b";", at + 1)
            if following < 0:
                break
            at = following
            pairs.append((b"", value[at : at + 1], False))  # kept, so that it becomes a doubt
            continue
        if found[1]:
            quoted = found[2] is not None
            text = _ESCAPED.sub(rb"\1", found[2]) if quoted else found[3].strip()
            pairs.append((found[1].lower(), text, quoted))
        at = found.end()
    return pairs, at


def _assemble(
    pairs: list[tuple[bytes, bytes, bool]],
) -> tuple[dict[bytes, bytes], dict[bytes, tuple[str, bytes]], list[str]]:
    """Plain parameters, RFC 2231 parameters with their charset, and doubts."""
    plain: dict[bytes, bytes] = {}
    pieces: dict[bytes, dict[int, tuple[bool, bytes]]] = {}
    doubts: list[str] = []
    for name, text, quoted in pairs:
        segment = _SEGMENT.fullmatch(name)
        if segment is None:
            if name in plain or not name:
                doubts.append(floor.PARAMETER_TWICE if name else floor.VALUE_GRAMMAR)
            elif not quoted and name not in _LOOSE and _strange(text):
                doubts.append(floor.PARAMETER_GRAMMAR)
            plain.setdefault(name, text)
            continue
        base, number = segment[1], int(segment[2] or 0)
        coded = bool(segment[3]) or segment[2] is None
        if number in pieces.setdefault(base, {}):
            doubts.append(floor.PARAMETER_TWICE)
        pieces[base].setdefault(number, (coded, text))
    plain.pop(b"", None)
    extended = {base: _join(found) for base, found in pieces.items()}
    doubts += [floor.PARAMETER_GAP for p in pieces.values() if sorted(p) != list(range(len(p)))]
    if b"boundary" in extended or b"charset" in extended:
        doubts.append(floor.PARAMETER_EXTENDED)  # programs differ on RFC 2231 outside of names
    return plain, extended, list(dict.fromkeys(doubts))


def _join(pieces: dict[int, tuple[bool, bytes]]) -> tuple[str, bytes]:
    charset, text = "", b""
    for number in sorted(pieces):
        coded, piece = pieces[number]
        if coded and not text and piece.count(b"'") >= 2:
            label, _, piece = piece.split(b"'", 2)
            charset = label.decode("ascii", "replace")
        text += unquote_to_bytes(piece) if coded else piece
    return charset, text if charset else decode_words(decode_best(text)).encode()


def _strange(text: bytes) -> bool:
    return not text or not text.isascii() or any(c in b' \t"(),<>@[\\]' for c in text)
