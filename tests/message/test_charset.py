"""The charset ladder on what Japanese mail really sends."""

from __future__ import annotations

import pytest

from gateway.message.charset import codec, decode, decode_best
from gateway.message.jis import decode_jis

TEXT = "給与担当 山田 様\r\n個人番号は１２３４です。"


@pytest.mark.parametrize("name", ["cp932", "euc_jp", "utf-8", "utf-16", "iso2022_jp"])
def test_text_without_a_label_is_read_by_its_look(name: str) -> None:
    assert decode(TEXT.encode(name)) == (TEXT,)


@pytest.mark.parametrize("name", ["cp932", "euc_jp"])
def test_one_short_word_is_told_apart(name: str) -> None:
    assert decode("名簿".encode(name)) == ("名簿",)


@pytest.mark.parametrize("label", ["utf-8", "us-ascii", "iso-8859-1", "no-such-charset", ""])
def test_a_wrong_label_does_not_hide_the_text(label: str) -> None:
    assert TEXT in decode(TEXT.encode("cp932"), label)


@pytest.mark.parametrize("label", ["shift_jis", "x-sjis", "Windows-31J", '"cp932"'])
def test_every_name_of_shift_jis_reads_vendor_characters(label: str) -> None:
    assert decode("①㈱髙".encode("cp932"), label) == ("①㈱髙",)


def test_jis_reads_vendor_rows_and_half_width_kana() -> None:
    assert decode_jis(b"\x1b$B-!-j\x1b(B abc \x1b(I12\x1b(B") == "①㈱ abc ｱｲ"


def test_jis_runs_end_with_their_line() -> None:
    assert decode_jis(b"\x1b$B8D?M\r\nabc") == "個人\r\nabc"


def test_escapes_between_digits_leave_plain_digits() -> None:
    assert decode(b"12\x1b(B34\x1b(J56", "iso-2022-jp") == ("123456",)


def test_utf7_is_read_as_utf7_and_as_it_stands() -> None:
    assert decode(b"+ADE-234", "utf-7") == ("1234", "+ADE-234")


def test_utf16_without_a_mark_shows_by_its_zeros() -> None:
    assert decode("number 1234 in text".encode("utf-16-le")) == ("number 1234 in text",)


@pytest.mark.parametrize("label", ["unicode_escape", "punycode", "rot13", "idna", "zlib", "a\x00b"])
def test_codecs_that_are_no_charsets_are_not_used(label: str) -> None:
    assert codec(label) == ""
    assert decode(b"\\x31 abc", label) == ("\\x31 abc",)


def test_bytes_that_fit_nowhere_keep_their_digits() -> None:
    assert "1234" in decode_best(b"\x81\xff\xfe\x80 1234 \xff")
