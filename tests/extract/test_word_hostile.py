"""Documents that are made to hurt: what they cost grows with their size and no faster."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Callable

import olefile
import pytest

from gateway.extract.compound import BrokenCompound, Compound
from gateway.extract.compound_cut import cut_out
from gateway.extract.rtf_text import DEEPEST
from tests.corpus.word_legacy import compound
from tests.corpus.word_surgery import MAIN, document_xml, edit, packed, paragraph, with_body
from tests.extract.samples import members, prose, read, unread

_FACTOR = 4
_MOST_GROWTH = 2.5 * _FACTOR  # linear is 4; quadratic 16


def _seconds(make: Callable[[int], bytes], size: int) -> float:
    content = make(size)
    best = 9.0
    for _ in range(3):
        started = time.process_time()
        read(content)
        best = min(best, time.process_time() - started)
    return best


def _body(xml: str) -> bytes:
    return edit(with_body(""), {MAIN: document_xml(xml).encode()})


_GROWING: dict[str, Callable[[int], bytes]] = {
    "ruby in ruby": lambda n: _body("<w:ruby><w:rt>" * n + "<w:t>x</w:t>" + "</w:rt></w:ruby>" * n),
    "changes in changes": lambda n: _body("<w:ins><w:del>" * n + "</w:del></w:ins>" * n),
    "controls in controls": lambda n: _body(
        "<w:sdt><w:sdtContent>" * n + "<w:t>x</w:t>" + "</w:sdtContent></w:sdt>" * n
    ),
    "boxes in boxes": lambda n: _body(
        "<w:txbxContent>" * n + paragraph("x") + "</w:txbxContent>" * n
    ),
    "tables in tables": lambda n: _body(
        "<w:tbl><w:tr><w:tc>" * n + paragraph("x") + "</w:tc></w:tr></w:tbl>" * n
    ),
    "rtf groups": lambda n: b"{\\rtf1" + b"{\\b x" * n + b"}" * n + b"}",
    "rtf destinations": lambda n: b"{\\rtf1" + b"{\\*\\a x}" * n + b"}",
    "rtf footnotes": lambda n: b"{\\rtf1" + b"{\\footnote x}" * n + b"}",
    "rtf cells": lambda n: b"{\\rtf1\\trowd\\intbl" + b"\\cell" * n + b"\\row}",
    "rtf hyphens": lambda n: b"{\\rtf1 " + b"\\-" * n + b"}",
    "digit tags": lambda n: _body("<w:x w:a='123456789012'/>" * n),
}


@pytest.mark.parametrize("make", _GROWING.values(), ids=_GROWING.keys())
def test_reading_grows_with_the_size_and_no_faster(make: Callable[[int], bytes]) -> None:
    small = max(_seconds(make, 4000), 0.01)
    assert _seconds(make, 4000 * _FACTOR) < _MOST_GROWTH * small


def test_groups_beyond_the_deepest_are_a_limit_and_their_text_is_read() -> None:
    yielded = read(
        b"{\\rtf1" + b"{" * (DEEPEST + 10) + b"at the bottom" + b"}" * (DEEPEST + 10) + b"}"
    )
    assert unread(yielded) == [("1 part", "limit", "nested groups")]
    assert "at the bottom" in prose(yielded)


def test_binary_data_that_claims_more_than_there_is_ends_with_the_file() -> None:
    yielded = read(b"{\\rtf1{\\*\\objdata\\bin999999999 abc")
    assert unread(yielded) == []


# ------------------------------------------------------------------ compound files


def _streams() -> dict[str, bytes]:
    return {
        "small": b"s" * 100,
        "large": bytes(range(256)) * 40,
        "store/inner": b"i" * 5000,
        "store/deep/x": b"x",
    }


def test_a_compound_file_reads_as_other_readers_read_it() -> None:
    content = compound(_streams())
    other = olefile.OleFileIO(io.BytesIO(content))
    found = Compound(content)
    assert {"/".join(n.path): found.read(n) for n in found.streams()} == _streams()
    assert {"/".join(p): other.openstream(p).read() for p in other.listdir()} == _streams()
    assert not found.damaged


def test_a_storage_is_cut_out_as_a_file_of_its_own() -> None:
    cut = Compound(cut_out(Compound(compound(_streams())), ("store",)))
    assert {"/".join(n.path): cut.read(n) for n in cut.streams()} == {
        "inner": b"i" * 5000,
        "deep/x": b"x",
    }


def _with_fat(content: bytes, entries: Callable[[int], int]) -> bytes:
    """The file with its sector table rewritten."""
    (first,) = struct.unpack_from("<I", content, 76)
    at = (first + 1) * 512
    table = struct.pack("<128I", *(entries(n) for n in range(128)))
    return content[:at] + table + content[at + 512 :]


@pytest.mark.parametrize(
    "entries", [lambda n: n, lambda n: 0, lambda n: (n + 1) % 4], ids=["self", "first", "ring"]
)
def test_chains_that_never_end_do_not(entries: Callable[[int], int]) -> None:
    content = _with_fat(compound({f"s{n}": b"x" * 5000 for n in range(3)}), entries)
    started = time.process_time()
    found = Compound(content)
    total = sum(len(found.read(n)) for n in found.streams())
    assert total <= 2 * len(content)
    assert time.process_time() - started < 1


def test_many_entries_that_name_one_chain_are_no_bomb() -> None:
    content = bytearray(compound({f"s{n:03}": b"x" * 4096 for n in range(200)}))
    (directory,) = struct.unpack_from("<I", content, 48)
    at = (directory + 1) * 512 + 128
    while content[at + 66] == 2:
        struct.pack_into("<II", content, at + 116, 0, 800_000)
        at += 128
    found = Compound(bytes(content))
    assert sum(len(found.read(n)) for n in found.streams()) <= 2 * len(content)


@pytest.mark.parametrize("size", [8, 100, 511])
def test_a_header_without_a_file_is_damaged(size: int) -> None:
    content = compound({"a": b"x"})[:size]
    with pytest.raises(BrokenCompound):
        Compound(content)
    assert ("1 part", "damaged", "compound file") in unread(read(content))


@pytest.mark.parametrize("cut", [600, 1024, 1500])
def test_a_document_cut_short_is_damaged(cut: int) -> None:
    whole = compound({"WordDocument": b"\xec\xa5\xc1\x00" + bytes(9000), "1Table": bytes(5000)})
    assert any(reason == "damaged" for _, reason, _ in unread(read(whole[:cut])))


@pytest.mark.parametrize("seed", range(40))
def test_a_document_with_bytes_changed_ends_in_an_answer(seed: int) -> None:
    import random

    from tests.corpus.word_legacy import KINDS

    rng = random.Random(seed)
    _, name, write = KINDS[seed % len(KINDS)]
    content = bytearray(write("0" * 12))
    for _ in range(30):
        content[rng.randrange(len(content))] = rng.randrange(256)
    assert isinstance(read(bytes(content), name=name), list)


# ------------------------------------------------------------------ locked, and unknown


def test_what_a_manifest_calls_encrypted_is_encrypted_and_the_rest_is_read() -> None:
    manifest = (
        "<m:manifest xmlns:m='m'><m:file-entry m:full-path='content.xml'><m:encryption-data/>"
        "</m:file-entry></m:manifest>"
    )
    package = packed(
        {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"\x01\x02\x03",
         "meta.xml": b"<office:meta xmlns:office='o'>told</office:meta>",
         "META-INF/manifest.xml": manifest.encode()}
    )  # fmt: skip
    yielded = read(package)
    assert unread(yielded) == [("1 part", "encrypted", "opendocument")]
    assert "told" in prose(yielded)
    assert "content.xml" not in [m.name for m in members(yielded)]


def test_a_word_file_that_says_it_is_encrypted_is() -> None:
    fib = bytearray(2000)
    struct.pack_into("<HH6xH", fib, 0, 0xA5EC, 0xC1, 0x0100)
    yielded = read(compound({"WordDocument": bytes(fib), "0Table": bytes(200)}))
    assert ("1 part", "encrypted", "word") in unread(yielded)


@pytest.mark.parametrize(
    ("name", "content", "called"),
    [
        ("a.xdw", b"\x60\x0e\x82\x60\x00\x01", "docuworks"),
        ("a.bin", b"\x00\x01\x00\x00Standard ACE DB\x00", "access"),
        ("a.bin", b"!BDN\x00\x01", "outlook store"),
        ("a.bin", b"\x00\x00\x00\x18ftypmp42\x00\x00", "video"),
        ("a.bin", b"ID3\x03\x00\x00\x00", "audio"),
        ("a.bin", b"AC1032\x00\x00\x01", "autocad"),
        ("a.jtd", compound({"DocumentText": b"\x00\x01" * 50}), "ichitaro"),
        ("a.bin", compound({"VisioDocument": bytes(50)}), "visio"),
    ],
)
def test_what_cannot_be_read_is_called_by_its_name(name: str, content: bytes, called: str) -> None:
    assert ("1 part", "unsupported", called) in unread(read(content, name=name))


def test_a_name_makes_no_readable_file_unsupported() -> None:
    assert unread(read("ただの文です。".encode(), name="a.jtd")) == []


@pytest.mark.parametrize(
    "group",
    [
        b"\\bin2147483647 %s}",
        b"\\bin20 %s and more text behind it}",
        b"{\\*\\themedata %s}}",
        b"{\\*\\objdata " + bytes(30).hex().encode() + b" %s",
    ],
)
def test_words_where_a_rich_text_has_bytes_are_read(group: bytes) -> None:
    """Text behind \\bin outside of a picture, and letters among hexadecimal digits, were dropped."""
    yielded = read(b"{\\rtf1 " + group % b"where is it")
    told = prose(yielded) + "".join(m.content.decode("latin-1") for m in members(yielded))
    assert "where is it" in told
