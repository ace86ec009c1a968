"""Pictures that carry numbers: scans, photos, faxes, screenshots, codes, and texts inside the file.

Answers: ``carriers``, each a form or a card drawn in a Japanese font of Debian (fonts-noto-cjk) and then
hurt the way that scanners, fax machines, phones and mail programs do.
Trusts: nothing. Fails: ``OSError`` when the font is missing.
``HARD`` names the kinds that a reader may miss: they are reported, not demanded.
"""

from __future__ import annotations

import io
import random
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont, PngImagePlugin, TiffImagePlugin

from tests.corpus.carrier import Carrier
from tests.corpus.picture_files import boxed, heic, in_heic, tiff
from tests.numbers import grouped, my_numbers

GOTHIC = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
MINCHO = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
# What a program leaves that writes a page's table anew: eleven fields of the old one.
LEFTOVERS = b"".join(struct.pack("<HHII", tag, 4, 1, tag * 7) for tag in range(256, 267))
HARD = frozenset(
    {
        "card, strong perspective",
        "screenshot, 9 pt at 72 dpi",
        "scan 100 dpi, 8 pt",
        "fax 204x98, 9 pt",
    }
)
_NAMES = ("山田 太郎", "鈴木 花子", "佐藤 一郎", "高橋 美咲")


@cache
def font(size: int, path: str = GOTHIC) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


# ------------------------------------------------------------------ what is drawn


