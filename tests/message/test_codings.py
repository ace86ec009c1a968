"""Decoders for broken codings and for those of no standard."""

from __future__ import annotations

import base64
import binascii
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.message import codings
from gateway.message.charset import decode
from gateway.message.legible import texts
from tests.message.catalogue.codings import binhex, uuencoded, yencoded
from tests.numbers import FULL_WIDTH, my_number


@given(st.binary(min_size=1, max_size=300))
def test_what_was_encoded_is_decoded(data: bytes) -> None:
    assert codings.uudecoded(uuencoded(data)) == data
    assert codings.yenc_decoded(yencoded(data)) == data
    assert data in codings.binhex_decoded(binhex(data))
    assert codings.quoted(binascii.b2a_qp(data, istext=False)) == data


@given(st.binary(max_size=300))
def test_no_bytes_make_a_decoder_fail(data: bytes) -> None:
    for _ in (*codings.base64_readings(data), *codings.quoted_readings(data)):
        pass
    codings.uudecoded(data)
    codings.yenc_decoded(data)
    codings.binhex_decoded(data)
    codings.unpacked(data)
    list(texts(data))


@pytest.mark.parametrize("offset", range(4))
def test_base64_is_read_at_every_offset(offset: int) -> None:
    text = b"the text that matters, and more of it"
    raw = b"A" * offset + base64.b64encode(text)
    assert any(text[4:20] in reading for reading in codings.base64_readings(raw))


def test_what_unpacks_is_bounded() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(codings.unpacked(bomb)) <= codings.bound(len(bomb))
    runs = b":" + base64.b64encode(b"a\x90\xff" * 50_000).translate(
        bytes.maketrans(codings._ALPHABET, codings._HQX)
    )
    assert len(codings.binhex_decoded(runs)) <= codings.bound(len(runs)) + 400


def test_noise_without_digits_says_nothing() -> None:
    assert list(texts(bytes(range(32)) * 20 + b"abc")) == []


@pytest.mark.parametrize(
    "charset", ["ascii", "utf-8", "cp932", "euc_jp", "utf-16-le", "utf-16-be", "utf-32-le"]
)
def test_digits_are_seen_in_noise_in_every_charset(charset: str) -> None:
    number = my_number(1)
    shown = number if charset in ("ascii", "utf-32-le") else number.translate(FULL_WIDTH)
    raw = bytes(200) + shown.encode(charset) + b"\x01\x02" * 100
    read = "".join(texts(raw)).translate({0xFF10 + n: ord("0") + n for n in range(10)})
    assert number in "".join(c for c in read if c.isdigit())


@pytest.mark.parametrize("charset", ["utf-32-le", "utf-32-be", "cp037"])
def test_a_charset_without_a_label_is_seen_through(charset: str) -> None:
    text = f"my number {my_number(2)}"
    assert text in decode(text.encode(charset))


def test_overlong_utf8_is_read_as_lax_decoders_do() -> None:
    overlong = b"".join(bytes((0xC0, 0x80 | ord(c))) for c in "12") + b"\xe0\x80\xb3\xc1\x81"
    assert "123A" in decode(overlong)


def test_utf7_is_read_without_its_label() -> None:
    assert "12" in decode(b"+ADE-+ADI-")
    assert decode(b"1 + 1 = 2") == ("1 + 1 = 2",)
