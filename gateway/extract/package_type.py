"""What an archive is by its members: an office package, another program's file, or neither.

Answers: the media type of a ZIP that is one document, by what the document's own program
goes by: content types (ECMA-376 part 2), the ``mimetype`` member (OpenDocument 1.3 part 2),
and only then well-known member names.
Trusts: nothing; the two small members are read under a bound.
Fails: never; what cannot be opened has no type here, and the archive reader says why.
"""

from __future__ import annotations

import io
import zipfile
from xml.parsers import expat

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
VSDX = "application/vnd.ms-visio.drawing"
XPS = "application/vnd.ms-xpsdocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
IWORK = "application/vnd.apple.iwork"

CONTENT_TYPES = "[Content_Types].xml"
_MOST_BYTES = 1_000_000  # of a member that says what the package is
_MAINS = (  # a part of the content type of a main part → the package's own
    ("wordprocessingml", DOCX),
    ("ms-word", DOCX),
    ("presentationml", PPTX),
    ("ms-powerpoint", PPTX),
    ("ms-excel.sheet.binary", XLSB),
    ("spreadsheetml", XLSX),
    ("ms-excel", XLSX),
    ("ms-visio", VSDX),
    ("fixeddocumentsequence", XPS),
)
_WELL_KNOWN = (
    ("xl/workbook.bin", XLSB),
    ("xl/workbook.xml", XLSX),
    ("word/document.xml", DOCX),
    ("ppt/presentation.xml", PPTX),
)
_APPLE = ("Index/Document.iwa", "Index.zip", "index.apxl", "index.xml.gz")


def package_type(content: bytes) -> str:
    """Return the media type of a packaged document; ``""`` for any other archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _type(archive, {i.orig_filename.replace("\\", "/") for i in archive.infolist()})
    except Exception:  # broken in one of many ways: the archive reader will say so
        return ""


def _type(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "mimetype" in names:
        said = _start(archive, "mimetype").decode("latin-1").strip()
        if said.startswith(OPEN_DOCUMENT):
            return said.removesuffix("-template") if said.isascii() else ""
    if "META-INF/manifest.xml" in names and "content.xml" in names:
        return OPEN_DOCUMENT + "text"
    if names.intersection(_APPLE):
        return IWORK
    if CONTENT_TYPES not in names:
        return ""
    mains = [kind for kind in _content_types(_start(archive, CONTENT_TYPES)) if _is_main(kind)]
    for part, kind in _MAINS:
        if any(part in main for main in mains):
            return kind
    return next((kind for name, kind in _WELL_KNOWN if name in names), "")


def _is_main(kind: str) -> bool:
    return kind.removesuffix("+xml").endswith((".main", "fixeddocumentsequence"))


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(_MOST_BYTES)


def _content_types(xml: bytes) -> list[str]:
    """Every content type that the package states, up to where its XML breaks."""
    found: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        found.append(attributes.get("ContentType", ""))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError):
        return found
    return found


def _refuse(*_: object) -> None:
    raise ValueError
