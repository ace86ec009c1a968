"""PDFs whose number is drawn beside real text, so that only eyes find it: small pictures, outlines.

Answers: ``carriers``, of the family ``pdf``; written by reportlab, and by pikepdf where it
has no word for what is drawn. Every page has text enough to be believed.
Fails: ``OSError`` where the machine lacks the fonts of ``picture_carriers``.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator

import pikepdf
import segno
from PIL import Image, ImageDraw
from reportlab.graphics.barcode import code128
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from tests.corpus.carrier import Carrier
from tests.corpus.glyph_outlines import outline, strokes
from tests.corpus.picture_carriers import card, font, logo
from tests.numbers import my_number

Draw = Callable[[canvas.Canvas, str], None]
_A4 = (595, 842)
_LETTER = (
    "Please find the particulars of the employee below.",
    "The form that was sent in is kept at the office as agreed.",
    "We look forward to your reply and remain at your disposal.",
)


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every kind once, each with a number of its own, and clean ones."""
    rng = random.Random(f"drawn {seed}")
    for kind, make in _KINDS.items():
        number = my_number(rng.randrange(1 << 30))
        yield Carrier("pdf", kind, "letter.pdf", make(number), frozenset({number}))
    for kind, draw in _CLEAN.items():
        yield Carrier("pdf", f"clean: {kind}", "letter.pdf", _page(draw, ""), frozenset())


def _page(draw: Draw, number: str) -> bytes:
    """A letter with something drawn in the middle of it."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=_A4, invariant=1)
    _write(page)
    draw(page, number)
    page.save()
    return out.getvalue()


def _write(page: canvas.Canvas) -> None:
    for n, line in enumerate(_LETTER):
        page.drawString(60, 780 - 18 * n, line)
    page.drawString(60, 643, "My Number")
    for n in range(12):
        page.drawString(60, 460 - 18 * n, f"Item {n + 1}: confirmed as agreed with the office.")


def _line(text: str, height: int = 48) -> Image.Image:
    """Words in black on white, no more dots than they need."""
    drawn = font(height * 3 // 4)
    width = round(drawn.getlength(text))
    margin = height // 6
    picture = Image.new("L", (width + 2 * margin, height), 255)
    ImageDraw.Draw(picture).text((margin, height // 2), text, 0, drawn, anchor="lm")
    return picture


def _put(page: canvas.Canvas, picture: Image.Image, x: float, y: float, height: float) -> None:
    width = height * picture.width / picture.height
    page.drawImage(ImageReader(picture), x, y, width, height)


# ------------------------------------------------------------------ pictures


def _small(page: canvas.Canvas, number: str) -> None:
    _put(page, _line(number), 150, 640, 14)


def _small_copy(page: canvas.Canvas, number: str) -> None:
    _put(page, card(number), 60, 600, 70)


def _thumbnail(page: canvas.Canvas, number: str) -> None:
    """Too small to be read on paper, and sharp when it is enlarged."""
    _put(page, card(number), 60, 640, 20)


def _mirrored(page: canvas.Canvas, number: str) -> None:
    """As it lies in the file nobody can read it."""
    picture = _line(number).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    page.saveState()
    page.transform(-1, 0, 0, 1, 450, 0)
    _put(page, picture, 150, 640, 14)
    page.restoreState()


def _squeezed(page: canvas.Canvas, number: str) -> None:
    """Each dot of the file is drawn six times as high as it is wide."""
    picture = _line(number)
    flat = picture.resize((picture.width, picture.height // 6), Image.Resampling.LANCZOS)
    page.drawImage(ImageReader(flat), 150, 640, 140, 14)


def _digit_by_digit(pitch: float) -> Draw:
    def draw(page: canvas.Canvas, number: str) -> None:
        for n, digit in enumerate(number):
            _put(page, _line(digit, 16), 150 + pitch * n, 640, 12)

    return draw


def _strips(page: canvas.Canvas, number: str) -> None:
    picture = _line(number, 40)
    for y in range(0, 40, 2):
        strip = picture.crop((0, y, picture.width, y + 2))
        page.drawImage(ImageReader(strip), 150, 653 - y / 2.8, picture.width / 2.8, 2 / 2.8)


def _inline(page: canvas.Canvas, number: str) -> None:
    picture = _line(number)
    page.drawInlineImage(picture, 150, 640, 14 * picture.width / picture.height, 14)


def _in_form(page: canvas.Canvas, number: str) -> None:
    page.beginForm("held")
    _put(page, _line(number), 0, 0, 400)
    page.endForm()
    page.saveState()
    page.transform(0.04, 0, 0, 0.04, 150, 640)
    page.doForm("held")
    page.restoreState()


def _masked(page: canvas.Canvas, number: str) -> None:
    """One colour all over; only the mask has a shape."""
    shape = _line(number).point(lambda v: 255 - v)
    picture = Image.merge("RGBA", [Image.new("L", shape.size, v) for v in (20, 20, 90)] + [shape])
    width = 14 * picture.width / picture.height
    page.drawImage(ImageReader(picture), 150, 640, width, 14, mask="auto")


def _white_on_dark(page: canvas.Canvas, number: str) -> None:
    shape = _line(number).point(lambda v: 255 - v)
    picture = Image.merge("RGBA", [Image.new("L", shape.size, 255)] * 3 + [shape])
    page.setFillGray(0.1)
    page.rect(140, 630, 260, 30, stroke=0, fill=1)
    width = 14 * picture.width / picture.height
    page.drawImage(ImageReader(picture), 150, 640, width, 14, mask="auto")


def _beside_text(page: canvas.Canvas, number: str) -> None:
    _put(page, logo(), 420, 760, 40)
    _put(page, logo(), 420, 60, 40)
    _small(page, number)


def _beneath(page: canvas.Canvas, number: str) -> None:
    """A scan with a white box drawn over the number, as people redact who know no better."""
    page.drawImage(ImageReader(card(number)), 60, 500, 340, 214)
    page.setFillGray(1)
    page.rect(60, 620, 340, 80, stroke=0, fill=1)


def _cut_away(page: canvas.Canvas, number: str) -> None:
    """A scan that the page's edge hides in part."""
    page.drawImage(ImageReader(card(number)), -260, 500, 340, 214)


