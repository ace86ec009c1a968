"""An ordinary header block is cut in one go, with the same result as line by line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.message.header import _ORDINARY, _line_by_line, read_block

PIECES = st.sampled_from(
    [
        b"Subject: a\r\n",
        b"From: x@example.jp\r\n",
        b"to:b\r\n\tfolded\r\n",
        b"X: \r\n",
        b" blank start\r\n",
        b" \r\n",
        b"No colon\r\n",
        b"Name : x\r\n",
        b"Bare: a\n",
        b"Content-Type: text/plain\r\n",
        b"\xe3\x81\x82: x\r\n",
        b":\r\n",
        b"Last: no end",
    ]
)


@given(st.lists(PIECES, max_size=6).map(b"".join))
def test_both_ways_of_cutting_agree(raw: bytes) -> None:
    if not _ORDINARY.fullmatch(raw):
        return
    fields, odd = _line_by_line(raw)
    assert odd == []
    assert read_block(raw).fields == fields


def test_a_whole_ordinary_block_is_ordinary() -> None:
    assert _ORDINARY.fullmatch(b"Subject: a\r\n b\r\nFrom: x@example.jp\r\n")
    assert not _ORDINARY.fullmatch(b"Subject : a\r\n")
