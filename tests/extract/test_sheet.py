"""Workbooks in every format: what cells show, what stands beside them, and what hurts."""

from __future__ import annotations

import io
import random
import re
import struct
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace

import msoffcrypto.format.ooxml
import openpyxl
import pytest
import python_calamine
import xlsxwriter

from gateway.extract import Member, compound_cut
from gateway.extract.compound import Node
from gateway.extract.sheet import net, worksheet
from gateway.extract.sheet.formula import joined
from gateway.extract.sheet.number_format import date_1900, date_1904, for_code, number
from gateway.model import Field, Table
from tests.corpus.carrier import Carrier
from tests.corpus.sheet_carriers import by_libreoffice, soffice, written
from tests.corpus.workbook_surgery import MAIN, edit, members, record, saved, sheet_xml, wide, xlsb
from tests.extract.samples import (
    LIMITS,
    fields,
    prose,
    read,
    sample,
    tables,
    unread,
    workbook,
    zipped,
)
from tests.extract.samples import members as yielded_members
from tests.numbers import my_number

CARRIERS = list(written(7))


def everything(content: bytes, depth: int = 0) -> tuple[list[str], list[object]]:
    """All texts and all unread marks of a file and of the files in it; a row also as one text."""
    texts: list[str] = []
    missing: list[object] = []
    for unit in read(content):
        if isinstance(unit, Table):
            texts += [text for row in unit.rows for text in ("".join(row), *row)]
        elif isinstance(unit, Member):
            inner = everything(unit.content, depth + 1) if depth < 4 else ([], [])
            texts += inner[0]
            missing += inner[1]
        elif isinstance(unit, Field):
            texts.append(unit.value)
        elif hasattr(unit, "text"):
            texts.append(unit.text)
        else:
            missing.append(unit)
    return texts, missing


def digits_of(texts: list[str]) -> str:
    return "\n".join(re.sub(r"[- ]", "", text) for text in texts)


def with_sheet(rows: str, behind: str = "") -> bytes:
    return edit(workbook(), {"xl/worksheets/sheet1.xml": sheet_xml(rows, behind)})


def first_table(content: bytes) -> Table:
    return tables(read(content))[0]


# ------------------------------------------------------------------ carriers


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda c: c.kind)
def test_every_number_in_a_carrier_is_read_and_nothing_is_left_unread(carrier: Carrier) -> None:
    texts, missing = everything(carrier.content)
    told = digits_of(texts)
    assert all(n in told for n in carrier.numbers)
    assert missing == []


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert [c.content for c in written(7)] == [c.content for c in CARRIERS]


def test_what_libreoffice_writes_is_read_in_all_its_formats(
    require: Callable[[bool, str], None],
) -> None:
    require(bool(soffice()), "LibreOffice (apt install libreoffice-calc)")
    made = list(by_libreoffice(random.Random(7)))
    assert [c.file_name[-4:] for c in made] == [".xls", ".ods", "fods"]
    for carrier in made:
        texts, missing = everything(carrier.content)
        told = digits_of(texts)
        assert [c for c in carrier.numbers if c not in told] == [], carrier.kind
        assert [u for u in missing if u.reason != "unsupported"] == []  # type: ignore[attr-defined]


# ------------------------------------------------------------------ cells


def test_a_sheet_is_read_as_calamine_reads_it() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("a")
        for r in range(50):
            sheet.write_row(r, 1, [f"t{r % 7}", r, r / 4, "", True, 10**11 + r][: 2 + r % 5])
    theirs = python_calamine.load_workbook(io.BytesIO(out.getvalue())).get_sheet_by_index(0)
    ours = first_table(out.getvalue())
    width = theirs.width
    for our, their in zip(ours.rows, theirs.to_python(skip_empty_area=True), strict=True):
        texts = [number(repr(v)) if isinstance(v, float) else str(v) for v in their]
        assert (*our, *[""] * (width - len(our))) == tuple(
            "TRUE" if t == "True" else t for t in texts
        )


