"""Members of a ZIP whose two headers differ or that are packed by Deflate64; files behind a text."""

from __future__ import annotations

import gzip
import random
import struct
import zlib
from dataclasses import replace

import inflate64
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.deflate64 import Broken, TooMuch, inflate
from tests.corpus.archive_writers import DEFLATE64, DEFLATED, STORED, Packed, zip_of
from tests.corpus.bombs import deflated
from tests.extract.samples import LIMITS, members, prose, read, unread
from tests.numbers import my_number

NUMBER = my_number(75)
LINE = f"個人番号 {NUMBER}\r\n".encode()
DIFFER = ("1 part", "ambiguous", "headers that differ")


def packed(content: bytes) -> bytes:
    packer = inflate64.Deflater()
    return bytes(packer.deflate(content) + packer.flush())


# ------------------------------------------------------------------ two headers


def test_a_member_with_two_names_is_read_under_both() -> None:
    """zipfile refuses it, so that it was damaged, while Windows and 7-Zip open it."""
    seen = read(zip_of(Packed(b"a.txt", LINE, local_name=NUMBER.encode())))
    assert unread(seen) == [DIFFER]
    assert [(m.name, m.content) for m in members(seen)] == [("a.txt", LINE)]
    assert NUMBER in prose(seen)


def test_a_member_with_two_ways_of_packing_is_read_in_both() -> None:
    packed_line = deflated(LINE)
    made = bytearray(zip_of(Packed(b"a.txt", LINE, DEFLATED, packed_line)))
    said = (STORED, 0, 0, zlib.crc32(packed_line), len(packed_line), len(packed_line))
    struct.pack_into("<HHHIII", made, 8, *said)  # of its own header; the directory says Deflate
    seen = read(bytes(made))
    assert unread(seen) == [DIFFER]
    assert [m.content for m in members(seen)] == [LINE, packed_line]


def test_the_header_that_lies_is_no_damage() -> None:
    made = bytearray(zip_of(Packed(b"a.txt", LINE)))
    struct.pack_into("<H", made, 8, DEFLATED)
    seen = read(bytes(made))
    assert unread(seen) == [DIFFER]
    assert [m.content for m in members(seen)] == [LINE]


def test_a_folder_has_nothing_that_could_be_packed_in_two_ways() -> None:
    made = bytearray(zip_of(Packed(b"a/", b""), Packed(b"a/b.txt", LINE)))
    struct.pack_into("<H", made, 8, DEFLATED)
    assert unread(read(bytes(made))) == []


# ------------------------------------------------------------------ Deflate64


@given(st.binary(max_size=3000) | st.text("ab01\n", max_size=5000).map(str.encode))
def test_deflate64_holds_what_was_packed(content: bytes) -> None:
    assert inflate(packed(content), 1 << 20) == content


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(bytes(300_000), id="one byte again and again"),
        pytest.param(random.Random(1).randbytes(70_000) * 2, id="from 64 KB back"),
        pytest.param(random.Random(2).randbytes(200_000), id="blocks that are stored"),
        pytest.param(b"".join(b"%d,%d\n" % (n, n * n) for n in range(20_000)), id="a list"),
    ],
)
def test_deflate64_reaches_as_far_and_as_long_as_it_may(content: bytes) -> None:
    assert inflate(packed(content), 1 << 20) == content


def test_deflate_without_its_last_code_is_deflate64() -> None:
    content = b"name,number\r\nyamada,1\r\n" * 5
    assert inflate(deflated(content), 1 << 20) == content


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"\x07",  # a block of the kind that there is not
        b"\x01\x05\x00\xff\xff",  # stored, and its length is not its check
        b"\x01\x05\x00\xfa\xffab",  # stored, and breaks off
        b"\x03\xff\xff\xff",
        packed(LINE)[:-4],
        b"\x05" + b"\xff" * 30,  # codes of its own that are none
    ],
)
def test_a_stream_that_is_none_is_broken(stream: bytes) -> None:
    with pytest.raises(Broken):
        inflate(stream, 1 << 20)


def test_deflate64_goes_no_further_than_it_may() -> None:
    with pytest.raises(TooMuch):
        inflate(packed(bytes(300_000)), 200_000)


def a_zip(packed_content: bytes, content: bytes = LINE) -> bytes:
    return zip_of(Packed(b"a.txt", content, DEFLATE64, packed_content))


def test_a_member_packed_by_deflate64_is_read() -> None:
    seen = read(a_zip(packed(LINE)))
    assert (unread(seen), [m.content for m in members(seen)]) == ([], [LINE])


@pytest.mark.parametrize("stream", [packed(LINE)[:-4], packed(LINE + b"x")])
def test_one_that_breaks_off_or_is_another_is_damaged(stream: bytes) -> None:
    assert unread(read(a_zip(stream))) == [("1 part / a.txt", "damaged", "zip member")]


def test_a_bomb_in_deflate64_is_a_limit() -> None:
    zeros = bytes(20 << 20)
    seen = read(a_zip(packed(zeros), zeros))
    assert unread(seen) == [("1 part / a.txt", "limit", "unpacked bytes")]
    small = read(a_zip(packed(zeros[:5000]), zeros[:5000]), replace(LIMITS, part_bytes=1000))
    assert unread(small) == [("1 part / a.txt", "limit", "unpacked bytes")]


# ------------------------------------------------------------------ a file behind a text

SCRIPT = b"#!/bin/sh\ntail -n +3 $0 | tar xz\nexit\n"


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(gzip.compress(LINE, mtime=0), id="gzip"),
        pytest.param(b"BZh91AY&SY" + bytes(range(20)), id="bzip2"),
        pytest.param(b"II*\0\x08\0\0\0" + bytes(40), id="TIFF"),
        pytest.param(
            b"a.txt".ljust(100, b"\0") + bytes(157) + b"ustar\x0000" + bytes(300), id="tar"
        ),
    ],
)
def test_a_text_and_the_file_behind_it_are_both_read(behind: bytes) -> None:
    seen = read(SCRIPT + behind)
    assert unread(seen) == [("1 part", "ambiguous", "a file behind a text")]
    assert [m.content for m in members(seen)] == [SCRIPT, behind]


def test_noise_behind_a_text_is_not_taken_apart() -> None:
    noise = zlib.compress(LINE)
    assert unread(read(SCRIPT + noise)) == [("1 part", "unsupported", "application/octet-stream")]
