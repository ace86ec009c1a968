"""Pictures: what they show, what their files say, what is too small to be looked at."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from gateway.extract import Sample, Yielded, picture
from gateway.extract.picture.boxes import Box, boxes_of
from gateway.extract.picture.ends import beside
from gateway.extract.picture.lines import Piece, lines_of
from gateway.extract.sniff import media_type
from gateway.message.charset import decode
from gateway.model import Field, Place, Prose
from tests.extract.samples import LIMITS, fields, members, prose, read, unread, zipped
from tests.numbers import grouped, my_number

ROOT = Path(__file__).parents[2]
NUMBER = my_number(41)


@pytest.fixture(scope="module")
def drawn() -> object:
    """The corpus of pictures, which needs a Japanese font of the system."""
    from tests.corpus import picture_carriers

    if not Path(picture_carriers.GOTHIC).exists():
        if os.environ.get("SEKISHO_REQUIRE_ALL"):
            pytest.fail("no Japanese font: install fonts-noto-cjk")
        pytest.skip("no Japanese font: install fonts-noto-cjk")
    return picture_carriers


def looked_at(content: bytes, limits: object = LIMITS) -> list[Yielded]:
    """By the picture reader alone."""
    sample = Sample(Place(("1 part",)), "", "", "", content, media_type(content), decode)
    return list(picture.read(sample, limits))  # type: ignore[arg-type]


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def digits(yielded: list[Yielded]) -> str:
    return prose(yielded).replace(" ", "").replace("\n", "")


# ------------------------------------------------------------------ what is shown


@pytest.mark.parametrize(
    "kind",
    [
        "scan 150 dpi",
        "scan 150 dpi, cells",
        "scan 200 dpi, vertical",
        "tilt -5, cells",
        "turned 90",
        "turned 180, cells",
        "fax 204x98",
        "low contrast",
        "transparent ink",
        "GIF, last frame",
        "card, perspective",
    ],
)
def test_a_number_is_read_with_its_label(drawn: object, kind: str) -> None:
    content = drawn._DRAWN[kind](NUMBER)  # type: ignore[attr-defined]
    yielded = looked_at(content)
    assert NUMBER in digits(yielded)
    assert "個人番号" in prose(yielded)
    assert unread(yielded) == []


def test_a_code_is_read_below_what_is_printed(drawn: object) -> None:
    yielded = looked_at(saved(drawn._labelled(drawn.code(NUMBER))))  # type: ignore[attr-defined]
    lines = prose(yielded).split("\n")
    assert (lines[0][:5], lines[-1]) == ("マイナンバ", NUMBER)
    assert fields(yielded) == {"QRCode": NUMBER}


def test_a_frame_that_is_too_late_is_a_limit() -> None:
    blank = [Image.new("RGB", (40, 40), (n, n, n)) for n in (0, 90, 180)]
    content = saved(blank[0], "GIF", save_all=True, append_images=blank[1:])
    assert unread(looked_at(content)) == []
    late = looked_at(content, replace(LIMITS, picture_frames=2))
    assert unread(late) == [("1 part", "limit", "picture frames")]


def test_a_picture_for_which_no_time_is_left_is_a_limit() -> None:
    page = Image.new("RGB", (400, 100), "white")
    ImageDraw.Draw(page).text((10, 10), NUMBER, "black")
    late = looked_at(saved(page), replace(LIMITS, picture_seconds=0.0))
    assert unread(late) == [("1 part", "limit", "picture seconds")]


def test_a_picture_with_too_many_dots_is_not_unpacked() -> None:
    content = saved(Image.new("1", (30_000, 30_000)))
    assert len(content) < 200_000
    assert unread(looked_at(content)) == [("1 part", "limit", "picture pixels")]


def test_a_later_page_with_too_many_dots_is_not_unpacked() -> None:
    pages = [Image.new("1", (20, 20)), Image.new("1", (3000, 3000))]
    content = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    seen = looked_at(content, replace(LIMITS, picture_pixels=100_000))
    assert unread(seen) == [("1 part", "limit", "picture pixels")]


def test_a_picture_of_one_colour_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(picture, "read_lines", never)
    assert looked_at(saved(Image.new("RGB", (800, 600), "navy"))) == []
    two_colours = Image.new("1", (800, 600))
    two_colours.putpixel((5, 5), 1)
    with pytest.raises(AssertionError):
        looked_at(saved(two_colours))


@pytest.mark.parametrize(
    ("size", "looked"),
    [((48, 6), True), ((41, 7), False), ((288, 1), False), ((144, 2), False), ((96, 3), True)],
)
def test_twelve_digits_need_room(
    size: tuple[int, int], looked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3 by 5 dots and a gap of one each: 12 x 4 x 6."""
    met: list[object] = []

    def instead(view: object, out_of_time: object) -> tuple[list[str], bool]:
        met.append(view)
        return [], True

    monkeypatch.setattr(picture, "read_lines", instead)
    page = Image.new("RGB", size, "white")
    page.putpixel((0, 0), (0, 0, 0))
    assert unread(looked_at(saved(page, "BMP"))) == []
    assert bool(met) == looked


