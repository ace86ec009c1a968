"""Pages as pictures: every digit of every number is covered, however it is written there."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from gateway.extract.pdf.covered import Ink, on_paper
from gateway.extract.picture.reading import read_lines
from gateway.inspection import drawing
from gateway.inspection.covering import covered
from gateway.message import Leaf
from gateway.model import InspectionLimits, Place
from tests.numbers import my_number

LIMITS = InspectionLimits()
N = my_number(11)
MONO = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))


def leaf(content: bytes, kind: str = "application/pdf") -> Leaf:
    return Leaf(2, Place(("2 a.pdf",)), "a.pdf", kind, "", True, content)


def paper(draw, size=A4) -> bytes:  # type: ignore[no-untyped-def]
    """A PDF of one page that ``draw`` writes on."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=size)
    page.setFont("HeiseiKakuGo-W5", 11)
    draw(page)
    page.save()
    return out.getvalue()


def answer(
    content: bytes, *, masked: bool = True, page: int = 0, kind: str = "application/pdf"
) -> tuple[str, Image.Image | None]:
    """Why it is not drawn, and the picture."""
    head, _, png = drawing.page(leaf(content, kind), page, LIMITS, masked=masked).partition(b"\n")
    return json.loads(head)["why"], Image.open(io.BytesIO(png)) if png else None


def straight(c: canvas.Canvas) -> None:
    c.drawString(80, 700, f"個人番号 {N}")


def grouped(c: canvas.Canvas) -> None:
    c.drawString(80, 700, f"個人番号 {N[:4]}-{N[4:8]}-{N[8:]}")


def boxes(c: canvas.Canvas) -> None:
    c.drawString(80, 720, "個人番号")
    for i, d in enumerate(N):
        c.rect(80 + 15 * i, 696, 15, 18)
        c.drawString(84 + 15 * i, 701, d)


def shuffled(c: canvas.Canvas) -> None:
    c.drawString(80, 720, "個人番号")
    for i in (7, 0, 3, 11, 1, 9, 5, 2, 10, 4, 8, 6):
        c.drawString(84 + 15 * i, 701, N[i])


def turned(c: canvas.Canvas) -> None:
    c.saveState()
    c.translate(300, 300)
    c.rotate(90)
    c.drawString(0, 0, f"個人番号 {N}")
    c.restoreState()


def downward(c: canvas.Canvas) -> None:
    c.drawString(300, 740, "個人番号")
    for i, d in enumerate(N):
        c.drawString(300, 720 - 14 * i, d)


def wide(c: canvas.Canvas) -> None:
    c.drawString(
        80, 700, "個人番号 " + N.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    )


def far_apart(c: canvas.Canvas) -> None:
    c.drawString(80, 720, "個人番号")
    for i in range(3):
        c.drawString(80 + 160 * i, 700, N[4 * i : 4 * i + 4])


def form(c: canvas.Canvas) -> None:
    c.drawString(80, 720, "個人番号")
    c.acroForm.textfield(name="n", x=80, y=690, width=200, height=20, value=N, fontSize=11)


WAYS = [straight, grouped, boxes, shuffled, turned, downward, wide, far_apart, form]


@pytest.mark.parametrize("way", WAYS, ids=lambda w: w.__name__)
def test_no_digit_of_a_number_is_left_on_the_page(way) -> None:  # type: ignore[no-untyped-def]
    """Where each digit stands in the drawing there is nothing but black."""
    content = paper(way)
    bare = on_paper(content, 0)
    assert bare is not None
    why, picture = answer(content)
    assert why == ""
    assert picture is not None
    by = picture.width / bare.picture.width
    dots = np.asarray(picture.convert("L"))
    digits = [k for k in bare.inks if k.char.isdigit()]
    assert len(digits) >= 12
    for ink in digits:
        inside = dots[
            round(ink.top * by) + 1 : round(ink.bottom * by),
            round(ink.left * by) + 1 : round(ink.right * by),
        ]
        assert inside.size == 0 or inside.max() < 60, "a digit can be seen"


@pytest.mark.parametrize("way", [straight, boxes, downward, turned], ids=lambda w: w.__name__)
def test_reading_the_picture_again_finds_no_number(way) -> None:  # type: ignore[no-untyped-def]
    _, picture = answer(paper(way))
    assert picture is not None
    lines, _ = read_lines(picture.convert("RGB"), lambda: False)
    assert sum(c.isdigit() for c in "".join(lines)) < 8


def test_words_and_a_lone_date_stay() -> None:
    content = paper(lambda c: (straight(c), c.drawString(80, 400, "2026 Withholding slip")))
    bare = on_paper(content, 0)
    assert bare is not None
    _, picture = answer(content)
    assert picture is not None
    lines, _ = read_lines(picture.convert("RGB"), lambda: False)
    assert "Withholding" in "".join(lines).replace(" ", "")
    assert "2026" in "".join(lines)


def scan() -> Image.Image:
    """A page of the plain kind, as a scanner gives it."""
    bare = on_paper(paper(grouped), 0)
    assert bare is not None
    return bare.picture.convert("RGB")


def test_a_scanned_page_is_read_and_covered() -> None:
    def draw(c: canvas.Canvas) -> None:
        c.drawImage(ImageReader(scan()), 0, 0, *A4)

    why, picture = answer(paper(draw))
    assert why == ""
    assert picture is not None
    lines, _ = read_lines(picture.convert("RGB"), lambda: False)
    assert sum(c.isdigit() for c in "".join(lines)) < 4


