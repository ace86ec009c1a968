"""Files that stand coded in a text: uuencode, yEnc, base64 paragraphs, PEM armour.

Answers: each as a member with its name; what decodes to a line or two of text as prose.
Trusts: nothing; pure Python, one pass over the lines.
Fails: never; a block that does not decode as a whole is ``damaged``.
Standards: POSIX uuencode (both forms), yEnc draft 1.3, RFC 7468 (PEM), RFC 4880 6 (armour).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.extract import mailbox
from gateway.extract.base64_text import decoded
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.text_type import HTML, MAIL, TEXT, XML, is_text, wide_codec
from gateway.model import InspectionLimits, Place, Prose, Unread, UnreadReason

_TEXTS = (TEXT, HTML, XML)  # a mail's own reader decodes its parts
_FULL_LINES = 4  # so many lines of one length are a file, whatever it decodes to
_SHORTEST = 24
_LINE = r"[A-Za-z0-9+/]{24,}+={0,2}"
_MARK = re.compile(
    rb"(?m)^(?:> ?)*+(?:begin(?:-base64)? [0-7]{3,4} |=ybegin |-----BEGIN [A-Z0-9]"
    rb"|[A-Za-z0-9+/]{24,}+={0,2}\r?$)"
)
_AS_LETTER = bytes(
    0x41 if chr(b).isascii() and (chr(b).isalnum() or chr(b) in "+/") else 0 for b in range(256)
)
_LONG_RUN = b"A" * _SHORTEST
_QUOTE = re.compile(r"(?m)^(?:> ?)++")
_BEGIN = re.compile(r"begin(-base64)? [0-7]{3,4} (.{1,500})")
_ARMOUR = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----[ \t]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/]++={0,2}")
_YENC_ATTRIBUTE = re.compile(r"name=(.{1,500})")
_UNYENC = bytes((code - 42) % 256 for code in range(256))
_STRINGS = re.compile(rb"[\x20-\x7e\x80-\xfd]{6,}")  # a user ID in a key
_SEALED = "PGP MESSAGE"  # the text reader says so, where it is not quoted
_SPOKEN = "PGP SIGNED MESSAGE"  # in clear


@dataclass(slots=True)
class _Block:
    """A coded block: what it is called, its bytes, whether all of it decoded."""

    name: str
    content: bytes
    whole: bool = True


def marked(content: bytes) -> bool:
    """Whether a coded block may begin somewhere in the bytes."""
    if b"begin" not in content and b"BEGIN" not in content and not _has_long_run(content):
        return False
    return _MARK.search(content) is not None


def _has_long_run(content: bytes) -> bool:
    """Whether so many letters of base64 stand together as a coded line has; at the speed of C."""
    return _LONG_RUN in content.translate(_AS_LETTER)


def recognises(sample: Sample) -> bool:
    """Whether it is text, or bytes among text lines, with a coded block in it."""
    if sample.media_type in _TEXTS:
        return marked(_narrow(sample.content)) and not mailbox.recognises(sample)
    marks = b"\n=yend " in sample.content and b"=ybegin " in sample.content
    return sample.media_type != MAIL and marks


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield what the blocks hold, and the text around them where no other reader does."""
    text = _narrow(sample.content).decode("latin-1").replace("\r\n", "\n")
    lines = _QUOTE.sub("", text).split("\n") if "\n>" in text or text[:1] == ">" else []
    lines = lines or text.split("\n")
    blocks = _Blocks(lines)
    for number, block in enumerate(blocks.found(), 1):
        place = sample.place / (block.name or f"coded {number}")
        if not block.whole:
            yield Unread(place, UnreadReason.DAMAGED, "coded block")
        yield from _held(place, block, sample)
    if sample.media_type not in _TEXTS:
        outside = "\n".join(blocks.outside).encode("latin-1")
        if not is_text(outside):
            yield Unread(sample.place, UnreadReason.UNSUPPORTED, sample.media_type)
        for reading in sample.decode(outside, sample.charset):
            yield Prose(sample.place, reading)


def _held(place: Place, block: _Block, sample: Sample) -> Iterator[Yielded]:
    if not block.content:
        return
    name = sample.decode(block.name.encode("latin-1"), "")[0]
    yield Member(Place((*place.steps[:-1], name or place.steps[-1])), name, block.content)


