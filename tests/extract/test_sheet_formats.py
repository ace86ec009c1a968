"""Workbooks in binary parts, of old Excel, of LibreOffice, with passwords and with macros."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from dataclasses import replace

import msoffcrypto.format.ooxml
import openpyxl
import pytest
import python_calamine

from gateway.extract import compound_cut
from gateway.extract.compound import Node
from tests.corpus.workbook_surgery import edit, members, record, saved, wide, xlsb
from tests.extract.samples import (
    LIMITS,
    prose,
    read,
    sample,
    tables,
    unread,
    workbook,
    zipped,
)
from tests.extract.samples import members as yielded_members
from tests.extract.sheet_samples import everything, first_table, with_sheet
from tests.numbers import my_number

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
