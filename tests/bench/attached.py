"""The files of ``attachments``: each as another program writes it, from a seed, no two alike.

``FILES`` names them; each makes one file and says what reads it alone. The PDFs with embedded
fonts come out of LibreOffice and are left out where it is not installed.
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import docx
import xlsxwriter

from tests.bench import mails, pdf, picture, sheet, word
from tests.bench.sheet import calamine
from tests.corpus.picture_carriers import saved
from tests.numbers import my_number

Read = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Attached:
    """One file of the table."""

    name: str  # as a row of the table calls it
    file_name: str
    content: bytes
    library: str  # what reads it alone
    alone: Read


def files(wanted: str = "") -> Iterator[Attached]:
    """Yield the files whose row's name holds ``wanted``, the quick ones first."""
    for name, file_name, made, library, alone in _FILES:
        if wanted in name and (content := made()):
            yield Attached(name, file_name, content, library, alone)


def scan() -> bytes:
    return saved(picture.a4(my_number(1), 150), "PNG")


@cache
def ledger(rows: int = sheet.ROWS) -> bytes:
    """A book of orders: dates, names, amounts; no number is longer than seven digits."""
    rng = random.Random(3)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page, day = book.add_worksheet("受注"), book.add_format({"num_format": "yyyy/mm/dd"})
        page.write_row(0, 0, ("日付", "得意先", "品名", "数量", "単価", "金額", "担当", "備考"))
        for r in range(1, rows + 1):
            count, price = rng.randrange(1, 90), rng.randrange(100, 9000)
            page.write_number(r, 0, 45_000 + r % 900, day)
            page.write_row(r, 1, (f"得意先{r % 400}", f"品名{r % 700}", count, price))
            page.write_row(
                r, 5, (count * price, f"担当{r % 30}", "至急" if r % 40 == 0 else "通常")
            )
    return out.getvalue()


def by_libreoffice() -> bytes:
    """Some thirty pages of a Japanese letter as LibreOffice exports them; nothing without it."""
    soffice = shutil.which("soffice")
    if soffice is None:
        return b""
    rng = random.Random(4)
    made = docx.Document()
    for _ in range(360):
        made.add_paragraph("".join(rng.choice(pdf._WORDS) for _ in range(180)))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "letter.docx"
        made.save(str(source))
        subprocess.run(
            [
                soffice,
                "--headless",
                f"-env:UserInstallation=file://{folder}/profile",
                *("--convert-to", "pdf", "--outdir", folder, str(source)),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        return (Path(folder) / "letter.pdf").read_bytes()


# ------------------------------------------------------------------ a zip of mixed files


@cache
def mixed() -> bytes:
    """Five megabytes: workbooks, documents, PDFs, CSV and plain text; no picture."""
    rng = random.Random(5)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("受注/元帳.xlsx", ledger())
        archive.writestr("名簿.xlsx", sheet.workbook())
        archive.writestr("報告/本文.docx", word.document())
        archive.writestr("報告/案内.pdf", pdf.letters(76, latin=True))
        archive.writestr("報告/通知.pdf", pdf.letters(26))
        for number in range(8):
            archive.writestr(f"データ/{number}.csv", mails._rows(rng, 400_000))
        for number in range(4):
            archive.writestr(f"メモ/{number}.txt", mails._text(rng, 60_000))
        left = 5_000_000 - out.tell()
        archive.writestr("データ/測定.csv", _measured(rng, left))
    return out.getvalue()


def _measured(rng: random.Random, packed: int) -> bytes:
    """Rows of measurements that pack to about so many bytes."""
    rows = (
        f"{n},{rng.random():.6f},{rng.random():.4f},{rng.random():.5f}\r\n" for n in range(10**7)
    )
    made = [b"n,a,b,c\r\n"]
    size = 0
    while size < packed * 2.05:
        made.append(next(rows).encode())
        size += len(made[-1])
    return b"".join(made)


def unzipped(content: bytes) -> None:
    """Unpack every member and read it with its own library; texts are only decoded."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            member = archive.read(info)
            _READERS[info.filename.rpartition(".")[2]](member)


_READERS: dict[str, Read] = {
    "xlsx": calamine,
    "docx": word.by_lxml,
    "pdf": pdf.bare,
    "csv": lambda content: content.decode(),
    "txt": lambda content: content.decode("iso-2022-jp"),
}


# ------------------------------------------------------------------ OCR by its own library


def seen(content: bytes) -> object:
    """What RapidOCR's own pipeline reads, with the models that we use, on one thread."""
    return _rapidocr()(content)


@cache
def _rapidocr() -> Read:
    from rapidocr import RapidOCR  # the bench alone: the gateway takes the models only

    engine: Read = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return engine


_FILES: tuple[tuple[str, str, Callable[[], bytes], str, Read], ...] = (
    ("PDF, Latin", "a.pdf", lambda: pdf.letters(76, latin=True), "pypdfium2", pdf.bare),
    ("PDF, Japanese", "b.pdf", lambda: pdf.letters(26), "pypdfium2", pdf.bare),
    ("PDF, fonts inside", "c.pdf", by_libreoffice, "pypdfium2", pdf.bare),
    ("xlsx, 10,000 rows", "d.xlsx", sheet.workbook, "calamine", calamine),
    ("xlsx, no numbers", "e.xlsx", ledger, "calamine", calamine),
    ("docx, 1 MB", "f.docx", word.document, "lxml iterparse", word.by_lxml),
    ("zip, 5 MB, mixed", "g.zip", mixed, "zipfile and these", unzipped),
    ("A4 scan, 150 dpi", "h.png", scan, "RapidOCR", seen),
)
