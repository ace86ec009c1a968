"""The check digit against published vectors and against python-stdnum."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.jp import in_ as oracle

from gateway.detect import check_digit
from gateway.detect.check_digit import is_valid

# Vectors that other projects publish with their tests; none belongs to a person.
PUBLISHED_VALID = """
621498320257 123456789018 023456789013 111111111118 000111111111 983205673214
372967742338 292175895982 873321641958 263348291158 491131223718 185672239885
176521275740 654629853731 465281266333 191187943353 116428722815
895980423139 436673173767 430792811528 107611545184 964041141335 044580705690
439023617171 680557982222 335790979402 763625921000 237697461442 801014241860
999312076001 390147969450 659969299480 401035903377 222451878711 157144228592
107374955712 548836529885
614106526000 510136263801 060122228102 362473502703 467430101604 763727588705
734220726006 450817747707 207304711608 407508284309
987654321093 555555555557 100000000030 400000000050 000000000000 111122223333
""".split()  # noqa: SIM905 (read as a block)
PUBLISHED_INVALID = """
621498320258 123456789010 123456789017 123456789019 923456789018 983205673210
185672239886 176521275741 654629853732 012345678912 111111111111 222222222222
123456789012 987654321098 112233445566 795177121487 918971198689 862303813613
075327773529 264266296053 828731078542 430663651143 211421187381 627852730078
693415034651 189518719745 105892595337 491136797254 345537562761 348049767367
398715343044 387715333522 551432497896 923093948304 337166860307 914437209500
475252998663 983159735197 106591838679 710772400703 123456789013 100000000033
""".split()  # noqa: SIM905 (read as a block)


@pytest.mark.parametrize("number", PUBLISHED_VALID)
def test_a_published_valid_number_passes(number):
    assert is_valid(number)


@pytest.mark.parametrize("number", PUBLISHED_INVALID)
def test_a_published_invalid_number_fails(number):
    assert not is_valid(number)


@given(st.text("0123456789", min_size=12, max_size=12))
def test_the_rule_agrees_with_stdnum(number):
    assert is_valid(number) == oracle.is_valid(number)


@given(st.text("0123456789", min_size=11, max_size=11))
def test_exactly_one_last_digit_passes(body):
    assert [d for d in "0123456789" if is_valid(body + d)] == [check_digit.check_digit(body)]


@pytest.mark.parametrize(
    "text", ["", "1234", "12345678901８", "1234567890181", " 23456789018", "123456789018\n"]
)
def test_what_is_not_twelve_ascii_digits_is_not_valid(text):
    assert not is_valid(text)


@pytest.mark.parametrize("body", ["", "123456789012", "1234567890x", "１２３４５６７８９０１"])
def test_a_body_that_is_not_eleven_ascii_digits_is_refused(body):
    with pytest.raises(ValueError, match="eleven"):
        check_digit.check_digit(body)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(check_digit)
    assert result.attempted > 0
    assert result.failed == 0