def form(
    number: str, *, dpi: int = 150, style: str = "plain", path: str = GOTHIC, point: float = 10.5
) -> Image.Image:
    """An A5 sheet with a label and a number, among what stands on such a form."""
    page = Image.new("RGB", (round(5.83 * dpi), round(8.27 * dpi)), "white")
    draw = ImageDraw.Draw(page)

    def at(mm: float) -> int:
        return round(mm / 25.4 * dpi)

    text, big = font(round(point / 72 * dpi), path), font(round(14 / 72 * dpi), path)
    draw.text((at(30), at(15)), "給与所得者の扶養控除等申告書", "black", big)
    draw.text((at(15), at(32)), "提出日 令和8年11月2日", "black", text)
    draw.text((at(15), at(42)), "フリガナ ヤマダ タロウ", "black", text)
    draw.text((at(15), at(50)), "氏名 山田 太郎", "black", text)
    draw.text((at(15), at(60)), "住所 東京都千代田区霞が関1-2-3", "black", text)
    y = at(72)
    if style == "cells":
        draw.text((at(15), y), "個人番号", "black", text)
        side = at(6)
        for n, digit in enumerate(number):
            x = at(42) + n * side
            draw.rectangle(
                (x, y - at(1), x + side, y + side), outline="black", width=max(dpi // 100, 1)
            )
            draw.text((x + side // 2, y + side // 2 - at(0.5)), digit, "black", text, anchor="mm")
    elif style == "vertical":
        draw.text((at(15), y), "個人番号", "black", text)
        for n, digit in enumerate(number):
            draw.text((at(60), y + round(n * 1.25 * point / 72 * dpi)), digit, "black", text)
    else:
        shown = {"plain": number, "grouped": grouped(number, " "), "hyphens": grouped(number)}[
            style
        ]
        draw.text((at(15), y), f"個人番号 {shown}", "black", text)
    draw.text((at(15), at(150)), "電話番号 03-5253-2111", "black", text)
    draw.text((at(15), at(158)), "金額 1,250,000円 うち控除 380,000円", "black", text)
    return page


def register(numbers: list[str], *, dpi: int = 150) -> Image.Image:
    """A list of persons: header above, a number a row."""
    page = Image.new("RGB", (round(8.27 * dpi), round(4 * dpi)), "white")
    draw = ImageDraw.Draw(page)
    text = font(round(10.5 / 72 * dpi))
    for x, words in ((0.6, "番号"), (1.6, "氏名"), (3.4, "個人番号"), (6, "所属")):
        draw.text((x * dpi, 0.4 * dpi), words, "black", text)
    for n, number in enumerate(numbers):
        for x, words in ((0.6, str(n + 1)), (1.6, _NAMES[n % 4]), (3.4, number), (6, "総務課")):
            draw.text((x * dpi, (0.8 + 0.35 * n) * dpi), words, "black", text)
    return page


def card(number: str, width: int = 1000) -> Image.Image:
    """The back of a card: number in groups, name, birth date, and a code with the number."""
    page = Image.new("RGB", (width, round(width * 0.63)), (236, 228, 240))
    draw = ImageDraw.Draw(page)
    for n in range(0, width, 14):  # the guilloche of such cards
        draw.arc((n - 300, -100, n + 300, 700), 0, 180, fill=(222, 208, 230))
    unit = width / 1000
    draw.text((60 * unit, 70 * unit), "個人番号", "black", font(round(36 * unit)))
    draw.text((60 * unit, 130 * unit), grouped(number, " "), "black", font(round(62 * unit)))
    draw.text((60 * unit, 260 * unit), "氏名 山田 太郎", "black", font(round(40 * unit)))
    draw.text((60 * unit, 330 * unit), "平成2年4月5日生 性別 男", "black", font(round(36 * unit)))
    return page


def code(payload: str, kind: Any = zxingcpp.BarcodeFormat.QRCode) -> Image.Image:
    """A code of whole dots, with quiet ground around."""
    made = Image.fromarray(np.array(zxingcpp.create_barcode(payload, kind).to_image(scale=4)))
    page = Image.new("L", (made.width + 80, made.height + 80), 255)
    page.paste(made.convert("L"), (40, 40))
    return page


def logo(seed: int = 0) -> Image.Image:
    """A signature logo: a mark of three colours and a name, no number."""
    page = Image.new("RGBA", (240, 80), (255, 255, 255, 0))
    draw = ImageDraw.Draw(page)
    draw.ellipse((8, 8, 72, 72), fill=(0, 90 + seed % 90, 160, 255))
    draw.polygon([(24, 56), (40, 20), (56, 56)], fill=(255, 200, 0, 255))
    draw.text((84, 24), "関所市役所", (30, 30, 30, 255), font(28))
    return page


def photo(seed: int, size: tuple[int, int] = (1200, 900)) -> Image.Image:
    """A picture of nothing: soft shapes and grain."""
    rng = np.random.default_rng(seed)
    low = Image.fromarray(rng.integers(0, 255, (9, 12, 3), dtype=np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    grain = rng.normal(0, 8, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.asarray(low) + grain, 0, 255).astype(np.uint8))


# ------------------------------------------------------------------ what happens to it


def turned(page: Image.Image, degrees: float) -> Image.Image:
    return page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def noisy(page: Image.Image, seed: int, sigma: float = 25) -> Image.Image:
    rng = np.random.default_rng(seed)
    dots = np.asarray(page.convert("RGB")).astype(float)
    return Image.fromarray(
        np.clip(dots + rng.normal(0, sigma, dots.shape), 0, 255).astype(np.uint8)
    )


def faint(page: Image.Image) -> Image.Image:
    return page.convert("L").point(lambda v: 200 + v * 40 // 255)


def seen_from(page: Image.Image, lean: float) -> Image.Image:
    """The sheet on a desk, seen from a side: its far edge is shorter by ``lean``."""
    w, h = page.size
    desk = Image.new("RGB", (round(w * 1.3), round(h * 1.3)), (120, 100, 80))
    desk.paste(page, (round(w * 0.15), round(h * 0.15)))
    dw, dh = desk.size
    source = _perspective(
        [(0, 0), (dw, 0), (dw, dh), (0, dh)],
        [(dw * lean, dh * lean / 2), (dw, 0), (dw, dh), (dw * lean / 3, dh)],
    )
    return desk.transform(desk.size, Image.Transform.PERSPECTIVE, source, Image.Resampling.BICUBIC)


def _perspective(into: list[tuple[float, float]], out_of: list[tuple[float, float]]) -> list[float]:
    rows, right = [], []
    for (x, y), (u, v) in zip(out_of, into, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return [float(n) for n in np.linalg.solve(np.array(rows, float), np.array(right, float))]


def fax(page: Image.Image, fine: bool) -> bytes:
    """Group 4, 204 by 196 or 98 dots to the inch, one bit a dot."""
    across, down = 204, 196 if fine else 98
    size = (round(page.width / 150 * across), round(page.height / 150 * down))
    bits = (
        page.convert("L")
        .resize(size, Image.Resampling.LANCZOS)
        .point(lambda v: 255 if v > 140 else 0)
        .convert("1")
    )
    out = io.BytesIO()
    bits.save(out, "TIFF", compression="group4", dpi=(across, down))
    return out.getvalue()


def saved(page: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    page.save(out, kind, **options)
    return out.getvalue()


# ------------------------------------------------------------------ the carriers

_DRAWN: dict[str, Callable[[str], bytes]] = {
    "scan 150 dpi": lambda n: saved(form(n), "PNG"),
    "scan 150 dpi, Mincho": lambda n: saved(form(n, path=MINCHO), "PNG"),
    "scan 150 dpi, 8 pt": lambda n: saved(form(n, point=8), "PNG"),
    "scan 200 dpi, grouped": lambda n: saved(form(n, dpi=200, style="grouped"), "PNG"),
    "scan 200 dpi, hyphens": lambda n: saved(form(n, dpi=200, style="hyphens"), "PNG"),
    "scan 300 dpi": lambda n: saved(form(n, dpi=300), "JPEG", quality=85),
    "scan 150 dpi, cells": lambda n: saved(form(n, style="cells"), "PNG"),
    "scan 300 dpi, cells": lambda n: saved(form(n, dpi=300, style="cells"), "PNG"),
    "scan 200 dpi, vertical": lambda n: saved(form(n, dpi=200, style="vertical"), "PNG"),
    "tilt +5": lambda n: saved(turned(form(n), 5), "PNG"),
    "tilt -5": lambda n: saved(turned(form(n), -5), "PNG"),
    "tilt -5, cells": lambda n: saved(turned(form(n, dpi=200, style="cells"), -5), "PNG"),
    "turned 90": lambda n: saved(turned(form(n), 90), "PNG"),
    "turned 180": lambda n: saved(turned(form(n), 180), "PNG"),
    "turned 270": lambda n: saved(turned(form(n), 270), "PNG"),
    "turned 180, cells": lambda n: saved(turned(form(n, dpi=200, style="cells"), 180), "PNG"),
    "turned 90, cells": lambda n: saved(turned(form(n, dpi=200, style="cells"), 90), "PNG"),
    "turned by EXIF": lambda n: saved(turned(form(n), 90), "JPEG", exif=_orientation(6)),
    "noise": lambda n: saved(noisy(form(n), 5), "JPEG", quality=80),
    "JPEG quality 30": lambda n: saved(form(n), "JPEG", quality=30),
    "JPEG quality 30, cells": lambda n: saved(form(n, style="cells"), "JPEG", quality=30),
    "low contrast": lambda n: saved(faint(form(n)), "PNG"),
    "white on black": lambda n: saved(form(n).point(lambda v: 255 - v), "PNG"),
    "blurred": lambda n: saved(form(n).filter(ImageFilter.GaussianBlur(1.2)), "JPEG"),
    "fax 204x196": lambda n: fax(form(n), True),
    "fax 204x98": lambda n: fax(form(n, point=12), False),
    "fax 204x98, 9 pt": lambda n: fax(form(n, point=9), False),
    "scan 100 dpi, 8 pt": lambda n: saved(form(n, dpi=100, point=8), "PNG"),
    "screenshot, 10.5 pt at 96 dpi": lambda n: saved(form(n, dpi=96), "PNG"),
    "screenshot, 9 pt at 72 dpi": lambda n: saved(form(n, dpi=72, point=9), "PNG"),
    "card": lambda n: saved(card(n), "JPEG", quality=80),
    "card, turned by 12": lambda n: saved(turned(card(n), 12), "JPEG", quality=80),
    "card, small in a large photo": lambda n: saved(_pasted(photo(3, (4000, 3000)), card(n, 1200)), "JPEG", quality=75),
    "card, perspective": lambda n: saved(seen_from(card(n), 0.12), "JPEG", quality=75),
    "card, strong perspective": lambda n: saved(seen_from(card(n), 0.3), "JPEG", quality=75),
    "GIF": lambda n: saved(form(n), "GIF"),
    "GIF, second frame": lambda n: saved(_pasted_logo(form(n)), "GIF", save_all=True, append_images=[form(n)]),
    "GIF, last frame": lambda n: _frames("GIF", n),
    "APNG, last frame": lambda n: _frames("PNG", n),
    "WebP": lambda n: saved(form(n), "WEBP", quality=60),
    "WebP, last frame": lambda n: _frames("WEBP", n),
    "BMP": lambda n: saved(form(n), "BMP"),
    "TIFF, third page": lambda n: saved(
        Image.new("RGB", (300, 300), "white"), "TIFF", save_all=True, append_images=[logo().convert("RGB"), form(n)]
    ),
    "TIFF, CMYK": lambda n: saved(form(n).convert("CMYK"), "TIFF", compression="tiff_lzw"),
    "PGM": lambda n: saved(form(n).convert("L"), "PPM"),
    "PBM": lambda n: saved(form(n, dpi=200).convert("1"), "PPM"),
    "PPM as text": lambda n: _plain_pgm(card(n, 500)),
    "PNG, 16 bit grey": lambda n: saved(Image.fromarray(np.asarray(form(n).convert("L")).astype(np.uint16) * 257), "PNG"),
    "PNG, palette": lambda n: saved(form(n).quantize(16), "PNG"),
    "ICO": lambda n: saved(card(n, 256).resize((256, 256)), "ICO", sizes=[(256, 256)]),
    "AVIF": lambda n: saved(form(n), "AVIF"),
    "white on transparent": lambda n: saved(_transparent(n, 255), "PNG"),
    "black on transparent": lambda n: saved(_transparent(n, 0), "PNG"),
    "transparent ink": lambda n: saved(_hidden(n), "PNG"),
    "QR code": lambda n: saved(code(f"個人番号 {n}"), "PNG"),
    "Code 128": lambda n: saved(_labelled(code(n, zxingcpp.BarcodeFormat.Code128)), "PNG"),
    "JPEG comment": lambda n: saved(photo(1, (300, 200)), "JPEG", comment=f"個人番号 {n}".encode()),
    "EXIF description": lambda n: saved(photo(1, (300, 200)), "JPEG", exif=_described(f"個人番号 {n}")),
    "PNG text": lambda n: saved(photo(1, (300, 200)), "PNG", pnginfo=_png_text(f"個人番号 {n}", False)),
    "PNG text, packed": lambda n: saved(photo(1, (300, 200)), "PNG", pnginfo=_png_text(f"個人番号 {n}", True)),
    "XMP": lambda n: saved(photo(1, (300, 200)), "JPEG", xmp=f"<x:xmpmeta><dc:title>個人番号 {n}</dc:title></x:xmpmeta>".encode()),
    "GIF comment": lambda n: saved(logo(), "GIF", comment=f"My Number: {n}".encode()),
    "EXIF description in cp932": lambda n: saved(photo(1, (300, 200)), "JPEG", exif=_described(f"個人番号 {n}", 0x010E)),
    "TIFF, description of the first page": lambda n: _pages(logo(), photo(1, (300, 200)), said=f"個人番号 {n}"),
    "JPEG, segment of a program": lambda n: _segmented(saved(photo(1, (300, 200)), "JPEG"), b"mynotes\0" + f"個人番号 {n}".encode()),
    "PNG, private chunk": lambda n: saved(logo(), "PNG", pnginfo=_png_chunk(f"個人番号 {n}")),
    "GIF, extension of a program": lambda n: _extended(saved(logo(), "GIF"), f"個人番号 {n}".encode()),
    "WebP, chunk of a program": lambda n: _chunked(saved(logo(), "WEBP"), f"個人番号 {n}".encode()),
    "behind a JPEG": lambda n: saved(photo(1, (300, 200)), "JPEG") + _zipped(f"個人番号 {n}"),
    "behind a PNG": lambda n: saved(logo(), "PNG") + f"個人番号 {n}\n".encode(),
    "behind a GIF": lambda n: saved(logo(), "GIF") + saved(card(n), "PNG"),
    "behind a WebP": lambda n: saved(logo(), "WEBP") + f"個人番号 {n}\n".encode(),
    "behind an AVIF": lambda n: saved(logo(), "AVIF") + f"個人番号 {n}\n".encode(),
    "JPEG 2000": lambda n: saved(form(n), "JPEG2000", quality_mode="rates", quality_layers=[20]),
    "JPEG 2000, bare stream in tiles": lambda n: saved(form(n), "JPEG2000", no_jp2=True, tile_size=(256, 256)),
    "JPEG 2000, grey, 300 dpi": lambda n: saved(form(n, dpi=300).convert("L"), "JPEG2000", irreversible=True, quality_layers=[30]),
    "JPEG 2000, comment": lambda n: saved(photo(1, (300, 200)), "JPEG2000", comment=f"個人番号 {n}".encode()),
    "JPEG 2000, box of XML": lambda n: saved(logo(), "JPEG2000") + boxed(b"xml ", f"<a><b>個人番号</b><c>{n}</c></a>".encode()),
    "JPEG 2000, box of XMP": lambda n: saved(logo(), "JPEG2000") + boxed(b"uuid", XMP_UUID + f"<x:xmpmeta><dc:title>個人番号 {n}</dc:title></x:xmpmeta>".encode()),
    "JPEG 2000, label in an association": lambda n: saved(logo(), "JPEG2000") + boxed(b"asoc", boxed(b"lbl ", f"個人番号 {n}".encode())),
    "JPEG 2000, second picture": lambda n: saved(logo(), "JPEG2000") + boxed(b"jp2c", saved(form(n), "JPEG2000", no_jp2=True)),
    "behind a JPEG 2000": lambda n: saved(logo(), "JPEG2000") + _zipped(f"個人番号 {n}"),
    "behind a bare JPEG 2000": lambda n: saved(logo(), "JPEG2000", no_jp2=True) + f"個人番号 {n}\n".encode(),
    "BigTIFF": lambda n: saved(form(n), "TIFF", compression="tiff_lzw", big_tiff=True),
    "behind a TIFF": lambda n: saved(logo().convert("RGB"), "TIFF") + f"個人番号 {n}\n".encode(),
    "behind a BigTIFF": lambda n: saved(logo().convert("RGB"), "TIFF", big_tiff=True) + _zipped(f"個人番号 {n}"),
    "behind leftovers of a TIFF": lambda n: saved(logo().convert("RGB"), "TIFF") + LEFTOVERS + _zipped(f"個人番号 {n}"),
    "between the parts of a TIFF": lambda n: tiff(logo(), f"個人番号 {n}\n".encode()),
    "between the parts of a BigTIFF": lambda n: tiff(logo(), f"個人番号 {n}\n".encode(), big=True),
    "among leftovers in a TIFF": lambda n: tiff(logo(), LEFTOVERS + f"個人番号 {n}".encode("cp932") + LEFTOVERS),
    "file between the parts of a TIFF": lambda n: tiff(logo(), LEFTOVERS + saved(form(n), "PNG")),
}  # fmt: skip

_BY_HEIF_ENC: dict[str, Callable[[str], bytes]] = {
    "HEIC": lambda n: heic(form(n)),
    "HEIC, card": lambda n: heic(card(n)),
    "HEIC, second picture": lambda n: heic(logo(), form(n)),
    "HEIC, hidden picture": lambda n: in_heic(heic(photo(1, (300, 200)), form(n)), hidden=2),
    "HEIC, thumbnail of another": lambda n: in_heic(heic(photo(1, (300, 200)), form(n), thumbnail=160), thumbnail=3),
    "HEIC, transparent": lambda n: heic(_transparent(n, 0)),
    "HEIC, EXIF": lambda n: heic(photo(1, (300, 200)), exif=_described(f"個人番号 {n}")),
    "HEIC, in a free box": lambda n: heic(logo()) + boxed(b"free", f"個人番号 {n}".encode()),
    "behind a HEIC": lambda n: heic(logo()) + _zipped(f"個人番号 {n}"),
    "between the parts of a HEIC": lambda n: in_heic(heic(logo()), media=f"個人番号 {n}".encode()),
}  # fmt: skip

_CLEAN: dict[str, Callable[[int], bytes]] = {
    "logo": lambda s: saved(logo(s), "PNG"),
    "photo": lambda s: saved(photo(s), "JPEG"),
    "form without a number": lambda s: saved(form(" " * 12, dpi=150, style="cells"), "PNG"),
    "rule": lambda s: saved(Image.new("RGB", (600, 2), (s % 200, 90, 90)), "GIF"),
    "uniform": lambda s: saved(Image.new("RGB", (1200, 800), (s % 200, 90, 90)), "PNG"),
    "QR code of a page": lambda s: saved(code("https://city.example.lg.jp/"), "PNG"),
    "TIFF with leftovers": lambda s: tiff(logo(s), LEFTOVERS) + LEFTOVERS,
    "JPEG with a camera's notes": lambda s: saved(photo(s, (300, 200)), "JPEG") + _NOTES,
    "JPEG 2000 of a photo": lambda s: saved(photo(s, (300, 200)), "JPEG2000"),
}
_CLEAN_BY_HEIF_ENC: dict[str, Callable[[int], bytes]] = {
    "HEIC of a photo": lambda s: heic(photo(s, (600, 450)), thumbnail=64),
}
# What Samsung's phones put behind a JPEG: the time, and where it stands.
_NOTES = b"\0\0\1\n\x0e\0\0\0Image_UTC_Data1637454000000SEFHk\0\0\0\1\0\0\0\0\0\1\n$\0\0\0#\0\0\0\x18\0\0\0SEFT"
_ENDINGS = {
    "JPEG 2000": "jp2", "HEIC": "heic", "AVIF": "avif", "JPEG": "jpg", "GIF": "gif", "WebP": "webp",
    "BMP": "bmp", "TIFF": "tif", "fax": "tif",
}  # fmt: skip


def carriers(seed: int) -> Iterator[Carrier]:
    """Every kind once, then the clean ones."""
    encoded = bool(shutil.which("heif-enc"))
    drawn = {**_DRAWN, **(_BY_HEIF_ENC if encoded else {})}
    clean = {**_CLEAN, **(_CLEAN_BY_HEIF_ENC if encoded else {})}
    numbers = iter(my_numbers(seed, len(_DRAWN) + len(_BY_HEIF_ENC) + 6))
    for kind, draw in drawn.items():
        number = next(numbers)
        yield _carrier(kind, draw(number), frozenset((number,)))
    rows = list(numbers)[-6:]
    yield _carrier("register of six", saved(register(rows), "PNG"), frozenset(rows))
    for kind, make in clean.items():
        yield _carrier(kind, make(random.Random(seed).randrange(1000)), frozenset())


def _carrier(kind: str, content: bytes, numbers: frozenset[str]) -> Carrier:
    ending = next((e for name, e in _ENDINGS.items() if name in kind), "png")
    return Carrier("picture", kind, f"scan.{ending}", content, numbers)


def _orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def _described(words: str, tag: int = 0x9C9B) -> Image.Exif:
    """EXIF with a title as Windows writes it (UTF-16), or another field in cp932."""
    exif = Image.Exif()
    exif[tag] = words.encode("utf-16-le") + b"\0\0" if tag == 0x9C9B else words.encode("cp932")
    return exif


def _segmented(content: bytes, body: bytes) -> bytes:
    """A JPEG with a segment APP9 more."""
    return content[:2] + b"\xff\xe9" + struct.pack(">H", 2 + len(body)) + body + content[2:]


def _png_chunk(words: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add(b"noTe", words.encode())
    return info


def _extended(content: bytes, body: bytes) -> bytes:
    """A GIF with an application's extension at its end."""
    return content[:-1] + b"!\xff\x0bSEKISHO 1.0" + bytes([len(body)]) + body + b"\0;"


def _chunked(content: bytes, body: bytes) -> bytes:
    """A WebP with a chunk more."""
    body += b" " * (len(body) % 2)
    made = content + b"NOTE" + struct.pack("<I", len(body)) + body
    return made[:4] + struct.pack("<I", len(made) - 8) + made[8:]


def _pages(first: Image.Image, second: Image.Image, *, said: str) -> bytes:
    """A TIFF of two pages, of which the first has a description."""
    one = saved(first.convert("RGB"), "TIFF", tiffinfo={270: said.encode()})
    out = io.BytesIO(one)
    with TiffImagePlugin.AppendingTiffWriter(out) as file:
        second.save(file, "TIFF")
    return out.getvalue()


def _png_text(words: str, packed: bool) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Comment", words, zip=packed)
    return info


def _frames(kind: str, number: str) -> bytes:
    wide = form(number).resize((583, 827), Image.Resampling.LANCZOS)
    blank = [Image.new("RGB", wide.size, (n, 200, 200)) for n in (10, 90, 200)]
    options = {"lossless": True} if kind == "WEBP" else {}
    return saved(
        blank[0], kind, save_all=True, append_images=[*blank[1:], wide], duration=100, **options
    )


def _plain_pgm(page: Image.Image) -> bytes:
    grey = page.convert("L")
    rows = np.asarray(grey)
    body = "\n".join(" ".join(map(str, row)) for row in rows.tolist())
    return f"P2\n# by hand\n{grey.width} {grey.height}\n255\n{body}\n".encode()


def _pasted(ground: Image.Image, page: Image.Image) -> Image.Image:
    ground.paste(turned(page, 4), (900, 1300))
    return ground


def _pasted_logo(page: Image.Image) -> Image.Image:
    """A page of the same size that shows a logo only."""
    blank = Image.new("RGB", page.size, "white")
    blank.paste(logo().convert("RGB"), (40, 40))
    return blank


def _transparent(number: str, ink: int) -> Image.Image:
    page = Image.new("RGBA", (900, 200), (0, 0, 0, 0))
    ImageDraw.Draw(page).text((30, 60), f"個人番号 {number}", (ink, ink, ink, 255), font(48))
    return page


def _hidden(number: str) -> Image.Image:
    """Everything is transparent; the number stands in the colours beneath."""
    page = form(number).convert("RGBA")
    page.putalpha(0)
    return page


def _labelled(drawn: Image.Image) -> Image.Image:
    page = Image.new("L", (drawn.width, drawn.height + 60), 255)
    page.paste(drawn, (0, 60))
    ImageDraw.Draw(page).text((20, 10), "マイナンバー", 0, font(32))
    return page


def _zipped(words: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), words)
    return out.getvalue()
