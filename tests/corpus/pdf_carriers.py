"""PDFs that carry known numbers: every place in the format where one can stand.

Written by reportlab, by pikepdf where structure matters, and byte by byte where no program
would write it so. The same seed gives the same bytes.
"""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable, Iterator

import pikepdf
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from tests.corpus import pdf_drawn_carriers
from tests.corpus.carrier import Carrier
from tests.numbers import FULL_WIDTH, grouped, my_number, my_numbers

LABEL = "個人番号"
UPRIGHT, DOWNWARDS = "HeiseiKakuGo-W5", "HeiseiMin-W3"

Draw = Callable[[canvas.Canvas, str], None]


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every kind once, each with numbers of its own."""
    for offset, (kind, make) in enumerate(_KINDS.items()):
        number = my_number(seed * 1000 + offset)
        yield Carrier("pdf", kind, f"{offset}.pdf", make(number), frozenset((number,)))
    numbers = my_numbers(seed * 1000 + 900, 20)
    yield Carrier("pdf", "table of twenty rows", "t.pdf", _table(numbers), frozenset(numbers))
    two = my_numbers(seed * 1000 + 901, 2)
    content = _page(lambda c, _: _interleaved(c, two), "")
    yield Carrier("pdf", "two lines drawn digit by digit in turn", "i.pdf", content, frozenset(two))
    yield Carrier("pdf", "a clean letter", "c.pdf", _page(_clean, ""), frozenset())
    yield from pdf_drawn_carriers.carriers(seed)


# ------------------------------------------------------------------ written by reportlab


def _page(draw: Draw, number: str, **options: object) -> bytes:
    for name in (UPRIGHT, DOWNWARDS):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(name, isVertical=name == DOWNWARDS))
    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=True, **options)
    page.setFont(UPRIGHT, 12)
    draw(page, number)
    page.showPage()
    page.save()
    return out.getvalue()


def _clean(page: canvas.Canvas, _: str) -> None:
    for line in range(20):
        page.drawString(60, 760 - 20 * line, "本日の打ち合わせについてご連絡いたします。")


def _boxes(page: canvas.Canvas, number: str, order: list[int], pitch: float = 20) -> None:
    page.drawString(60, 700, LABEL)
    for i in order:
        page.drawString(130 + pitch * i, 700, number[i])


def _in_boxes(page: canvas.Canvas, number: str) -> None:
    _boxes(page, number, list(range(12)))


def _shuffled(page: canvas.Canvas, number: str) -> None:
    order = list(range(12))
    random.Random(number).shuffle(order)
    _boxes(page, number, order)


def _backwards(page: canvas.Canvas, number: str) -> None:
    _boxes(page, number, list(range(11, -1, -1)), 8)


def _boxes_beside_amount(page: canvas.Canvas, number: str) -> None:
    _in_boxes(page, number)
    for i, digit in enumerate("1234567"):
        page.drawString(130 + 20 * 12 + 60 + 14 * i, 700, digit)


def _thirteen_boxes(page: canvas.Canvas, number: str) -> None:
    page.drawString(60, 720, "個人番号又は法人番号")
    for i, digit in enumerate(number):
        page.rect(150 + 15 * i, 695, 15, 18)
        page.drawString(154 + 15 * (i + 1), 700, digit)


def _in_fours(page: canvas.Canvas, number: str) -> None:
    page.drawString(60, 700, LABEL)
    for i, digit in enumerate(number):
        page.drawString(130 + 14 * i + 10 * (i // 4), 700, digit)


def _interleaved(page: canvas.Canvas, numbers: list[str]) -> None:
    for line in range(2):
        page.drawString(60, 700 - 24 * line, LABEL)
    order = [(line, i) for line in range(2) for i in range(12)]
    random.Random(numbers[0]).shuffle(order)
    for line, i in order:
        page.drawString(130 + 9 * i, 700 - 24 * line, numbers[line][i])


def _label_in_other_column(page: canvas.Canvas, number: str) -> None:
    for line in range(3):
        page.drawString(320, 700 - 20 * line, number if line == 1 else "番地なし")
    for line in range(3):
        page.drawString(60, 700 - 20 * line, LABEL if line == 1 else "住所")


def _rotated(page: canvas.Canvas, number: str) -> None:
    page.rotate(90)
    for i, digit in enumerate(LABEL + number):
        page.drawString(100 + 20 * i, -300, digit)


def _tilted(page: canvas.Canvas, number: str) -> None:
    page.rotate(30)
    page.drawString(300, 200, f"{LABEL} {number}")


def _rotated_page(page: canvas.Canvas, number: str) -> None:
    page.setPageRotation(270)
    _shuffled(page, number)


def _vertical(page: canvas.Canvas, number: str) -> None:
    page.setFont(DOWNWARDS, 12)
    page.drawString(300, 700, LABEL + number)
    page.drawString(276, 700, "氏名山田太郎")


def _vertical_boxes(page: canvas.Canvas, number: str) -> None:
    order = list(range(12))
    random.Random(number).shuffle(order)
    page.drawString(180, 740, LABEL)
    for i in order:
        page.drawString(200, 700 - 18 * i, number[i])


def _mode(mode: int) -> Draw:
    def draw(page: canvas.Canvas, number: str) -> None:
        text = page.beginText(60, 700)
        text.setTextRenderMode(mode)
        text.textOut(f"{LABEL} {number}")
        page.drawText(text)

    return draw


def _white(page: canvas.Canvas, number: str) -> None:
    page.setFillColorRGB(1, 1, 1)
    page.drawString(60, 700, f"{LABEL} {number}")


def _outside(page: canvas.Canvas, number: str) -> None:
    page.drawString(-900, 700, f"{LABEL} {number}")


def _spaced(page: canvas.Canvas, number: str) -> None:
    text = page.beginText(60, 700)
    text.setCharSpace(7)
    text.textOut(f"{LABEL}{number}")
    page.drawText(text)


def _over_lines(page: canvas.Canvas, number: str) -> None:
    page.drawString(60, 700, f"{LABEL} {number[:4]}-")
    page.drawString(60, 680, f"{number[4:8]}-{number[8:]}")


def _soft_hyphens(page: canvas.Canvas, number: str) -> None:
    page.setFont("Helvetica", 12)
    page.drawString(60, 700, f"My Number {grouped(number, chr(0xAD))}")


def _full_width(page: canvas.Canvas, number: str) -> None:
    page.drawString(60, 700, f"{LABEL}：{grouped(number).translate(FULL_WIDTH)}")


def _twice(page: canvas.Canvas, number: str) -> None:
    for shift in (0, 0.4):
        page.drawString(60 + shift, 700, f"{LABEL} {number}")


def _outline(page: canvas.Canvas, number: str) -> None:
    page.bookmarkPage("a")
    page.addOutlineEntry(f"{LABEL} {number}", "a")


def _title(page: canvas.Canvas, number: str) -> None:
    page.setTitle(f"{LABEL} {number}")


def _note(page: canvas.Canvas, number: str) -> None:
    page.textAnnotation(f"{LABEL} {number}", Rect=[60, 60, 90, 90])


def _one_field(page: canvas.Canvas, number: str) -> None:
    page.acroForm.textfield(name="n", tooltip=LABEL, value=number, x=60, y=600)


def _fields(pieces: int, *, shuffled: bool = False) -> Draw:
    def draw(page: canvas.Canvas, number: str) -> None:
        page.drawString(60, 605, LABEL)
        size = 12 // pieces
        order = list(range(pieces))
        if shuffled:
            random.Random(number).shuffle(order)
        for i in order:
            name = f"f{random.Random(i).random():.9f}" if shuffled else f"number{i + 1}"
            page.acroForm.textfield(
                name=name,
                tooltip=name,
                value=number[i * size : (i + 1) * size],
                x=130 + i * (300 // pieces),
                y=600,
                width=280 // pieces,
                height=20,
            )

    return draw


def _encrypted(number: str) -> bytes:
    locked = StandardEncryption("", ownerPassword="owner", strength=128)
    return _page(_shuffled, number, encrypt=locked)


def _table(numbers: list[str]) -> bytes:
    def draw(page: canvas.Canvas, _: str) -> None:
        for x, text in ((60, "氏名"), (200, LABEL), (360, "電話番号")):
            page.drawString(x, 760, text)
        for column in (2, 0, 1):  # a column after the other, the last first
            for row, number in enumerate(numbers):
                cells = ("山田太郎", number, f"03-5555-{1000 + row}")
                page.drawString((60, 200, 360)[column], 740 - 20 * row, cells[column])

    return _page(draw, "")


# ------------------------------------------------------------------ changed by pikepdf

Change = Callable[[pikepdf.Pdf, str], None]


def _changed(change: Change) -> Callable[[str], bytes]:
    def make(number: str) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(_page(_clean, ""))) as pdf:
            change(pdf, number)
            pdf.save(
                out,
                fix_metadata_version=False,
                deterministic_id=True,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
        return out.getvalue()

    return make


def _said(number: str) -> str:
    return f"{LABEL} {number}"


def _script(pdf: pikepdf.Pdf, number: str) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(
        S=pikepdf.Name.JavaScript, JS=f"n = '{number}' // My Number"
    )


def _script_stream(pdf: pikepdf.Pdf, number: str) -> None:
    script = pdf.make_stream(f"n = '{number}' // My Number".encode())
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=script)


def _page_label(pdf: pikepdf.Pdf, number: str) -> None:
    label = pikepdf.Dictionary(S=pikepdf.Name.D, P=_said(number))
    pdf.Root.PageLabels = pikepdf.Dictionary(Nums=[0, label])


def _xmp(pdf: pikepdf.Pdf, number: str) -> None:
    packet = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><d>{_said(number)}</d></x:xmpmeta>"
    pdf.Root.Metadata = pdf.make_stream(packet.encode(), Type=pikepdf.Name.Metadata)


def _xfa(pdf: pikepdf.Pdf, number: str) -> None:
    packet = f"<xfa:data xmlns:xfa='x'><個人番号>{number}</個人番号></xfa:data>"
    pieces = pikepdf.Array([pikepdf.String("datasets"), pdf.make_stream(packet.encode())])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=pieces)


def _comb(pdf: pikepdf.Pdf, number: str) -> None:
    widget = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T=LABEL,
        V=number, Ff=1 << 24, MaxLen=12, Rect=[100, 100, 400, 120],
    )  # fmt: skip
    held = pdf.make_indirect(widget)
    pdf.pages[0].obj.Annots = pikepdf.Array([held])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[held])


def _annotation(pdf: pikepdf.Pdf, **entries: object) -> None:
    made = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Rect=[100, 100, 400, 120], **entries)
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(made)])


def _free_text(pdf: pikepdf.Pdf, number: str) -> None:
    _annotation(pdf, Subtype=pikepdf.Name.FreeText, Contents=_said(number))


def _stamp(pdf: pikepdf.Pdf, number: str) -> None:
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    drawn = pdf.make_stream(
        f"BT /F 12 Tf 5 5 Td (My Number {number}) Tj ET".encode(),
        Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 300, 20],
        Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)),
    )  # fmt: skip
    _annotation(pdf, Subtype=pikepdf.Name.Stamp, AP=pikepdf.Dictionary(N=drawn), F=4)


def _attached(pdf: pikepdf.Pdf, number: str) -> None:
    pdf.attachments["note.txt"] = _said(number).encode()


def _attached_to_annotation(pdf: pikepdf.Pdf, number: str) -> None:
    held = pdf.make_stream(_said(number).encode())
    spec = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F="n.txt", EF=pikepdf.Dictionary(F=held))
    _annotation(pdf, Subtype=pikepdf.Name.FileAttachment, FS=spec)


def _portfolio(pdf: pikepdf.Pdf, number: str) -> None:
    pdf.attachments["inner.pdf"] = _page(_shuffled, number)
    pdf.Root.Collection = pikepdf.Dictionary(Type=pikepdf.Name.Collection)


def _hidden_layer(pdf: pikepdf.Pdf, number: str) -> None:
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="off"))
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))
    page = pdf.pages[0]
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.add_resource(font, pikepdf.Name.Font, pikepdf.Name("/HF"))
    page.add_resource(layer, pikepdf.Name.Properties, pikepdf.Name("/HL"))
    said = f"/OC /HL BDC BT /HF 12 Tf 60 100 Td (My Number {number}) Tj ET EMC"
    page.contents_add(said.encode())


def _alternative_text(pdf: pikepdf.Pdf, number: str) -> None:
    element = pikepdf.Dictionary(S=pikepdf.Name.Figure, Alt=_said(number))
    root = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot))
    element.P = root
    root.K = pdf.make_indirect(element)
    pdf.Root.StructTreeRoot = root


# ------------------------------------------------------------------ written byte by byte


def _raw(number: str, *, more: bytes = b"", page: bytes = b"") -> bytes:
    """A file of one page, its objects in order and its cross-reference sound."""
    content = page or f"BT /F 12 Tf 60 700 Td (My Number {number}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font"
        b"<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(content), content),
    ]
    out = b"%PDF-1.7\n" + more
    offsets = []
    for n, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    return out + b"xref\n0 5\n0000000000 65535 f \n%btrailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table, len(out)
    )  # fmt: skip


def _updated(number: str) -> bytes:
    """The number stood on the page until an incremental update replaced its content."""
    first = _raw(number)
    content = b"BT /F 12 Tf 60 700 Td (nothing to see on this page any more) Tj ET"
    at = len(first)
    body = b"4 0 obj\n<</Length %d>>\nstream\n%b\nendstream\nendobj\n" % (len(content), content)
    before = first.rindex(b"xref\n0 5")
    return (
        first
        + body
        + (
            b"xref\n4 1\n%010d 00000 n \ntrailer\n<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
            % (at, before, at + len(body))
        )
    )


def _behind(number: str) -> bytes:
    return _page(_clean, "") + _said(number).encode()


def _comment(number: str) -> bytes:
    return _raw("", more=b"% My Number " + number.encode() + b"\n")


def _packed_twice(number: str) -> bytes:
    text = f"BT /F 12 Tf 60 700 Td (My Number {number}) Tj ET".encode()
    content = zlib.compress(zlib.compress(text))
    return _raw(number, page=b"@").replace(
        b"<</Length 1>>\nstream\n@\nendstream",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>\nstream\n%b\nendstream" % (len(content), content),
    )  # fmt: skip


def _cut_off(number: str) -> bytes:
    whole = _raw(number)
    return whole[: whole.rindex(b"xref\n0 5")]


def _drawn(draw: Draw) -> Callable[[str], bytes]:
    return lambda number: _page(draw, number)


_KINDS: dict[str, Callable[[str], bytes]] = {
    "one digit a box": _drawn(_in_boxes),
    "boxes drawn in any order": _drawn(_shuffled),
    "narrow boxes drawn backwards": _drawn(_backwards),
    "boxes beside the boxes of an amount": _drawn(_boxes_beside_amount),
    "thirteen boxes, the first empty": _drawn(_thirteen_boxes),
    "boxes in groups of four": _drawn(_in_fours),
    "label drawn in a column of its own": _drawn(_label_in_other_column),
    "boxes turned by 90 degrees": _drawn(_rotated),
    "text tilted by 30 degrees": _drawn(_tilted),
    "a turned page": _drawn(_rotated_page),
    "vertical writing": _drawn(_vertical),
    "boxes one below the other": _drawn(_vertical_boxes),
    "render mode 3": _drawn(_mode(3)),
    "render mode 7 (clipping)": _drawn(_mode(7)),
    "white on white": _drawn(_white),
    "outside the page": _drawn(_outside),
    "letter spacing": _drawn(_spaced),
    "hyphens at line ends": _drawn(_over_lines),
    "soft hyphens": _drawn(_soft_hyphens),
    "full-width digits": _drawn(_full_width),
    "drawn twice for boldness": _drawn(_twice),
    "outline": _drawn(_outline),
    "title": _drawn(_title),
    "note": _drawn(_note),
    "form field": _drawn(_one_field),
    "twelve fields in order of name": _drawn(_fields(12)),
    "three fields in order of name": _drawn(_fields(3)),
    "twelve fields told by place only": _drawn(_fields(12, shuffled=True)),
    "empty password": _encrypted,
    "comb field": _changed(_comb),
    "script": _changed(_script),
    "script in a stream": _changed(_script_stream),
    "page label": _changed(_page_label),
    "XMP": _changed(_xmp),
    "XFA": _changed(_xfa),
    "free text": _changed(_free_text),
    "stamp": _changed(_stamp),
    "attached file": _changed(_attached),
    "file attached to an annotation": _changed(_attached_to_annotation),
    "portfolio": _changed(_portfolio),
    "hidden layer": _changed(_hidden_layer),
    "alternative text": _changed(_alternative_text),
    "earlier revision": _updated,
    "behind the end": _behind,
    "comment": _comment,
    "packed twice": _packed_twice,
    "cut off before the cross-reference": _cut_off,
}
