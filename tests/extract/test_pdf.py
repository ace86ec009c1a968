"""PDF: order, damage, bombs, pictures, passwords; kinds of carriers are in test_pdf_carriers."""

from __future__ import annotations

import io
import zlib
from dataclasses import replace

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from gateway.extract import pdf as reader
from gateway.extract.pdf import revisions
from gateway.extract.pdf.layout import CELL_MARK, Glyph, columns, read_lines, written
from gateway.extract.pdf.strings import decoded, strings_in
from gateway.message.charset import decode
from gateway.model import Prose
from tests.extract.samples import LIMITS, members, pdf, prose, read, sample, tables, unread
from tests.numbers import my_number, my_numbers


def raw(*objects: bytes, root: int = 1) -> bytes:
    """A file of these objects under a sound cross-reference."""
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root %d 0 R>>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, root, len(out))
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(content), entries, content)


def one_page(
    content: bytes, *, catalog: bytes = b"", page: bytes = b"", more: tuple[bytes, ...] = ()
) -> bytes:
    return raw(
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R" + page + b"/Resources"
        b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject<</X 5 0 R>>>>>>",
        content,
        *more,
    )


TEXT = b"BT /F 12 Tf 60 700 Td (a page of ordinary text) Tj ET"

# ------------------------------------------------------------------ reading order


def glyphs(
    text: str, left: float, middle: float, *, pitch: float = 10, width: float = 6
) -> list[Glyph]:
    return [
        Glyph(c, left + i * pitch, left + i * pitch + width, middle - 6, middle + 6)
        for i, c in enumerate(text)
        if c != " "
    ]


def test_boxes_join_and_a_neighbouring_group_at_another_distance_stays_apart() -> None:
    number = my_number(31)
    row = glyphs(number, 0, 100, pitch=20) + glyphs("7654321", 320, 100, pitch=14)
    assert written(read_lines(row)) == f"{number}{CELL_MARK}7654321"


def test_boxes_in_fours_are_one_number_in_groups() -> None:
    number = my_number(32)
    row = [g for i in range(3) for g in glyphs(number[4 * i : 4 * i + 4], 70 * i, 100, pitch=15)]
    assert written(read_lines(row)) == f"{number[:4]} {number[4:8]} {number[8:]}"


def test_words_keep_their_spaces_and_columns_their_distance() -> None:
    row = glyphs("ab cd", 0, 100, pitch=6) + glyphs("ef", 80, 100, pitch=6)
    assert written(read_lines(row)) == f"ab cd{CELL_MARK}ef"


def test_cells_one_below_the_other_are_a_table_with_its_empty_cells() -> None:
    lines = read_lines(
        [
            g
            for y in (300, 280, 260)
            for g in glyphs("name", 0, y, pitch=6) + glyphs("123", 200, y, pitch=6)
        ]
        + glyphs("x", 100, 280)
    )
    assert [*columns(lines)] == [(("name", "", "123"), ("name", "x", "123"), ("name", "", "123"))]


def test_rows_drawn_column_by_column_are_a_table() -> None:
    numbers = my_numbers(33, 4)
    out = io.BytesIO()
    page = canvas.Canvas(out)
    for row, number in enumerate(numbers):
        page.drawString(300, 700 - 20 * row, number)
    for row in range(4):
        page.drawString(60, 700 - 20 * row, "name")
    page.save()
    (table,) = tables(read(out.getvalue()))
    assert table.rows == tuple(("name", number) for number in numbers)


def test_ordinary_text_is_given_once() -> None:
    given = [u for u in read(one_page(stream(TEXT))) if isinstance(u, Prose)]
    assert [u.text for u in given] == ["a page of ordinary text"]


# ------------------------------------------------------------------ damage and bombs


@pytest.mark.parametrize("packed", [1, 2])
def test_a_stream_that_unpacks_beyond_the_limit_is_not_unpacked(packed: int) -> None:
    content = zlib.compress(b" " * 30_000_000, 9)
    names = b"/FlateDecode"
    if packed == 2:
        content, names = zlib.compress(content, 9), b"/FlateDecode/FlateDecode"
    bomb = one_page(stream(content, b"/Filter[" + names + b"]"))
    yielded = read(bomb, replace(LIMITS, part_bytes=10_000_000))
    assert unread(yielded) == [("1 part", "limit", "unpacked bytes")]


@pytest.mark.parametrize(
    "content",
    [
        raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"),
        raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 99999999>>"),
        raw(
            b"<</Type/Catalog/Pages 2 0 R>>",
            *(b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (n + 3) for n in range(3000)),
            b"<</Type/Page/MediaBox[0 0 9 9]>>",
        ),
    ],
    ids=["circular", "a count without pages", "3000 levels"],
)
def test_a_page_tree_that_leads_nowhere_is_damaged(content: bytes) -> None:
    assert {reason for _, reason, _ in unread(read(content))} == {"damaged"}


def test_circular_fields_end_and_their_values_are_read() -> None:
    content = one_page(
        stream(TEXT),
        catalog=b"/AcroForm<</Fields[6 0 R]>>",
        more=(b"null", b"<</T(a)/Kids[6 0 R 7 0 R]/V(first)>>", b"<</T(b)/Kids[6 0 R]/V(second)>>"),
    )
    assert "first" in prose(read(content))
    assert "second" in prose(read(content))


