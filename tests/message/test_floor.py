"""The floor: no alarm on ordinary mail, a code and a sentence for every rule."""

from __future__ import annotations

import base64

import pytest

from gateway import i18n
from gateway.inspection import inspect_now
from gateway.message import floor, parse
from gateway.message.facts import _LABEL
from gateway.model import UnreadReason
from tests.corpus.mime import LIMITS, SEED, alarms
from tests.message.catalogue import cases
from tests.message.catalogue.base import HEAD
from tests.message.honest import ODD, ORDINARY
from tests.numbers import my_number

# Honest, but programs are known to read these in different ways.
DIFFERENT = {
    "qmail bounce, mail quoted whole": floor.PART_IN_TEXT,
    "no MIME-Version, multipart": floor.VERSION,
    "comment behind the type": floor.PARAMETER_GRAMMAR,
    "base64 without padding": floor.BASE64,
    "quoted-printable, raw =": floor.QUOTED_PRINTABLE,
    "quoted-printable, raw 8 bit": floor.QUOTED_PRINTABLE,
    "no closing delimiter": floor.CLOSING_BOUNDARY,
    "a person pastes MIME headers": floor.PART_IN_TEXT,
    "uuencoded file in the text": floor.UUENCODE,
}


def codes(content: bytes) -> set[str]:
    return {u.detail for u in parse(content, LIMITS).unread if u.reason is UnreadReason.AMBIGUOUS}


@pytest.mark.parametrize("program", ORDINARY)
def test_ordinary_mail_of_a_program_passes_the_floor_and_is_clean(program: str) -> None:
    found = inspect_now(ORDINARY[program], LIMITS)
    assert found.unread == ()
    assert found.clean


@pytest.mark.parametrize("kind", ODD)
def test_odd_mail_is_doubted_only_where_programs_differ(kind: str) -> None:
    assert alarms(ODD[kind]) == ([DIFFERENT[kind]] if kind in DIFFERENT else [])


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert set(i18n.catalogue_keys("floor")) == floor.CODES


def test_every_code_is_met_by_some_mail_and_no_other_code_is() -> None:
    met = {code for case in cases(SEED) for code in codes(case.content)}
    met |= {code for content in (*ODD.values(), *EXTRA) for code in codes(content)}
    assert met == floor.CODES


EXTRA = (
    HEAD + b"MIME-Version: 1.0\r\n\r\nx",
    HEAD + b"Content-Disposition: inline\r\nContent-Disposition: inline\r\n\r\nx",
    HEAD + b"Content-Type: text/plain" + b"; a=b" * 101 + b"\r\n\r\nx",
    b" folded: first\r\n" + HEAD + b"\r\nx",
)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_one_kind_of_line_end_is_no_doubt(end: bytes) -> None:
    assert codes((HEAD + b"\r\ntext\r\n").replace(b"\r\n", end)) == set()


def test_a_labelled_number_in_any_header_is_found() -> None:
    number = my_number(1)
    for line in (b"X-Foo: my number ", b"Received: from mynumber", b"References: <kojin-bangou-"):
        found = inspect_now(HEAD + line + number.encode() + b"@a>\r\n\r\nx\r\n", LIMITS)
        assert found.persons.likely == 1, line


def test_digits_that_programs_write_into_headers_are_no_finding() -> None:
    number = my_number(2).encode()
    lines = b"Message-ID: <" + number + b".1@a>\r\nX-Id: " + number + b"\r\n"
    found = inspect_now(HEAD.replace(b"test", "個人番号".encode()) + lines + b"\r\nx\r\n", LIMITS)
    assert found.persons.possible == 0


@pytest.mark.parametrize(
    "label",
    [
        "my number",
        "My_No.",
        "MYNMBR",
        "kojin-bango",
        "individual number",
        "social security and tax number",
    ],
)
def test_every_latin_label_is_worth_looking_at_in_a_header(label: str) -> None:
    assert _LABEL.search(label.encode())


def test_a_word_of_an_unknown_charset_is_read_by_the_ladder() -> None:
    word = b"=?x-none?B?" + base64.b64encode(f"個人番号 {my_number(3)}".encode("cp932")) + b"?="
    found = inspect_now(HEAD.replace(b"test", word) + b"\r\nx\r\n", LIMITS)
    assert found.persons.likely == 1
    assert found.unread == ()
