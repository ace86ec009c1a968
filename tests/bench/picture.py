"""What pictures cost: ``python -m tests.bench picture``.

Answers: a table of milliseconds of processor time for a logo (first time, and remembered), scans and
photos, each read as the one attachment of a mail.
Trusts: an idle machine. Fails: with ``OSError`` when the font of the corpus is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import EmailMessage

from PIL import Image

from gateway import extract
from gateway.inspection import inspect_now
from gateway.inspection.pictures import SeenPictures
from gateway.model import Inspection, InspectionLimits
from tests.corpus.picture_carriers import card, form, logo, noisy, photo, saved
from tests.numbers import my_number

LIMITS = InspectionLimits()


def a4(number: str, dpi: int) -> Image.Image:
    """A full page: two A5 sheets one above the other."""
    half = form(number, dpi=dpi)
    page = Image.new("RGB", (round(8.27 * dpi), round(11.69 * dpi)), "white")
    page.paste(half, (0, 0))
    page.paste(
        half.crop((0, 0, half.width, page.height - half.height)), (half.width // 3, half.height)
    )
    return page


def mail(content: bytes, kind: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@city.example.lg.jp", "b@exp.co.jp", "件名"
    made.set_content("本文です。")
    made.add_attachment(content, "image", kind, filename=f"a.{kind}")
    return made.as_bytes().replace(b"\n", b"\r\n")


def timed(work: Callable[[], Inspection]) -> tuple[float, Inspection]:
    started = time.process_time()
    found = work()
    return (time.process_time() - started) * 1000, found


def main() -> None:
    extract.warm()
    number = my_number(1)
    pictures = {
        "logo": (saved(logo(), "PNG"), "png"),
        "photo, 1 MP": (saved(photo(1), "JPEG"), "jpeg"),
        "photo, 12 MP": (saved(photo(1, (4000, 3000)), "JPEG"), "jpeg"),
        "card, 0.6 MP": (saved(card(number), "JPEG"), "jpeg"),
        "A4, 150 dpi": (saved(a4(number, 150), "PNG"), "png"),
        "A4, 300 dpi, noise": (saved(noisy(a4(number, 300), 1), "JPEG"), "jpeg"),
    }
    print(f"{'picture':20s} {'bytes':>9s} {'first ms':>9s} {'again ms':>9s}  found")
    for name, (content, kind) in pictures.items():
        whole, seen = mail(content, kind), SeenPictures()
        first, found = timed(
            lambda whole=whole, seen=seen: inspect_now(whole, LIMITS, pictures=seen)
        )
        again, _ = timed(lambda whole=whole, seen=seen: inspect_now(whole, LIMITS, pictures=seen))
        print(f"{name:20s} {len(content):9d} {first:9.0f} {again:9.1f}  {found.persons.likely}")


if __name__ == "__main__":
    main()
