"""Text and HTML: charsets, tables, and what is sent but not shown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extract import text
from gateway.model import Delimited
from tests.extract.samples import fields, members, prose, read, tables, unread


@pytest.mark.parametrize("name", ["utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16"])
def test_text_is_read_in_every_charset(name: str) -> None:
    assert "個人番号のお知らせです" in prose(read("個人番号のお知らせです。\n".encode(name)))


def test_a_csv_is_delimited_text() -> None:
    (unit,) = read("氏名,番号\r\n山田,1\r\n".encode("cp932"), name="a.csv")
    assert isinstance(unit, Delimited)
    assert (unit.text, unit.delimiter) == ("氏名,番号\n山田,1\n", ",")


def test_the_delimiter_is_the_one_that_is_used() -> None:
    (unit,) = read(b"a;b\n1;2\n", declared="text/csv")
    assert isinstance(unit, Delimited)
    assert unit.delimiter == ";"


def test_a_pasted_table_is_prose_and_a_table_with_its_line() -> None:
    yielded = read("ご確認ください。\n氏名\t番号\n山田\t1\n以上\n".encode())
    (table,) = tables(yielded)
    assert table.rows == (("氏名", "番号"), ("山田", "1"))
    assert table.first_row == 2
    assert "山田\t1" in prose(yielded)


def test_an_armoured_message_is_encrypted() -> None:
    assert ("1 part", "encrypted", "pgp") in unread(read(b"-----BEGIN PGP MESSAGE-----\n\nabc\n"))


def test_inline_tags_cut_no_number_and_blocks_end_lines() -> None:
    text = prose(read(b"<p>12<b>34</b><span>5&#54;</span><wbr>7&shy;8</p><div>9</div><br>x"))
    assert "12345678" in text.replace("\xad", "").split("\n")
    assert "9" in text.split("\n")


def test_an_html_table_keeps_its_cells() -> None:
    html = "<table><tr><th>氏名<th colspan=2>番号<tr><td>山<b>田</b><td>1<td>2</table>".encode()
    (table,) = tables(read(html))
    assert table.rows == (("氏名", "番号", ""), ("山田", "1", "2"))


def test_a_table_in_a_cell_is_a_table_of_its_own() -> None:
    html = b"<table><tr><td>a<table><tr><td>b</td></tr></table>c</td></tr></table>"
    inner, outer = tables(read(html))
    assert inner.rows == (("b",),)
    assert outer.rows[0][0].split()[::2] == ["a", "c"]


@pytest.mark.parametrize(
    "html",
    [
        b"<p>x<!-- needle --></p>",
        b"<p style='display: none'>needle</p>",
        b"<p><span style='font-size:0'>needle</span></p>",
        b"<p hidden>needle</p>",
        b"<script>var a = 'needle'</script>",
        b"<style>p::after { content: 'needle' }</style>",
        b"<template><p>needle</p></template>",
        b"<title>needle</title><p>x</p>",
        b"<textarea>needle</textarea>",
    ],
)
def test_what_is_not_shown_is_read_apart(html: bytes) -> None:
    yielded = read(b"<html><body>shown" + html + b"</body></html>", declared="text/html")
    assert "needle" in prose(yielded)
    shown = prose(yielded[:1])
    assert "shown" in shown
    assert "needle" not in shown


def test_text_in_ordinary_small_print_is_shown() -> None:
    assert "small" in prose(
        read(b"<html><p style='font-size:0.8em;opacity:0.9'>small</p>", declared="text/html")[:1]
    )


def test_attributes_with_text_are_fields() -> None:
    html = b"<html><img alt='an alt'><input value='a value' placeholder='b'><a href='tel:123'>x</a>"
    assert fields(read(html)) == {
        "alt": "an alt",
        "value": "a value",
        "placeholder": "b",
        "href": "tel:123",
    }


def test_a_picture_in_a_data_uri_is_a_member() -> None:
    (member,) = members(read(b"<html><img src='data:image/png;base64,iVBORw0KGgo='>"))
    assert member.content == b"\x89PNG\r\n\x1a\n"


def test_html_declares_its_charset_itself() -> None:
    html = "<html><meta charset=shift_jis><p>個人番号</p>".encode("cp932")
    assert "個人番号" in prose(read(html))


def test_html_named_as_text_is_read_as_both() -> None:
    text = prose(read(b"<html><p>12<b>34</b></p></html>", declared="text/plain"))
    assert "1234" in text
    assert "<b>34</b>" in text


def test_deep_nesting_costs_little() -> None:
    started = time.perf_counter()
    assert "needle" in prose(read(b"<html>" + b"<div>" * 20_000 + b"needle"))
    assert time.perf_counter() - started < 5.0


def test_a_text_file_of_an_old_program_ends_in_0x1a_and_is_read() -> None:
    assert "以上" in prose(read("以上\r\n\x1a".encode("cp932")))


@given(
    st.lists(
        st.one_of(
            st.text("0123456789- >", max_size=12),
            st.text("0123456789- ", min_size=55, max_size=64),
            st.just(">"),
        ),
        max_size=6,
    ).map("\n".join)
)
@settings(max_examples=800, deadline=None)
def test_lines_that_are_not_asked_about_would_not_be_joined(lines: str) -> None:
    if not text._may_be_wrapped(lines):
        assert text._CUT_NUMBER.sub(text._joined, lines) == lines
