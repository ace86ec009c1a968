"""ZIP archives, ordinary and hostile, and what nobody can read."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from dataclasses import replace

import pytest

from gateway.extract import media_type
from gateway.model import Unread
from tests.extract.samples import LIMITS, members, read, unread, zipped


def with_raw_name(raw: bytes) -> bytes:
    """An archive whose member is named by bytes, without the UTF-8 flag."""
    placeholder = "x" * len(raw)
    return zipped((placeholder, b"text")).replace(placeholder.encode(), raw)


def with_flag_encrypted(archive: bytes) -> bytes:
    """The archive with its members marked as encrypted, in both headers."""
    out = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = archive.find(signature)
        while at >= 0:
            out[at + offset] |= 1
            at = archive.find(signature, at + 1)
    return bytes(out)


def test_members_come_with_name_place_and_bytes() -> None:
    (member,) = members(read(zipped(("名簿.csv", b"text"))))
    assert (member.name, member.content, str(member.place)) == (
        "名簿.csv",
        b"text",
        "1 part / 名簿.csv",
    )


@pytest.mark.parametrize("charset", ["cp932", "utf-8"])
def test_a_name_without_the_flag_is_read_as_its_maker_meant(charset: str) -> None:
    (member,) = members(read(with_raw_name("名簿一覧.csv".encode(charset))))
    assert member.name == "名簿一覧.csv"


def test_an_encrypted_member_is_named() -> None:
    yielded = read(with_flag_encrypted(zipped(("a.csv", b"text"))))
    assert unread(yielded) == [("1 part / a.csv", "encrypted", "zip")]


def test_two_members_of_one_name_are_both_read() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        archive = zipped(("a", b"one"), ("a", b"two"))
    assert [m.content for m in members(read(archive))] == [b"one", b"two"]


def test_a_bomb_is_a_limit() -> None:
    yielded = read(zipped(("bomb", bytes(30_000_000))))
    assert unread(yielded) == [("1 part / bomb", "limit", "unpacked bytes")]


def test_a_member_over_the_size_limit_is_a_limit() -> None:
    yielded = read(zipped(("a", os.urandom(5000))), replace(LIMITS, part_bytes=1000))
    assert unread(yielded) == [("1 part / a", "limit", "unpacked bytes")]


def test_a_size_that_lies_does_not_help_a_bomb() -> None:
    archive = bytearray(zipped(("bomb", bytes(30_000_000))))
    at = bytes(archive).find(b"PK\x01\x02")
    struct.pack_into("<I", archive, at + 24, 10)
    reasons = [reason for _, reason, _ in unread(read(bytes(archive)))]
    assert reasons == ["ambiguous", "limit"]  # its own header says the truth


def test_overlapping_members_are_ambiguous() -> None:
    archive = bytearray(zipped(("a", b"one"), ("b", b"two")))
    second = bytes(archive).rfind(b"PK\x01\x02")
    struct.pack_into("<I", archive, second + 42, 0)
    assert ("1 part", "ambiguous", "overlapping members") in unread(read(bytes(archive)))


@pytest.mark.parametrize("odd", ["before", "behind"])
def test_bytes_around_an_archive_are_ambiguous(odd: str) -> None:
    archive = zipped(("a", b"one"))
    junk = zipped(("hidden", b"other"))
    content = junk + archive if odd == "before" else archive + junk[:40] + b"x" * 40
    assert "ambiguous" in {reason for _, reason, _ in unread(read(content))}


def test_an_archive_behind_a_program_is_still_opened() -> None:
    content = b"MZ\x90\x00" + bytes(range(256)) * 8 + zipped(("a", b"one"))
    assert [m.content for m in members(read(content))] == [b"one"]


def test_a_broken_member_is_damaged_and_the_next_is_read() -> None:
    archive = bytearray(zipped(("a", b"abcd" * 9), ("b", b"two"), method=zipfile.ZIP_STORED))
    archive[35] ^= 0xFF
    yielded = read(bytes(archive))
    assert unread(yielded) == [("1 part / a", "damaged", "zip member")]
    assert [m.content for m in members(yielded)] == [b"two"]


def test_too_many_members_are_a_limit() -> None:
    yielded = read(zipped(*((str(n), b"") for n in range(9))), replace(LIMITS, parts=4))
    assert len(members(yielded)) == 4
    assert unread(yielded) == [("1 part", "limit", "members")]


def test_a_cut_archive_is_damaged() -> None:
    assert unread(read(zipped(("a", b"one"))[:-30])) == [("1 part", "damaged", "zip")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x00\x01\x02\x03" * 20, "application/octet-stream"),
        (b"\xff\xfe" + bytes(range(256)) * 4, "application/octet-stream"),
    ],
)
def test_what_nobody_reads_is_named_by_its_type(content: bytes, kind: str) -> None:
    assert unread(read(content)) == [("1 part", "unsupported", kind)]


def test_an_empty_part_is_read() -> None:
    assert unread(read(b"")) == []


def test_an_encrypted_workbook_is_named_as_such() -> None:
    content = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    )
    assert "encrypted" in [reason for _, reason, _ in unread(read(content))]


@pytest.mark.parametrize(
    "start",
    [
        b"PK\x03\x04",
        b"%PDF-1.4\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
    ],
)
def test_noise_behind_a_signature_is_an_answer_and_no_exception(start: bytes) -> None:
    yielded = read(start + bytes(range(256)) * 20)
    assert any(isinstance(u, Unread) for u in yielded)


def test_types_need_no_name() -> None:
    assert media_type(io.BytesIO(zipped(("a", b"b"))).getvalue()) == "application/zip"


def test_a_package_inside_an_old_office_file_leaves_nothing_in_doubt() -> None:
    """Both are read whole; in front of anything else it stays a file of two readings."""
    inner = zipped(("a.txt", b"inner"))
    rtf = b"{\\rtf1 a letter\\par}" + inner
    assert "ambiguous" not in [why for _, why, _ in unread(read(rtf))]
    assert b"inner" in [m.content for m in members(read(rtf))]
    assert "ambiguous" in [why for _, why, _ in unread(read(b"GIF89a" + bytes(40) + inner))]