def shown(carrier: Carrier) -> list[object]:
    """The cells of a file's tables, each row up to its last text."""
    return [
        (t.first_row, t.first_column, ["\t".join(row).rstrip() for row in t.rows])
        for t in tables(read(carrier.content))
    ]


def test_careful_reading_gives_what_the_quick_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [shown(c) for c in CARRIERS]
    monkeypatch.setattr(worksheet, "plain_text", lambda content: "")
    assert [shown(c) for c in CARRIERS] == quick


@pytest.mark.parametrize(
    "row",
    [
        '<row r="1"><c r="A1" t="str"><v>x</v></c><d/><c r="B1"><v>7</v></c></row>',
        '<row r="1"><c t="str" r="A1"><v>x</v></c><c r="B1"><v>7</v></c></row>',
        '<row><c t="str"><v>x</v></c><c><v>7</v></c></row>',
        "<row r='1'><c r='A1' t='str'><v>x</v></c><c r='B1'><v>7</v></c></row>",
        '<row r="1" a=">"><c r="A1" t="str"><v>x</v></c><c r="B1"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>x</v></c><c r="B1"><v><![CDATA[7]]></v></c></row>',
        '<row r="1"><c r="B1"><v>7</v></c><c r="A1" t="str"><v>x</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>x</t></r></is></c><c r="B1"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>x</v></c></row><row r="1"><c r="B1"><v>7</v></c></row>',
    ],
)
def test_no_writing_of_a_row_hides_a_cell(row: str) -> None:
    assert first_table(with_sheet(row)).rows == (("x", "7"),)


def test_a_merged_cell_is_its_first_cell_and_empty_ones() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for column, text in ((2, "a"), (4, "b"), (6, "c")):
        sheet.cell(3, column, text)
        sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column + 1)
    table = first_table(saved(book))
    assert (table.first_row, table.first_column) == (3, 2)
    assert table.rows == (("a", "", "b", "", "c"),)


def test_empty_rows_and_columns_keep_their_place() -> None:
    rows = '<row r="2"><c r="C2"><v>1</v></c></row><row r="5"><c r="F5"><v>2</v></c></row>'
    table = first_table(with_sheet(rows))
    assert (table.first_row, table.first_column) == (2, 3)
    assert table.rows == (("1",), (), (), ("", "", "", "2"))


def test_cells_in_opposite_corners_cost_two_cells() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    yielded = read(with_sheet(rows), replace(LIMITS, cells=20))
    found = [(t.first_row, t.first_column, t.rows) for t in tables(yielded)[:2]]
    assert found == [(1, 1, (("1",),)), (1_048_576, 16_384, (("2",),))]
    assert unread(yielded) == []


def test_more_cells_than_the_limit_are_named_and_their_text_still_read() -> None:
    wide_rows = "".join(
        f'<row r="{r}"><c r="A{r}"><v>{r}</v></c><c r="XFD{r}"><v>9</v></c></row>'
        for r in range(1, 40)
    )
    yielded = read(with_sheet(wide_rows), replace(LIMITS, cells=100_000))
    assert ("1 part / 名簿", "limit", "cells") in unread(yielded)
    assert "39\t9" in prose(yielded)


def test_an_orphan_sheet_and_one_without_a_name_stand_under_their_part() -> None:
    row = '<row r="1"><c r="A1"><v>5</v></c></row>'
    package = edit(workbook(), {"xl/worksheets/lost.xml": sheet_xml(row)})
    assert [str(t.place) for t in tables(read(package)) if t.rows == (("5",),)] == [
        "1 part / xl/worksheets/lost.xml"
    ]


def test_pronunciations_stand_apart_from_the_string() -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><r><t>山</t></r><r><t>田</t></r><rPh sb="0" eb="1"><t>ヤマダ</t></rPh>'
        "</si></sst>"
    )
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    package = edit(with_sheet(row), {"xl/sharedStrings.xml": strings.encode()})
    assert first_table(package).rows == (("山田",),)
    assert "ヤマダ" in prose(read(package))


def test_a_string_that_no_cell_shows_is_read() -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>shown</t></si><si><t>left over</t></si></sst>'
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    package = edit(with_sheet(row), {"xl/sharedStrings.xml": strings.encode()})
    assert "left over" in prose(read(package))