def _clipped(page: canvas.Canvas, number: str) -> None:
    page.saveState()
    shape = page.beginPath()
    shape.rect(60, 500, 340, 100)
    page.clipPath(shape, stroke=0, fill=0)
    page.drawImage(ImageReader(card(number)), 60, 500, 340, 214)
    page.restoreState()


# ------------------------------------------------------------------ outlines


def _outlines(*, whole: bool, size: float = 11) -> Draw:
    """Letters as curves, as programs for drawing export them: a path each, or all in one."""

    def draw(page: canvas.Canvas, number: str) -> None:
        page.saveState()
        page.translate(150, 640)
        path = page.beginPath()
        for n, digit in enumerate(number):
            outline(path, digit, 0.62 * size * n, 0, size)
            if not whole:
                page.drawPath(path, stroke=0, fill=1)
                path = page.beginPath()
        if whole:
            page.drawPath(path, stroke=0, fill=1)
        page.restoreState()

    return draw


def _cut_to_shape(page: canvas.Canvas, number: str) -> None:
    """Black areas, each cut by a clipping path with the shape of a digit."""
    for n, digit in enumerate(number):
        page.saveState()
        path = page.beginPath()
        outline(path, digit, 150 + 6.8 * n, 640, 11)
        page.clipPath(path, stroke=0, fill=0)
        page.rect(148 + 6.8 * n, 636, 10, 16, stroke=0, fill=1)
        page.restoreState()


def _in_boxes(page: canvas.Canvas, number: str) -> None:
    """An outline a box of a form, far apart."""
    for n, digit in enumerate(number):
        page.rect(150 + 22 * n, 632, 22, 24)
        path = page.beginPath()
        outline(path, digit, 157 + 22 * n, 638, 12)
        page.drawPath(path, stroke=0, fill=1)


def _downwards(page: canvas.Canvas, number: str) -> None:
    """An outline a line, as in vertical writing."""
    for n, digit in enumerate(number):
        path = page.beginPath()
        outline(path, digit, 150, 640 - 14 * n, 11)
        page.drawPath(path, stroke=0, fill=1)


def _pen(page: canvas.Canvas, number: str) -> None:
    """Lines of a pen, as plotters and programs for construction draw."""
    page.setLineWidth(1.1)
    for n, digit in enumerate(number):
        for line in strokes(digit, 150 + 9 * n, 640, 11):
            path = page.beginPath()
            path.moveTo(*line[0])
            for point in line[1:]:
                path.lineTo(*point)
            page.drawPath(path)


