"""``python -m tests.bench looks [FILE…]``: what of a PDF's pages is looked at, and what that costs.

For PDFs as office programs write them (letters with a logo, ruled and dotted tables, bullets,
charts, slides), by reportlab, and by LibreOffice and Chromium where they are installed, and for
the files that are named: how many pages, on how many something is looked at, how many pictures
come of it, milliseconds a page to find out, and seconds of OCR. A logo counts once a file; in
the next mail it costs nothing (docs/security.md, remembered pictures).
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pypdfium2
import xlsxwriter
from docx.shared import Mm
from PIL import Image

from gateway.extract import pdf as reader
from gateway.extract import picture
from gateway.extract.pdf.looks import Painting, looked
from gateway.extract.picture.reading import read_lines
from gateway.extract.sample import Member
from tests.bench.pdf import letters
from tests.corpus.picture_carriers import logo, saved
from tests.extract.samples import LIMITS, sample

_CHARTS = ("column", "line", "pie", "scatter", "bar", "area", "radar", "doughnut")
_BORDERS = ("solid", "dotted", "dashed")
_STYLE = (
    "table{{border-collapse:collapse;width:100%}}td{{border:1px {0} #555;padding:4px}}"
    ".a{{box-shadow:2px 2px 6px #888;background:linear-gradient(#eef,#ccf);border-radius:8px}}"
)


def letter() -> bytes:
    """Three pages: a logo on each, bullets, a ruled table."""
    made = docx.Document()
    header = made.sections[0].header.paragraphs[0].add_run()
    header.add_picture(io.BytesIO(saved(logo(), "PNG")), width=Mm(30))
    for _ in range(3):
        made.add_paragraph("平素は格別のご高配を賜り厚く御礼申し上げます。")
        for n in range(5):
            made.add_paragraph(f"項目{n} についての説明", style="List Bullet")
        table = made.add_table(rows=15, cols=6)
        table.style = "Table Grid"
        for row in table.rows:
            for n, cell in enumerate(row.cells):
                cell.text = f"{1000 + 37 * n:,}"
        made.add_page_break()
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def charts() -> bytes:
    """A sheet with each kind of chart."""
    rng = random.Random(6)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("A")
        for row in range(40):
            page.write_row(row, 0, (f"品目{row}", rng.randrange(9999), rng.randrange(9999)))
        for n, kind in enumerate(_CHARTS):
            chart = book.add_chart({"type": kind})
            chart.add_series({"values": "=A!$B$1:$B$20", "categories": "=A!$A$1:$A$20"})
            page.insert_chart(16 * n, 5, chart)
    return out.getvalue()


def invoice(border: str) -> bytes:
    """A page for browsers: a shadow, a table with borders, bullets."""
    rng = random.Random(border)
    cells = "".join(f"<td>{rng.randrange(9999)}</td>" for _ in range(7))
    items = "".join(f"<li>項目{n}の説明" for n in range(14))
    return (
        f"<meta charset=utf-8><style>{_STYLE.format(border)}</style><h1>請求書</h1>"
        f"<div class=a>株式会社サクラ商事 御中</div><ul>{items}</ul>"
        f"<table>{f'<tr>{cells}</tr>' * 30}</table>"
    ).encode()


def _files() -> Iterator[tuple[str, bytes]]:
    yield "reportlab, letters", letters(10, latin=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, source in (("letter.docx", letter()), ("charts.xlsx", charts())):
            yield f"LibreOffice, {name}", _by_libreoffice(Path(folder), name, source)
        for border in _BORDERS:
            yield f"Chromium, {border}", _by_chromium(Path(folder), invoice(border))
    for path in sys.argv[1:]:
        yield Path(path).name, Path(path).read_bytes()


def _by_libreoffice(folder: Path, name: str, source: bytes) -> bytes:
    (folder / name).write_bytes(source)
    options = ("--headless", f"-env:UserInstallation=file://{folder}/profile")
    convert = ("--convert-to", "pdf", "--outdir", str(folder), str(folder / name))
    return _written("soffice", (*options, *convert), (folder / name).with_suffix(".pdf"))


def _by_chromium(folder: Path, source: bytes) -> bytes:
    page, target = folder / "page.html", folder / "page.pdf"
    page.write_bytes(source)
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={target}")
    return _written("chromium", (*options, page.as_uri()), target)


def _written(program: str, options: tuple[str, ...], target: Path) -> bytes:
    """What a program writes; nothing where it is not installed."""
    path = shutil.which(program)
    if path is None:
        return b""
    subprocess.run([path, *options], check=True, capture_output=True, timeout=180)
    return target.read_bytes()


def _taken(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _row(name: str, content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    pages = [document[n] for n in range(len(document))]
    painting = Painting(textured=False, masked=False, layered=False)
    finding = _taken(lambda: [looked(document, page, painting) for page in pages])
    met = [m for m in reader.read(sample(content), LIMITS) if isinstance(m, Member)]
    seen = [m for m in met if m.declared_type.startswith("image/")]
    places = {step for m in seen for step in m.place.steps if step.startswith("p. ")}
    ocr = sum(_taken(lambda m=m: _read(m.content)) for m in seen)  # type: ignore[misc]
    each = finding * 1000 / max(len(pages), 1)
    return f"{name:<26}{len(pages):>6}{len(places):>10}{len(seen):>10}{each:>9.1f}{ocr:>9.2f}"


def _read(content: bytes) -> None:
    with Image.open(io.BytesIO(content)) as image:
        read_lines(image.convert("RGB"), lambda: False)


def main() -> None:
    picture.warm()
    print(f"{'file':<26}{'pages':>6}{'looked at':>10}{'pictures':>10}{'ms/page':>9}{'OCR, s':>9}")
    for name, content in _files():
        if content:
            print(_row(name, content), flush=True)
