"""Whatever detection reads as a number, masking hides (law 4)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect import Context, candidates
from gateway.detect.fold import NON_ASCII_DIGITS, NON_ASCII_SEPARATORS
from gateway.masking import mask
from gateway.model import Field, Place, Prose
from tests.numbers import FULL_WIDTH, grouped, my_number, my_numbers

NUMBER = my_number(20261123)
SEPARATORS = [*NON_ASCII_SEPARATORS, *" \t\n-._:>/,|+=~&%<>()[]{}\"'*#"]


def shown_digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit() or c in "〇一二三四五六七八九")


@pytest.mark.parametrize("separator", SEPARATORS, ids=lambda c: f"U+{ord(c):04X}")
def test_no_separator_keeps_a_number_from_being_masked(separator: str) -> None:
    for text in (
        grouped(NUMBER, separator),
        grouped(NUMBER, separator * 3),
        separator.join(NUMBER),
    ):
        assert shown_digits(mask(f"名簿{text}.xlsx")) == ""


@given(
    st.lists(st.sampled_from([*NUMBER, *NON_ASCII_DIGITS, *SEPARATORS, "個人番号"]), max_size=40)
)
def test_what_detection_finds_in_a_label_and_value_masking_hides(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = candidates(Field(Place(("x",)), "個人番号", text), Context(()))
    for candidate in found:
        spot = candidate.spot
        assert shown_digits(mask(text)[spot.start : spot.end]) == ""


ALIKE_DIGITS = ["O", "o", "Q", "○", "l", "I", "|", "!", "S", "s", "B", "Z", "z"]


def signs(text: str) -> str:
    return "".join(c for c in text if c.isalnum() and c not in "個人番号の名簿")


@given(
    st.sampled_from([*my_numbers(71, 20), *my_numbers(72, 20, first="1")]),
    st.lists(st.sampled_from(["O0", "o0", "Q0", "○0", "l1", "I1", "|1", "!1", "S5", "B8", "Z2"])),
    st.sampled_from(["", "-", " ", "  ", ".", "・", "_", "\u200b"]),
    st.booleans(),
)
def test_letters_that_detection_takes_for_digits_are_masked(
    number: str, swaps: list[str], separator: str, spread: bool
) -> None:
    written = number
    for swap in swaps[:4]:
        written = written.replace(swap[1], swap[0], 1)
    written = separator.join(written) if spread else grouped(written, separator)
    for unit in (
        Field(Place(("x",)), "個人番号", written),
        Prose(Place(("x",)), f"個人番号：{written}"),
    ):
        text = unit.value if isinstance(unit, Field) else unit.text
        for candidate in candidates(unit, Context(())):
            assert signs(mask(text)[candidate.spot.start : candidate.spot.end]) == ""


@given(st.lists(st.sampled_from([*NUMBER, *"0123456789", *ALIKE_DIGITS, *" -.,\n"]), max_size=40))
def test_whatever_is_possible_in_a_text_is_masked_in_it(pieces: list[str]) -> None:
    text = "個人番号" + "".join(pieces)
    for candidate in candidates(Prose(Place(("x",)), text), Context(())):
        spot = candidate.spot
        assert signs(mask(text)[spot.start : spot.end]) == ""


def test_words_beside_a_short_number_stay_readable() -> None:
    for text in ("Bill 12345678", "solo 123-4567 lol"):
        assert mask(text) == text


def test_full_width_and_invisible_marks_are_masked() -> None:
    assert shown_digits(mask(NUMBER.translate(FULL_WIDTH))) == ""
    assert shown_digits(mask("\u200b".join(NUMBER))) == ""
    assert shown_digits(mask("\ud800".join(NUMBER))) == ""


def test_ordinary_short_numbers_stay_readable() -> None:
    for text in ("令和8年11月21日", "Sheet1 / D2:D41", "line 12", "rule my-number", "03-1234-567"):
        assert mask(text) == text


def test_masking_a_long_hostile_text_is_quick() -> None:
    started = time.process_time()
    mask("1 " * 500_000)
    mask(("12345678" + " " * 9) * 60_000)
    mask("1" + "-" * 1_000_000)
    mask("l1" * 500_000)
    mask("oooo|1" * 150_000)
    mask("o" + "- " * 500_000)
    assert time.process_time() - started < 8
