"""Archives other than plain ZIP, written by the programs that people use."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway import extract
from gateway.extract import Sample
from gateway.message.charset import decode
from gateway.model import InspectionLimits, Place
from tests.extract.samples import LIMITS, members, read, unread

Require = Callable[[bool, str], None]
NAME, TEXT = "名簿.txt", "個人番号 ".encode()


def inner(yielded: list[object]) -> list[tuple[str, bytes]]:
    return [(m.name, m.content) for m in members(yielded)]  # type: ignore[arg-type]


def packed_by(tool: str, directory: Path, *arguments: str) -> bytes:
    """What a program makes of ``名簿.txt``; arguments name the file to write as OUT."""
    (directory / NAME).write_bytes(TEXT)
    out = directory / "out.bin"
    out.unlink(missing_ok=True)
    words = [a.replace("OUT", str(out)).replace("IN", NAME) for a in arguments]
    subprocess.run([tool, *words], cwd=directory, check=True, capture_output=True)
    return out.read_bytes()


def tar_of(*files: tuple[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_gives_its_members_with_their_names(form: int) -> None:
    found = read(tar_of((NAME, TEXT), ("b/c.csv", b"1,2"), form=form))
    assert inner(found) == [(NAME, TEXT), ("b/c.csv", b"1,2")]
    assert not unread(found)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)],
)
def test_a_packed_stream_gives_the_file_inside(suffix: str, pack: Callable[[bytes], bytes]) -> None:
    found = read(pack(TEXT) + pack(b"more"), name=NAME + suffix)
    assert inner(found) == [(NAME, TEXT + b"more")]
    behind = read(pack(TEXT) + b"\x01hidden behind", name="a.txt" + suffix)
    assert inner(behind)[1] == ("", b"\x01hidden behind")


def test_what_breaks_off_is_damaged_and_what_came_before_it_is_read() -> None:
    whole = gzip.compress(os.urandom(5000) + TEXT)
    found = read(whole[:-700], name="a.gz")
    assert len(inner(found)[0][1]) > 1000
    assert [why for _, why, _ in unread(found)] == ["damaged"]


def test_a_bomb_stops_at_the_limit() -> None:
    small = InspectionLimits(part_bytes=1_000_000, total_bytes=1_000_000)
    for bomb in (gzip.compress(bytes(50_000_000)), tar_of(("zeros", bytes(3_000_000)))):
        found = read(bomb, small)
        assert [why for _, why, _ in unread(found)] == ["limit"]
        assert all(len(content) <= 1_000_000 for _, content in inner(found))


def test_a_second_tar_behind_the_first_is_given_too() -> None:
    found = read(tar_of(("a.txt", TEXT)) + tar_of(("b.txt", b"other")))
    names = [name for name, _ in inner(found)]
    assert names[0] == "a.txt"
    again = read(members(found)[-1].content)
    assert ("b.txt", b"other") in [*inner(found), *inner(again)]


@pytest.mark.parametrize(
    ("tool", "arguments", "unlocked"),
    [
        ("7z", ("a", "-t7z", "OUT", "IN"), True),
        ("7z", ("a", "-tzip", "OUT", "IN"), True),
        ("genisoimage", ("-quiet", "-J", "-R", "-o", "OUT", "."), True),
        ("zstd", ("-q", "-o", "OUT", "IN"), True),
    ],
)
def test_archives_of_other_programs_give_their_members(
    tmp_path: Path, require: Require, tool: str, arguments: tuple[str, ...], unlocked: bool
) -> None:
    require(shutil.which(tool) is not None, f"{tool} is not installed")
    found = read(packed_by(tool, tmp_path, *arguments), name=NAME + ".zst")
    assert TEXT in [content for _, content in inner(found)]
    assert any(name.endswith(NAME) for name, _ in inner(found))
    assert not unread(found)


def test_a_locked_archive_is_encrypted_and_opens_with_the_mails_password(
    tmp_path: Path, require: Require
) -> None:
    require(shutil.which("7z") is not None, "7z is not installed")
    for kind in ("-t7z", "-tzip"):
        for extra in ((), ("-mhe=on",) if kind == "-t7z" else ("-mem=AES256",)):
            content = packed_by("7z", tmp_path, "a", kind, "-pHimitsu7", *extra, "OUT", "IN")
            assert {why for _, why, _ in unread(read(content))} == {"encrypted"}
            kind_of = extract.media_type(content)
            sample = Sample(
                Place(("1 part",)), "", "", "", content, kind_of, decode, ("wrong", "Himitsu7")
            )
            opened = list(extract.read(sample, LIMITS))
            assert (NAME, TEXT) in inner(opened), (kind, extra)
            assert not unread(opened)


def lzh(name: bytes, content: bytes) -> bytes:
    """A stored (-lh0-) member with a level-0 header, as LHA writes it."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    size = len(content).to_bytes(4, "little")
    head = b"-lh0-" + size + size + b"\0\0\0\0" + b"\x20\0" + bytes([len(name)]) + name
    head += crc.to_bytes(2, "little")
    return bytes([len(head), sum(head) & 0xFF]) + head + content + b"\0"


def test_an_lzh_gives_its_members_with_japanese_names() -> None:
    found = read(lzh(NAME.encode("cp932"), TEXT))
    assert inner(found) == [(NAME, TEXT)]
    assert not unread(found)


def test_an_archive_without_members_is_damaged_and_what_is_behind_it_is_given() -> None:
    empty = b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(24)
    found = read(empty + b"hidden behind it")
    assert [(why, detail) for _, why, detail in unread(found)] == [("damaged", "7z: no members")]
    assert inner(found) == [("", b"hidden behind it")]