def test_dates_errors_and_flags_are_shown_as_such() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["=1/0", True, None])
    import datetime

    book.worksheets[0].append([datetime.date(2024, 5, 6)])
    package = saved(book)
    name = "xl/worksheets/sheet1.xml"
    errors = members(package)[name].replace(b"<v />", b"<v>#DIV/0!</v>").replace(b"<v/>", b"")
    assert first_table(edit(package, {name: errors})).rows[1][0] == "2024-05-06"
    assert "TRUE" in first_table(package).rows[0]


@pytest.mark.parametrize(
    ("code", "stored", "shown"),
    [
        ("000000000000", "12345678901", "012345678901"),
        ("0000-0000-0000", "12345678901", "0123-4567-8901"),
        ("0000\\-0000\\-0000;@", "12345678901", "0123-4567-8901"),
        ("[$-411]0000_ 0000", "1234567", "01234567"),
        ('"No."0', "12", "No.12"),
        ("#-####-####", "123456789", "1-2345-6789"),
        ("000", "1234567", "1234567"),
        ("0.00", "1234", "1234"),
        ("#,##0", "1234567", "1234567"),
        ("ge.m.d", "45000", "2023-03-15"),
        ("[h]:mm", "0.5", "12:00:00"),
        ("General", "0.25", "0.25"),
        ("00000000", "-5", "-5"),
        ('"1234"0000"5678"', "90", "123400905678\n90"),
        ('"1234-5678"', "90", "90\n1234-5678"),
        ("yyyy/mm/dd", "123456789012", "123456789012"),
    ],
)
def test_a_number_is_shown_as_its_format_says(code: str, stored: str, shown: str) -> None:
    assert for_code(code)(stored) == shown


def test_dates_before_and_after_the_day_that_never_was() -> None:
    assert [date_1900(d) for d in ("59", "60", "61")] == ["1900-02-28", "1900-03-01", "1900-03-01"]
    assert date_1904("0") == "00:00:00"
    assert date_1904("1") == "1904-01-02"


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ('"1"&"2"', "12"),
        ('="a""b"&3', 'a"b3'),
        ("B2&B2", "xx"),
        ("CONCATENATE(B2,\"-\",'other'!A1)", ""),
        ("SUM(B2)", ""),
        ("B2+1", ""),
        ("&" * 20_000, ""),
    ],
)
def test_only_joins_are_worked_out(formula: str, shown: str) -> None:
    assert joined(formula, lambda row, column: "x" if (row, column) == (2, 2) else "") == shown


# ------------------------------------------------------------------ beside the cells


def test_header_codes_do_not_touch_the_text() -> None:
    assert net._uncoded('&C&"Arial,Bold"&12 34&D').split("\n")[:2] == ["", "34"]


def test_a_pivot_record_shows_what_its_index_points_to() -> None:
    parts = {
        "xl/pivotCache/pivotCacheDefinition1.xml": f'<pivotCacheDefinition xmlns="{MAIN}"><cacheField '
        'name="番号"><sharedItems><s v="a"/><s v="b"/></sharedItems></cacheField><cacheField name="氏名">'
        "<sharedItems/></cacheField></pivotCacheDefinition>",
        "xl/pivotCache/pivotCacheRecords1.xml": f'<pivotCacheRecords xmlns="{MAIN}"><r><x v="1"/>'
        '<s v="山田"/></r></pivotCacheRecords>',
    }
    package = edit(workbook(), {name: text.encode() for name, text in parts.items()})
    assert (("番号", "氏名"), ("b", "山田")) in [t.rows for t in tables(read(package))]


def test_properties_are_fields_under_their_names() -> None:
    xml = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="v"><property name="担当"><vt:lpwstr>山田</vt:lpwstr></property></Properties>'
    )
    assert fields(read(edit(workbook(), {"docProps/custom.xml": xml.encode()})))["担当"] == "山田"