_SEGMENTS = {  # of a digit on a till: top, upper right, lower right, foot, lower left, upper left, bar
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc",
    "5": "afgcd", "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg",
}  # fmt: skip


def _till(page: canvas.Canvas, number: str) -> None:
    """Digits of seven bars, a filled rectangle each."""
    width, half, thick = 6.0, 6.0, 1.2
    bars = {
        "a": (0, 2 * half, width, thick), "d": (0, 0, width, thick), "g": (0, half, width, thick),
        "b": (width - thick, half, thick, half + thick), "c": (width - thick, 0, thick, half + thick),
        "f": (0, half, thick, half + thick), "e": (0, 0, thick, half + thick),
    }  # fmt: skip
    for n, digit in enumerate(number):
        for name in _SEGMENTS[digit]:
            x, y, w, h = bars[name]
            middle = width / 2 if digit == "1" else 0  # at its edge it would stand apart
            page.rect(150 + 8.5 * n + x - middle, 640 + y, w, h, stroke=0, fill=1)


def _dots(page: canvas.Canvas, number: str) -> None:
    """A rectangle for every run of dots."""
    picture = _line(number, 32)
    scale = 14 / 32
    for y in range(picture.height):
        x = 0
        while x < picture.width:
            start = x
            while x < picture.width and picture.getpixel((x, y)) < 128:
                x += 1
            if x > start:
                page.rect(
                    150 + start * scale,
                    654 - y * scale,
                    (x - start) * scale,
                    scale,
                    stroke=0,
                    fill=1,
                )
            x += 1


def _square_code(page: canvas.Canvas, number: str) -> None:
    """A QR code of filled squares, no picture."""
    for y, row in enumerate(segno.make(f"My Number {number}", error="m").matrix):
        for x, dark in enumerate(row):
            if dark:
                page.rect(150 + 2 * x, 700 - 2 * y, 2, 2, stroke=0, fill=1)


def _bar_code(page: canvas.Canvas, number: str) -> None:
    """A bar code of filled stripes."""
    code128.Code128(number, barHeight=30, barWidth=0.9).drawOn(page, 150, 630)


# ------------------------------------------------------------------ changed by pikepdf

Change = Callable[[pikepdf.Pdf, str], None]


def _changed(change: Change) -> Callable[[str], bytes]:
    def make(number: str) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(_page(lambda *_: None, ""))) as pdf:
            change(pdf, number)
            pdf.save(out, fix_metadata_version=False, deterministic_id=True)
        return out.getvalue()

    return make


def _picture(pdf: pikepdf.Pdf, number: str, *, labelled: bool = False) -> pikepdf.Object:
    drawn = card(number).convert("L") if labelled else _line(number)
    return pdf.make_stream(
        drawn.tobytes(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=drawn.width,
        Height=drawn.height, ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8,
    )  # fmt: skip


def _form(pdf: pikepdf.Pdf, content: bytes, **resources: object) -> pikepdf.Object:
    return pdf.make_stream(
        content, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 240, 20],
        Resources=pikepdf.Dictionary(**resources),
    )  # fmt: skip


def _helvetica() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )


def _tiled(pdf: pikepdf.Pdf, number: str) -> None:
    """The number is the pattern that a rectangle is filled with."""
    cell = pdf.make_stream(
        f"BT /F 14 Tf 2 4 Td ({number}) Tj ET".encode(), Type=pikepdf.Name.Pattern, PatternType=1,
        PaintType=1, TilingType=1, BBox=[0, 0, 240, 20], XStep=240, YStep=20,
        Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=_helvetica())),
    )  # fmt: skip
    page = pdf.pages[0]
    page.add_resource(cell, pikepdf.Name.Pattern, pikepdf.Name("/PT"))
    page.contents_add(b"q /Pattern cs /PT scn 150 640 240 20 re f Q")


