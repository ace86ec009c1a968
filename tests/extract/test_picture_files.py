"""What stands in a picture's file beside the picture: read where it is words or a file, else named."""

from __future__ import annotations

import io
import random
import struct
from dataclasses import replace

import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from gateway.extract import picture
from gateway.extract.iso_boxes import boxes, gaps, outermost
from gateway.extract.picture.blocks import unshown
from gateway.extract.picture.ends import beside
from gateway.extract.picture.jpeg2000 import first_stream
from gateway.extract.picture.opened import opened
from gateway.extract.picture.tiff import claimed
from tests.corpus import picture_carriers as carriers
from tests.corpus.picture_carriers import _NOTES, LEFTOVERS, XMP_UUID
from tests.corpus.picture_files import boxed, tiff
from tests.extract.samples import LIMITS, fields, members, prose, read, sample, unread, zipped
from tests.numbers import my_number

NUMBER = my_number(74)
WORDS = f"個人番号 {NUMBER}\n".encode()
NOISE = random.Random("noise").randbytes(70_000).replace(b"PK", b"--")


def saved(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    page = Image.new("RGB", (40, 30), "white")
    page.putpixel((3, 3), (0, 0, 0))
    page.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def page() -> Image.Image:
    return Image.new("L", (40, 30), 250)


# ------------------------------------------------------------------ TIFF


@pytest.mark.parametrize("big", [False, True], ids=["old", "big"])
@pytest.mark.parametrize(
    ("between", "as_member"),
    [
        pytest.param(WORDS, True, id="text"),
        pytest.param(LEFTOVERS + WORDS + LEFTOVERS, False, id="text among leftovers"),
        pytest.param(LEFTOVERS + WORDS.decode().encode("cp932"), False, id="Shift_JIS"),
        pytest.param(LEFTOVERS + WORDS.decode().encode("utf-16-le"), False, id="UTF-16"),
        pytest.param(LEFTOVERS + zipped(("a.txt", WORDS)), True, id="zip behind leftovers"),
    ],
)
def test_what_stands_between_the_parts_of_a_tiff_is_read(
    between: bytes, as_member: bool, big: bool
) -> None:
    seen = read(tiff(page(), between, big=big))
    told = [str(m.place) for m in members(seen)]
    assert ("1 part / beside the picture" in told) is as_member
    assert as_member or f"個人番号 {NUMBER}" in prose(seen)


@pytest.mark.parametrize("big", [False, True], ids=["old", "big"])
def test_behind_a_tiff_the_end_is_known(big: bool) -> None:
    content = saved("TIFF", big_tiff=big)
    assert [m.content for m in members(read(content + WORDS))] == [WORDS]
    assert beside(content) == []


def test_what_a_scanner_leaves_in_a_tiff_does_not_hold_the_mail() -> None:
    """Old tables and padding, of no kind that anybody knows, were unsupported."""
    content = tiff(page(), LEFTOVERS + bytes(500)) + LEFTOVERS
    assert unread(read(content)) == []


def test_too_much_of_no_known_kind_is_named() -> None:
    seen = read(tiff(page(), NOISE[:60_000]))
    assert (unread(seen), members(seen)) == ([], [])
    (behind,) = members(read(tiff(page(), NOISE)))
    assert unread(read(behind.content)) == [("1 part", "unsupported", "application/octet-stream")]


def test_a_strip_without_a_length_lasts_up_to_what_is_next() -> None:
    """Writers of the nineties left StripByteCounts out or wrote zero."""
    content = bytearray(tiff(page(), b""))
    at = content.rindex(struct.pack("<HHI", 279, 4, 1)) + 8
    struct.pack_into("<I", content, at, 0)
    assert list(gaps(claimed(bytes(content)), 0, len(content))) == []


def test_tables_of_an_old_jpeg_in_a_tiff_belong_to_it() -> None:
    values = {256: 8, 257: 8, 259: 6, 513: 100, 514: 50, 519: 150, 520: 214, 521: 240}
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    table = struct.pack("<H", len(values)) + fields + bytes(4)
    body = bytearray(280)
    body[214], body[240] = 10, 24 - 2  # how many codes of one bit: what comes behind each table
    content = b"II*\0" + struct.pack("<I", 280) + bytes(body[8:]) + table
    assert list(gaps(claimed(content), 0, len(content))) == [(8, 100), (278, 280)]


def test_a_table_that_breaks_off_claims_what_it_has_said() -> None:
    content = saved("TIFF")
    assert claimed(content[:40])
    assert claimed(b"II+\0\x08\0\0\0" + b"\xff" * 8) == [(0, 16)]


def test_the_first_page_is_heard_too() -> None:
    """Only the last page's description was read."""
    one = saved("TIFF", tiffinfo={270: WORDS})
    out = io.BytesIO(one)
    with TiffImagePlugin.AppendingTiffWriter(out) as file:
        Image.new("L", (20, 20), 9).save(file, "TIFF")
    assert fields(read(out.getvalue()))["ImageDescription"] == WORDS.decode().strip()


@pytest.mark.parametrize("charset", ["utf-8", "cp932"])
def test_exif_says_what_was_meant_in_whatever_charset(charset: str) -> None:
    """Pillow reads it as Latin-1: the digits were there, and their label was not."""
    exif = Image.Exif()
    exif[0x010E] = WORDS.decode().encode(charset)
    said = fields(read(saved("JPEG", exif=exif)))
    assert said["ImageDescription"] == WORDS.decode().strip()


def test_a_cameras_notes_behind_a_jpeg_do_not_hold_the_mail() -> None:
    seen = read(saved("JPEG") + _NOTES)
    assert (unread(seen), members(seen)) == ([], [])
    assert "Image_UTC_Data" in prose(seen)


# ------------------------------------------------------------------ blocks of programs


def blocked(words: bytes) -> dict[str, bytes]:
    """Each format with a block that no program shows."""
    chunk = PngImagePlugin.PngInfo()
    chunk.add(b"noTe", words)
    return {
        "JPEG": carriers._segmented(saved("JPEG"), words),
        "PNG": saved("PNG", pnginfo=chunk),
        "GIF": carriers._extended(saved("GIF"), words),
        "WebP": carriers._chunked(saved("WEBP"), words),
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WebP"])
def test_a_block_that_no_program_shows_is_read(kind: str) -> None:
    seen = read(blocked(WORDS)[kind])
    told = prose(seen) + "".join(m.content.decode() for m in members(seen))
    assert f"個人番号 {NUMBER}" in told
    assert unread(seen) == []


def test_what_a_program_keeps_there_for_itself_holds_no_mail() -> None:
    """Content credentials are longer than all leftovers."""
    content = saved("JPEG")
    for _ in range(3):
        content = carriers._segmented(content, b"JP" + NOISE[:60_000])
    assert (unread(read(content)), members(read(content))) == ([], [])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WebP"])
def test_a_picture_as_programs_write_it_has_no_such_block(kind: str) -> None:
    assert unshown(saved(kind.upper())) == []
    whole = blocked(WORDS)[kind]
    for at in range(8, len(whole), 7):
        assert len(unshown(whole[:at])) <= 2  # a head whose words have not come yet is one


# ------------------------------------------------------------------ JPEG 2000


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(boxed(b"xml ", WORDS), id="XML"),
        pytest.param(boxed(b"uuid", XMP_UUID + WORDS), id="XMP"),
        pytest.param(boxed(b"uuid", bytes(16) + WORDS), id="of a program"),
        pytest.param(boxed(b"asoc", boxed(b"lbl ", WORDS)), id="label"),
        pytest.param(boxed(b"asoc", WORDS), id="nest that is none"),
        pytest.param(boxed(b"free", WORDS), id="free"),
        pytest.param(WORDS, id="no box"),
    ],
)
def test_a_box_of_words_in_a_jpeg_2000_is_a_member(box: bytes) -> None:
    first, *others = [m.content for m in members(read(saved("JPEG2000") + box))]
    assert first.startswith(b"Created by OpenJPEG")
    assert others == [WORDS]


