"""``python -m tests.bench sheet``: what reading a large workbook costs beside calamine alone."""

from __future__ import annotations

import gc
import io
import random
import statistics
import time
from collections.abc import Callable

import python_calamine
import xlsxwriter

from gateway import extract
from gateway.extract import Sample
from gateway.message.charset import decode
from gateway.model import InspectionLimits, Place

ROWS = 10_000
RUNS = 9
HEAD = ("氏名", "住所", "個人番号", "番号", "単価", "区分", "率", "所属", "曜日", "備考")


def workbook(rows: int = ROWS) -> bytes:
    """A roster of ten columns, as XlsxWriter writes it."""
    rng = random.Random(1)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名簿")
        sheet.write_row(0, 0, HEAD)
        for r in range(1, rows + 1):
            place = f"東京都千代田区{r % 300}"
            number = 10**11 + rng.randrange(10**11)
            row = [f"氏名{r}", place, number, r, r * 1.5, "x", rng.random(), "総務課", r % 7]
            sheet.write_row(r, 0, [*row, f"t{r % 50}"])
    return out.getvalue()


def ours(content: bytes) -> None:
    kind = extract.media_type(content)
    sample = Sample(Place(("1",)), "a.xlsx", "", "", content, kind, decode)
    for _ in extract.read(sample, InspectionLimits()):
        pass


def calamine(content: bytes) -> None:
    book = python_calamine.load_workbook(io.BytesIO(content))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python(skip_empty_area=True)


def timed(read: Callable[[bytes], None], content: bytes) -> float:
    """Milliseconds of CPU of one reading."""
    gc.collect()
    start = time.process_time()
    read(content)
    return (time.process_time() - start) * 1000


def main() -> None:
    content = workbook()
    ours(content)
    pairs = [(timed(ours, content), timed(calamine, content)) for _ in range(RUNS)]
    house, library = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{ROWS:,} x {len(HEAD)} cells, {len(content):,} bytes, median of {RUNS}, CPU")
    print(f"calamine alone  {library:7.1f} ms  (cells as floats, no formats, nothing beside them)")
    print(f"our reader      {house:7.1f} ms  (everything; {house / library:.2f} times)")


if __name__ == "__main__":
    main()