def _soft_mask(pdf: pikepdf.Pdf, number: str) -> None:
    """A black rectangle seen through a mask that has the number's shape."""
    shape = _form(
        pdf,
        f"1 g BT /F 14 Tf 152 645 Td ({number}) Tj ET".encode(),
        Font=pikepdf.Dictionary(F=_helvetica()),
    )
    shape.BBox = [0, 0, 595, 842]
    shape.Group = pikepdf.Dictionary(S=pikepdf.Name.Transparency, CS=pikepdf.Name.DeviceGray)
    mask = pikepdf.Dictionary(Type=pikepdf.Name.Mask, S=pikepdf.Name.Luminosity, G=shape)
    page = pdf.pages[0]
    state = pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, SMask=mask)
    page.add_resource(state, pikepdf.Name.ExtGState, pikepdf.Name("/SM"))
    page.contents_add(b"q /SM gs 0 g 150 640 240 20 re f Q")


def _stamp(pdf: pikepdf.Pdf, number: str) -> None:
    _annotate(pdf, number, Subtype=pikepdf.Name.Stamp)


def _signature(pdf: pikepdf.Pdf, number: str) -> None:
    """A signature's or a button's look."""
    _annotate(pdf, number, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Btn, T="look", Ff=1 << 16)
    held = pdf.pages[0].obj.Annots[0]
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[held])


def _annotate(pdf: pikepdf.Pdf, number: str, *, labelled: bool = False, **entries: object) -> None:
    picture = _picture(pdf, number, labelled=labelled)
    drawn = _form(pdf, b"q 160 0 0 14 2 2 cm /X Do Q", XObject=pikepdf.Dictionary(X=picture))
    made = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Rect=[150, 640, 390, 660], F=4,
        AP=pikepdf.Dictionary(N=drawn), **entries,
    )  # fmt: skip
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(made)])


def _hidden_layer(pdf: pikepdf.Pdf, number: str) -> None:
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="off"))
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))
    page = pdf.pages[0]
    page.add_resource(_picture(pdf, number), pikepdf.Name.XObject, pikepdf.Name("/HX"))
    page.add_resource(layer, pikepdf.Name.Properties, pikepdf.Name("/HL"))
    page.contents_add(b"/OC /HL BDC q 160 0 0 14 150 640 cm /HX Do Q EMC")


def _left_over(pdf: pikepdf.Pdf, number: str) -> None:
    """What paints it was taken out of the page; the picture stayed in the file."""
    picture = _picture(pdf, number, labelled=True)
    pdf.pages[0].add_resource(picture, pikepdf.Name.XObject, pikepdf.Name("/LX"))


def _thumb(pdf: pikepdf.Pdf, number: str) -> None:
    pdf.pages[0].obj.Thumb = _picture(pdf, number, labelled=True)


def _hidden_stamp(pdf: pikepdf.Pdf, number: str) -> None:
    _annotate(pdf, number, labelled=True, Subtype=pikepdf.Name.Stamp)
    pdf.pages[0].obj.Annots[0].F = 2


def _type3(pdf: pikepdf.Pdf, number: str) -> None:
    """A font of drawings that names no letters."""
    used = sorted(set(number))
    procs, widths = pikepdf.Dictionary(), []
    for n, digit in enumerate(used):
        lines = strokes(digit, 0, 0, 700)
        drawn = b"600 0 d0 80 w "
        for line in lines:
            drawn += b"%d %d m " % tuple(map(round, line[0]))
            drawn += b"".join(b"%d %d l " % tuple(map(round, p)) for p in line[1:]) + b"S "
        procs[f"/g{n}"] = pdf.make_stream(drawn)
        widths.append(600)
    names = [pikepdf.Name(f"/g{n}") for n in range(len(used))]
    made = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type3, FontBBox=[0, 0, 700, 700],
        FontMatrix=[0.001, 0, 0, 0.001, 0, 0], CharProcs=procs, FirstChar=1, LastChar=len(used),
        Widths=widths, Encoding=pikepdf.Dictionary(Differences=[1, *names]),
    )  # fmt: skip
    page = pdf.pages[0]
    page.add_resource(pdf.make_indirect(made), pikepdf.Name.Font, pikepdf.Name("/T3"))
    codes = "".join(f"{used.index(d) + 1:02x}" for d in number)
    page.contents_add(f"BT /T3 16 Tf 150 640 Td <{codes}> Tj ET".encode())


