"""Numbers that only a picture in another file shows: scans in documents, pages without letters.

Answers: ``carriers``, from a seed; written by reportlab, python-docx, openpyxl and python-pptx.
Fails: ``OSError`` where the machine lacks the fonts of ``picture_carriers``.
"""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP

import docx
import numpy as np
import openpyxl
from openpyxl.drawing.image import Image as SheetPicture
from PIL import Image
from pptx import Presentation
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from tests.corpus.carrier import Carrier
from tests.corpus.picture_carriers import card, form, saved
from tests.numbers import my_number

FAMILY = "scanned"
_A5 = (420, 595)  # points
_DPI = 150


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every file, each with a number of its own."""
    rng = random.Random(f"scanned {seed}")
    for kind, (ending, make) in _KINDS.items():
        number = my_number(rng.randrange(1 << 30))
        yield Carrier(FAMILY, kind, f"申請書.{ending}", make(number), frozenset({number}))


def _png(number: str) -> bytes:
    return saved(form(number, dpi=_DPI), "PNG")


def _scanned_pdf(number: str) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=_A5, invariant=1)
    page.drawImage(ImageReader(form(number, dpi=_DPI)), 0, 0, *_A5)
    page.save()
    return out.getvalue()


def _pdf_beside_text(number: str) -> bytes:
    """A letter with text enough, and a card's photo below it."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=_A5, invariant=1)
    page.drawString(40, 540, "Please find a copy of the card below. We look forward to your reply.")
    page.drawImage(ImageReader(card(number)), 60, 250, 300, 189)
    page.save()
    return out.getvalue()


def _outlines_pdf(number: str) -> bytes:
    """No letter and no picture: every dot of ink is a filled rectangle, as some printers do."""
    ink = np.asarray(form(number, dpi=_DPI).convert("L")) < 128
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=_A5, invariant=1)
    scale = 72 / _DPI
    for y, row in enumerate(ink):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row.view(np.int8), [0]))))
        for first, last in edges.reshape(-1, 2).tolist():
            top = _A5[1] - y * scale
            page.rect(first * scale, top - scale, (last - first) * scale, scale, stroke=0, fill=1)
    page.save()
    return out.getvalue()


def _document(number: str) -> bytes:
    made = docx.Document()
    made.add_paragraph("申請書の写しです。")
    made.add_picture(io.BytesIO(_png(number)))
    return _bytes_of(made.save)


def _workbook(number: str) -> bytes:
    made = openpyxl.Workbook()
    made.active.add_image(SheetPicture(io.BytesIO(_png(number))), "B2")
    return _bytes_of(made.save)


def _slides(number: str) -> bytes:
    made = Presentation()
    made.slides.add_slide(made.slide_layouts[6]).shapes.add_picture(io.BytesIO(_png(number)), 0, 0)
    return _bytes_of(made.save)


def _rich_text(number: str) -> bytes:
    return rb"{\rtf1\ansi {\pict\pngblip " + _png(number).hex().encode() + rb"}\par}"


def _page(number: str) -> bytes:
    coded = base64.b64encode(_png(number)).decode()
    return f'<html><body><p>x</p><img src="data:image/png;base64,{coded}"></body></html>'.encode()


def _inline(number: str) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"], made["Subject"] = "a@city.example.lg.jp", "scan"
    made.set_content('<p>x</p><img src="cid:a">', subtype="html")
    made.add_related(_png(number), "image", "png", cid="<a>")
    return made.as_bytes()


def _tiff(number: str) -> bytes:
    """Three pages of a fax machine; the number stands on the last."""
    blank = Image.new("1", (_A5[0] * 2, _A5[1] * 2), 1)
    last = form(number, dpi=200).convert("1", dither=Image.Dither.NONE)
    out = io.BytesIO()
    blank.save(out, "TIFF", save_all=True, append_images=[blank, last], compression="group4")
    return out.getvalue()


def _bytes_of(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


_KINDS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "PDF, one scan a page": ("pdf", _scanned_pdf),
    "PDF, a card below a letter": ("pdf", _pdf_beside_text),
    "PDF, letters drawn as outlines": ("pdf", _outlines_pdf),
    "TIFF of a fax, third page": ("tif", _tiff),
    "docx": ("docx", _document),
    "xlsx": ("xlsx", _workbook),
    "pptx": ("pptx", _slides),
    "rtf": ("rtf", _rich_text),
    "HTML, data URI": ("html", _page),
    "mail, shown in its HTML": ("eml", _inline),
}