def test_a_drawing_of_excel_that_is_no_xml_is_read_all_the_same() -> None:
    vml = b'<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><div>a<br>box</div></v:textbox></xml>'
    yielded = read(edit(workbook(), {"xl/drawings/vmlDrawing1.vml": vml}))
    assert "abox" in prose(yielded)
    assert unread(yielded) == []


def test_pictures_thumbnails_and_objects_are_members() -> None:
    package = edit(
        workbook(),
        {
            "docProps/thumbnail.jpeg": b"\xff\xd8\xff\xe0 picture",
            "xl/media/image1.png": b"\x89PNG\r\n\x1a\n picture",
            "xl/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 object",
            "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 macros",
            "xl/printerSettings/printerSettings1.bin": zipped(("a.txt", b"hidden")),
        },
    )
    assert {m.name for m in yielded_members(read(package))} == {
        "thumbnail.jpeg",
        "image1.png",
        "oleObject1.bin",
        "vbaProject.bin",
        "printerSettings1.bin",
    }


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
)
def test_a_doctype_is_damaged(part: str) -> None:
    package = next(c for c in CARRIERS if c.kind == "chart title").content
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + members(package)[part].partition(b"?>")[2].strip()
    assert "damaged" in {reason for _, reason, _ in unread(read(edit(package, {part: bomb})))}


def test_a_sheet_that_breaks_off_is_read_up_to_there() -> None:
    cut = sheet_xml('<row r="1"><c r="A1" t="str"><v>before</v></c></row>')[:-30]
    yielded = read(edit(workbook(), {"xl/worksheets/sheet1.xml": cut}))
    assert "before" in [text for t in tables(yielded) for row in t.rows for text in row]
    assert ("damaged", "xml") in [u[1:] for u in unread(yielded)]


def test_a_part_that_unpacks_beyond_the_limit_is_named() -> None:
    package = with_sheet(f'<row r="1"><c r="A1"><v>{" " * 3_000_000}</v></c></row>')
    yielded = read(package, replace(LIMITS, part_bytes=1_000_000))
    assert ("1 part / xl/worksheets/sheet1.xml", "limit", "unpacked bytes") in unread(yielded)


# ------------------------------------------------------------------ xlsb


def test_a_binary_sheet_is_read_as_calamine_reads_it() -> None:
    content = xlsb(["氏名", "番号", "山田"], [["氏名", "番号"], ["山田", 98765432109.0]])
    theirs = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_name("名簿")
    assert theirs.to_python() == [["氏名", "番号"], ["山田", 98765432109.0]]
    table = first_table(content)
    assert str(table.place) == "1 part / 名簿"
    assert table.rows == (("氏名", "番号"), ("山田", "98765432109"))


def test_words_of_any_binary_record_are_read_and_the_rest_is_a_member() -> None:
    package = xlsb(["a"], [["a"]])
    named = record(39, bytes(9) + wide("a name somewhere"))
    yielded = read(
        edit(
            package,
            {
                "xl/tables/table1.bin": record(343) + named + record(344),
                "xl/x.bin": b"\1\2\3\xff" * 9,
            },
        )
    )
    assert "a name somewhere" in prose(yielded)
    assert [m.name for m in yielded_members(yielded)] == ["x.bin"]


def test_a_binary_part_that_breaks_off_is_damaged_and_its_words_are_read() -> None:
    package = xlsb(["a"], [["a"]])
    name = "xl/worksheets/sheet1.bin"
    broken = members(package)[name] + b"\x81" + "behind the break".encode("utf-16-le")
    yielded = read(edit(package, {name: broken}))
    assert ("damaged", "records") in [u[1:] for u in unread(yielded)]
    assert "behind the break" in prose(yielded)


@pytest.mark.parametrize(
    "rows",
    [
        "<row " * 400_000,
        '<row r="1">' + '<c r="A1"><v>1</v></c>' * 100_000 + "</row>",
        '<row r="1">'
        + "".join(f'<c r="A1"><f>A1&amp;{i}</f></c>' for i in range(20_000))
        + "</row>",
        '<row r="1"><c r="A1"><f>' + '"' * 500_001 + "</f></c></row>",
        '<row r="1"><c r="A1"><f>' + "+" * 500_000 + "</f></c></row>",
        '<row r="1" ' + 'x="' * 300_000 + "></row>",
    ],
)
def test_no_sheet_takes_more_time_than_its_length_allows(rows: str) -> None:
    started = time.process_time()
    read(with_sheet(rows))
    assert time.process_time() - started < 5


