"""HEIC: every picture of the file is looked at behind the walls, or named; what it says is read."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from importlib import import_module

import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from gateway.extract import picture
from gateway.extract.heif_items import holding, is_avif, is_heif
from gateway.extract.picture.libheif import readable
from gateway.extract.picture.opened import frames, opened
from gateway.inspection import TARGET, Inspector
from gateway.model import InspectionLimits
from gateway.sandbox import WorkerLimits, WorkerPool
from tests.corpus import picture_carriers
from tests.corpus.picture_files import boxed, heic, in_heic
from tests.extract.samples import LIMITS, fields, members, prose, read, sample, unread
from tests.numbers import my_number

NUMBER = my_number(73)


@pytest.fixture(autouse=True, scope="module")
def encoder() -> None:
    """heif-enc writes what is read here by the wheel pi-heif."""
    lacking = [] if readable() else ["the wheel pi-heif"]
    lacking += [] if shutil.which("heif-enc") else ["heif-enc (libheif-examples)"]
    if lacking and os.environ.get("SEKISHO_REQUIRE_ALL"):
        pytest.fail(f"missing: {', '.join(lacking)}")
    if lacking:
        pytest.skip(f"missing: {', '.join(lacking)}")


def drawn(text: str, size: tuple[int, int] = (420, 96)) -> Image.Image:
    page = Image.new("RGB", size, "white")
    ImageDraw.Draw(page).text((10, 10), text, "black", picture_carriers.font(28))
    return page


def plain(shade: int = 200) -> Image.Image:
    return Image.new("RGB", (128, 128), (shade, 90, 90))


def digits(content: bytes) -> str:
    return "".join(prose(read(content)).split())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def inspector() -> AsyncIterator[Inspector]:
    pool = WorkerPool(TARGET, 1, WorkerLimits())
    await pool.start()
    yield Inspector(InspectionLimits(), pool)
    await pool.stop()


def mail(content: bytes) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "a@city.example.lg.jp", "b@example.org", "写真"
    made.set_content("写真をお送りします。\n")
    made.add_attachment(content, "image", "heic", filename="IMG_0001.HEIC")
    return made.as_bytes()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_worker_reads_a_heic_without_starting_a_thread(inspector: Inspector) -> None:
    """By way of the wheel's own Python code the decoder started one, and the worker died."""
    found = await inspector.inspect(mail(heic(drawn(f"個人番号 {NUMBER}"))))
    assert (found.persons.likely, found.unread) == (1, ())


@pytest.mark.asyncio(loop_scope="module")
async def test_a_picture_larger_than_it_says_costs_no_worker(inspector: Inspector) -> None:
    made = bytearray(heic(Image.new("L", (2048, 2048), 200)))
    struct.pack_into(">II", made, made.index(b"ispe") + 8, 64, 64)
    found = await inspector.inspect(mail(bytes(made)))
    assert [(str(u.reason), u.detail) for u in found.unread] == [("damaged", "picture")]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda n: heic(plain(), drawn(n)), id="second"),
        pytest.param(lambda n: in_heic(heic(plain(), drawn(n)), hidden=2), id="hidden"),
        pytest.param(
            lambda n: in_heic(heic(plain(), drawn(n), thumbnail=80), thumbnail=3), id="thumbnail"
        ),
    ],
)
def test_a_picture_that_is_not_shown_at_first_is_looked_at(content) -> None:  # type: ignore[no-untyped-def]
    assert NUMBER in digits(content(NUMBER))


def test_transparent_ink_is_seen() -> None:
    page = Image.new("RGBA", (420, 96), (0, 0, 0, 0))
    ImageDraw.Draw(page).text((10, 10), NUMBER, "black", picture_carriers.font(28))
    assert NUMBER in digits(heic(page))


