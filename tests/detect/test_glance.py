"""A glance that says no keeps its promise: the full reading would find nothing."""

from __future__ import annotations

import csv
import io
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detect import Context, candidates, glance
from gateway.detect.fold import NON_ASCII_DIGITS
from gateway.model import Delimited, Place, Prose, Table
from tests.numbers import FULL_WIDTH, grouped, my_numbers

NUMBERS = my_numbers(71, 6)
ZERO_FIRST = my_numbers(72, 2, first="0")
BETWEEN = (
    "",
    " ",
    "-",
    ".",
    ",",
    "/",
    "\u00a0",
    "\u2009",
    "　",
    "‐",
    "‑",
    "－",
    "–",
    "・",
    "\u200b",
)
UNSEEN = ("\ufeff", "\ufe0f", "\ufe0f\u20e3", "\u200d", "\u00ad", "\u2060", "\ufff9")


def _parted(number: str, first: str, second: str) -> str:
    return f"{number[:4]}{first}{number[4:8]}{second}{number[8:]}"


PIECES = st.one_of(
    st.sampled_from(NUMBERS),
    st.builds(
        _parted, st.sampled_from(NUMBERS), st.sampled_from(BETWEEN), st.sampled_from(BETWEEN)
    ),
    st.sampled_from([mark.join(n) + mark for n in NUMBERS for mark in UNSEEN]),
    st.sampled_from([grouped(n, s) for n in NUMBERS for s in "- ー.・_　"]),
    st.sampled_from([grouped(n, s) for n in NUMBERS for s in ",、/|｜~〜=の'\t"]),
    st.sampled_from([n.translate(FULL_WIDTH) for n in NUMBERS]),
    st.sampled_from([n.replace("1", "l").replace("0", "O") for n in NUMBERS]),
    st.sampled_from([" ".join(n) for n in NUMBERS]),
    st.sampled_from([f"{n[:3]},{n[3:6]},{n[6:9]},{n[9:]}" for n in NUMBERS]),
    st.sampled_from([f'mynumber{i}":"{NUMBERS[0][4 * i - 4 : 4 * i]}"' for i in (1, 2, 3)]),
    st.sampled_from([n[:5] + "\u200b" + n[5:] for n in NUMBERS]),
    st.sampled_from([n.lstrip("0") for n in ZERO_FIRST]),
    st.sampled_from(
        [n.translate(str.maketrans("0123456789", "〇一二三四五六七八九")) for n in NUMBERS]
    ),
    st.sampled_from([n.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) for n in NUMBERS]),
    st.sampled_from(
        [
            "個人番号",
            "個 人 番 号：",
            "ﾏｲﾅﾝﾊﾞｰ",
            "My Number",
            "ＭＹ　ＮＵＭＢＥＲ",
            "kojin_bango",
            "12桁の番号",
            "１２ 桁の番号",
            "通知カード番号",
            "通知ｶｰﾄﾞ番号：",
            "マ イ ナ カード",
            "personal number",
            "mai nanba",
            "個人No.",
        ]
    ),
    st.sampled_from(
        [
            " ",
            "\n",
            "\t",
            ",",
            "、",
            "-",
            "> ",
            "一二",
            "①",
            "価格",
            "Tel: 03-1234-5678",
            "2026-11-21",
        ]
    ),
    st.text("0123456789-. ", max_size=14),
    st.sampled_from(NON_ASCII_DIGITS),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
CELLS = st.one_of(
    st.sampled_from(["", "-", "1", "7", "０", "1234", "5678", "氏名", "個人番号", "マイナンバー"]),
    st.lists(PIECES, max_size=2).map("".join),
)
ROWS = st.lists(st.lists(CELLS, max_size=14).map(tuple), max_size=5).map(tuple)
PLACE = Place(("1 text/plain",))


