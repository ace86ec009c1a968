"""Presentations that carry numbers, written by python-pptx and by hand; used by ``word_carriers``."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Emu

from tests.corpus.word_surgery import edit, without_thumbnail

_LABEL = "個人番号："
_BOX = Emu(300_000)


def _deck(fill: Callable[[Slide, str], object]) -> Callable[[str], bytes]:
    def write(number: str) -> bytes:
        deck = Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        fill(slide, number)
        return _saved(deck)

    return write


def _saved(deck: Deck) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return without_thumbnail(out.getvalue())


def _text(shapes: object, text: str, x: int = 0, y: int = 0) -> None:
    shapes.add_textbox(Emu(x), Emu(y), _BOX, _BOX).text_frame.text = text  # type: ignore[attr-defined]


def _runs(slide: Slide, number: str) -> None:
    frame = slide.shapes.add_textbox(0, 0, _BOX, _BOX).text_frame
    for piece in (_LABEL, *number):
        frame.paragraphs[0].add_run().text = piece


def _digits(slide: Slide, number: str) -> None:
    _text(slide.shapes, "個人番号")
    for n in random.Random(number[:3]).sample(range(12), 12):
        _text(slide.shapes, number[n], 400_000 * (n + 2))


def _grouped_digits(slide: Slide, number: str) -> None:
    """Two groups, each with coordinates of its own, the right one drawn first."""
    _text(slide.shapes, "個人番号", 0, 1_000_000)
    for half in (1, 0):
        group = slide.shapes.add_group_shape()
        for n in range(6):
            _text(group.shapes, number[6 * half + n], 400_000 * n)
        group.left, group.top = Emu(400_000 * (2 + 6 * half)), Emu(1_000_000)


def _table(slide: Slide, number: str) -> None:
    grid = slide.shapes.add_table(1, 13, 0, 0, Emu(9_000_000), _BOX).table
    for column, text in enumerate(("個人番号", *number)):
        grid.cell(0, column).text = text


def _merged_table(slide: Slide, number: str) -> None:
    grid = slide.shapes.add_table(2, 3, 0, 0, Emu(9_000_000), _BOX).table
    grid.cell(0, 0).merge(grid.cell(0, 1))
    grid.cell(0, 0).text, grid.cell(0, 2).text = "氏名", "個人番号"
    grid.cell(1, 0).text, grid.cell(1, 2).text = "山田", number


def _notes(slide: Slide, number: str) -> None:
    slide.notes_slide.notes_text_frame.text = _LABEL + number


def _hidden(slide: Slide, number: str) -> None:
    slide._element.set("show", "0")
    _text(slide.shapes, _LABEL + number)


def _alternative(slide: Slide, number: str) -> None:
    shape = slide.shapes.add_textbox(0, 0, _BOX, _BOX)
    shape._element.nvSpPr.cNvPr.set("descr", _LABEL + number)


def _chart(slide: Slide, number: str) -> None:
    data = CategoryChartData()
    data.categories = ["山田"]
    data.add_series("個人番号", (int(number),))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, _BOX, _BOX, data)


def _layout(slide: Slide, number: str) -> None:
    slide.slide_layout.placeholders[0].text_frame.text = _LABEL + number


def _master(slide: Slide, number: str) -> None:
    slide.slide_layout.slide_master.placeholders[0].text_frame.text = _LABEL + number


def _comment(number: str) -> bytes:
    xml = f"<p:cmLst xmlns:p='p'><p:cm authorId='0'><p:text>{_LABEL}{number}</p:text></p:cm></p:cmLst>"
    return edit(_deck(_text_nothing)("0"), {"ppt/comments/comment1.xml": xml.encode()})


def _threaded_comment(number: str) -> bytes:
    xml = (
        "<c:cmLst xmlns:c='c' xmlns:a='a'><c:cm><c:txBody><a:p>"
        + "".join(f"<a:r><a:t>{piece}</a:t></a:r>" for piece in (_LABEL, *number))
        + "</a:p></c:txBody></c:cm></c:cmLst>"
    )
    return edit(_deck(_text_nothing)("0"), {"ppt/comments/modernComment1.xml": xml.encode()})


def _text_nothing(slide: Slide, number: str) -> None:
    _text(slide.shapes, "本文")


KINDS: tuple[tuple[str, str, Callable[[str], bytes]], ...] = (
    ("slide with runs", "説明.pptx", _deck(_runs)),
    ("a shape for each digit", "説明.pptx", _deck(_digits)),
    ("a shape for each digit in groups", "説明.pptx", _deck(_grouped_digits)),
    ("boxes in a slide's table", "説明.pptx", _deck(_table)),
    ("merged cells in a slide's table", "説明.pptx", _deck(_merged_table)),
    ("notes", "説明.pptx", _deck(_notes)),
    ("hidden slide", "説明.pptx", _deck(_hidden)),
    ("shape's alternative text", "説明.pptx", _deck(_alternative)),
    ("slide's chart", "説明.pptx", _deck(_chart)),
    ("layout", "説明.pptx", _deck(_layout)),
    ("master", "説明.pptx", _deck(_master)),
    ("slide's comment", "説明.ppsx", _comment),
    ("slide's threaded comment", "説明.ppsx", _threaded_comment),
)
