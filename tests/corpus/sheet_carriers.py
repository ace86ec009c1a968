"""Sheets that carry numbers: every place in a workbook where one has been seen or can stand.

Answers: ``carriers``: files written by openpyxl, XlsxWriter and, where it is installed,
LibreOffice, and packages cut up by hand for what no program writes on request.
LibreOffice's files carry times of their own, so their bytes differ between two runs; all
others depend on the seed alone.
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tests.corpus.carrier import Carrier
from tests.corpus.workbook_surgery import MAIN, edit, saved, sheet_xml, xlsb
from tests.numbers import grouped, my_numbers

FAMILY = "sheet"
_LABEL = "個人番号"
_NAMES = ("山田太郎", "鈴木花子", "佐藤一郎", "高橋美咲", "田中健", "伊藤葵")


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every sheet carrier, each with numbers of its own."""
    yield from written(seed)
    yield from by_libreoffice(random.Random(seed + 1))


def written(seed: int) -> Iterator[Carrier]:
    """Yield those that need no LibreOffice: the same bytes on any machine."""
    rng = random.Random(seed)
    for kind, fill in _FILLS.items():
        number = _number(rng, first="0" if "zero" in kind else "")
        book = openpyxl.Workbook()
        sheet = book.active
        assert isinstance(sheet, Worksheet)
        sheet.title = "名簿"
        fill(book, sheet, number)
        yield _carrier(kind, "名簿.xlsx", saved(book), number)
    for made in (_writer_books, _parts, _cells_by_hand, _binary, _clean):
        yield from made(rng)


def _number(rng: random.Random, *, first: str = "") -> str:
    return my_numbers(rng.randrange(1 << 30), 1, first=first)[0]


def _carrier(kind: str, name: str, content: bytes, *numbers: str) -> Carrier:
    return Carrier(FAMILY, kind, name, content, frozenset(numbers))


def soffice() -> str:
    """Where LibreOffice is; empty when it is not installed."""
    return shutil.which("soffice") or ""


# ------------------------------------------------------------------ openpyxl

Fill = Callable[[openpyxl.Workbook, Worksheet, str], None]