@given(TEXTS)
@settings(max_examples=1500, deadline=None)
def test_a_no_to_a_text_is_a_promise(text: str) -> None:
    if glance.worth_reading(text):
        return
    with mock.patch("gateway.detect.prose.worth_reading", return_value=True):
        assert candidates(Prose(PLACE, text), Context(())) == []


@given(ROWS)
@settings(max_examples=1500, deadline=None)
def test_rows_left_out_hold_nothing(rows: tuple[tuple[str, ...], ...]) -> None:
    table = Table(PLACE, rows)
    quick = candidates(table, Context(("個人番号",)))
    with mock.patch(
        "gateway.detect.table.rows_worth_reading", lambda rows: (True, range(len(rows)))
    ):
        assert candidates(table, Context(("個人番号",))) == quick


def test_ordinary_business_text_is_a_no() -> None:
    text = "打合せは2026年11月21日 14:00、電話 03-1234-5678、請求書 12345678 です。\n" * 20
    assert not glance.worth_reading(text)


def test_boxes_and_fours_in_the_last_row_are_seen() -> None:
    number = NUMBERS[0]
    rows = (("個人番号",), ("x",), tuple(number), (number[:4], number[4:8], number[8:]))
    assert set(glance.rows_worth_reading(rows)[1]) >= {2, 3}


@given(ROWS, st.sampled_from([",", ";", "\t"]))
@settings(max_examples=400, deadline=None)
def test_delimited_text_left_uncut_holds_nothing(
    rows: tuple[tuple[str, ...], ...], delimiter: str
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    unit = Delimited(PLACE, out.getvalue(), delimiter)
    quick = candidates(unit, Context(("個人番号",)))
    with mock.patch("gateway.detect.delimited.delimited_worth_reading", return_value=True):
        assert candidates(unit, Context(("個人番号",))) == quick


def test_what_parts_digits_beyond_ascii_hides_none_in_a_delimited_text() -> None:
    """The first look deletes it, so that fours run together or grow by a digit of a neighbour."""
    number = NUMBERS[0]
    fours = number[:4], number[4:8], number[8:]
    assert glance.delimited_worth_reading("{}の{}={}".format(*fours), ",")
    assert glance.delimited_worth_reading("第1番{},{},{}第2番".format(*fours), ",")


def test_an_unclosed_quote_does_not_swallow_the_rest() -> None:
    text = f'氏名,"個人番号\n見本,{NUMBERS[0]}\n'
    assert candidates(Delimited(PLACE, text, ","), Context(()))


@pytest.mark.parametrize("first", BETWEEN)
@pytest.mark.parametrize("second", BETWEEN)
def test_a_list_with_two_kinds_of_separators_is_worth_reading(first: str, second: str) -> None:
    """A blank before the second group and a no-break space before the third passed unseen."""
    text = "\n".join(f"山田太郎 {_parted(n, first, second)}" for n in NUMBERS)
    with mock.patch("gateway.detect.prose.worth_reading", return_value=True):
        found = list(candidates(Prose(PLACE, text), Context(())))
    assert glance.worth_reading(text) or not found


@pytest.mark.parametrize("mark", UNSEEN)
def test_digits_with_signs_between_them_that_nobody_sees_are_worth_reading(mark: str) -> None:
    """Keycaps and byte order marks between all digits were taken for blanks."""
    assert glance.worth_reading("番号は次のとおりです。 " + "".join(d + mark for d in NUMBERS[0]))


@pytest.mark.parametrize(
    "label", ["通知カード番号", "通知 ｶｰﾄﾞ 番号", "１ ２ 桁 の 番 号", "12桁の個人番号"]
)
def test_a_number_in_odd_groups_is_read_behind_each_label(label: str) -> None:
    """The card's name was no label to the first look: only numbers in one piece were read."""
    number = NUMBERS[0]
    text = f"{label}：{number[:6]}/{number[6:]}"
    assert [c.digits for c in candidates(Prose(PLACE, text), Context())] == [number]
