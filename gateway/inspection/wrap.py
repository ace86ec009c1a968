"""A bare document as a mail, so that one engine reads both.

Answers: whether a file is a mail; the bytes of a mail with a document as its only attachment.
Trusts: nothing; the name is percent-encoded (RFC 2231), so it can break no header.
Fails: never.
"""

from __future__ import annotations

import binascii
import re
from urllib.parse import quote

_LINE = 57  # bytes in a base64 line of 76 characters
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")  # RFC 5322 2.2
_MAIL_FIELDS = frozenset(
    (b"from", b"to", b"cc", b"subject", b"date", b"received", b"message-id", b"mime-version",
     b"return-path", b"sender", b"reply-to", b"content-type", b"dkim-signature")
)  # fmt: skip
_BOUNDARY = "sekisho-wrapped-document"  # base64 lines hold no hyphen


def wrap(name: str, content: bytes) -> bytes:
    """Return a mail that carries ``content`` under ``name``."""
    header = (
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"\r\n\r\n'
        f"--{_BOUNDARY}\r\n"
        "Content-Type: application/octet-stream\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment;\r\n"
        f" filename*=utf-8''{quote(name, safe='', errors='replace')}\r\n\r\n"
    )
    lines = (
        binascii.b2a_base64(content[i : i + _LINE], newline=False) + b"\r\n"
        for i in range(0, len(content), _LINE)
    )
    return header.encode("ascii") + b"".join(lines) + f"--{_BOUNDARY}--\r\n".encode("ascii")


def is_mail(content: bytes) -> bool:
    """Whether a file begins like a mail: header lines only, one of them a mail's own.

    A document that happens to begin so is read as a mail, which reads all of it just the same.
    """
    known = False
    for line in content[:65536].splitlines():
        if not line:
            break
        if line[:1] in b" \t":
            continue
        found = _FIELD.match(line)
        if found is None:
            return False
        known = known or found[1].lower() in _MAIL_FIELDS
    return known
