"""What looks like something we read and is not must be named, never pass as read."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from tests.extract.samples import members, prose, read, unread
from tests.numbers import my_number


@pytest.mark.parametrize("kind", ["text", "presentation", "graphics"])
def test_an_opendocument_is_read_by_its_texts_and_not_by_its_archive(kind: str) -> None:
    """A number cut by <text:span> passed unseen in an .odt that counted as read whole."""
    number = my_number(81)
    body = f"<text:p>個人番号 <text:span>{number[:5]}</text:span>{number[5:]}</text:p>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", f"<?xml version='1.0'?><office:body>{body}</office:body>")
    assert number in prose(read(out.getvalue()))


def test_postscript_is_a_program_and_no_text() -> None:
    assert ("1 part", "unsupported", "postscript") in unread(
        read(b"%!PS-Adobe-3.0 EPSF-3.0\n(a) show\n")
    )


@pytest.mark.parametrize("width_mm", [86, 25])
def test_a_picture_beside_text_is_looked_at_however_small_it_is_printed(width_mm: int) -> None:
    """A card's photo in a letter passed unseen, since the page had text besides."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    page.drawString(72, 760, "A letter with text enough to be no scan at all, and a picture.")
    picture = ImageReader(Image.new("RGB", (860, 540), "white"))
    page.drawImage(picture, 72, 300, width=width_mm * mm, height=width_mm * mm * 0.63)
    page.save()
    shown = [str(m.place) for m in members(read(out.getvalue()))]
    assert "1 part / p. 1 / picture on page" in shown
