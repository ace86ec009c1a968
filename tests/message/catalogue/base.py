"""The base mail of the catalogue: multipart/mixed, a text, and an attachment with a number."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.numbers import my_number

HEAD = (
    b"From: soumu@example.jp\r\nTo: a@example.com\r\nSubject: test\r\n"
    b"Message-ID: <a@example.jp>\r\nMIME-Version: 1.0\r\n"
)
MIXED = b"Content-Type: multipart/mixed; boundary=foo"
OCTETS = b"Content-Type: application/octet-stream"
CODED = b"Content-Transfer-Encoding: base64"
CTE = b"Content-Transfer-Encoding"


@dataclass(frozen=True)
class Case:
    """One mail of the catalogue."""

    technique: int  # 1 to 95
    variant: str  # unique within the technique
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Secret:
    """What the attachment holds."""

    number: str = field(repr=False)
    text: bytes = field(repr=False)

    @classmethod
    def of(cls, seed: int) -> Secret:
        number = my_number(seed)
        return cls(number, f"個人番号: {number} (1 person in this file)\r\n".encode())

    @property
    def coded(self) -> bytes:
        return base64.b64encode(self.text)

    @property
    def quoted(self) -> bytes:
        """Quoted-printable in which the number cannot be seen."""
        return b"".join(b"=%02X" % byte for byte in self.text)


def mail(
    body: bytes,
    *,
    head: bytes = HEAD,
    outer: bytes = MIXED,
    part: bytes = OCTETS + b"\r\n" + CODED + b"\r\n",
    gap: bytes = b"\r\n",
    first: bytes = b"--foo\r\n",
    opening: bytes = b"\r\n--foo\r\n",
    closing: bytes = b"\r\n--foo--\r\n",
    text: bytes = b"Content-Type: text/plain\r\n\r\ntext",
    preamble: bytes = b"",
    epilogue: bytes = b"",
) -> bytes:
    """The base mail with the pieces that a trick exchanges."""
    top = head + outer + b"\r\n\r\n" if outer else head + b"\r\n"
    return top + preamble + first + text + opening + part + gap + body + closing + epilogue


def numbered(technique: int, mails: Iterable[bytes], prefix: str = "") -> Iterator[Case]:
    for number, content in enumerate(mails, 1):
        yield Case(technique, f"{prefix}{number}", content)


def lines(data: bytes, width: int = 76, end: bytes = b"\r\n") -> bytes:
    return end.join(data[i : i + width] for i in range(0, len(data), width))


def woven(data: bytes, every: int, what: bytes) -> bytes:
    """``data`` with ``what`` after each ``every`` bytes."""
    return b"".join(data[i : i + every] + what for i in range(0, len(data), every))