# ------------------------------------------------------------------ xls


def biff(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def test_excel_2_to_4_need_no_compound_file() -> None:
    cell = struct.pack("<HH3x", 0, 0)
    text = "個人番号".encode("cp932")
    stream = biff(0x09, struct.pack("<HH", 2, 0x10)) + biff(0x42, struct.pack("<H", 932))
    stream += biff(0x04, cell + bytes([len(text)]) + text)
    stream += biff(0x03, struct.pack("<HH3xd", 1, 0, 98765432109.0))
    stream += biff(0x02, struct.pack("<HH3xH", 2, 0, 77)) + biff(0x0A)
    assert first_table(stream).rows == (("個人番号",), ("98765432109",), ("77",))


def test_a_string_table_is_read_across_records() -> None:
    start = struct.pack("<II", 2, 2) + struct.pack("<HB", 4, 0) + b"ab"
    rest = (
        b"\x01" + "cd".encode("utf-16-le") + struct.pack("<HB", 2, 1) + "山田".encode("utf-16-le")
    )
    stream = biff(0x809, struct.pack("<HH12x", 0x600, 5)) + biff(0xFC, start) + biff(0x3C, rest)
    stream += biff(0x0A) + biff(0x809, struct.pack("<HH12x", 0x600, 0x10))
    stream += biff(0xFD, struct.pack("<HHHI", 0, 0, 0, 0)) + biff(
        0xFD, struct.pack("<HHHI", 0, 1, 0, 1)
    )
    assert first_table(stream + biff(0x0A)).rows == (("abcd", "山田"),)


def test_a_string_that_ends_early_is_damaged_and_the_cells_before_are_kept() -> None:
    stream = biff(0x809, struct.pack("<HH12x", 0x600, 0x10))
    stream += biff(0x203, struct.pack("<HHHd", 0, 0, 0, 5.0))
    stream += biff(0x204, struct.pack("<HHHHB", 1, 0, 0, 500, 0) + b"short")
    yielded = read(stream + biff(0x0A))
    assert tables(yielded)[0].rows == (("5",),)
    assert ("damaged", "record") in [u[1:] for u in unread(yielded)]


# ------------------------------------------------------------------ OpenDocument


def ods(body: str, manifest: str = "") -> bytes:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>'
        f'<table:table table:name="a">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    files = [("mimetype", kind), ("content.xml", content.encode())]
    return zipped(
        *files, ("META-INF/manifest.xml", manifest.encode() or b"<m/>"), method=zipfile.ZIP_STORED
    )


def test_repeated_cells_and_rows_are_no_bomb() -> None:
    body = (
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>'
    )
    table = first_table(ods(body))
    assert (len(table.rows), len(table.rows[0])) == (16, 16)


def test_empty_repeated_cells_only_move_the_next_one() -> None:
    body = (
        '<table:table-row table:number-rows-repeated="3"/><table:table-row><table:table-cell '
        'table:number-columns-repeated="4"/><table:table-cell><text:p>1<text:span>2</text:span></text:p>'
        "</table:table-cell></table:table-row>"
    )
    table = first_table(ods(body))
    assert (table.first_row, table.first_column, table.rows) == (4, 5, (("12",),))


def test_a_cell_is_what_it_shows_and_what_it_holds() -> None:
    body = (
        '<table:table-row><table:table-cell office:value="98765432109"><text:p>###</text:p>'
        '</table:table-cell><table:table-cell office:value="1500"><text:p>1,500</text:p>'
        '</table:table-cell><table:covered-table-cell office:value="7"/></table:table-row>'
    )
    assert first_table(ods(body)).rows == (("###\n98765432109", "1,500", "7"),)


def test_a_note_does_not_stand_in_its_cell() -> None:
    body = (
        "<table:table-row><table:table-cell><office:annotation><text:p>a note</text:p>"
        "</office:annotation><text:p>a cell</text:p></table:table-cell></table:table-row>"
    )
    yielded = read(ods(body))
    assert tables(yielded)[0].rows == (("a cell",),)
    assert "a note" in prose(yielded)


def test_an_encrypted_opendocument_is_named_as_such() -> None:
    content = ods("", '<m:manifest xmlns:m="m"><m:encryption-data/></m:manifest>')
    assert ("1 part", "encrypted", "opendocument") in unread(read(content))


def test_a_foreign_member_is_passed_on() -> None:
    package = edit(ods(""), {"secret.bin": b"\0\1\2"})
    assert [m.name for m in yielded_members(read(package))] == ["secret.bin"]


# ------------------------------------------------------------------ passwords


def locked(password: str) -> bytes:
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(workbook())).encrypt(password, out)
    return out.getvalue()


