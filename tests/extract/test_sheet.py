"""Workbooks in every format: what cells show, what stands beside them, and what hurts."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace

import openpyxl
import pytest
import python_calamine
import xlsxwriter

from gateway.extract.sheet import net, worksheet
from gateway.extract.sheet.formula import joined
from gateway.extract.sheet.number_format import date_1900, date_1904, for_code, number
from tests.corpus.carrier import Carrier
from tests.corpus.sheet_carriers import by_libreoffice, soffice, written
from tests.corpus.workbook_surgery import MAIN, edit, members, saved, sheet_xml
from tests.extract.samples import (
    LIMITS,
    fields,
    prose,
    read,
    tables,
    unread,
    workbook,
    zipped,
)
from tests.extract.samples import members as yielded_members
from tests.extract.sheet_samples import digits_of, everything, first_table, with_sheet

CARRIERS = list(written(7))


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
