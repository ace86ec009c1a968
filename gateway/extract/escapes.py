"""Characters written as escapes in text: JSON's and JavaScript's, CSS's, URLs'.

Answers: the text as the program would read it that the escapes are meant for.
Trusts: nothing; pure Python, linear. Fails: never; a broken escape stays as it is.
Standards: RFC 8259 7, ECMA-262 12.9.4, CSS Syntax 4.3.7, RFC 3986 2.1, RFC 2045 6.7.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

_CODED = re.compile(r"\\(?:u\{0*([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_SHORT = re.compile(r"\\([nrt\"'/])")
_SHORT_MEANS = {"n": "\n", "r": "\n", "t": "\t"}
_CSS = re.compile(r"\\([0-9A-Fa-f]{1,6})[ \t\n]?")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})(?:%[0-9A-Fa-f]{2}|[0-9A-Za-z+._-])*+")
_PERCENT_DIGIT = re.compile(r"%3[0-9]|%[89A-Fa-f][0-9A-Fa-f]")
_QP = re.compile(r"=[0-9A-F]{2}=[0-9A-F]{2}|[0-9]=\n[0-9]")  # one byte alone is 'a=12'
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")

Decode = Callable[[bytes, str], tuple[str, ...]]


def unescaped(text: str) -> str:
    r"""Return ``text`` with ``\u0031``, ``\x31``, ``\u{31}`` and, if there are any, ``\n`` read.

    >>> unescaped(r"\u0031\x32")
    '12'
    """
    if "\\" not in text or ("\\u" not in text and "\\x" not in text):
        return text
    plain = _CODED.sub(lambda m: _char(m[1] or m[2] or m[3]), text)
    if plain == text:
        return text
    plain = _SURROGATES.sub(
        lambda m: m[0].encode("utf-16-be", "surrogatepass").decode("utf-16-be"), plain
    )
    return _SHORT.sub(lambda m: _SHORT_MEANS.get(m[1], m[1]), plain)


def css_unescaped(text: str) -> str:
    r"""Return a style sheet with ``\31`` read.

    >>> css_unescaped(r'content: "\31 \000032"')
    'content: "12"'
    """
    return _CSS.sub(lambda m: _char(m[1]), text) if "\\" in text else text


def percent_decoded(text: str, decode: Decode) -> str:
    """Return ``text`` with ``%31`` read where a digit or a non-ASCII character is coded so."""
    if "%" not in text or not _PERCENT_DIGIT.search(text):
        return text
    return _PERCENT.sub(lambda m: decode(unquote_to_bytes(m[0]), "")[0], text)


def qp_decoded(text: str, decode: Decode) -> str:
    """Return a text that is quoted-printable without saying so, decoded; else as it is."""
    if "=" not in text or not _QP.search(text):
        return text
    raw = binascii.a2b_qp(text.encode("utf-8", "surrogatepass"))
    return decode(raw, "")[0]


def _char(code: str) -> str:
    value = int(code, 16)
    return chr(value) if value <= 0x10FFFF else "\ufffd"
