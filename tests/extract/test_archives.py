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
from backports import zstd

from gateway import extract
from gateway.extract import Sample
from gateway.extract.rar_locks import locked_members
from gateway.message.charset import decode
from gateway.model import InspectionLimits, Place
from tests.corpus import archive_writers as by_hand
from tests.corpus.archive_carriers import _NAMED, _OTHERS, _SEALED, _linked
from tests.corpus.archive_carriers import NAME as RAR_NAME
from tests.corpus.archive_writers import ZSTD, Packed, lzh, zip_of
from tests.extract.samples import LIMITS, members, prose, read, unread, zipped

Require = Callable[[bool, str], None]
NAME, TEXT = "名簿.txt", "個人番号 ".encode()
_HEAD_OF_RAR5, _END_OF_RAR5 = 16, 8  # signature and main header; end of archive


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


def test_a_dictionary_beyond_the_usual_is_a_limit_and_takes_no_memory() -> None:
    usual = lzma.compress(TEXT, lzma.FORMAT_ALONE, preset=9)
    assert unread(read(usual, name="a.lzma")) == []
    assert unread(read(lzma.compress(TEXT, preset=9), name="a.xz")) == []
    large = usual[:1] + (3 << 30).to_bytes(4, "little") + usual[5:]
    ((_, why, detail),) = unread(read(large, name="a.lzma"))
    assert (why, detail) == ("limit", "unpacking memory")


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


def test_an_lzh_gives_its_members_with_japanese_names() -> None:
    found = read(lzh(NAME.encode("cp932"), TEXT))
    assert inner(found) == [(NAME, TEXT)]
    assert not unread(found)


def test_an_archive_without_members_is_damaged_and_what_is_behind_it_is_given() -> None:
    empty = b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(24)
    found = read(empty + b"hidden behind it")
    assert [(why, detail) for _, why, detail in unread(found)] == [("damaged", "7z: no members")]
    assert inner(found) == [("", b"hidden behind it")]


@pytest.mark.parametrize("kind", sorted(_OTHERS))
def test_what_stands_behind_an_archive_is_given(kind: str) -> None:
    behind = b"hidden behind the archive"
    assert behind in [
        c.lstrip(b"\n") for _, c in inner(read(_OTHERS[kind][1](TEXT) + b"\n" + behind))
    ]


@pytest.mark.parametrize("kind", sorted(_NAMED))
def test_what_an_archive_says_beside_its_members_is_read(kind: str) -> None:
    found = read(_NAMED[kind][1]("会計の番号"))
    said = prose(found) + "".join(name for name, _ in inner(found))
    assert "会計の番号" in said


def test_a_link_is_a_name_and_leads_nowhere() -> None:
    found = read(_linked("/etc/passwd"))
    assert [content for _, content in inner(found)] == [b""]
    assert "/etc/passwd" in prose(found)


def test_a_member_packed_by_a_newer_method_is_read() -> None:
    packed = zstd.compress(TEXT)
    found = read(zip_of(Packed(b"a.txt", TEXT, ZSTD, packed), Packed(b"b.txt", b"other")))
    assert sorted(inner(found)) == [("a.txt", TEXT), ("b.txt", b"other")]
    assert not unread(found)


def test_members_are_read_though_the_directory_is_gone() -> None:
    found = read(zipped(("a.txt", TEXT))[:-40])
    assert (TEXT) in [content for _, content in inner(found)]
    assert [why for _, why, _ in unread(found)] == ["damaged"]


def test_the_first_of_two_archives_in_one_file_is_read_too() -> None:
    found = read(zipped(("a.txt", TEXT)) + zipped(("b.txt", b"other")))
    (stray,) = [content for name, content in inner(found) if not name]
    assert inner(read(stray)) == [("a.txt", TEXT)]
    assert [why for _, why, _ in unread(found)] == ["ambiguous"]


@pytest.mark.parametrize("start", ["070701", "070702", "070707"])
def test_a_text_that_begins_like_a_cpio_is_a_text(start: str) -> None:
    found = read(f"{start},12\r\nりんご,3\r\n".encode())
    assert "りんご" in prose(found)
    assert not unread(found)


def test_native_code_is_announced_before_a_password_is_tried() -> None:
    """Locked members were opened by libarchive in a worker that then went on to other mails."""
    content = zip_of(Packed(b"a.txt", TEXT, flags=1))
    said: list[bool] = []
    for passwords in ((), ("Himitsu7",)):
        kind = extract.media_type(content)
        sample = Sample(Place(("1",)), "", "", "", content, kind, decode, passwords)
        found = list(extract.read(sample, LIMITS, lambda: said.append(True)))
        assert [why for _, why, _ in unread(found)] == ["encrypted"]
        assert bool(said) is bool(passwords)


@pytest.mark.parametrize("kind", ["rar 5, locked", "rar 4, locked"])
def test_a_locked_rar_is_named_and_its_noise_is_no_content(kind: str) -> None:
    """libarchive gives the bytes of a locked, stored member as if it had read them."""
    found = read(_SEALED[kind](b"text"), name="a.rar")
    assert unread(found) == [(f"1 part / {RAR_NAME}", "encrypted", "rar")]
    assert members(found) == []


@pytest.mark.parametrize("kind", ["rar 5, names locked too", "rar 4, names locked too"])
def test_a_rar_with_locked_names_is_encrypted_and_not_damaged(kind: str) -> None:
    assert unread(read(_SEALED[kind](b"text"), name="a.rar")) == [("1 part", "encrypted", "rar")]


def test_one_locked_member_hides_none_that_is_open() -> None:
    opened, sealed = by_hand.rar5("open.txt", b"open"), by_hand.rar5_locked("sealed.txt", b"sealed")
    found = read(opened[:-_END_OF_RAR5] + sealed[_HEAD_OF_RAR5:], name="a.rar")
    assert [(m.name, m.content) for m in members(found)] == [("open.txt", b"open")]
    assert unread(found) == [("1 part / sealed.txt", "encrypted", "rar")]


@pytest.mark.parametrize("cut", range(8, 60))
def test_a_rar_that_breaks_off_in_a_header_breaks_no_reader(cut: int) -> None:
    assert locked_members(by_hand.rar5_locked(NAME, b"text")[:cut]) == frozenset()