def test_the_default_password_of_excel_opens_a_workbook() -> None:
    (inner,) = yielded_members(read(locked("VelvetSweatshop")))
    assert tables(read(inner.content))[0].rows[0] == ("氏名", "個人番号")


def test_a_password_from_the_mail_opens_a_workbook_and_no_other_does() -> None:
    from gateway import extract

    content = locked("s3kisho")
    assert [u[1] for u in unread(read(content))] == ["encrypted"]
    told = replace(sample(content), passwords=("wrong", "s3kisho"))
    assert len(yielded_members(list(extract.read(told, LIMITS)))) == 1


def test_endless_key_derivation_is_not_begun() -> None:
    content = locked("x")
    slow = content.replace(b'spinCount="100000"', b'spinCount="999999"')
    slower = content.replace(b'spinCount="100000"', b"spinCount=4294967295")
    assert slow != content
    from gateway.extract.locked import _ROUNDS, MOST_ROUNDS

    assert int(_ROUNDS.findall(slow)[0]) < MOST_ROUNDS
    assert slower != content


def test_a_number_never_shows_in_a_value() -> None:
    secret = my_number(3)
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = secret
    assert secret not in repr(read(saved(book)))


# ------------------------------------------------------------------ macros


def compressed(source: bytes) -> bytes:
    """A container of [MS-OVBA] 2.4.1 with literals only."""
    out = b"\x01"
    for at in range(0, len(source), 3000):
        chunk = source[at : at + 3000]
        body = b"".join(b"\0" + chunk[i : i + 8] for i in range(0, len(chunk), 8))
        out += struct.pack("<H", 0xB000 | len(body) - 1) + body
    return out


def project(source: bytes, *, offset: int = 5) -> bytes:
    """A compound file with a VBA project of one module."""
    directory = struct.pack("<HIH", 3, 2, 932) + struct.pack("<HIIH", 9, 4, 1, 1)
    directory += struct.pack("<HI", 0x1A, 2) + b"M1" + struct.pack("<HII", 0x31, 4, offset)
    root = compound_cut._Item("", None)
    for path, content in (
        (("VBA", "dir"), compressed(directory)),
        (("VBA", "M1"), b"pcode" + source),
        (("PROJECT",), b'Name="project text"'),
    ):
        compound_cut._put(root, Node(path, 0, True, 0, len(content)), 0, content)
    return compound_cut._written(root)


def test_macros_are_read_in_source_and_their_literals_joined() -> None:
    source = 'Attribute VB_Name = "M1"\r\nx = "12" & _\r\n  "34" & "番号"\r\n'.encode("cp932")
    yielded = read(project(compressed(source)))
    assert 'x = "1234番号"' in prose(yielded)
    assert "project text" in prose(yielded)
    assert unread(yielded) == []


def test_macros_without_readable_source_are_unsupported() -> None:
    assert ("unsupported", "macros") in [u[1:] for u in unread(read(project(b"compiled only")))]


def test_a_workbook_with_macros_is_read_whole() -> None:
    package = edit(workbook(), {"xl/vbaProject.bin": project(compressed(b'x = "literal"'))})
    texts, missing = everything(package)
    assert 'x = "literal"' in texts
    assert missing == []