def test_a_form_that_draws_itself_ends() -> None:
    form = stream(
        b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>"
    )
    assert "ordinary" in prose(read(one_page(stream(TEXT + b" /X Do"), more=(form,))))


def test_content_that_breaks_off_is_read_up_to_there_and_named() -> None:
    packed = zlib.compress(TEXT + b" " * 200_000)[:-20]
    yielded = read(one_page(stream(packed, b"/Filter/FlateDecode")))
    assert "ordinary text" in prose(yielded)
    assert ("1 part", "damaged", "pdf structure") in unread(yielded)


def test_a_file_without_its_end_is_read_and_named() -> None:
    whole = one_page(stream(TEXT))
    yielded = read(whole[: whole.rindex(b"xref\n0 5")])
    assert "ordinary text" in prose(yielded)
    assert ("1 part", "damaged", "pdf structure") in unread(yielded)


def test_a_page_of_any_size_is_drawn_with_bounded_dots() -> None:
    content = one_page(stream(b"0 0 m 9 9 l S\n" * 60)).replace(b"[0 0 595 842]", b"[0 0 1e6 1e6]")
    (picture,) = members(read(content))
    assert len(picture.content) < 13_000_000


# ------------------------------------------------------------------ bytes beside the document


def test_what_stands_before_and_behind_the_file_is_a_member() -> None:
    number = my_number(34).encode()
    content = b"before " + number + b"\n" + pdf("text") + b"PK\x03\x04 behind " + number
    assert [name for name, _ in revisions.outside(content)] == ["leading data", "trailing data"]
    assert [m.content[:2] for m in members(read(content))][-2:] == [b"be", b"PK"]


def test_line_ends_behind_the_file_are_nothing() -> None:
    assert [*revisions.outside(pdf("text") + b"\r\n\x00\x00\x1a\n")] == []


def test_a_pdf_inside_a_pdf_is_no_earlier_revision() -> None:
    inner = pdf("inner")
    assert revisions.earlier(one_page(stream(TEXT), more=(stream(inner),))) == []


def test_an_embedded_file_is_a_member_under_its_name() -> None:
    spec = b"<</Type/Filespec/F(a.txt)/EF<</F 5 0 R>>>>"
    content = one_page(stream(TEXT), more=(stream(b"inside", b"/Type/EmbeddedFile"), spec))
    assert [(m.name, m.content) for m in members(read(content))] == [("a.txt", b"inside")]


def test_a_page_that_no_tree_names_is_read() -> None:
    lost = b"<</Type/Page/MediaBox[0 0 595 842]/Contents 7 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
    words = stream(b"BT /F 12 Tf 60 700 Td (taken out of the document) Tj ET")
    yielded = read(one_page(stream(TEXT), more=(b"null", lost, words)))
    assert "taken out of the document" in prose(yielded)


# ------------------------------------------------------------------ pictures of pages


def scans(pages: int) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out)
    for shade in range(pages):
        page.drawImage(ImageReader(Image.new("L", (400, 400), 40 * shade)), 72, 300, 400, 400)
        page.showPage()
    page.save()
    return out.getvalue()


def test_a_scan_is_handed_on_as_a_grey_picture() -> None:
    (picture,) = members(read(scans(1)))
    assert picture.declared_type == "image/x-portable-graymap"
    with Image.open(io.BytesIO(picture.content)) as image:
        assert (image.mode, image.size) == ("L", (1654, 2339))


def test_more_pictures_than_the_limit_are_named() -> None:
    yielded = read(scans(3), replace(LIMITS, rendered_pages=2))
    assert len(members(yielded)) == 2
    assert unread(yielded) == [("1 part / p. 3", "limit", "rendered pages")]


# ------------------------------------------------------------------ passwords


def test_a_password_that_came_with_the_mail_opens_the_file() -> None:
    locked = StandardEncryption("the password", ownerPassword="owner", strength=128)
    told = replace(sample(pdf("protected", encrypt=locked)), passwords=("wrong", "the password"))
    assert "protected" in prose(list(reader.read(told, LIMITS)))


def test_no_fitting_password_is_encrypted() -> None:
    locked = StandardEncryption("the password", ownerPassword="owner")
    told = replace(sample(pdf("protected", encrypt=locked)), passwords=("wrong",))
    assert unread(list(reader.read(told, LIMITS))) == [("1 part", "encrypted", "pdf")]


# ------------------------------------------------------------------ strings


@pytest.mark.parametrize(
    ("raw_text", "text"),
    [
        (b"plain", "plain"),
        ("個人番号".encode("utf-16"), "個人番号"),
        (b"\xfe\xff" + "個人番号".encode("utf-16-be"), "個人番号"),
        (b"\xef\xbb\xbf" + "個人番号".encode(), "個人番号"),
        ("個人番号".encode("cp932"), "個人番号"),
    ],
)
def test_a_string_is_decoded_by_its_mark_or_by_the_ladder(raw_text: bytes, text: str) -> None:
    assert decoded(raw_text, decode) == text


def test_strings_are_found_in_any_object_and_binary_ones_left_out() -> None:
    number = my_number(35)
    written_out = b"<< /A (a\\(b\\)\\101) /B <e38182> /C <%b> /N %b /D (D:20260101000000Z) >>" % (
        b"0001020304" * 9,
        number.encode(),
    )
    assert [*strings_in(written_out, decode)] == ["a(b)A", "あ", number]
