"""Two files in one: a whole file of one format behind, or in front of, one of another.

Answers: ``carriers``: for every two formats one file with the number in the second, and one
with it in the first. What any program reads of the two must be read, or be named.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from functools import cache

import docx
import openpyxl
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from reportlab.pdfgen import canvas

from tests.corpus import archive_writers as by_hand
from tests.corpus.archive_carriers import _gzip as gzipped
from tests.corpus.archive_carriers import deflated, tar
from tests.corpus.carrier import Carrier
from tests.corpus.word_legacy import compound
from tests.numbers import my_number

FAMILY = "polyglot"
_CLEAN = "本日はありがとうございました。"


def carriers(seed: int) -> Iterator[Carrier]:
    """Yield every pair, each with a number of its own."""
    rng = random.Random(f"polyglot {seed}")
    for first, (ending, make_first) in _FORMATS.items():
        for second, (_, make_second) in _FORMATS.items():
            number = my_number(rng.randrange(1 << 30))
            told = f"個人番号 {number}"
            for kind, content in (
                (f"{first} before {second}, in the second", _clean(first) + make_second(told)),
                (f"{first} before {second}, in the first", make_first(told) + _clean(second)),
            ):
                yield Carrier(FAMILY, kind, f"資料.{ending}", content, frozenset({number}))


@cache
def _clean(kind: str) -> bytes:
    return _FORMATS[kind][1](_CLEAN)


def _pdf(text: str) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=1)
    page.setTitle(text)
    page.drawString(72, 700, "A page with some words on it.")
    page.save()
    return out.getvalue()


def _docx(text: str) -> bytes:
    made, out = docx.Document(), io.BytesIO()
    made.add_paragraph(text)
    made.save(out)
    return out.getvalue()


def _xlsx(text: str) -> bytes:
    made, out = openpyxl.Workbook(), io.BytesIO()
    made.active["A1"] = text
    made.save(out)
    return out.getvalue()


def _picture(kind: str) -> Callable[[str], bytes]:
    def make(text: str) -> bytes:
        out, said = io.BytesIO(), PngInfo()
        said.add_itxt("Comment", text)
        raw = text.encode()
        options = {"PNG": {"pnginfo": said}, "TIFF": {"tiffinfo": {270: raw}}}
        Image.new("RGB", (8, 8), "white").save(out, kind, **options.get(kind, {"comment": raw}))
        return out.getvalue()

    return make


def _rtf(text: str) -> bytes:
    return b"{\\rtf1\\ansi " + "".join(f"\\u{ord(c)}?" for c in text).encode() + b"\\par}"


def _mail(text: str) -> bytes:
    head = b"From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    return head + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode() + b"\r\n"


_FORMATS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "text": ("txt", lambda t: f"{t}\r\n".encode()),
    "text in UTF-16": ("txt", lambda t: f"{t}\r\n".encode("utf-16")),
    "HTML": ("html", lambda t: f"<html><body><p>{t}</p></body></html>\n".encode()),
    "XML": ("xml", lambda t: f'<?xml version="1.0"?><a><b>{t}</b></a>\n'.encode()),
    "JSON": ("json", lambda t: f'{{"a": "{t}"}}\n'.encode()),
    "RTF": ("rtf", _rtf),
    "mail": ("eml", _mail),
    "PDF": ("pdf", _pdf),
    "docx": ("docx", _docx),
    "xlsx": ("xlsx", _xlsx),
    "compound file": ("doc", lambda t: compound({"Contents": t.encode("utf-16-le")})),
    "PNG": ("png", _picture("PNG")),
    "JPEG": ("jpg", _picture("JPEG")),
    "GIF": ("gif", _picture("GIF")),
    "TIFF": ("tif", _picture("TIFF")),
    "JPEG 2000": ("jp2", _picture("JPEG2000")),
    "zip": ("zip", lambda t: deflated(t.encode())),
    "tar": ("tar", lambda t: tar(t.encode())),
    "gz": ("gz", lambda t: gzipped(t.encode())),
    "rar": ("rar", lambda t: by_hand.rar5("a.txt", t.encode())),
    "lzh": ("lzh", lambda t: by_hand.lzh(b"a.txt", t.encode())),
}