# ------------------------------------------------------------------ what the file says


@pytest.mark.parametrize(
    "kind",
    ["JPEG comment", "EXIF description", "PNG text", "PNG text, packed", "XMP", "GIF comment"],
)
def test_a_text_in_the_file_is_a_field(
    drawn: object, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "read_lines", lambda view, out_of_time: ([], True))
    yielded = looked_at(drawn._DRAWN[kind](NUMBER))  # type: ignore[attr-defined]
    assert any(NUMBER in f.value for f in yielded if isinstance(f, Field))


def _simple() -> Iterator[tuple[str, bytes]]:
    shape = Image.new("RGB", (20, 5), "white")
    shape.putpixel((3, 3), (0, 0, 0))
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "ICO", "PPM", "JPEG2000"):
        yield kind, saved(shape, kind)
    yield "PBM", saved(shape.convert("1"), "PPM")
    pages = {"save_all": True, "append_images": [shape], "compression": "tiff_lzw"}
    yield "TIFF", saved(shape, "TIFF", **pages)
    yield "BigTIFF", saved(shape, "TIFF", big_tiff=True)
    yield "bare JPEG 2000", saved(shape, "JPEG2000", no_jp2=True)
    shapes = [shape, shape.transpose(Image.Transpose.ROTATE_180)]
    yield "GIF", saved(shapes[0], "GIF", save_all=True, append_images=shapes[1:], comment=b"x")
    yield "JPEG", saved(shape, "JPEG", progressive=True)


@pytest.mark.parametrize(("kind", "content"), list(_simple()))
def test_what_stands_behind_a_picture_is_a_member(kind: str, content: bytes) -> None:
    left = b"".join(content[start:end] for start, end in beside(content))
    # Pillow leaves a head in front of each page of a TIFF but the first.
    assert len(left.strip(b"\0")) < 12 or left.startswith(b"Created by OpenJPEG")
    mine = [m.content for m in members(looked_at(content))]
    other = zipped(("a.txt", b"another file")) + b"\0\0"  # archives end with zeros
    behind = members(looked_at(content + b"\0\0" + other))
    assert [m.content for m in behind] == [*mine, other]
    assert all(start <= end <= len(content) for start, end in beside(content[:-3]))


def test_blanks_in_the_head_of_a_picture_take_no_time() -> None:
    """Blanks that two quantifiers could share cost a minute for forty of them."""
    assert beside(b"P6" + b"\n" * 60 + b"x") == []


def test_pages_that_lie_over_one_another_cost_no_more_than_a_million_fields() -> None:
    field = b"\x11\x01\x04\0" + (1).to_bytes(4, "little") + bytes(4)
    pages = b"".join((2000).to_bytes(2, "little") + field for _ in range(4000))
    started = time.process_time()
    beside(b"II*\0\x08\0\0\0" + pages)
    assert time.process_time() - started < 5.0


# ------------------------------------------------------------------ what is not read


def test_a_kind_that_is_not_read_is_named() -> None:
    photoshop = b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x10\0\0\0\x10\0\x08\0\3" + bytes(50)
    assert unread(read(photoshop)) == [("1 part", "unsupported", "image/vnd.adobe.photoshop")]


