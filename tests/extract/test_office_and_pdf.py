"""Workbooks, Word files and PDFs, written by openpyxl, python-docx and reportlab."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from gateway.extract import media_type
from gateway.extract.pdf.picture import odd as is_odd
from gateway.extract.sniff import DOCX, PDF, XLSX
from tests.extract.samples import (
    LIMITS,
    document,
    fields,
    members,
    pdf,
    prose,
    read,
    tables,
    unread,
    workbook,
    zipped,
)


def edited(package: bytes, name: str, content: bytes) -> bytes:
    """The package with one member replaced or added."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        files = {i.filename: archive.read(i) for i in archive.infolist()}
    return zipped(*(files | {name: content}).items())


def test_types_are_told_by_content() -> None:
    assert [media_type(c) for c in (workbook(), document(), pdf("a"))] == [XLSX, DOCX, PDF]


def test_a_sheet_is_a_table_at_its_name_with_the_positions_of_its_cells() -> None:
    yielded = read(workbook())
    visible, hidden = tables(yielded)
    assert str(visible.place) == "1 part / 名簿"
    assert (visible.first_row, visible.first_column) == (3, 2)
    assert visible.rows == (("氏名", "個人番号"), ("山田", "98765432109"), ("鈴木", "0.5"))
    assert hidden.rows == (("hidden text",),)
    assert unread(yielded) == []


@pytest.mark.parametrize("needle", ["a comment here", "page header here"])
def test_what_stands_beside_the_cells_is_read(needle: str) -> None:
    assert needle in prose(read(workbook()))


def test_a_word_file_is_read_in_every_story() -> None:
    yielded = read(document())
    text = prose(yielded)
    assert "本文 1234" in text
    for needle in ("in the header", "in the footer", "in the properties"):
        assert needle in text
    assert [t.rows for t in tables(yielded)] == [(("氏名", "番号"), ("山田", "5"))]
    assert not any(reason == "damaged" for _, reason, _ in unread(yielded))


def test_deleted_text_and_text_boxes_are_read_and_cut_no_number() -> None:
    body = (
        b'<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>12</w:t></w:r><w:del><w:r>'
        b"<w:delText>gone</w:delText></w:r></w:del><w:r><w:t>34</w:t></w:r></w:p>"
        b"<w:p><w:r><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></w:r></w:p>"
        b"</w:body></w:document>"
    )
    text = prose(read(edited(document(), "word/document.xml", body)))
    for needle in ("1234", "gone", "boxed"):
        assert needle in text


@pytest.mark.parametrize(
    "xml",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><w:document xmlns:w="w"><w:t>&a;</w:t></w:document>',
        b"<w:document xmlns:w='w'><w:t>cut",
    ],
)
def test_xml_with_a_doctype_or_a_break_is_damaged(xml: bytes) -> None:
    yielded = read(edited(document(), "word/document.xml", xml))
    assert ("1 part", "damaged", "xml") in unread(yielded)


def test_a_japanese_pdf_is_read_page_by_page() -> None:
    yielded = read(pdf("個人番号 一二三", "山田太郎"))
    (page,) = [u for u in yielded if str(u.place) == "1 part / p. 1"]
    assert "個人番号" in prose([page])
    assert fields(yielded)["Title"] == "a title"
    assert unread(yielded) == []


def test_a_page_of_ink_without_text_is_named() -> None:
    yielded = read(pdf("a page with enough text on it", image=True))
    assert [str(m.place) for m in members(yielded)] == ["1 part / p. 2 / image-only page"]


def test_an_empty_password_opens_a_pdf() -> None:
    locked = StandardEncryption("", ownerPassword="owner", canPrint=1)
    assert "protected" in prose(read(pdf("protected", encrypt=locked)))


def test_a_password_is_encrypted() -> None:
    locked = StandardEncryption("user", ownerPassword="owner")
    assert unread(read(pdf("protected", encrypt=locked))) == [("1 part", "encrypted", "pdf")]


def test_form_values_are_fields() -> None:
    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(72, 720, "a form with some text")
    page.acroForm.textfield(name="number", tooltip="label", value="typed in", x=72, y=600)
    page.save()
    assert fields(read(out.getvalue()))["label"] == "typed in"


@pytest.mark.parametrize("content", [b"%PDF-1.7\nbroken", b"%PDF-1.7\n" + b"(" * 100_000])
def test_a_broken_pdf_is_damaged(content: bytes) -> None:
    assert [reason for _, reason, _ in unread(read(content))] == ["damaged"]


def test_more_pages_than_the_limit_are_named() -> None:
    yielded = read(pdf("one page with enough text", image=True), replace(LIMITS, pages=1))
    assert ("1 part", "limit", "pages") in unread(yielded)


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("平成 ›œ 日 金曜日 官報 ›Ÿ", True),
        ("\ue001\ue002\ue003 a", True),
        ("令和 8 年 – 官報 “第 1 号” … ™", False),
        ("Škoda › Plzeň › Žižkov", False),
    ],
)
def test_a_font_without_a_mapping_shows_in_its_text(text: str, odd: bool) -> None:
    assert is_odd(text) is odd
