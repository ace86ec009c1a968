"""What our reading of a PDF costs above PDFium's own: pages of ordinary text, 100 KB to 1 MB.

Prints for each document the best of several runs of bare pypdfium2 (every page's text, nothing
else), of the whole reader, and the overhead. The target is at most 20 %.
"""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable

import pypdfium2
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from gateway.extract import pdf
from tests.extract.samples import LIMITS, sample

RUNS = 5
TARGET = 0.20
_WORDS = (
    "本日の打ち合わせについてご連絡いたします資料は添付のとおりですご確認をお願いいたします"
    "請求書番号と注文番号を記載しました氏名住所生年月日東京都千代田区霞が関"
)


def letters(pages: int, *, latin: bool = False) -> bytes:
    """Business letters: 45 lines a page, a date and an amount on some."""
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))
    rng = random.Random(7)
    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=True)
    for _ in range(pages):
        page.setFont("Helvetica" if latin else "HeiseiKakuGo-W5", 10)
        for line in range(45):
            words = rng.choices(["lorem", "ipsum", "dolor", "sit", "amet", "sed", "do"], k=12)
            text = " ".join(words) if latin else "".join(rng.choices(_WORDS, k=40))
            if line % 9 == 0:
                text += f" {rng.randrange(1, 13)}月{rng.randrange(1, 29)}日" if not latin else ""
                text += f" {rng.randrange(1000, 90000):,}"
            page.drawString(50, 790 - 16 * line, text)
        page.showPage()
    page.save()
    return out.getvalue()


def bare(content: bytes) -> None:
    document = pypdfium2.PdfDocument(content)
    for number in range(len(document)):
        page = document[number]
        text_page = page.get_textpage()
        text_page.get_text_range()
        text_page.close()
        page.close()
    document.close()


def ours(content: bytes) -> None:
    for _ in pdf.read(sample(content), LIMITS):
        pass


def best(read: Callable[[bytes], None], content: bytes) -> float:
    """Milliseconds of the fastest run."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        read(content)
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def main() -> None:
    print(f"{'document':<16}{'KB':>7}{'bare ms':>10}{'ours ms':>10}{'overhead':>10}")
    for name, content in (
        ("latin 120 p.", letters(120, latin=True)),
        ("latin 600 p.", letters(600, latin=True)),
        ("japanese 40 p.", letters(40)),
        ("japanese 200 p.", letters(200)),
    ):
        alone, whole = best(bare, content), best(ours, content)
        over = whole / alone - 1
        verdict = "" if over <= TARGET else "  over the target"
        print(
            f"{name:<16}{len(content) / 1000:>7.0f}{alone:>10.1f}{whole:>10.1f}{over:>10.1%}{verdict}"
        )