def _same_text(number: str) -> bytes:
    """Two pages that say the same; only the second shows the number."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=_A4, invariant=1)
    for picture in (logo(), card(number)):
        _write(page)
        page.drawImage(ImageReader(picture), 60, 500, 340, 214)
        page.showPage()
    page.save()
    return out.getvalue()


# ------------------------------------------------------------------ clean


def _clean_logo(page: canvas.Canvas, _: str) -> None:
    _put(page, logo(), 420, 760, 40)


def _clean_table(page: canvas.Canvas, _: str) -> None:
    """Ruled, with a box for each digit of a number that nobody has written there."""
    page.grid([60 + 24 * n for n in range(18)], [520 + 14 * n for n in range(12)])
    for n in range(12):
        page.rect(60 + 15 * n, 490, 15, 18)


def _clean_chart(page: canvas.Canvas, _: str) -> None:
    page.line(60, 500, 300, 500)
    for n in range(12):
        page.rect(66 + 20 * n, 500, 12, 10 + 9 * n % 70, fill=1)
        page.line(60 + 20 * n, 500, 60 + 20 * n, 497)


def _clean_dots(page: canvas.Canvas, _: str) -> None:
    """Dotted rules, bullets and the marks of a chart."""
    for row in range(6):
        for n in range(120):
            page.rect(60 + 3 * n, 520 + 14 * row, 1.5, 0.5, stroke=0, fill=1)
    for n in range(20):
        page.circle(50, 700 - 14 * n, 2, fill=1)
        page.circle(60 + 12 * n, 620 + 7 * n % 40, 2)


def _clean_outlines(page: canvas.Canvas, _: str) -> None:
    """A firm's name in curves."""
    path = page.beginPath()
    for n, letter in enumerate("SAKURA TRADING"):
        outline(path, letter, 420 + 9 * n, 800, 12)
    page.drawPath(path, stroke=0, fill=1)


_CLEAN: dict[str, Draw] = {
    "a letter with a logo": _clean_logo,
    "a ruled table and empty boxes": _clean_table,
    "a chart of bars": _clean_chart,
    "dotted rules, bullets and marks": _clean_dots,
    "a name in outlines": _clean_outlines,
}


def _drawn(draw: Draw) -> Callable[[str], bytes]:
    return lambda number: _page(draw, number)


_KINDS: dict[str, Callable[[str], bytes]] = {
    "small picture beside text": _drawn(_small),
    "small copy of a card": _drawn(_small_copy),
    "copy of a card as a thumbnail": _drawn(_thumbnail),
    "small picture, mirrored in the file": _drawn(_mirrored),
    "small picture, pressed flat in the file": _drawn(_squeezed),
    "a picture a digit": _drawn(_digit_by_digit(9)),
    "a picture a digit, in boxes": _drawn(_digit_by_digit(24)),
    "a picture a strip of dots": _drawn(_strips),
    "inline picture": _drawn(_inline),
    "small picture in a scaled form": _drawn(_in_form),
    "picture whose mask has the shape": _drawn(_masked),
    "white picture on a dark box": _drawn(_white_on_dark),
    "small picture beside two logos": _drawn(_beside_text),
    "beneath a white box": _drawn(_beneath),
    "picture over the page's edge": _drawn(_cut_away),
    "picture cut by a clipping path": _drawn(_clipped),
    "outlines, a path each": _drawn(_outlines(whole=False)),
    "outlines, one path": _drawn(_outlines(whole=True)),
    "outlines of 40 points": _drawn(_outlines(whole=False, size=40)),
    "areas cut to the shape of digits": _drawn(_cut_to_shape),
    "outlines in boxes": _drawn(_in_boxes),
    "outlines one below the other": _drawn(_downwards),
    "lines of a pen": _drawn(_pen),
    "digits of seven bars": _drawn(_till),
    "dots as rectangles": _drawn(_dots),
    "QR code of rectangles": _drawn(_square_code),
    "bar code of stripes": _drawn(_bar_code),
    "tiling pattern": _changed(_tiled),
    "soft mask": _changed(_soft_mask),
    "stamp with a picture": _changed(_stamp),
    "picture of a button": _changed(_signature),
    "picture in a hidden layer": _changed(_hidden_layer),
    "picture that no page paints": _changed(_left_over),
    "picture of the page for a list of pages": _changed(_thumb),
    "hidden stamp with a picture": _changed(_hidden_stamp),
    "font of drawings": _changed(_type3),
    "second page of the same text": _same_text,
}
