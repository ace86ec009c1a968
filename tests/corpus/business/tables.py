"""One table in the ways in which offices send tables: pasted, as CSV, HTML, a workbook, a document."""

from __future__ import annotations

import csv
import html
import io
import unicodedata
from collections.abc import Sequence
from datetime import datetime

import docx
import openpyxl
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from tests.corpus.business.case import Draft, File
from tests.corpus.business.draw import Draw

WAYS = {
    "columns": 14,
    "bars": 8,
    "tabs": 8,
    "records": 8,
    "csv": 30,
    "html": 16,
    "xlsx": 8,
    "docx": 4,
    "pdf": 4,
}
_FONT = "HeiseiKakuGo-W5"
_A4 = 595.0  # points across
_FIXED = datetime(2026, 4, 1)  # noqa: DTZ001 - a workbook's dates have no zone
Rows = Sequence[Sequence[str]]


def table(
    d: Draw, subject: str, lead: str, head: Sequence[str], rows: Rows,
    *, numbers: Sequence[str] = (), ways: dict[str, int] | None = None, name: str = "",
) -> Draft:  # fmt: skip
    """Write a table in one way; ``lead`` stands before it, and alone when it is attached."""
    way = d.weighted(**(ways or WAYS))
    name = name or d.one("一覧", "リスト", "データ", "送付資料", "list", f"{d.day():%Y%m%d}")
    found = frozenset(numbers)
    if way == "html":
        return Draft(
            subject,
            f"{lead}\n\n{columns(head, rows)}",
            f"<p>{lead}</p>{markup(d, head, rows)}",
            numbers=found,
        )
    if way in _PASTED:
        return Draft(subject, f"{lead}\n\n{_PASTED[way](head, rows)}", numbers=found)
    make, extension, media_type = _ATTACHED[way]
    attached = File(f"{name}.{extension}", make(d, head, rows), media_type)
    return Draft(
        subject, f"{lead}\n添付のファイルをご確認ください。", files=(attached,), numbers=found
    )


# ------------------------------------------------------------------ in the mail's text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "FWA" else 1 for c in text)


def columns(head: Sequence[str], rows: Rows) -> str:
    """Columns made with spaces, aligned for a fixed font."""
    lines = [*([head] if head else []), *rows]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell + " " * (w - _width(cell)) for cell, w in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def bars(head: Sequence[str], rows: Rows) -> str:
    return "\n".join("｜" + "｜".join(line) + "｜" for line in [*([head] if head else []), *rows])


def tabs(head: Sequence[str], rows: Rows) -> str:
    return "\n".join("\t".join(line) for line in [*([head] if head else []), *rows])


def records(head: Sequence[str], rows: Rows) -> str:
    """One line a field: 「氏名：…」, a blank line between records."""
    if not head:
        return tabs(head, rows)
    return "\n\n".join(
        "\n".join(f"{h}：{cell}" for h, cell in zip(head, row, strict=True)) for row in rows
    )


_PASTED = {"columns": columns, "bars": bars, "tabs": tabs, "records": records}


def markup(d: Draw, head: Sequence[str], rows: Rows) -> str:
    """An HTML table, as mail programs and spreadsheets paste it."""
    style = d.one("", " style='border:1px solid #999;padding:2px'", " class=xl65 align=right")
    tag = d.one("th", "td")
    inner = d.one(
        "{}", "{}", "<span>{}</span>", "<p>{}</p>", "<font face='ＭＳ ゴシック'>{}</font>"
    )

    def row(cells: Sequence[str], name: str) -> str:
        return (
            "<tr>"
            + "".join(f"<{name}{style}>{inner.format(html.escape(c))}</{name}>" for c in cells)
            + "</tr>"
        )

    return f"<table border=1>{row(head, tag) if head else ''}{''.join(row(r, 'td') for r in rows)}</table>"


# ------------------------------------------------------------------ attached


def _csv(d: Draw, head: Sequence[str], rows: Rows) -> bytes:
    out = io.StringIO()
    quoting = d.one(csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
    csv.writer(out, lineterminator="\r\n", quoting=quoting).writerows(
        [*([head] if head else []), *rows]
    )
    return out.getvalue().encode(d.one("cp932", "cp932", "utf-8-sig", "utf-8"), "replace")


def _xlsx(d: Draw, head: Sequence[str], rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = _FIXED
    sheet = book.active
    assert sheet is not None
    sheet.title = d.one("Sheet1", "一覧", "データ")
    if d.maybe(0.3):
        sheet.append([d.one("社外秘", "一覧表", "作成用", f"{d.day():%Y年%m月}分")])
        sheet.append([])
    if head:
        sheet.append(list(head))
    as_numbers = d.maybe(0.4)
    for row in rows:
        sheet.append(
            [
                int(c) if as_numbers and c.isascii() and c.isdigit() and c[0] != "0" else c
                for c in row
            ]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _docx(d: Draw, head: Sequence[str], rows: Rows) -> bytes:
    made = docx.Document()
    made.add_paragraph(d.one("下記のとおりです。", "一覧", "別紙"))
    lines = [*([head] if head else []), *rows]
    grid = made.add_table(len(lines), len(lines[0]))
    for cells, line in zip(grid.rows, lines, strict=True):
        for cell, text in zip(cells.cells, line, strict=True):
            cell.text = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def pdf_page(lines: Sequence[tuple[float, float, str]], size: int = 9, wide: float = _A4) -> bytes:
    """A PDF with these texts at (x, y); a new page when y starts again from above."""
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    out = io.BytesIO()
    page = canvas.Canvas(out, (wide, 842), invariant=True)
    page.setFont(_FONT, size)
    last = 10_000.0
    for x, y, text in lines:
        if y > last:
            page.showPage()
            page.setFont(_FONT, size)
        page.drawString(x, y, text)
        last = y
    page.save()
    return out.getvalue()


def _pdf(d: Draw, head: Sequence[str], rows: Rows) -> bytes:
    lines = [*([head] if head else []), *rows]
    widths = [max(len(line[i]) for line in lines) * 9.0 + 14 for i in range(len(lines[0]))]
    return pdf_page(
        [
            (40 + sum(widths[:i]), 800 - 15 * (n % 50), cell)
            for n, line in enumerate(lines)
            for i, cell in enumerate(line)
        ],
        wide=max(_A4, sum(widths) + 80),
    )


_ATTACHED = {
    "csv": (_csv, "csv", "text/csv"),
    "xlsx": (_xlsx, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": (
        _docx,
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "pdf": (_pdf, "pdf", "application/pdf"),
}
