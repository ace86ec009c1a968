"""Paths and parameters are taken verbatim or refused, never repaired."""

from __future__ import annotations

import pytest

from gateway.smtp.grammar import PathError, parse_mail, parse_rcpt


@pytest.mark.parametrize(
    "address",
    [
        "a@example.jp",
        "first.last+tag@sub.example.co.jp",
        "a..b.@docomo.example",
        '"quoted local"@example.jp',
        '"with\\"quote"@example.jp',
        "x@[192.0.2.1]",
        "x@[IPv6:2001:db8::1]",
        "用户@例え.jp",
        "x@ＥＸＰ．ＣＯ．ＪＰ",
    ],
)
def test_an_address_comes_through_verbatim(address: str) -> None:
    assert parse_rcpt(f"TO:<{address}>").address == address


@pytest.mark.parametrize(
    "argument",
    [
        "TO:<b\rX@c.d>",
        'TO:<"a\rRSET"@c.d>',
        "TO:<b\x00@c.d>",
        'TO:<"b>',
        "TO:<b@c.d",
        "TO:<b @ c.d>",
        "TO:<b(comment)@c.d>",
        "TO:<@route.example:b@c.d>",
        "TO:<b@c.d>RSET",
        "TO:<b@c.d>> RCPT TO:<x@y.z>",
        "TO:<>",
        "TO:b@c.d",
        "FROM:<b@c.d>",
        "TO:<b@-c.d>",
        "TO:<b@c..d>",
        f"TO:<{'l' * 65}@c.d>",
        f"TO:<b@{'d' * 63}.{'d' * 63}.{'d' * 63}.{'d' * 63}.example>",
    ],
)
def test_what_cannot_be_sent_on_unchanged_is_refused(argument: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_rcpt(argument)
    assert caught.value.reply.permanent


def test_the_null_reverse_path_is_an_empty_sender() -> None:
    assert parse_mail("FROM:<>").address == ""


def test_a_blank_before_the_path_is_forgiven() -> None:
    assert parse_mail("FROM: <a@example.jp>").address == "a@example.jp"


def test_parameters_are_read_with_their_case_kept() -> None:
    path = parse_mail("FROM:<a@example.jp> size=123 BODY=8BITMIME ENVID=AbC SMTPUTF8")
    assert path.parameters == {"SIZE": "123", "BODY": "8BITMIME", "ENVID": "AbC", "SMTPUTF8": ""}


@pytest.mark.parametrize("words", ["SIZE=1 SIZE=2", "=3", "SIZE=a=b", "-X=1"])
def test_a_malformed_or_doubled_parameter_is_refused(words: str) -> None:
    with pytest.raises(PathError):
        parse_mail(f"FROM:<a@example.jp> {words}")


def test_a_path_does_not_show_its_address() -> None:
    assert "example" not in repr(parse_mail("FROM:<a@example.jp>"))