def test_a_picture_as_small_as_a_logo_is_covered_beside_text() -> None:
    """A number that was pasted into a page as a small picture stood on it in clear."""
    crop = scan().crop(scan().convert("L").point(lambda x: 255 * (x < 128)).getbbox())

    def draw(c: canvas.Canvas) -> None:
        c.drawString(80, 700, "次の番号を控えてください。よろしくお願いいたします。")
        c.drawImage(ImageReader(crop), 80, 600, width=240, height=30)

    why, picture = answer(paper(draw))
    assert (why, picture is None) == ("", False)
    assert picture is not None
    read = "".join(read_lines(picture.convert("RGB"), lambda: False)[0])
    assert sum(c.isdigit() for c in read) < 4


MISREAD = str.maketrans("01258", "OlZSB")  # what OCR makes of digits, seen on poor scans


def misread(seed: int) -> list[str]:
    """The groups of a number of which one at least has no digit left."""
    numbers = (my_number(n).translate(MISREAD) for n in range(seed, seed + 2000))
    cut = ([n[:4], n[4:8], n[8:]] for n in numbers)
    return next(groups for groups in cut if any(g.isalpha() for g in groups))


@pytest.mark.parametrize("seed", [1, 5000])
def test_a_group_that_is_read_as_letters_alone_is_covered(seed: int) -> None:
    """The groups beside it were black, and it stood there in clear."""
    page = Image.new("L", (1200, 300), 255)
    pen = ImageDraw.Draw(page)
    pen.text((40, 40), "Number of the person", 0, ImageFont.truetype(MONO, 40))
    for place, group in enumerate(misread(seed)):
        pen.text((40 + 400 * place, 160), group, 0, ImageFont.truetype(MONO, 48))
    out = io.BytesIO()
    page.save(out, "PNG")
    why, picture = answer(out.getvalue(), kind="image/png")
    assert (why, picture is None) == ("", False)
    assert picture is not None
    dots, bare = np.asarray(picture.convert("L")), np.asarray(page)
    inked = bare[150:230] < 100
    assert dots[150:230][inked].max() == 0
    for place in range(3):  # black all over, from the first sign to the last
        box = page.crop((40 + 400 * place, 150, 240 + 400 * place, 230))
        left, top, right, bottom = box.point(lambda v: 255 * (v < 100)).getbbox()
        there = dots[150 + top : 150 + bottom, 40 + 400 * place + left : 40 + 400 * place + right]
        assert there.max() == 0
    assert dots[30:100].max() == 255


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("lOIl", True),
        ("l O I l", True),
        ("個人番号 lOIl", True),
        ("ＳＺＢＯ", True),
        ("SZB-OlI|", True),
        ("gqb", True),
        ("Bill", False),
        ("logic", False),
        ("口座番号", False),
        ("Tokyo", False),
    ],
)
def test_letters_that_digits_are_taken_for_are_covered_and_words_are_not(
    text: str, hidden: bool
) -> None:
    assert drawing._suspect(text) is hidden


def test_a_picture_of_its_own_is_covered_likewise() -> None:
    out = io.BytesIO()
    scan().save(out, "PNG")
    why, picture = answer(out.getvalue(), kind="image/png")
    assert why == ""
    assert picture is not None
    lines, _ = read_lines(picture.convert("RGB"), lambda: False)
    assert sum(c.isdigit() for c in "".join(lines)) < 4


def test_a_page_that_cannot_be_looked_through_in_time_is_not_drawn() -> None:
    out = io.BytesIO()
    scan().save(out, "PNG")
    hurried = InspectionLimits(picture_seconds=0)
    told = drawing.page(leaf(out.getvalue(), "image/png"), 0, hurried, masked=True)
    assert json.loads(told) == {"why": "page-slow"}


def test_a_number_without_its_place_is_not_drawn() -> None:
    """Its digits are not among what could be covered: nobody knows what the page shows."""
    inks = [Ink(c, 10.0 * n, 0, 10.0 * n + 8, 12) for n, c in enumerate("amount 12345678")]
    assert covered(inks, [N]) is None


def test_digits_that_stand_alone_are_covered_when_a_number_is_written_among_them() -> None:
    inks = [Ink(c, 900.0 * n, 0, 900.0 * n + 8, 12) for n, c in enumerate(N)]
    assert covered(inks, [f"{N[:6]} {N[6:]}"]) == frozenset(range(12))


@pytest.mark.parametrize(("content", "page"), [(b"%PDF-1.7 nothing", 0), (paper(straight), 5)])
def test_what_is_no_page_is_not_drawn(content: bytes, page: int) -> None:
    assert answer(content, page=page) == ("page-unreadable", None)


def test_uncovered_means_as_it_is() -> None:
    _, picture = answer(paper(straight), masked=False)
    assert picture is not None
    lines, _ = read_lines(picture.convert("RGB"), lambda: False)
    assert N in "".join(lines).replace(" ", "")


def test_the_pages_of_each_part_are_counted() -> None:
    assert drawing.pages_of(leaf(paper(straight)), LIMITS) == 1
    assert drawing.pages_of(leaf(b"hello", "text/plain"), LIMITS) == 0
    assert drawing.pages_of(leaf(b"", "application/pdf"), LIMITS) == 0