def _formatted(code: str) -> Fill:
    def fill(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
        sheet["A1"] = _LABEL
        sheet["A2"] = int(number)
        sheet["A2"].number_format = code

    return fill


def _boxes(step: int, *, label: str = "A1", row: int = 1, first: int = 2) -> Fill:
    def fill(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
        sheet[label] = _LABEL
        for i, digit in enumerate(number):
            sheet.cell(row, first + i * step, int(digit))

    return fill


def _put(**cells: str) -> Fill:
    """``{}`` in a value is the number, ``{0}`` to ``{2}`` its thirds."""

    def fill(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
        for at, text in cells.items():
            thirds = number[:4], number[4:8], number[8:]
            sheet[at] = text.replace("{}", number).format(*thirds)

    return fill


def _merged(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet["A1"] = _LABEL
    for i in range(3):
        sheet.cell(1, 2 + 2 * i, number[4 * i : 4 * i + 4])
        sheet.merge_cells(start_row=1, end_row=1, start_column=2 + 2 * i, end_column=3 + 2 * i)


def _hidden(state: str) -> Fill:
    def fill(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
        other = book.create_sheet("控え")
        other.sheet_state = state
        other["A1"], other["A2"] = _LABEL, number

    return fill


def _comment(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet["A1"] = "山田"
    sheet["A1"].comment = Comment(f"{_LABEL} {number}", "総務課")


def _header(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet.oddHeader.center.text = f"{_LABEL} {number}"


def _footer(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet.evenFooter.right.text = f"{_LABEL}{number}"
    sheet.evenFooter.right.size = 9


def _name(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    text = "&".join(f'"{third}"' for third in (number[:4], number[4:8], number[8:]))
    book.defined_names[_LABEL] = DefinedName(_LABEL, attr_text=text)


def _validation(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet["A1"] = _LABEL
    rule = DataValidation(type="list", formula1=f'"{number},なし"')
    rule.add("A2")
    sheet.add_data_validation(rule)


def _condition(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet["A1"] = _LABEL
    sheet.conditional_formatting.add("A2:A9", FormulaRule(formula=[f'A2="{number}"']))


def _title(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet.title = f"{_LABEL}{number}"


def _core(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    book.properties.description = f"{_LABEL} {number}"


def _custom(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    book.custom_doc_props.append(StringProperty(name=_LABEL, value=number))


def _link(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet["A1"] = "照会"
    sheet["A1"].hyperlink = f"https://city.example.lg.jp/?{_LABEL}={number}"


def _rich(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet["A1"] = _LABEL
    bold = TextBlock(InlineFont(b=True), number[:5])
    sheet["A2"] = CellRichText(bold, number[5:])


def _corner(book: openpyxl.Workbook, sheet: Worksheet, number: str) -> None:
    sheet["A1"] = "x"
    sheet["XFD1048576"] = f"{_LABEL} {number}"


_FILLS: dict[str, Fill] = {
    "text cell": _put(A1=_LABEL, A2="{}"),
    "number cell": _formatted("General"),
    "lost zero under 000000000000": _formatted("000000000000"),
    "lost zero under 0000-0000-0000": _formatted("0000-0000-0000"),
    "lost zero under a format with blanks": _formatted('0000" "0000" "0000_ '),
    "date format on a number": _formatted("yyyy/mm/dd"),
    "format that hides": _formatted(";;;"),
    "one digit a cell": _boxes(1),
    "one digit every second cell": _boxes(2),
    "one digit every fourth cell": _boxes(4),
    "boxes with the label a row up": _boxes(1, row=2),
    "boxes with the label far left": _boxes(1, first=21),
    "three cells of four": _put(A1=_LABEL, B1="{0}", C1="{1}", D1="{2}"),
    "three merged cells of four": _merged,
    "hidden sheet": _hidden("hidden"),
    "very hidden sheet": _hidden("veryHidden"),
    "legacy comment": _comment,
    "header": _header,
    "footer with a font size": _footer,
    "formula of joined literals without a result": _put(A1=_LABEL, A2='="{0}"&"{1}"&"{2}"'),
    "formula that joins cells without a result": _put(
        A1=_LABEL, A2="{0}", A3="{1}", A4="{2}", B1="=A2&A3&$A$4"
    ),
    "literal in a formula": _put(A1=_LABEL, A2='=IF(B1="","{}",B1)'),
    "defined name": _name,
    "list of allowed values": _validation,
    "condition of a format": _condition,
    "sheet name": _title,
    "core property": _core,
    "custom property": _custom,
    "link": _link,
    "rich text cut in two": _rich,
    "last corner of the sheet": _corner,
}


# ------------------------------------------------------------------ XlsxWriter


def _writer_books(rng: random.Random) -> Iterator[Carrier]:
    for kind, fill in (
        ("text box", _textbox),
        ("chart cache", _chart),
        ("chart title", _chart_title),
        ("inline strings", _inline),
        ("input message", _message),
    ):
        number = _number(rng)
        out = io.BytesIO()
        constant = {"constant_memory": kind == "inline strings", "in_memory": True}
        with xlsxwriter.Workbook(out, constant) as book:
            book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
            fill(book, book.add_worksheet("名簿"), number)
        yield _carrier(kind, "名簿.xlsx", edit(out.getvalue(), {}), number)


def _textbox(book: xlsxwriter.Workbook, sheet: object, number: str) -> None:
    sheet.insert_textbox("B2", f"{_LABEL}\n{number}")  # type: ignore[attr-defined]


def _chart(book: xlsxwriter.Workbook, sheet: object, number: str) -> None:
    series = {
        "name": _LABEL,
        "values": "=控え!$A$1:$A$2",
        "values_data": [int(number), 1],
    }
    chart = book.add_chart({"type": "line"})
    chart.add_series(series)
    sheet.insert_chart("B2", chart)  # type: ignore[attr-defined]


def _chart_title(book: xlsxwriter.Workbook, sheet: object, number: str) -> None:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": ["名簿", 0, 0, 1, 0]})
    sheet.write(0, 0, "氏名")  # type: ignore[attr-defined]
    chart.set_title({"name": f"{_LABEL} {grouped(number)}"})
    sheet.insert_chart("B2", chart)  # type: ignore[attr-defined]


def _inline(book: xlsxwriter.Workbook, sheet: object, number: str) -> None:
    sheet.write_row(0, 0, [_LABEL, number])  # type: ignore[attr-defined]


def _message(book: xlsxwriter.Workbook, sheet: object, number: str) -> None:
    told = {"validate": "any", "input_title": _LABEL, "input_message": f"例 {number}"}
    sheet.data_validation("A1", told)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ parts by hand


def _plain_book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"] = "氏名"
    return saved(book)


def _inline_row(number: str, row: int = 1) -> str:
    told = "".join(
        f'<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
        for column, text in (("A", _LABEL), ("B", number))
    )
    return f'<row r="{row}">{told}</row>'


_PARTS: dict[str, tuple[str, str]] = {  # kind → part's name, its text; {} is the number
    "orphan sheet": ("xl/worksheets/sheet9.xml", ""),
    "threaded comment": (
        "xl/threadedComments/threadedComment1.xml",
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="A1"><text>個人番号 {}</text>'
        "</threadedComment></ThreadedComments>",
    ),
    "pivot cache items": (
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'<pivotCacheDefinition xmlns="{MAIN}"><cacheFields count="1"><cacheField name="個人番号">'
        '<sharedItems><s v="{}"/></sharedItems></cacheField></cacheFields></pivotCacheDefinition>',
    ),
    "pivot records": (
        "xl/pivotCache/pivotCacheRecords1.xml",
        f'<pivotCacheRecords xmlns="{MAIN}"><r><s v="個人番号"/><n v="{{}}"/></r></pivotCacheRecords>',
    ),
    "external cache": (
        "xl/externalLinks/externalLink1.xml",
        f'<externalLink xmlns="{MAIN}"><externalBook><sheetDataSet><sheetData sheetId="0"><row r="1">'
        '<cell r="A1" t="str"><v>個人番号</v></cell><cell r="B1"><v>{}</v></cell></row></sheetData>'
        "</sheetDataSet></externalBook></externalLink>",
    ),
    "connection": (
        "xl/connections.xml",
        f'<connections xmlns="{MAIN}"><connection id="1" name="照会">'
        "<dbPr command=\"SELECT * FROM t WHERE 個人番号='{}'\"/></connection></connections>",
    ),
    "query table": (
        "xl/queryTables/queryTable1.xml",
        f'<queryTable xmlns="{MAIN}" name="個人番号 {{}}"/>',
    ),
    "custom XML": ("customXml/item1.xml", "<root><個人番号>{}</個人番号></root>"),
    "revision log": (
        "xl/revisions/revisionLog1.xml",
        f'<revisions xmlns="{MAIN}"><rcc rId="1"><oc r="A1" t="inlineStr"><is><t>個人番号 {{}}</t></is>'
        "</oc></rcc></revisions>",
    ),
    "SmartArt": (
        "xl/diagrams/data1.xml",
        '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:a="a"><dgm:pt><dgm:t><a:p><a:r><a:t>個人番号 {}</a:t></a:r>'
        "</a:p></dgm:t></dgm:pt></dgm:dataModel>",
    ),
    "unknown part": ("xl/foreign/thing.dat", "<thing><a 個人番号='{}'/></thing>"),
    "text part": ("xl/media/note.txt", "個人番号 {}"),
    "second table of strings": (
        "xl/sharedStrings2.xml",
        f'<sst xmlns="{MAIN}"><si><t>個人番号 {{}}</t></si></sst>',
    ),
}


def _parts(rng: random.Random) -> Iterator[Carrier]:
    for kind, (name, text) in _PARTS.items():
        number = _number(rng)
        content = text.replace("{}", number).encode() or sheet_xml(_inline_row(number))
        yield _carrier(kind, "名簿.xlsx", edit(_plain_book(), {name: content}), number)
    number = _number(rng)
    inner = openpyxl.Workbook()
    inner.worksheets[0].append([_LABEL, number])
    outer = edit(_plain_book(), {"xl/embeddings/oleObject1.xlsx": saved(inner)})
    yield _carrier("embedded workbook", "名簿.xlsx", outer, number)


def _cells_by_hand(rng: random.Random) -> Iterator[Carrier]:
    def made(kind: str, content: bytes, number: str) -> Carrier:
        package = edit(_plain_book(), {"xl/worksheets/sheet1.xml": content})
        return _carrier(kind, "名簿.xlsx", package, number)

    n = [_number(rng) for _ in range(8)]
    utf16 = sheet_xml(_inline_row(n[0])).decode().encode("utf-16")
    yield made("sheet in UTF-16", utf16, n[0])
    prefixed = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c t="str"><x:v>個人番号</x:v></x:c>'
    )
    prefixed += f"<x:c><x:v>{n[1]}</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    yield made("sheet with prefixes and no positions", prefixed.encode(), n[1])
    split = f"<![CDATA[{n[2][:6]}]]><!-- x -->{n[2][6:]}"
    yield made("CDATA and a comment", sheet_xml(_inline_row(split)), n[2])
    escaped = "".join(f"_x{ord(c):04x}_" for c in n[3])
    yield made("escaped characters", sheet_xml(_inline_row(escaped)), n[3])
    exponent = f'<row r="1"><c r="A1" t="str"><v>個人番号</v></c><c r="B1"><v>{n[4][0]}.{n[4][1:]}E11</v></c></row>'
    yield made("number with an exponent", sheet_xml(exponent), n[4])
    references = "".join(f"&#{ord(c)};" for c in n[5])
    yield made("character references", sheet_xml(_inline_row(references)), n[5])
    back = f'<row r="9">{_inline_row(n[6], 9)[11:]}'
    yield made("rows out of order", sheet_xml(back + _inline_row("x", 1)), n[6])
    behind = f"<extLst><ext><note>個人番号 {n[7]}</note></ext></extLst>"
    yield made("extension behind the cells", sheet_xml("", behind), n[7])


def _binary(rng: random.Random) -> Iterator[Carrier]:
    n = [_number(rng) for _ in range(3)]
    book = xlsb([_LABEL, n[0]], [[_LABEL], [n[0]], [float(n[1])]])
    yield _carrier("binary workbook", "名簿.xlsb", book, n[0], n[1])
    book = xlsb(["氏名"], [["氏名"]], comment=f"{_LABEL} {n[2]}")
    yield _carrier("comment in a binary workbook", "名簿.xlsb", book, n[2])


# ------------------------------------------------------------------ clean files


def _clean(rng: random.Random) -> Iterator[Carrier]:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["氏名", "生年月日", "金額", "電話", "〒"])
    for i, name in enumerate(_NAMES):
        day = date(1950 + rng.randrange(60), 1 + i, 1 + rng.randrange(28))
        phone = f"03-{rng.randrange(1000, 9999)}-{rng.randrange(1000, 9999)}"
        sheet.append([name, day, rng.randrange(10**6), phone, f"{rng.randrange(100, 999)}-0001"])
    sheet["F2"] = "=SUM(C2:C7)"
    sheet["A2"].comment = Comment("確認済み", "総務課")
    yield _carrier("clean roster with dates and a sum", "会員.xlsx", saved(book))
    with_device = {"xl/printerSettings/printerSettings1.bin": "EPSON LP\0".encode("utf-16-le") * 20}
    yield _carrier("clean with printer settings", "会員.xlsx", edit(saved(book), with_device))


# ------------------------------------------------------------------ LibreOffice


def by_libreoffice(rng: random.Random) -> Iterator[Carrier]:
    """One workbook with many carriers, as LibreOffice writes it in its other formats."""
    if not soffice():
        return
    numbers = [_number(rng) for _ in range(6)]
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["B2"], sheet["B3"] = _LABEL, numbers[0]
    sheet["B4"] = int(numbers[1])
    _hidden("hidden")(book, sheet, numbers[2])
    sheet["C1"].comment = Comment(f"{_LABEL} {numbers[3]}", "総務課")
    _header(book, sheet, numbers[4])
    zero = _number(rng, first="0")
    sheet["B5"] = int(zero)
    sheet["B5"].number_format = "0000-0000-0000"
    book.properties.title = f"{_LABEL} {numbers[5]}"
    for extension, content in converted(saved(book), ("xls", "ods", "fods")):
        name = f"名簿.{extension}"
        yield _carrier(f"LibreOffice {extension}", name, content, *numbers, zero)


def converted(content: bytes, extensions: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield a workbook in other formats, as LibreOffice writes it."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.xlsx")
        source.write_bytes(content)
        for extension in extensions:
            out = Path(folder, extension)
            command = [
                soffice(),
                "--headless",
                f"-env:UserInstallation=file://{folder}/profile",
                *("--convert-to", extension, "--outdir", str(out), str(source)),
            ]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
            yield extension, (out / f"source.{extension}").read_bytes()
