"""Cuts and adds parts of office packages, so that the same seed gives the same bytes.

Answers: ``edit`` (members replaced or added, times fixed), ``records`` (BIFF12), and
``saved`` for a workbook of openpyxl.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile

import openpyxl

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TIMES = re.compile(rb"(<(?:dcterms:(?:created|modified)|meta:creation-date|dc:date)[^>]*>)[^<]*")


def members(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {i.filename: archive.read(i) for i in archive.infolist()}


def edit(package: bytes, changes: dict[str, bytes]) -> bytes:
    """The package with these members replaced or added, and no trace of when."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (members(package) | changes).items():
            if name.endswith(("core.xml", "meta.xml", "content.xml")):
                content = _TIMES.sub(rb"\g<1>2026-01-01T00:00:00Z", content)
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def saved(book: openpyxl.Workbook) -> bytes:
    """The workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return edit(out.getvalue(), {})


def sheet_xml(rows: str, behind: str = "") -> bytes:
    """A worksheet part with these rows."""
    text = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>'
    return text.encode()


# ------------------------------------------------------------------ BIFF12


def record(kind: int, data: bytes = b"") -> bytes:
    """One record of an xlsb part."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = b"", len(data)
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + length + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(strings: list[str], rows: list[list[str | float]], comment: str = "") -> bytes:
    """A workbook in binary parts: one sheet 名簿 of shared strings and numbers."""
    relation = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s'
        b"</Relationships>"
    )
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    one = b'<Relationship Id="rId%d" Type="' + office + b'%s" Target="%s"/>'
    cells = b""
    for r, row in enumerate(rows):
        cells += record(0, struct.pack("<IIHBBI", r, 0, 300, 0, 0, 0) + bytes(4))
        for c, value in enumerate(row):
            at = struct.pack("<II", c, 0)
            if isinstance(value, str):
                cells += record(7, at + struct.pack("<I", strings.index(value)))
            else:
                cells += record(5, at + struct.pack("<d", value))
    last = struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, max(map(len, rows)) - 1)
    sheet = record(129) + record(148, last) + record(145) + cells + record(146) + record(130)
    shared = record(159, struct.pack("<II", len(strings), len(strings)))
    shared += b"".join(record(19, b"\0" + wide(s)) for s in strings) + record(160)
    bundle = struct.pack("<II", 0, 1) + wide("rId1") + wide("名簿")
    book = record(131) + record(153, bytes(12)) + record(143) + record(156, bundle) + record(144)
    types = (
        b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
        b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        b"</Types>"
    )
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": relation % (one % (1, b"officeDocument", b"xl/workbook.bin")),
        "xl/workbook.bin": book + record(132),
        "xl/_rels/workbook.bin.rels": relation
        % (
            one % (1, b"worksheet", b"worksheets/sheet1.bin")
            + one % (2, b"sharedStrings", b"sharedStrings.bin")
        ),
        "xl/worksheets/sheet1.bin": sheet,
        "xl/sharedStrings.bin": shared,
    }
    if comment:
        text = record(637, b"\0" + wide(comment))
        parts["xl/comments1.bin"] = record(628) + record(630) + text + record(629)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    return edit(empty.getvalue(), parts)
