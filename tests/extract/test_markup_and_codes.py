"""Structured text: limits, bombs, false alarms, and time that grows with the bytes only."""

from __future__ import annotations

import time

import pytest

from gateway.extract import media_type
from gateway.extract.html_tokens import Kind, tokens
from gateway.extract.text import recognises_plain, whole_numbers
from tests.extract.samples import members, prose, read, tables, unread


def test_entities_that_grow_without_end_are_a_limit() -> None:
    levels = "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{levels}]><r>&i;</r>'
    assert ("1 part", "limit", "entities") in unread(read(bomb.encode()))


def test_an_entity_that_stands_outside_is_external_and_never_fetched() -> None:
    text = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>'
    yielded = read(text)
    assert ("1 part", "external", "entity") in unread(yielded)
    assert "root:" not in prose(yielded)


def test_broken_xml_is_read_with_its_tags_taken_out() -> None:
    assert "12345" in prose(read(b'<?xml version="1.0"?><r><a>12<b>3</a>&#52;5'))


def test_a_record_is_a_row_under_its_names() -> None:
    text = b'<?xml version="1.0"?><r><p><n>a</n><v>1234567890</v></p><p><n>b</n><v>0987654321</v></p></r>'
    (table,) = tables(read(text))
    assert table.rows == (("n", "v"), ("a", "1234567890"), ("b", "0987654321"))


def test_files_in_flat_xml_are_members() -> None:
    text = b'<?xml version="1.0"?><r><office:binary-data xmlns:office="o">iVBORw0KGgoAAAANSUhEUgAA</office:binary-data></r>'
    (member,) = members(read(text))
    assert member.content.startswith(b"\x89PNG")


def test_objects_with_the_same_keys_are_one_table() -> None:
    (table,) = tables(read(b'[{"n":"a","v":1234567890},{"n":"b","v":9876543210}]'))
    assert table.rows == (("n", "v"), ("a", "1234567890"), ("b", "9876543210"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("明日の会議は10時からです。\n", True),
        ("> 引用です。\n", True),
        ("[お知らせ] 明日です。\n", True),
        ('{"a": 1}', False),
        ("BEGIN:VCARD\nEND:VCARD\n", False),
        ("begin 644 a.csv\n#86)C\n`\nend\n", False),
        ("以下です。\n\nUEsDBBQAAAAIAAAAIQAAAAAAAAAA\n", False),
        ("-----BEGIN PKCS7-----\n", False),
    ],
)
def test_text_that_needs_another_reader_is_not_read_in_process(text: str, plain: bool) -> None:
    assert recognises_plain(text.encode()) is plain


def test_a_coded_file_in_a_text_keeps_its_name() -> None:
    (member,) = members(read("begin 644 名簿.csv\n#86)C\n`\nend\n".encode()))
    assert (member.name, member.content) == ("名簿.csv", b"abc")


def test_a_coded_block_that_breaks_off_is_damaged() -> None:
    assert "damaged" in {r for _, r, _ in unread(read(b"begin 644 a\n#86)C\nno more of it here\n"))}


def test_a_base64_paragraph_of_no_known_kind_is_handed_on_to_be_named() -> None:
    line = b"q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8BI0VniavN7w\n"
    (member,) = members(read(b"see below\n\n" + line * 4))
    assert media_type(member.content) == "application/octet-stream"


def test_a_digest_on_a_line_of_its_own_is_no_file() -> None:
    assert not members(read(b"sha256\n" + b"3f786850e387550fdab836ed7e6dc881de23001b" + b"\n"))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("98765432109.00,x", "98765432109   ,x"),
        ("1.23456789018E+11", "123456789018     "),
        ("1.5E+11", "1.5E+11"),
        ("12345.00", "12345.00"),
        ("98765432109.001", "98765432109.001"),
    ],
)
def test_whole_numbers_are_shown_as_such_and_keep_their_length(text: str, whole: str) -> None:
    assert whole_numbers(text) == whole
    assert len(whole) == len(text)


@pytest.mark.parametrize("text", ["先頭が %PDF-1.7 です。\n", "see %PDF-1.4\n"])
def test_a_text_that_mentions_pdf_is_text(text: str) -> None:
    assert media_type(text.encode()) == "text/plain"
    assert not unread(read(text.encode()))


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("a<b>c</b>", [Kind.TEXT, Kind.START, Kind.TEXT, Kind.END]),
        ("1 < 2 <3", [Kind.TEXT]),
        ("<!-->a", [Kind.COMMENT, Kind.TEXT]),
        ("<!-- a --!>b", [Kind.COMMENT, Kind.TEXT]),
        ("<script><b></script>", [Kind.START, Kind.TEXT, Kind.END]),
        ('<a href="x>y">z', [Kind.START, Kind.TEXT]),
        ('<a href="x', [Kind.COMMENT]),
        ("<![CDATA[a>b]]>c", [Kind.COMMENT, Kind.TEXT]),
        ("</ a>b", [Kind.COMMENT, Kind.TEXT]),
    ],
)
def test_markup_is_cut_as_browsers_cut_it(source: str, kinds: list[Kind]) -> None:
    assert [token.kind for token in tokens(source)] == kinds


def test_the_first_of_two_attributes_counts_and_names_are_lower_case() -> None:
    (token,) = tokens("<A HREF=1 href='2' x y = \"3&amp;\">")
    assert token.value == "a"
    assert token.attributes == {"href": "1", "x": "", "y": "3&"}


@pytest.mark.parametrize(
    "piece",
    [
        "<html>" + "<div>" * 50_000,
        "<html>" + "<div hidden>" * 50_000,
        "<html>" + "<table><tr><td>" * 30_000,
        "<html>" + "<" * 300_000,
        "<html>" + '<a "' * 60_000,
        "<html>" + "<!--" * 60_000,
        "<html>&#" + "1" * 300_000,
        "<html><style>" + ".a{" * 60_000,
        '<?xml version="1.0"?>' + "<a>" * 60_000,
        '{"a":' * 60_000,
        "BEGIN:VCARD\nA;" + '"a' * 100_000,
        "begin 644 a\n" * 30_000,
        "-----BEGIN A-----\n" * 20_000,
        "-----BEGIN PGP MESSAGE-----\n" * 15_000,
        "> " * 150_000,
        "1 \n> " * 50_000,
        "%31" * 100_000,
        "From a 2026\nA: b\n\n" + "From " * 60_000,
        "A: b\n" * 50_000,
    ],
    ids=lambda piece: repr(piece[:24]),
)
def test_hostile_text_takes_time_that_grows_with_its_bytes_only(piece: str) -> None:
    """50,000 nested <div> held a worker until its limit; nothing here may take a second."""
    started = time.process_time()
    read(piece.encode())
    assert time.process_time() - started < 2.0
