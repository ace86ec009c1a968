"""Hostile mail costs time in proportion to its size, whatever is repeated in it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from gateway.inspection import inspect_now
from gateway.message import parse
from gateway.model import InspectionLimits, UnreadReason
from tests.message.catalogue.base import HEAD, MIXED
from tests.message.test_parse import attachment, multipart

LIMITS = InspectionLimits()
SLACK = 3.5  # twice the bytes cost twice as much; four times would be quadratic
NOISE_S = 0.05


def head(value: bytes) -> bytes:
    return HEAD + value + b"\r\n\r\nx"


def nested(count: int) -> bytes:
    """Multiparts in each other that all declare the same boundary."""
    return HEAD + (MIXED + b"\r\n\r\n--foo\r\n") * count + b"\r\nx\r\n--foo--\r\n"


def alternating(count: int) -> bytes:
    return HEAD + (MIXED + b"\r\n\r\n--foo\r\nContent-Type: message/rfc822\r\n\r\n") * count


HOSTILE: dict[str, tuple[Callable[[int], bytes], int]] = {
    "parameters": (lambda n: head(b"Content-Type: text/plain" + b";a=b" * n), 20_000),
    "open quote": (lambda n: head(b'Content-Type: text/plain; a="' + b"\\" * n), 100_000),
    "RFC 2231 pieces": (lambda n: head(b"Content-Type: text/plain" + b";a*0=b" * n), 20_000),
    "encoded words": (lambda n: head(b"Subject: " + b"=?utf-8?q?" * n), 10_000),
    "whole encoded words": (lambda n: head(b"X-A: " + b"=?utf-8?q?a?= " * n), 8_000),
    "comments": (lambda n: head(b"To: " + b"(" * n), 100_000),
    "folds": (lambda n: head(b"X-A: b" + b"\r\n " * n + b"c"), 400),
    "blanks": (lambda n: head(b"X-A:" + b" " * n + b"Content-Type:"), 100_000),
    "padding": (lambda n: multipart(attachment(body=b"=" * n)), 400_000),
    "padded quads": (lambda n: multipart(attachment(body=b"AA==" * n)), 100_000),
    "broken base64": (lambda n: multipart(attachment(body=b"#" + b"1234abcd" * n)), 100_000),
    "escapes": (lambda n: multipart(attachment(b"Content-Transfer-Encoding: x\r\n", b"=3D=\r\n" * n)), 50_000),
    "digits": (lambda n: multipart(attachment(body=b"#" + b"1 " * n)), 200_000),
    "prefixed delimiters": (lambda n: multipart(b"\r\n" + b"--foox\r\n" * n), 50_000),
    "blank lines": (lambda n: multipart(b"\r\n" + b" \r\n" * n + b"--fo\r\n"), 100_000),
    "gaps": (lambda n: multipart(b"X: y\r\n" + b"\n\r" * n), 100_000),
    "parts": (lambda n: multipart(*[b"\r\nx"] * n), 15_000),
    "same boundary": (nested, 900),
    "mails and multiparts": (alternating, 900),
    "run lengths": (lambda n: multipart(attachment(b"Content-Transfer-Encoding: binhex\r\n", b":" + b"#)h" * n)), 60_000),
    "shifts": (lambda n: head(b"Subject: " + b"\x1b$B\x1b(B" * n), 15_000),
}  # fmt: skip


def cost(content: bytes) -> float:
    """Processor seconds, the better of two."""
    times = []
    for _ in range(2):
        started = time.process_time()
        inspect_now(content, LIMITS)
        times.append(time.process_time() - started)
    return min(times)


@pytest.mark.parametrize("kind", HOSTILE)
def test_twice_the_size_costs_about_twice_the_time(kind: str) -> None:
    made, size = HOSTILE[kind]
    once, twice = cost(made(size // 2)), cost(made(size))
    assert twice <= once * SLACK + NOISE_S


def test_a_long_subject_is_judged_once_and_not_with_each_part() -> None:
    parts = b"".join(b"--foo\r\n\r\n1234-5678-901%d\r\n" % (n % 10) for n in range(900))
    body = MIXED + b"\r\n\r\n" + parts + b"--foo--\r\n"
    short, long = (
        cost(HEAD + b"X-A: b\r\nComments: " + b"a" * n + b"\r\n" + body) for n in (10, 200_000)
    )
    subject = cost(HEAD.replace(b"test", b"a" * 200_000) + body)
    assert subject <= max(short, long) * SLACK + NOISE_S


def test_a_mail_over_the_limit_has_no_other_views_and_says_so() -> None:
    content = multipart(attachment(body=b"#" + b"A" * 100_000))
    few = InspectionLimits(views_bytes=50_000)
    message = parse(content, few)
    assert message.glimpses == ()
    assert ("limit", "views") in {(u.reason, u.detail) for u in message.unread}
    assert UnreadReason.LIMIT not in {u.reason for u in parse(content, LIMITS).unread}


def test_nested_ambiguous_mails_share_one_allowance_of_views() -> None:
    inner = multipart(attachment(body=b"#" + b"A" * 30_000)).replace(b"foo", b"bar")
    outer = multipart(b"Content-Type: message/rfc822\r\nContent-Type: x/y\r\n\r\n" + inner)
    found = inspect_now(outer, InspectionLimits(views_bytes=50_000))
    assert "views" in {u.detail for u in found.unread}
