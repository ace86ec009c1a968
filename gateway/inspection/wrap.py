"""A bare document as a mail, so that one engine reads both.

Answers: the bytes of a mail with the document as its only attachment.
Trusts: nothing; the name is percent-encoded (RFC 2231), so it can break no header.
Fails: never.
"""

from __future__ import annotations

import binascii
from urllib.parse import quote

_LINE = 57  # bytes in a base64 line of 76 characters
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
