"""``python -m tests.bench word``: what reading a Word file costs, against other readers.

The file is 1 MB packed, as python-docx writes it: paragraphs of Japanese in several runs, and
tables. ``lxml`` only walks the XML; ``python-docx`` gives paragraphs and cells, of the body alone.
"""

from __future__ import annotations

import io
import random
import statistics
import time
import zipfile
from collections.abc import Callable

import docx
from lxml import etree

from gateway import extract
from gateway.extract import Sample, media_type
from gateway.message.charset import decode
from gateway.model import InspectionLimits, Place
from tests.corpus.word_surgery import saved

RUNS = 5
PACKED = 1_000_000
_WORDS = [
    "申請",
    "給与",
    "確認",
    "住所",
    "電話",
    "名簿",
    "資料",
    "送付",
    "担当",
    "期日",
    "様式",
    "記入",
]


def main() -> None:
    content = document()
    print(f"{len(content):>9} bytes packed, {len(_xml(content)):>9} bytes of XML")
    readers: dict[str, Callable[[bytes], object]] = {
        "sekisho": ours, "lxml iterparse": by_lxml, "python-docx": by_python_docx,
    }  # fmt: skip
    for name, read in readers.items():
        times = []
        for _ in range(RUNS):
            start = time.process_time()
            read(content)
            times.append((time.process_time() - start) * 1000)
        print(f"{name:>15}  median {statistics.median(times):9.1f} ms CPU")


def document() -> bytes:
    """A Word file of at least ``PACKED`` bytes."""
    rng = random.Random(1)
    made = docx.Document()
    paragraphs = 3500
    for number in range(paragraphs):
        paragraph = made.add_paragraph()
        for piece in range(4):
            text = "".join(
                rng.choice(_WORDS) + chr(rng.randrange(0x4E00, 0x9000)) for _ in range(20)
            )
            paragraph.add_run(text).bold = piece % 2 == 0
        if number % 400 == 0:
            grid = made.add_table(rows=20, cols=5)
            for row in grid.rows:
                for cell in row.cells:
                    cell.text = rng.choice(_WORDS)
    return saved(made)


def _xml(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("word/document.xml")


def ours(content: bytes) -> object:
    sample = Sample(Place(("1",)), "a.docx", "", "", content, media_type(content), decode)
    return list(extract.read(sample, InspectionLimits()))


def by_lxml(content: bytes) -> object:
    events = etree.iterparse(io.BytesIO(_xml(content)), events=("start", "end"))
    return "".join(e.text or "" for event, e in events if event == "end")


def by_python_docx(content: bytes) -> object:
    made = docx.Document(io.BytesIO(content))
    cells = [c.text for t in made.tables for row in t.rows for c in row.cells]
    return [p.text for p in made.paragraphs], cells


if __name__ == "__main__":
    main()