@pytest.mark.parametrize("bare", [False, True], ids=["boxed", "bare"])
def test_comments_of_a_code_stream_are_read(bare: bool) -> None:
    content = saved("JPEG2000", comment=WORDS, no_jp2=bare, tile_size=(16, 16))
    assert [m.content for m in members(read(content))] == [WORDS]


def test_a_second_code_stream_is_a_picture_of_its_own() -> None:
    other = saved("JPEG2000", no_jp2=True)
    found = members(read(saved("JPEG2000") + boxed(b"jp2c", other)))
    assert [m.content for m in found][1:] == [other]


@pytest.mark.parametrize("bare", [False, True], ids=["boxed", "bare"])
def test_the_code_stream_says_how_many_dots_will_be_unpacked(bare: bool) -> None:
    content = bytearray(saved("JPEG2000", no_jp2=bare))
    assert first_stream(bytes(content)).dots == 40 * 30
    at = content.index(b"\xff\x4f\xff\x51") + 8
    struct.pack_into(">II", content, at, 20_000, 20_000)
    assert ("1 part", "limit", "picture pixels") in unread(read(bytes(content)))


def test_a_large_jpeg_2000_is_unpacked_at_half_its_size() -> None:
    out = io.BytesIO()
    Image.new("L", (5000, 5000), 9).save(out, "JPEG2000")
    with opened(out.getvalue(), LIMITS.picture_pixels) as image:
        image.load()
        assert image.size == (2500, 2500)


def test_a_jpeg_2000_that_breaks_off_is_damaged_or_read_as_far() -> None:
    content = saved("JPEG2000")
    for at in (14, 60, 120, len(content) // 2):
        assert [reason for _, reason, _ in unread(read(content[:at]))] == ["damaged"]


def test_over_the_limit_of_pixels_what_stands_behind_is_still_read() -> None:
    small = replace(LIMITS, picture_pixels=100)
    for kind in ("TIFF", "JPEG2000", "PNG"):
        seen = list(picture.read(sample(saved(kind) + WORDS), small))
        assert unread(seen) == [("1 part", "limit", "picture pixels")]
        assert WORDS in [m.content for m in members(seen)]


# ------------------------------------------------------------------ steps


def test_boxes_fill_a_stretch_or_are_none() -> None:
    content = boxed(b"aaaa", b"1") + struct.pack(">I4sQ", 1, b"bbbb", 18) + b"22"
    content += struct.pack(">I4s", 0, b"cccc") + b"333"
    bodies = [content[b.body : b.end] for b in boxes(content, 0, len(content))]
    assert bodies == [b"1", b"22", b"333"]
    with pytest.raises(ValueError, match="box"):
        list(boxes(b"\0\0\0\x07aaaa", 0, 8))
    assert [b.kind for b in outermost(boxed(b"aaaa", b"") + b"\0\0\0\x08\x01\x02\x03\x04")] == [
        b"aaaa"
    ]


def test_gaps_are_what_nobody_claims() -> None:
    assert list(gaps([(5, 8), (0, 2), (1, 3), (9, 99)], 0, 20)) == [(3, 5), (8, 9)]
    assert list(gaps([], 3, 5)) == [(3, 5)]
