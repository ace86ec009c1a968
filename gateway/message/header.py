"""One header block, cut into fields, with every doubt about its one reading.

Answers: the fields in order and the doubts, as codes of ours. A block without a doubt
is read alike by every mail program; a doubt means that programs are known to differ.
Trusts: nothing; the caller has bounded the block's size.
Fails: never; what is not a field becomes a doubt and the block goes on.
Standards: RFC 5322 2.2 and 3.2.2. ESC is allowed, since ISO-2022-JP stands raw in the
headers of old Japanese programs; so are raw 8-bit bytes (RFC 6532 and older habits).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gateway.message import floor

_LINE = re.compile(rb"[^\n]*\n?")
_FIELD = re.compile(rb"([!-9;-~]+)([ \t]*):")
# A block of whole fields, each perhaps folded, with no blank before a colon or alone on a line.
_ORDINARY_FIELD = re.compile(rb"([!-9;-~]+):([^\n]*+(?:\n[ \t]++[^\s][^\n]*+)*+)\n?")
_ORDINARY = re.compile(rb"(?:[!-9;-~]++:[^\n]*+(?:\n[ \t]++[^\s][^\n]*+)*+(?:\n|\Z))*+")
_ALLOWED = bytes((0x09, 0x0A, 0x0D, 0x1B, *range(0x20, 0x7F), *range(0x80, 0x100)))
_STRAY_CR = re.compile(rb"\r(?!\n)")
_HIDDEN = re.compile(rb"\n[ \t]+(?i:content-[a-z-]+|mime-version)[ \t]*:")
_SINGLE = (
    b"content-type",
    b"content-transfer-encoding",
    b"content-disposition",
    b"mime-version",
)


@dataclass(frozen=True, slots=True)
class Block:
    """The header of a mail or of a part. Secret."""

    fields: tuple[tuple[bytes, bytes], ...] = field(repr=False)  # (lower-case name, raw value)
    doubts: tuple[str, ...]  # codes; empty when there is one reading

    def all(self, name: bytes) -> list[bytes]:
        """Every value of a field, in order."""
        return [v for n, v in self.fields if n == name]

    def get(self, name: bytes) -> bytes | None:
        """The first value of a field; ``None`` when there is none."""
        return next((v for n, v in self.fields if n == name), None)


def read_block(raw: bytes) -> Block:
    """Cut a header block (without the blank line that ends it) into its fields."""
    doubts = _doubts_of_bytes(raw)
    if _ORDINARY.fullmatch(raw):
        found = _ORDINARY_FIELD.findall(raw)
        done = tuple([(name.lower(), value.rstrip(b"\r\n")) for name, value in found])
    else:
        done, odd = _line_by_line(raw)
        doubts += odd
    names = [name for name, _ in done]
    doubts += [f"{n.decode()}-twice" for n in _SINGLE if names.count(n) > 1]
    return Block(done, tuple(dict.fromkeys(doubts)))


def _line_by_line(raw: bytes) -> tuple[tuple[tuple[bytes, bytes], ...], list[str]]:
    """Cut a block that is not ordinary: whatever is odd about it becomes a doubt."""
    fields: list[tuple[bytes, list[bytes]]] = []
    doubts: list[str] = []
    for line in _LINE.findall(raw):
        if not line:
            continue
        if line[:1] in b" \t":
            doubts += _continue(fields, line)
            continue
        found = _FIELD.match(line)
        if found is None:
            doubts.append(floor.HEADER_LINE)
            continue
        if found[2]:
            doubts.append(floor.HEADER_NAME_SPACE)
        fields.append((found[1].lower(), [line[found.end() :]]))
    done = tuple((name, b"".join(lines).rstrip(b"\r\n")) for name, lines in fields)
    return done, doubts


def _continue(fields: list[tuple[bytes, list[bytes]]], line: bytes) -> list[str]:
    if not fields:
        return [floor.HEADER_STARTS_FOLDED]
    fields[-1][1].append(line)
    return [] if line.strip() else [floor.HEADER_BLANK_FOLD]


def _doubts_of_bytes(raw: bytes) -> list[str]:
    pairs = raw.count(b"\r\n")
    last = raw.endswith(b"\r")  # the blank line that ends the block was cut off in a pair
    stray = raw.count(b"\r") != pairs + last and _STRAY_CR.search(raw)
    doubts = [floor.HEADER_CONTROL] if stray or raw.translate(None, _ALLOWED) else []
    if pairs and raw.count(b"\n") != pairs:
        doubts.append(floor.HEADER_LINE_ENDS)
    if _HIDDEN.search(raw):
        doubts.append(floor.HEADER_HIDDEN)
    return doubts