def test_exif_is_read_and_turns_nothing_twice() -> None:
    exif = picture_carriers._described(f"個人番号 {NUMBER}")
    exif[0x0112] = 6  # libheif has turned it already, by the file's own property
    content = heic(plain(), exif=exif)
    assert fields(read(content))["XPTitle"].strip() == f"個人番号 {NUMBER}"
    with opened(content, LIMITS.picture_pixels) as image:
        assert "exif" not in image.info


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda words: heic(plain()) + words, id="behind"),
        pytest.param(lambda words: heic(plain()) + boxed(b"free", words), id="free box"),
        pytest.param(lambda words: heic(plain()) + boxed(b"mpvd", words), id="unknown box"),
        pytest.param(lambda words: in_heic(heic(plain()), media=words), id="between"),
    ],
)
def test_bytes_of_no_picture_are_a_member(content) -> None:  # type: ignore[no-untyped-def]
    words = f"個人番号 {NUMBER}\n".encode()
    assert [m.content for m in members(read(content(words)))] == [words]
    assert members(read(heic(plain()))) == []


def test_a_picture_of_too_many_dots_is_not_unpacked() -> None:
    content = heic(drawn(NUMBER))
    small = replace(LIMITS, picture_pixels=1000)
    assert unread(list(picture.read(sample(content), small))) == [
        ("1 part", "limit", "picture pixels")
    ]


def test_pages_beyond_the_limit_are_named() -> None:
    content = heic(plain(1), plain(90), plain(200))
    few = replace(LIMITS, picture_frames=2)
    assert unread(list(picture.read(sample(content), few))) == [
        ("1 part", "limit", "picture frames")
    ]


def test_one_picture_that_is_broken_leaves_the_others_read() -> None:
    content = bytearray(heic(drawn(NUMBER), plain()))
    start, end = holding(bytes(content)).items[2].stretches[0]
    content[start:end] = bytes(end - start)
    seen = read(bytes(content))
    assert NUMBER in "".join(prose(seen).split())
    assert unread(seen) == [("1 part / frame 2", "damaged", "picture")]


@pytest.mark.parametrize("cut", [20, 200, 0.5, 0.9])
def test_a_heic_that_breaks_off_is_damaged(cut: float) -> None:
    content = heic(drawn(NUMBER))
    at = cut if cut > 1 else len(content) * cut
    assert [reason for _, reason, _ in unread(read(content[: int(at)]))] == ["damaged"]


def test_without_the_wheel_it_is_named_as_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MEDIA_TYPES", picture.MEDIA_TYPES - {"image/heic"})
    assert unread(read(heic(plain()))) == [("1 part", "unsupported", "image/heic")]


def test_a_moving_picture_is_named() -> None:
    content = heic(plain()) + boxed(b"moov", b"")
    assert ("1 part", "unsupported", "moving pictures in HEIC") in unread(read(content))


def test_pictures_in_avif_that_pillow_does_not_show_are_named() -> None:
    out = picture_carriers.saved(plain(), "AVIF")
    assert is_avif(out)
    assert not is_heif(out)
    assert unread(read(out)) == []
    entry = out.index(b"infe") + 8
    count = out.index(b"iinf") + 8
    size = int.from_bytes(out[entry - 12 : entry - 8], "big")
    again = bytearray(out[entry - 12 : entry - 12 + size])
    again[12:14] = (99).to_bytes(2, "big")
    made = bytearray(out[: entry - 12] + again + out[entry - 12 :])
    made[count : count + 2] = (int.from_bytes(made[count : count + 2], "big") + 1).to_bytes(
        2, "big"
    )
    for name in (b"iinf", b"meta"):
        at = out.index(name) - 4
        struct.pack_into(">I", made, at, struct.unpack_from(">I", made, at)[0] + size)
    assert holding(bytes(made)).others == [99]


def test_each_frame_is_one_picture_in_order() -> None:
    with opened(heic(plain(), drawn("x", (96, 80))), LIMITS.picture_pixels) as image:
        assert [f.size for f in frames(image, LIMITS.picture_pixels)] == [(128, 128), (96, 80)]


def test_a_large_picture_is_had_at_half_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 48 million dots met a worker's limit on memory in three copies."""
    opening = import_module(
        "gateway.extract.picture.opened"
    )  # the package has a function so called
    monkeypatch.setattr(opening, "_WORKING_PIXELS", 1000)
    with opened(heic(plain()), LIMITS.picture_pixels) as image:
        image.load()
        assert image.size == (64, 64)
        assert all(
            abs(a - b) < 8 for a, b in zip(image.getpixel((5, 5)), (200, 90, 90), strict=True)
        )
