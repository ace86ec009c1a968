"""Content lines: vCard, iCalendar and LDIF, unfolded and decoded.

Answers: one prose of ``NAME: value`` lines with folds, quoted-printable, base64 and
backslash escapes resolved; pictures and sounds as members.
Trusts: nothing; pure Python, linear.
Fails: never; a value that does not decode stays as it is.
Standards: RFC 6350 and vCard 2.1, RFC 5545, RFC 2849.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from gateway.extract.base64_text import decoded
from gateway.extract.sample import Member, Sample, Yielded
from gateway.extract.text_type import TEXT, is_text, wide_codec
from gateway.model import InspectionLimits, Prose, Unread, UnreadReason

_BEGINS = re.compile(
    rb"(?mi)^(?:BEGIN:V[A-Z]|dn::? ?[^\r\n]+=|[A-Za-z0-9;.-]{1,60}:: [A-Za-z0-9+/]+={0,2}\r?$)"
)
_LINE = re.compile(r"([A-Za-z0-9_.-]{1,100})((?:;(?:[^;:\"]|\"[^\"]*+\")*+)*+):(.*)", re.DOTALL)
_CHARSET = re.compile(r"charset=\"?([\w.:-]{1,40})", re.I)
_QP = re.compile(r"quoted-printable", re.I)
_B64 = re.compile(r"encoding=(?:b|base64)\b|;base64\b", re.I)
_DATA = re.compile(r"data:[^,]{0,100};base64,", re.I)
_ESCAPE = re.compile(r"\\([\\,;nN:])")


def begins(content: bytes) -> bool:
    """Whether content lines begin somewhere in the bytes."""
    if b":" not in content:
        return False
    upper = content.upper()
    begins_line = upper.startswith((b"BEGIN:V", b"DN:")) or b"\nBEGIN:V" in upper
    if not begins_line and b"\nDN:" not in upper and b":: " not in upper:
        return False
    return _BEGINS.search(content) is not None


def recognises(sample: Sample) -> bool:
    """Whether the text holds cards, calendars or directory entries."""
    return sample.media_type == TEXT and begins(sample.content.replace(b"\x00", b""))


def read(sample: Sample, limits: InspectionLimits) -> Iterator[Yielded]:
    """Yield the lines as their program reads them."""
    charset = sample.charset or wide_codec(sample.content)
    for text in sample.decode(sample.content, charset):
        plain: list[str] = []
        for line in _unfolded(text.replace("\r\n", "\n").replace("\r", "\n")):
            told, raw = _line(line, sample)
            plain.append(told)
            if raw:
                yield Member(sample.place / (told or "value"), "", raw)
            elif raw is None:
                yield Unread(sample.place, UnreadReason.EXTERNAL, "ldif url")
        yield Prose(sample.place / "unfolded", "\n".join(plain))


def _unfolded(text: str) -> Iterator[str]:
    """Yield logical lines: a blank at its start continues a line, so does QP's soft break."""
    pieces: list[str] = []
    soft = False
    for line in text.split("\n"):
        if pieces and (soft or line[:1] in (" ", "\t")):
            pieces.append(line if soft and line[:1] not in (" ", "\t") else line[1:])
        else:
            if pieces:
                yield "".join(pieces)
            pieces = [line]
        soft = line.endswith("=") and _QP.search(pieces[0]) is not None
        if soft:
            pieces[-1] = pieces[-1][:-1]
    yield "".join(pieces)


def _line(line: str, sample: Sample) -> tuple[str, bytes | None]:
    """The line as it reads, and the bytes of a value that is no text; ``None``: elsewhere."""
    found = _LINE.fullmatch(line)
    if found is None:
        return line, b""
    name, parameters, value = found.groups()
    charset = told[1] if (told := _CHARSET.search(parameters)) else ""
    raw: bytes | None = None
    if value.startswith("<"):  # LDIF: attr:< file:///…
        return line, b"" if not value[1:].strip().startswith("file:") else None
    if value.startswith(":"):
        raw = decoded("".join(value[1:].split()))
    elif _QP.search(parameters):
        raw = binascii.a2b_qp(value.encode("utf-8", "replace"))
    elif _B64.search(parameters):
        raw = decoded("".join(value.split()))
    elif (data := _DATA.match(value.strip())) is not None:
        raw = decoded("".join(value.strip()[data.end() :].split()))
    if raw is None:
        return f"{name}{parameters}: {_ESCAPE.sub(_plain, value)}", b""
    if not is_text(raw):
        return name, raw
    return f"{name}: {sample.decode(raw, charset)[0]}", b""


def _plain(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]
