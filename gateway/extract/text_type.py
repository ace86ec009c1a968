"""Whether bytes are text, and which kind of text.

Answers: ``is_text``; ``text_type`` for bytes that are: a mail, XML, HTML or plain.
Trusts: nothing; pure Python, since the gateway's own process asks. A name or a declared
type is not even looked at; a text that is two things at once is read as both.
Fails: never.
"""

from __future__ import annotations

import re

TEXT = "text/plain"
HTML = "text/html"
XML = "text/xml"
MAIL = "message/rfc822"

_HEAD = 4096
_MAIL_HEAD = 256 * 1024  # a mail that has come a long way carries many trace fields
_AS_IS = None  # no byte is mapped, the text's are deleted: what is left is binary
# 0x1A ends the text files of old Japanese programs, ESC shifts their charset.
_TEXT_BYTES = bytes((9, 10, 12, 13, 0x1A, 0x1B, *range(0x20, 0x100)))
_HTML = re.compile(
    rb"<(?:!doctype\s+html|a|b|big|blockquote|body|br|button|center|dd|div|dl|dt|em|font|form"
    rb"|h[1-6]|head|hr|html|i|iframe|img|input|label|li|link|meta|noscript|ol|p|pre|script|small"
    rb"|span|strike|strong|style|sub|sup|table|tbody|td|template|textarea|th|title|tr|tt|u|ul|wbr"
    rb")(?=[\s/>]|\Z)",
    re.I,
)
_XML_SURELY = re.compile(
    rb"<(?:\?xml\b|!doctype\s+(?!html\b)[a-z_]|svg(?=[\s/>])|[\w.-]+:[\w.-]+(?=[\s/>])"
    rb"|[\w.-]+\s[^<>]{0,1000}\bxmlns\b)",
    re.I,
)
_XML_PERHAPS = re.compile(rb"<[A-Za-z_\x80-\xff][^\s<>@]{0,200}+(?:\s[^<>]{0,1000})?>")
_HTML_ROOT = re.compile(rb"<html(?=[\s/>])", re.I)
_BEFORE_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*+")
_MAIL = re.compile(rb"\s*+(?:[!-9;-~]++[ \t]*+:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)++(?:\r?+\n|\Z)")
_MAIL_FIELDS = re.compile(
    rb"(?mi)^(?:from|to|cc|subject|date|message-id|mime-version|received|content-type"
    rb"|content-transfer-encoding|return-path)[ \t]*:"
)


def is_text(content: bytes) -> bool:
    """Whether the bytes are text: no binary controls, or UTF-16 or -32 that reads like text."""
    if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return _reads_wide(content, "utf-32")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _reads_wide(content, "utf-16")
    return not content.translate(_AS_IS, _TEXT_BYTES) or bool(wide_codec(content))


def looks_html(content: bytes) -> bool:
    """Whether text is written as HTML, as far as its beginning shows."""
    head = content[:_HEAD]
    return b"<" in head and _HTML.search(head.replace(b"\x00", b"")) is not None


def wide_codec(content: bytes) -> str:
    """UTF-16 or -32 without a BOM: many characters have zeros, always in the same places."""
    sample = content[:_HEAD]
    zeros = [sample[side::4].count(0) for side in range(4)]
    quarter = len(sample) // 4
    if quarter and not len(content) % 4:
        if min(zeros[0], zeros[1]) > quarter * 0.9 and _reads_wide(content, "utf-32-be"):
            return "utf-32be"
        if min(zeros[2], zeros[3]) > quarter * 0.9 and _reads_wide(content, "utf-32-le"):
            return "utf-32le"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    few, many = sorted((even, odd))
    if many * 5 <= len(sample) or few * 8 >= many:
        return ""
    codec = "utf-16-be" if even > odd else "utf-16-le"
    return codec if _reads_wide(content, codec) else ""


def text_type(content: bytes) -> str:
    """Which kind of text it is, for bytes that are text."""
    start = content[:_MAIL_HEAD]
    if (found := _MAIL.match(start)) and len(_MAIL_FIELDS.findall(found[0])) >= 2:
        return MAIL
    head = content[:_HEAD].replace(b"\x00", b"")
    begun = _BEFORE_MARKUP.match(head)
    at = begun.end() if begun else 0
    if _XML_SURELY.match(head, at):
        return HTML if _HTML_ROOT.search(head) else XML
    if looks_html(head):
        return HTML
    return XML if _XML_PERHAPS.match(head, at) else TEXT


def _reads_wide(content: bytes, codec: str) -> bool:
    """Whether all of it decodes, to characters that exist; a few may be private (外字)."""
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        return False
    strange = sum(1 for c in text if not c.isprintable() and not c.isspace())
    return strange * 50 <= len(text)
