"""What a part is, by its bytes alone.

Answers: a media type. Own signatures first (0.5 µs), then whether it is text, and only
then libmagic (up to 1 ms, native code).
Trusts: nothing; a name or a declared type is not even looked at.
Fails: ``UsageError`` when there is no libmagic at all, naming the package to install.
"""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from importlib import import_module
from typing import Any

from gateway.errors import UsageError

OCTETS = "application/octet-stream"
TEXT = "text/plain"
HTML = "text/html"
MAIL = "message/rfc822"
PDF = "application/pdf"
ZIP = "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
XLS = "application/vnd.ms-excel"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ENCRYPTED_OFFICE = "application/x-encrypted-office"
OLE = "application/x-ole-storage"
CMS_ENVELOPED = "application/pkcs7-mime"

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "text/rtf"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/x-rar"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"x\x9f\x3e\x22", "application/ms-tnef"),
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_WINDOW = 1024  # readers look for %PDF- this far in
_HEAD = 4096
_ENVELOPED_OID = bytes.fromhex("06092a864886f70d010703")
_AS_IS = None  # no byte is mapped, the text's are deleted: what is left is binary
# 0x1A ends the text files of old Japanese programs, ESC shifts their charset.
_TEXT_BYTES = bytes((9, 10, 12, 13, 0x1A, 0x1B, *range(0x20, 0x100)))
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|table|div|meta|script|style|span|font|p|br|b)\b", re.I
)
_MAIL = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_MAIL_FIELDS = re.compile(rb"(?mi)^(?:from|to|subject|date|message-id|mime-version|received):")
_PACKAGES = (
    ("xl/workbook.bin", XLSB),
    ("xl/workbook.xml", XLSX),
    ("word/document.xml", DOCX),
    ("ppt/presentation.xml", PPTX),
)


def media_type(content: bytes) -> str:
    """Return the media type of ``content``."""
    if content.startswith(_ZIP_STARTS):
        return _zip_type(content)
    if b"%PDF-" in content[:_PDF_WINDOW]:
        return PDF
    if content.startswith(_OLE_START):
        return _ole_type(content)
    for start, kind in _SIGNATURES:
        if content.startswith(start):
            return kind
    if is_text(content):
        return text_type(content)
    if content[:1] == b"\x30" and _ENVELOPED_OID in content[:64]:
        return CMS_ENVELOPED
    return _by_libmagic(content)


def is_text(content: bytes) -> bool:
    """Whether the bytes are text: no binary controls, or UTF-16 that reads like text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _reads_wide(content, "utf-16")
    return not content.translate(_AS_IS, _TEXT_BYTES) or _wide(content)


def looks_html(content: bytes) -> bool:
    """Whether text is written as HTML, as far as its beginning shows."""
    head = content[:_HEAD]
    return b"<" in head and _HTML.search(head.replace(b"\x00", b"")) is not None


def _wide(content: bytes) -> bool:
    """UTF-16 without a BOM: many characters have a zero, all on the same side."""
    sample = content[:_HEAD]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    few, many = sorted((even, odd))
    if many * 5 <= len(sample) or few * 8 >= many:
        return False
    return _reads_wide(content, "utf-16-be" if even > odd else "utf-16-le")


def _reads_wide(content: bytes, codec: str) -> bool:
    """Whether all of it decodes, to characters that exist; a few may be private (外字)."""
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        return False
    strange = sum(1 for c in text if not c.isprintable() and not c.isspace())
    return strange * 50 <= len(text)


def text_type(content: bytes) -> str:
    """Which kind of text it is, for bytes that are text."""
    head = content[:_HEAD]
    if _MAIL.match(head) and len(_MAIL_FIELDS.findall(head)) >= 2:
        return MAIL
    return HTML if looks_html(content) else TEXT


def _zip_type(content: bytes) -> str:
    """An office file is an archive with certain members; the directory at its end decides."""
    if content[30:90].startswith(b"mimetype" + ODS.encode()):
        return ODS
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except Exception:  # broken in one of many ways: the archive reader will say so
        return ZIP
    if "[Content_Types].xml" not in names:
        return ZIP
    return next((kind for name, kind in _PACKAGES if name in names), ZIP)


def _ole_type(content: bytes) -> str:
    """Stream names stand in UTF-16 in the directory sectors of a compound file."""
    for name, kind in (
        ("EncryptedPackage", ENCRYPTED_OFFICE),
        ("Workbook", XLS),
        ("WordDocument", "application/msword"),
        ("PowerPoint Document", "application/vnd.ms-powerpoint"),
        ("__properties_version1.0", "application/vnd.ms-outlook"),
    ):
        if name.encode("utf-16-le") in content:
            return kind
    return OLE


def _by_libmagic(content: bytes) -> str:
    found = str(libmagic().from_buffer(content[:_HEAD]))
    # What is not text by our own rule is not text, whatever libmagic thinks of it.
    return OCTETS if found.startswith("text/") or "/" not in found else found


@cache
def libmagic() -> Any:
    """Return libmagic, the system's or the one that a wheel carries."""
    try:
        magic = import_module("magic")
    except ImportError:
        try:
            import_module("pylibmagic")  # puts its library where python-magic looks
            magic = import_module("magic")
        except ImportError as error:
            raise UsageError(
                "libmagic is missing: install the package libmagic1 (file-libs), "
                "or the wheel pylibmagic"
            ) from error
    return magic.Magic(mime=True)
