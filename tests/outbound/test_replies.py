"""Replies are taken apart strictly, however the network cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound.faults import ProtocolFaultError
from gateway.outbound.replies import REPLY_BYTES, SHOWN_CHARS, Answer, ReplyParser

STREAM = b"250-first\r\n250-\r\n250 last\r\n354 go\r\n550\r\n451 4.2.0\tlater\r\n"


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_the_cut_of_the_stream_makes_no_difference(cuts: list[int]) -> None:
    parser = ReplyParser()
    ends = [0, *sorted(cuts), len(STREAM)]
    heard = [a for n, end in enumerate(ends[1:]) for a in parser.feed(STREAM[ends[n] : end])]
    assert [(a.code, a.lines) for a in heard] == [
        (250, ("first", "", "last")),
        (354, ("go",)),
        (550, ("",)),
        (451, ("4.2.0\tlater",)),
    ]
    assert not parser.pending


@pytest.mark.parametrize(
    "said",
    [
        b"hello there\r\n",
        b"\r\n",
        b"25\r\n",
        b"2500 four digits\r\n",
        b"25O letter\r\n",
        b"150 no such class\r\n",
        b"600 no such class\r\n",
        b"290 no such second digit\r\n",
        b"250-one\r\n251 another\r\n",
        b"250-one\r\n550 another class\r\n",
        b"250_ok\r\n",
        b" 250 ok\r\n",
        b"250 nul \x00\r\n",
        b"250 escape \x1b[2J\r\n",
        b"250 bare \n feed\r\n",
        b"250 bare \r return\r\n",
        b"250 \xe5\x8f\x97\r\n",
        b"250 " + b"x" * REPLY_BYTES + b"\r\n",
        b"x" * 1_000_000,
        b"250-and so on\r\n" * 10_000,
    ],
)
def test_what_is_no_reply_is_a_fault(said: bytes) -> None:
    with pytest.raises(ProtocolFaultError):
        list(ReplyParser().feed(said))


def test_replies_before_the_fault_stand() -> None:
    answers = ReplyParser().feed(b"250 ok\r\n251 ok\r\ngarbage\r\n250 late\r\n")
    assert [next(answers).code, next(answers).code] == [250, 251]
    with pytest.raises(ProtocolFaultError):
        next(answers)


def test_utf8_is_read_only_where_the_transaction_lets_it() -> None:
    """RFC 6531 3.7.4.2."""
    parser = ReplyParser()
    parser.utf8 = True
    (answer,) = parser.feed("250 受信しました\r\n".encode())
    assert answer.lines == ("受信しました",)
    assert answer.reply.text == "??????"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (("5.1.1 No such user",), "550 5.1.1 No such user"),
        (("No such user",), "550 5.0.0 No such user"),
        (("4.1.1 of another class",), "550 5.0.0 4.1.1 of another class"),
        (("5.7.1 one", "5.7.1 two", "", "5.7.1  three "), "550 5.7.1 one two three"),
        (("5.7.1",), "550 5.7.1"),
        ((), "550 5.0.0"),
        (("5.7.1 a\tb",), "550 5.7.1 a?b"),
        (tuple("abcdefgh"), "550 5.0.0 a b c d e"),
    ],
)
def test_the_text_for_the_client_is_one_clean_line(lines: tuple[str, ...], shown: str) -> None:
    assert str(Answer(550, lines).reply) == shown


def test_a_long_text_is_cut() -> None:
    assert len(Answer(250, ("x" * 5000,)).reply.text) == SHOWN_CHARS


def test_a_success_needs_no_enhanced_code() -> None:
    assert str(Answer(250, ("queued",)).reply) == "250 queued"
