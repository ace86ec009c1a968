"""PDF: what on a page of text must be looked at, what need not, and what that costs."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from gateway.extract.pdf import document
from gateway.extract.pdf.clusters import clusters
from gateway.extract.pdf.looks import MOST_APART, Looks, Painting, looked
from gateway.extract.pdf.things import UNCHANGED, Box, Matrix
from tests.corpus.glyph_outlines import outline
from tests.corpus.pdf_drawn_carriers import carriers
from tests.extract.samples import LIMITS, members, prose, read, unread
from tests.extract.test_pdf import TEXT, one_page, stream

PLAIN = Painting(textured=False, masked=False, layered=False)
CLEAN = {c.kind: c.content for c in carriers(5) if not c.numbers}
Draw = Callable[[canvas.Canvas], None]


def pages(*draws: Draw) -> bytes:
    """A page of text for each, with something drawn on it."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=(595, 842), invariant=1)
    for number, draw in enumerate(draws):
        page.drawString(60, 780, f"Page {number} has text enough to be believed.")
        draw(page)
        page.showPage()
    page.save()
    return out.getvalue()


def shaded(shade: int, size: tuple[int, int] = (60, 40)) -> ImageReader:
    return ImageReader(Image.linear_gradient("L").resize(size).point(lambda v: v * shade // 255))


def logo(x: float, y: float, shade: int = 200, width: float = 60) -> Draw:
    return lambda page: page.drawImage(shaded(shade), x, y, width, width * 2 / 3)


def looks(content: bytes, number: int = 0, painting: Painting = PLAIN) -> Looks:
    opened = pypdfium2.PdfDocument(content)
    return looked(opened, opened[number], painting)


# ------------------------------------------------------------------ what costs nothing


@pytest.mark.parametrize(
    "kind",
    ["a ruled table and empty boxes", "a chart of bars", "dotted rules, bullets and marks"],
)
def test_rules_boxes_bars_and_bullets_are_not_looked_at(kind: str) -> None:
    assert members(read(CLEAN[f"clean: {kind}"])) == []


def test_a_logo_on_every_page_is_handed_on_once() -> None:
    content = pages(*[logo(400, 760)] * 4)
    assert [str(m.place) for m in members(read(content))] == ["1 part / p. 1 / picture on page"]


def test_a_logo_is_the_same_bytes_wherever_a_document_has_it() -> None:
    (here,) = members(read(pages(logo(400, 760))))
    (there,) = members(read(pages(logo(33.3, 55.5, width=47))))
    assert here.content == there.content


def test_a_picture_without_room_for_twelve_digits_is_not_looked_at() -> None:
    tiny = pages(lambda page: page.drawImage(shaded(200, (16, 16)), 60, 600, 60, 60))
    assert not looks(tiny).any


# ------------------------------------------------------------------ what is looked at


def test_one_picture_is_read_by_itself_and_several_that_touch_where_they_stand() -> None:
    alone = looks(pages(logo(60, 600)))
    assert (len(alone.alone), alone.places, alone.whole) == (1, [], False)

    def side_by_side(page: canvas.Canvas) -> None:
        for n in range(3):
            logo(60 + 60 * n, 600, 100 + 40 * n)(page)

    (place,) = looks(pages(side_by_side)).places
    assert tuple(place) == pytest.approx((60, 600, 240, 640))


def test_many_pictures_make_the_page_be_drawn() -> None:
    def many(page: canvas.Canvas) -> None:
        for n in range(MOST_APART + 1):
            logo(60 + 100 * (n % 4), 700 - 90 * (n // 4), 60 + 15 * n)(page)

    (picture,) = members(read(pages(many)))
    kept_back = looks(pages(many), painting=replace(PLAIN, layered=True))
    assert (kept_back.whole, len(kept_back.hidden)) == (True, MOST_APART + 1)
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (1653, 2339)


def test_letters_in_outlines_are_drawn_with_the_label_before_them() -> None:
    def outlined(page: canvas.Canvas) -> None:
        page.drawString(60, 600, "Label")
        for n, letter in enumerate("SAKURATRADES"):
            path = page.beginPath()
            outline(path, letter, 110 + 9 * n, 600, 11)
            page.drawPath(path, stroke=0, fill=1)

    (picture,) = members(read(pages(outlined)))
    assert picture.labels == ("Label",)


def test_a_white_box_over_a_picture_hides_nothing() -> None:
    def redacted(page: canvas.Canvas) -> None:
        page.drawImage(shaded(200, (300, 200)), 60, 400, 300, 200)
        page.setFillGray(1)
        page.rect(60, 400, 300, 200, stroke=0, fill=1)

    (picture,) = members(read(pages(redacted)))
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.convert("L").getextrema()[0] < 50


def test_a_page_of_the_same_text_is_looked_at_again() -> None:
    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=1)
    for shade in (250, 90):
        page.drawString(60, 780, "Every page of this register says the same.")
        logo(60, 400, shade, width=300)(page)
        page.showPage()
    page.save()
    assert len(members(read(out.getvalue()))) == 2


# ------------------------------------------------------------------ limits and damage


def test_pages_beyond_the_limit_are_named_and_repeated_pictures_are_not_counted() -> None:
    content = pages(logo(60, 600), logo(60, 600), logo(60, 600, 90), logo(60, 600, 50))
    yielded = read(content, replace(LIMITS, rendered_pages=2))
    assert len(members(yielded)) == 2
    assert unread(yielded) == [("1 part / p. 4", "limit", "rendered pages")]


def test_a_picture_that_does_not_unpack_is_damaged() -> None:
    packed = stream(
        b"\xff\xd8\xff\xe0 no JPEG",
        b"/Type/XObject/Subtype/Image/Width 60/Height 40/BitsPerComponent 8"
        b"/ColorSpace/DeviceGray/Filter/DCTDecode",
    )
    content = one_page(stream(TEXT + b" q 200 0 0 100 60 500 cm /X Do Q"), more=(packed,))
    assert unread(read(content)) == [("1 part / p. 1 / picture on page", "damaged", "picture")]


@pytest.mark.parametrize("number", [b"1e38", b"-1e38", b"0", b"1e-38"])
def test_a_picture_put_beyond_all_numbers_is_looked_at_or_named(number: bytes) -> None:
    kind = b"/Type/XObject/Subtype/Image/Width 60/Height 40/BitsPerComponent 8"
    packed = stream(bytes(range(240)) * 10, kind + b"/ColorSpace/DeviceGray")
    put = b" q %b 0 0 %b %b 0 cm q %b 0 0 %b 0 %b cm /X Do Q Q" % ((number,) * 6)
    yielded = read(one_page(stream(TEXT + put), more=(packed,)))
    assert "ordinary text" in prose(yielded)
    assert members(yielded) or unread(yielded)


def test_pictures_that_no_page_paints_are_read_up_to_a_limit_that_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def left_over(data: bytes) -> bytes:
        kind = b"/Type/XObject/Subtype/Image/Width 60/Height 40/BitsPerComponent 8"
        return stream(data, kind + b"/ColorSpace/DeviceGray")

    shades = bytes(range(240)) * 10
    content = one_page(stream(TEXT), more=(left_over(shades), left_over(shades[::-1])))
    assert len(members(read(content))) == 2
    monkeypatch.setattr(document, "MOST_UNPAINTED", 1)
    yielded = read(content)
    assert len(members(yielded)) == 1
    assert unread(yielded) == [("1 part / pictures on no page", "limit", "pictures")]


# ------------------------------------------------------------------ on the way there


def test_boxes_whose_surroundings_touch_are_one_group() -> None:
    page = Box(0, 0, 600, 800)
    near = [Box(10 + 20 * n, 100, 28 + 20 * n, 110) for n in range(4)]
    groups = clusters([*near, Box(300, 100, 310, 110)], page)
    assert groups is not None
    assert sorted(map(sorted, groups)) == [[0, 1, 2, 3], [4]]


def test_boxes_that_cover_a_page_many_times_are_not_told_apart() -> None:
    page = Box(0, 0, 600, 800)
    assert clusters([page] * 100, page) is None


def test_a_box_far_beyond_the_page_costs_no_more_than_its_edge() -> None:
    page = Box(0, 0, 600, 800)
    assert clusters([Box(1e9, 1e9, 2e9, 2e9)], page) == [[0]]


def test_a_matrix_is_undone_by_its_inverse() -> None:
    matrix = Matrix(2, 1, -1, 3, 40, 50)
    inverse = matrix.inverse()
    assert inverse is not None
    assert tuple(matrix.after(inverse)) == pytest.approx(tuple(UNCHANGED))
    assert Matrix(1, 2, 2, 4, 0, 0).inverse() is None
