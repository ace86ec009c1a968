"""What a part is, by its bytes alone.

Answers: a media type. Own signatures first (0.5 µs), then whether it is text, and only
then libmagic (up to 1 ms, native code).
Trusts: nothing; a name or a declared type is not even looked at.
Fails: ``UsageError`` when there is no libmagic at all, naming the package to install.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from gateway.errors import UsageError
from gateway.extract import package_type
from gateway.extract.heif_items import is_avif, is_heif
from gateway.extract.text_type import HTML as HTML
from gateway.extract.text_type import MAIL as MAIL
from gateway.extract.text_type import TEXT as TEXT
from gateway.extract.text_type import XML as XML
from gateway.extract.text_type import is_text as is_text
from gateway.extract.text_type import looks_html as looks_html
from gateway.extract.text_type import text_type as text_type

OCTETS = "application/octet-stream"
_CONTENT_TYPES = b"[Content_Types].xml"
PDF = "application/pdf"
RTF = "text/rtf"
ZIP = "application/zip"
XLS = "application/vnd.ms-excel"
DOCX, PPTX = package_type.DOCX, package_type.PPTX
XLSX, XLSB = package_type.XLSX, package_type.XLSB
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ENCRYPTED_OFFICE = "application/x-encrypted-office"
OLE = "application/x-ole-storage"
CMS_ENVELOPED = "application/pkcs7-mime"
CMS_SIGNED = "application/pkcs7-signature"
CMS_COMPRESSED = "application/pkcs7-compressed"
DER = "application/x-der"
PGP_ENCRYPTED = "application/pgp-encrypted"
TNEF = "application/ms-tnef"
OUTLOOK = "application/vnd.ms-outlook"

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),  # BigTIFF
    (b"MM\x00+", "image/tiff"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/jp2"),  # its bare code stream
    (b"{\\rtf", RTF),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/x-rar"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
)
# A text may begin with these six digits; all of a cpio header is digits (cpio(5)).
_CPIO = re.compile(rb"07070[12][0-9A-Fa-f]{104}|070707[0-7]{70}")
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_TNEF_START = b"x\x9f\x3e\x22"
_OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_WINDOW = 1024  # readers look for %PDF- this far in
_HEAD = 4096
_OPEN_TO_READ = (b" obj", b"%%EOF")  # what a PDF has and a text that mentions %PDF- has not
_CMS = {
    bytes.fromhex("06092a864886f70d010702"): CMS_SIGNED,
    bytes.fromhex("06092a864886f70d010703"): CMS_ENVELOPED,
    bytes.fromhex("06092a864886f70d010704"): CMS_ENVELOPED,  # signed and enveloped
    bytes.fromhex("06092a864886f70d010706"): CMS_ENVELOPED,  # encrypted data
    bytes.fromhex("060b2a864886f70d0109100117"): CMS_ENVELOPED,  # authenticated
    bytes.fromhex("060b2a864886f70d0109100109"): CMS_COMPRESSED,
}
_CMS_WINDOW = 24  # tag and length of a ContentInfo, then its OID
# RFC 4880 5.1 and 5.3: a session key in its first packet, under a public key or a password.
_PGP_SESSION_KEY = re.compile(
    rb"(?:[\x84\xc1].|\x85..|\xc1..)\x03.{8}[\x01\x02\x10\x12\x19]"
    rb"|[\x8c\xc3].[\x04\x05][\x01-\x0d][\x00-\x03]",
    re.DOTALL,
)


def media_type(content: bytes, before_native: Callable[[], None] = lambda: None) -> str:
    """Return the media type of ``content``; ``before_native`` is called before libmagic is."""
    if content.startswith(_ZIP_STARTS):
        if _CONTENT_TYPES in content:  # which are XML
            before_native()
        return _zip_type(content)
    if (kind := _envelope(content)) != "":  # before PDF, which may be the first thing inside
        return kind
    if _is_pdf(content):
        return PDF
    if content.startswith(_OLE_START):
        return _ole_type(content)
    for start, kind in _SIGNATURES:
        if content.startswith(start):
            return kind
    if is_avif(content):
        return "image/avif"
    if is_heif(content):
        return "image/heic"
    if is_cpio(content):
        return "application/x-cpio"
    if is_text(content):
        return text_type(content)
    if content[:1] == b"\x30":
        return DER
    if _PGP_SESSION_KEY.match(content):
        return PGP_ENCRYPTED
    before_native()
    return _by_libmagic(content)


def is_cpio(content: bytes) -> bool:
    """Whether it begins with a whole cpio header in ASCII, new form or old."""
    return _CPIO.match(content) is not None


def _envelope(content: bytes) -> str:
    """TNEF and CMS, which hold other files as they are; ``""`` for anything else."""
    if content.startswith(_TNEF_START):
        return TNEF
    head = content[:_CMS_WINDOW] if content[:1] == b"\x30" else b""
    return next((kind for oid, kind in _CMS.items() if oid in head), "")


def _is_pdf(content: bytes) -> bool:
    """Whether it says so, and is no text that only talks of it."""
    at = content.find(b"%PDF-", 0, _PDF_WINDOW)
    if at <= 0 or not is_text(content):
        return at >= 0
    return all(mark in content for mark in _OPEN_TO_READ)


def _zip_type(content: bytes) -> str:
    """A document in a package is an archive with certain members."""
    if content[30:90].startswith(b"mimetype" + ODS.encode()):
        return ODS
    return package_type.package_type(content) or ZIP


def _ole_type(content: bytes) -> str:
    """Stream names stand in UTF-16 in the directory sectors of a compound file."""
    for name, kind in (
        ("EncryptedPackage", ENCRYPTED_OFFICE),
        ("Workbook", XLS),
        ("WordDocument", "application/msword"),
        ("PowerPoint Document", "application/vnd.ms-powerpoint"),
        ("__properties_version1.0", OUTLOOK),
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
