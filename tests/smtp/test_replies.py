"""Whatever a reply says, it leaves as one short line of printable ASCII."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Reply
from gateway.smtp import replies
from gateway.smtp.replies import encoded, greeting, listing

OURS = [r for r in vars(replies).values() if isinstance(r, Reply)]


@given(st.integers(200, 599), st.sampled_from(["", "2.0.0", "4.3.0", "5.7.1"]), st.text())
def test_no_text_breaks_out_of_its_line(code: int, enhanced: str, text: str) -> None:
    line = encoded(Reply(code, enhanced, text * 20))
    assert re.fullmatch(rb"[2-5][0-9]{2} [\x20-\x7e]*\r\n", line)
    assert len(line) <= 512


@pytest.mark.parametrize("reply", OURS, ids=lambda r: f"{r.code}-{r.text[:20]}")
def test_our_replies_have_an_enhanced_code_of_their_class(reply: Reply) -> None:
    if reply.code == 354:
        assert reply.enhanced == ""  # RFC 2034 3: 2xx, 4xx and 5xx only
    else:
        assert re.fullmatch(rf"{reply.code // 100}\.[0-9]\.[0-9]+", reply.enhanced)
    assert encoded(reply) == f"{reply}\r\n".encode()


def test_a_refusal_of_the_next_hop_without_a_code_gets_one() -> None:
    assert encoded(Reply(550, "", "no such user")) == b"550 5.0.0 no such user\r\n"
    assert encoded(Reply(451, "", "later")) == b"451 4.0.0 later\r\n"


def test_a_greeting_and_a_listing_have_none() -> None:
    assert greeting("mx.example") == b"220 mx.example ESMTP Sekisho\r\n"
    assert listing(["mx.example", "SIZE 1"]) == b"250-mx.example\r\n250 SIZE 1\r\n"
