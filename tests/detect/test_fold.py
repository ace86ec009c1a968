"""Folding keeps the way back to the source."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect import fold
from gateway.detect.grammar import Form, matches
from tests.numbers import FULL_WIDTH, grouped, my_number

NUMBER = my_number(11)
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
KANJI = str.maketrans("0123456789", "〇一二三四五六七八九")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
MATHEMATICAL = {ord("0") + n: 0x1D7CE + n for n in range(10)}
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def digits_of(text):
    return [m.digits for m in matches(text)]


@pytest.mark.parametrize("script", [FULL_WIDTH, CIRCLED, KANJI, ARABIC, MATHEMATICAL, SUPERSCRIPT])
def test_digits_of_every_script_are_folded(script):
    assert digits_of(NUMBER.translate(script)) == [NUMBER]


@pytest.mark.parametrize("bullet", ["①", "⑴", "(1)", "⒈", "❶", "1) ", "⑩", "１．"])
def test_a_bullet_before_a_number_is_no_digit_of_it(bullet):
    assert digits_of(f"{bullet}{NUMBER}") == [NUMBER]


def test_a_lone_circled_digit_parts_two_numbers():
    other = my_number(12)
    assert digits_of(f"①{NUMBER}②{other}") == [NUMBER, other]


@pytest.mark.parametrize("separator", [*"-‐‑‒–—―−－ー _.・　\u00a0", " - ", "\u200b-"])
def test_one_kind_of_separator_groups_by_four(separator):
    found = matches(grouped(NUMBER, separator))
    assert [(m.digits, m.form) for m in found] == [(NUMBER, Form.GROUPED)]


@pytest.mark.parametrize("invisible", ["\u00ad", "\u200b", "\u2060", "\ufeff", "\u202e", "\ufe0f"])
def test_invisible_characters_inside_a_number_do_not_hide_it(invisible):
    text = f"は{invisible.join(NUMBER)}です"
    (found,) = matches(text)
    assert found.digits == NUMBER
    assert text[found.start : found.end] == invisible.join(NUMBER)


def test_kanji_digits_count_in_exact_runs_only():
    assert digits_of(grouped(NUMBER).translate(KANJI).replace("-", "ー")) == [NUMBER]
    assert digits_of(NUMBER.translate(KANJI) + "一") == []


@given(
    before=st.text(max_size=12).filter(lambda t: not any(fold.may_hold_number(c * 12) for c in t)),
    after=st.text(max_size=12).filter(lambda t: not any(fold.may_hold_number(c * 12) for c in t)),
    separator=st.sampled_from(["", "-", "　", "ー", "\u200b", "\u00ad-"]),
    script=st.sampled_from([{}, FULL_WIDTH, ARABIC, MATHEMATICAL]),
)
def test_offsets_map_back_to_the_source(before, after, separator, script):
    shown = grouped(NUMBER, separator).translate(script)
    (found,) = matches(f"{before}。{shown}。{after}")
    assert f"{before}。{shown}。{after}"[found.start : found.end] == shown
    assert found.digits == NUMBER


@given(st.text("0123456789①⑨²〇一ー-－ .\n>|\u200b😀𝟏a", max_size=200))
def test_every_match_lies_in_the_text_and_none_overlap(text):
    end = 0
    for match in matches(text):
        assert end <= match.start < match.end <= len(text)
        assert len(match.digits) == 12
        assert match.digits.isascii()
        end = match.end


def test_no_digit_lies_beyond_the_table():
    highest = max(c for c in range(sys.maxunicode + 1) if chr(c).isdigit())
    assert highest <= fold._LAST_DIGIT_CODE


def test_a_folded_stretch_does_not_show_itself():
    assert NUMBER not in repr(next(fold.stretches(NUMBER)))
    assert NUMBER not in repr(matches(NUMBER))
