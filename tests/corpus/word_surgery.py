"""Packages cut up by hand: parts and bodies that no library writes on request."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

import docx

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMESPACES = (
    f'xmlns:w="{W}" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
MAIN = "word/document.xml"


def saved(made: docx.document.Document) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return without_thumbnail(out.getvalue())


def members(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {i.filename: archive.read(i) for i in archive.infolist()}


def packed(files: Mapping[str, bytes]) -> bytes:
    """A package with these members and no time of day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def edit(
    package: bytes, files: Mapping[str, bytes] | None = None, drop: tuple[str, ...] = ()
) -> bytes:
    """The package with members replaced, added or dropped."""
    kept = {n: c for n, c in members(package).items() if n not in drop}
    return packed({**kept, **(files or {})})


def without_thumbnail(package: bytes) -> bytes:
    """The package without the picture that a library's template carries."""
    relations = re.sub(
        rb"<Relationship [^>]*thumbnail[^>]*/>", b"", members(package)["_rels/.rels"]
    )
    return edit(package, {"_rels/.rels": relations}, drop=("docProps/thumbnail.jpeg",))


def document_xml(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>'


def part_xml(root: str, body: str) -> bytes:
    return f"<w:{root} {_NAMESPACES}>{body}</w:{root}>".encode()


def with_body(body: str) -> bytes:
    """A Word file with this body."""
    return edit(saved(docx.Document()), {MAIN: document_xml(body).encode()})


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*pieces: str) -> str:
    return f"<w:p>{''.join(p if p.startswith('<') else run(p) for p in pieces)}</w:p>"


def cell(*content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(content)}</w:tc>"


def table(*rows: str) -> str:
    widest = max(row.count("</w:tc>") for row in rows)
    grid = '<w:gridCol w:w="600"/>' * widest
    return (
        f"<w:tbl><w:tblGrid>{grid}</w:tblGrid>"
        + "".join(f"<w:tr>{row}</w:tr>" for row in rows)
        + "</w:tbl>"
    )


def cells(*texts: str) -> str:
    return "".join(cell(paragraph(text)) for text in texts)


def drawn_box(text: str, x: int = 0, y: int = 0) -> str:
    """A text box in DrawingML, anchored at a place."""
    return (
        "<w:r><w:drawing><wp:anchor>"
        f"<wp:positionH><wp:posOffset>{x}</wp:posOffset></wp:positionH>"
        f"<wp:positionV><wp:posOffset>{y}</wp:posOffset></wp:positionV>"
        "<a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>"
        f"{paragraph(text)}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic>"
        "</wp:anchor></w:drawing></w:r>"
    )


def vml_box(text: str) -> str:
    return (
        '<w:r><w:pict><v:shape style="margin-left:10pt;margin-top:20pt"><v:textbox><w:txbxContent>'
        f"{paragraph(text)}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )


def control(text: str, *, inline: bool, title: str = "") -> str:
    content = run(text) if inline else paragraph(text)
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val="{title}"/></w:sdtPr>'
        f"<w:sdtContent>{content}</w:sdtContent></w:sdt>"
    )