def _narrow(content: bytes) -> bytes:
    """The text in an encoding that holds ASCII as it is."""
    if b"\x00" not in content[:4096]:
        return content
    codec = wide_codec(content) or ("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "")
    return content.decode(codec, "replace").encode("utf-8", "replace") if codec else content


class _Blocks:
    """Finds the blocks, line by line, each line once."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0
        self.outside: list[str] = []  # lines that belong to no block

    def found(self) -> Iterator[_Block]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if begun := _BEGIN.fullmatch(line):
                yield from self._uuencoded(begun)
            elif line.startswith("=ybegin "):
                yield self._yenc(line)
            elif begun := _ARMOUR.fullmatch(line):
                yield from self._armoured(begun[1])
            elif len(line) >= _SHORTEST and _BASE64.fullmatch(line):
                yield from self._paragraph(line)
            else:
                self.outside.append(line)

    def _until(self, *ends: str) -> list[str]:
        """Take the lines up to one of the ends; all of them where there is none."""
        taken = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if line.rstrip().startswith(ends):
                break
            taken.append(line)
        return taken

    def _uuencoded(self, begun: re.Match[str]) -> Iterator[_Block]:
        here = self._at
        if begun[1]:
            raw = decoded("".join("".join(self._until("====")).split()))
            yield _Block(begun[2], raw or b"", raw is not None)
            return
        following = self._lines[here] if here < len(self._lines) else ""
        if not _uu_line(following):  # "begin 100 years ago" is prose
            return
        pieces = []
        whole = True
        while self._at < len(self._lines) and self._lines[self._at].strip() != "end":
            piece = _uu_line(self._lines[self._at])
            if not piece and self._lines[self._at].strip(" `"):
                whole = False
                break
            pieces.append(piece)
            self._at += 1
        yield _Block(begun[2].strip(), b"".join(pieces), whole)

    def _yenc(self, line: str) -> _Block:
        name = _YENC_ATTRIBUTE.search(line)
        body = [x for x in self._until("=yend") if not x.startswith("=ypart ")]
        raw = "".join(body).encode("latin-1")
        plain, *escaped = raw.split(b"=")
        out = [plain.translate(_UNYENC)]
        for piece in escaped:
            first = bytes(((piece[0] - 64 - 42) % 256,)) if piece else b""
            out.append(first + piece[1:].translate(_UNYENC))
        return _Block(name[1].strip() if name else "", b"".join(out))

    def _armoured(self, kind: str) -> Iterator[_Block]:
        if kind == _SPOKEN:
            return
        body = self._until(f"-----END {kind}-----")
        if kind == _SEALED:
            return
        coded = [x for x in body if _BASE64.fullmatch(x.strip())]
        raw = decoded("".join(x.strip() for x in coded)) or b""
        if kind.startswith("PGP "):  # a key or a signature: the names in it are in clear
            raw = b"\n".join(_STRINGS.findall(raw))
        yield _Block("", raw)

    def _paragraph(self, line: str) -> Iterator[_Block]:
        taken = [line]
        while self._at < len(self._lines):
            following = self._lines[self._at]
            fits = len(following) == len(line) or (following and len(following) < len(line))
            if taken[-1].endswith("=") or not fits or not _BASE64.fullmatch(following):
                break
            taken.append(following)
            self._at += 1
            if len(following) < len(line):
                break
        raw = decoded("".join(taken)) or decoded("".join(taken[:-1]))
        if raw is None:
            return
        if sum(len(x) == len(line) for x in taken) >= _FULL_LINES or _says_something(raw):
            yield _Block("", raw)


def _says_something(raw: bytes) -> bool:
    """Whether a short run is coded text and no key or digest: it decodes as UTF-8 or JIS."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return is_text(raw)


def _uu_line(line: str) -> bytes:
    try:
        return binascii.a2b_uu(line.encode("latin-1").rstrip(b"\r\n")) if line else b""
    except binascii.Error:  # some encoders count wrong: take what the length byte says
        try:
            size = ((ord(line[0]) - 32) & 63) * 4 + 2 // 3
            return binascii.a2b_uu(line[: 1 + size].encode("latin-1"))
        except (binascii.Error, IndexError):
            return b""