def test_a_damaged_picture_is_damaged() -> None:
    whole = saved(Image.effect_noise((200, 200), 50), "PNG")
    assert unread(read(whole[: len(whole) // 2])) == [("1 part", "damaged", "picture")]


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_counter_of_one_dot_is_read_whole(kind: str) -> None:
    assert read(saved(Image.new("RGB", (1, 1)), kind)) == []


# ------------------------------------------------------------------ steps


def _boxes(*rectangles: tuple[int, int, int, int]) -> list[object]:
    import numpy as np

    chances = np.zeros((120, 400), dtype=np.float32)
    for left, top, right, bottom in rectangles:
        chances[top:bottom, left:right] = 0.9
    return list(boxes_of(chances))


def test_each_patch_of_the_map_is_a_box_widened() -> None:
    found = _boxes((10, 10, 110, 20), (200, 50, 212, 100))
    lying, standing = sorted(found, key=lambda b: b.x)  # type: ignore[attr-defined]
    assert (lying.x, lying.y, lying.angle) == (60, 15, 0)  # type: ignore[attr-defined]
    assert lying.along == pytest.approx(100 + 1.6 * 1000 / 110)  # type: ignore[attr-defined]
    assert abs(standing.angle) == pytest.approx(1.5708, abs=1e-3)  # type: ignore[attr-defined]


def test_patches_that_touch_at_a_corner_are_one_box() -> None:
    assert len(_boxes((10, 10, 30, 20), (30, 20, 50, 30))) == 1
    assert len(_boxes((10, 10, 30, 20), (31, 21, 50, 30))) == 2


def _piece(text: str, x: float, y: float, along: float = 20) -> Piece:
    return Piece(Box(x, y, along, 20, 0.0), text, 1.0)


def test_cells_of_a_row_are_read_again_in_one_go_with_those_not_found() -> None:
    asked: list[Box] = []

    def read_cells(row: Box, column: bool) -> str:
        asked.append(row)
        return "together"

    label, other = _piece("個人番号", 50, 100, 80), _piece("氏名", 50, 60, 40)
    cells = [_piece(d, 120 + 30 * n, 100) for n, d in enumerate(NUMBER)]
    lines = lines_of([*cells[:11], label, other], read_cells)
    assert lines == ["氏名", f"個人番号 {' '.join(NUMBER[:11])}", "個人番号 together"]
    (row,) = asked
    assert row.x - row.along / 2 == 90  # where the label ends
    assert row.x + row.along / 2 > 120 + 30 * 11 + 10  # behind the last cell


def test_cells_of_a_column_are_read_from_the_top() -> None:
    asked: list[tuple[float, bool]] = []

    def read_cells(row: Box, column: bool) -> str:
        asked.append((row.angle, column))
        return "together"

    cells = [_piece(d, 120, 100 + 30 * n) for n, d in enumerate(NUMBER)]
    assert lines_of(cells[::-1], read_cells) == [*NUMBER, "together"]
    assert asked == [(pytest.approx(1.5708, abs=1e-3), True)]


def test_groups_far_apart_stay_apart() -> None:
    groups = grouped(NUMBER, " ").split(" ")
    pieces = [_piece(g, 100 + 150 * n, 50, 60) for n, g in enumerate(groups)]
    assert lines_of(pieces, lambda row, column: "joined") == [grouped(NUMBER, " ")]


# ------------------------------------------------------------------ in a worker

_FORKED = """
import os, resource, socket, sys
sys.path.insert(0, sys.argv[1])
def refuse(*_):
    raise SystemExit(9)
socket.socket.connect = socket.socket.connect_ex = refuse
from gateway.extract.picture import network
network.warm()
import numpy as np
child = os.fork()
if child == 0:
    try:
        for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
            resource.setrlimit(limit, (0, 0))
        network.see(np.zeros((640, 640, 3), dtype=np.uint8))
        os._exit(0 if network.spell(np.zeros((48, 320, 3), dtype=np.uint8)) == ("", 0.0) else 3)
    except BaseException:
        os._exit(4)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
names = [m for m in sys.modules if m.split(".")[0] in ("cv2", "requests", "rapidocr", "shapely")]
os._exit(status or (5 if names else 0))
"""


def test_loaded_networks_survive_a_fork_and_open_nothing() -> None:
    """In a child without files, processes and network; nothing that could download is imported."""
    done = subprocess.run([sys.executable, "-c", _FORKED, str(ROOT)], timeout=60, check=False)
    assert done.returncode == 0


def test_what_was_read_is_never_shown_by_a_value() -> None:
    assert NUMBER not in repr(_piece(NUMBER, 0, 0))
    assert NUMBER not in repr(Prose(Place(("1",)), NUMBER))
