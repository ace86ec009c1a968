"""Documents made by other programs' writers, and a way to read them."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
from openpyxl.comments import Comment
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from gateway import extract
from gateway.extract import Member, Sample, Yielded
from gateway.message.charset import decode
from gateway.model import Field, InspectionLimits, Place, Prose, Table, Unread

LIMITS = InspectionLimits()


def sample(content: bytes, *, name: str = "", declared: str = "", charset: str = "") -> Sample:
    kind = extract.media_type(content)
    return Sample(Place(("1 part",)), name, declared, charset, content, kind, decode)


def read(content: bytes, limits: InspectionLimits = LIMITS, **said: str) -> list[Yielded]:
    return list(extract.read(sample(content, **said), limits))


def prose(yielded: list[Yielded]) -> str:
    return "\n".join(u.text for u in yielded if isinstance(u, Prose))


def tables(yielded: list[Yielded]) -> list[Table]:
    return [u for u in yielded if isinstance(u, Table)]


def fields(yielded: list[Yielded]) -> dict[str, str]:
    return {u.label: u.value for u in yielded if isinstance(u, Field)}


def members(yielded: list[Yielded]) -> list[Member]:
    return [u for u in yielded if isinstance(u, Member)]


def unread(yielded: list[Yielded]) -> list[tuple[str, str, str]]:
    return [(str(u.place), str(u.reason), u.detail) for u in yielded if isinstance(u, Unread)]


def workbook() -> bytes:
    """A visible sheet that starts at B3, a hidden one, a comment and a header."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "名簿"
    sheet["B3"], sheet["C3"] = "氏名", "個人番号"
    sheet["B4"], sheet["C4"] = "山田", 98765432109
    sheet["B5"], sheet["C5"] = "鈴木", 0.5
    sheet["B4"].comment = Comment("a comment here", "author")
    sheet.oddHeader.center.text = "page header here"
    hidden = book.create_sheet("隠し")
    hidden.sheet_state = "veryHidden"
    hidden["A1"] = "hidden text"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def document() -> bytes:
    """Body with a run cut in two, a table, a header and a footer, properties."""
    made = docx.Document()
    paragraph = made.add_paragraph("本文 12")
    paragraph.add_run("34").bold = True
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(
        [c for r in table.rows for c in r.cells], ["氏名", "番号", "山田", "5"], strict=True
    ):
        cell.text = text
    made.sections[0].header.paragraphs[0].text = "in the header"
    made.sections[0].footer.paragraphs[0].text = "in the footer"
    made.core_properties.comments = "in the properties"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def pdf(*lines: str, encrypt: object = None, image: bool = False) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))
    out = io.BytesIO()
    page = canvas.Canvas(out, encrypt=encrypt)
    page.setTitle("a title")
    page.setFont("HeiseiKakuGo-W5", 12)
    for number, line in enumerate(lines):
        page.drawString(72, 720 - 20 * number, line)
    if image:
        page.showPage()
        for number in range(200):
            page.line(72, 72 + number, 300, 80 + number)
    page.showPage()
    page.save()
    return out.getvalue()


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()
