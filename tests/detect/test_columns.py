"""A long table is read by its columns, and a short one by its rows: both find the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detect import Context, candidates
from gateway.detect.candidate import Sighting
from gateway.detect.check_digit import is_valid
from gateway.detect.columns import look
from gateway.detect.grammar import Form, reading_otherwise, reads_otherwise
from gateway.detect.labels import Kind, kind_of, may_label
from gateway.detect.lanes import agree, different, lanes
from gateway.detect.table import in_table
from gateway.detect.turned import CELL, LONG, turned
from gateway.model import Place, Table
from tests.detect.test_glance import CELLS, PIECES
from tests.numbers import grouped, my_numbers, wrong_numbers

PLACE = Place(("2 名簿",))
NUMBERS = my_numbers(41, 30)
WRONG = wrong_numbers(42, 30)
SHORT = [n.lstrip("0") for n in my_numbers(43, 20, first="0") + my_numbers(44, 20, first="00")]
TIMES = [f"202507{day:02d}1031" for day in range(10, 25)]
LABELS = ("個人番号", "マイナンバー", "送り状番号", "電話", "会員番号", "ID", "my_number", "氏名")
# A column is mostly of one kind, as columns are; each kind is hard to read in its own way.
KINDS = st.sampled_from(
    [
        st.sampled_from(NUMBERS),
        st.sampled_from([*NUMBERS, *WRONG]),
        st.sampled_from(TIMES),
        st.sampled_from([*SHORT, "7", "1234", "0.5"]),
        st.sampled_from([grouped(n, s) for n in NUMBERS[:3] for s in "- .,/_"]),
        st.sampled_from("0123456789"),
        st.sampled_from([n[:4] for n in NUMBERS] + ["12", "", "999"]),
        st.sampled_from(["0.2550690257394217", "12.50", "-3", "4.5", "1e-05", "123456789012.5"]),
        st.sampled_from(["1985-03-15", "1985/03/15 12:30:00", "19850315", "昭和60年3月15日"]),
        st.sampled_from(["山田太郎", "佐藤", "三四五六七八九", "東京都千代田区1-2-3", "x"]),
        st.sampled_from(["", "", "", *LABELS]),
        CELLS,
    ]
)
_DIGIT, _FOUR = st.sampled_from("0123456789"), st.sampled_from([n[4:8] for n in NUMBERS])
_BLANK = st.sampled_from(["", "", "-"])
SPREAD = [  # columns that stand side by side: boxes and fours, with and without blanks between
    [],
    [_DIGIT] * 12,
    [*[_DIGIT] * 4, _BLANK] * 3,
    [_FOUR] * 3,
    [_FOUR, _BLANK] * 3,
    [_FOUR, _FOUR, st.sampled_from(["12", "345", "6789"])],
]


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[str, ...], ...]:
    """Long tables of a few columns, with headings, labels in odd places and rows cut short."""
    height = draw(st.integers(3, 14))
    kinds = draw(st.lists(KINDS, min_size=1, max_size=8))
    if spread := draw(st.sampled_from(SPREAD)):
        at = draw(st.integers(0, len(kinds)))
        kinds[at:at] = spread
    columns = [draw(st.lists(kind, min_size=height, max_size=height)) for kind in kinds]
    rows = [list(row) for row in zip(*columns, strict=True)]
    if draw(st.booleans()):
        rows[0] = [draw(st.sampled_from(("", *LABELS))) for _ in kinds]
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.sampled_from(rows))
        row[draw(st.integers(0, len(kinds) - 1))] = draw(st.one_of(PIECES, st.sampled_from(LABELS)))
    for _ in range(draw(st.integers(0, 2))):
        row = draw(st.sampled_from(rows))
        del row[draw(st.integers(0, len(row))) :]
    return tuple(map(tuple, rows))


@contextmanager
def every_table_long() -> Iterator[None]:
    """Turn tables of any size, and let the heading be the only row that is looked at apart."""
    with (
        mock.patch("gateway.detect.turned.LONG", 1),
        mock.patch("gateway.detect.turned._MOST_HOLES", 1000),
        mock.patch("gateway.detect.turned.HEAD", 1),
        mock.patch("gateway.detect.columns.HEAD", 1),
        mock.patch("gateway.detect.headings.HEAD", 1),
        mock.patch("gateway.detect.columns._BLOCK", 2),
    ):
        yield


def sightings(table: Table) -> list[Sighting]:
    """Those that count: a spread that needs a label and has none is met by rows on the side."""
    met = [
        s
        for s in in_table(table)
        if s.alone or s.form is not Form.SPLIT or s.standing.kind is Kind.STRONG
    ]
    return sorted(met, key=lambda s: (s.spot, s.digits, s.form.name))


@given(tables())
@settings(max_examples=1500, deadline=None)
def test_columns_hold_what_the_rows_hold(rows: tuple[tuple[str, ...], ...]) -> None:
    table = Table(PLACE, rows, 3, 2)
    by_rows = sightings(table)
    with every_table_long():
        assert sightings(table) == by_rows


@given(tables(), st.sampled_from(["", "個人番号", "電話番号"]))
@settings(max_examples=500, deadline=None)
def test_columns_are_judged_as_their_rows_are(
    rows: tuple[tuple[str, ...], ...], label: str
) -> None:
    table = Table(PLACE, rows)
    by_rows = candidates(table, Context((label,)))
    with every_table_long():
        assert candidates(table, Context((label,))) == by_rows


def test_a_number_deep_in_a_long_table_is_found_in_each_form() -> None:
    filler = [("山田", f"{n}", "2026-11-21", "0.2550690257394217", "") for n in range(5 * LONG)]
    forms = [NUMBERS[0], grouped(NUMBERS[1]), f"個人番号 {NUMBERS[2]}", f"{NUMBERS[3]}.0"]
    for column in range(5):
        for form in forms:
            rows = [list(row) for row in filler]
            rows[4 * LONG][column] = form
            (met,) = in_table(Table(PLACE, tuple(map(tuple, rows))))
            assert (met.spot.row, met.spot.column) == (4 * LONG + 1, column + 1)


def test_a_label_below_the_headings_is_seen_on_its_row_and_in_its_column() -> None:
    short = SHORT[0]
    filler = [("山田", "", "x", "") for _ in range(5 * LONG)]
    for row, column in ((3 * LONG, 3), (3 * LONG + 2, 1)):
        rows = [list(r) for r in filler]
        rows[3 * LONG][1] = "個人番号"
        rows[row][column] = short
        (met,) = in_table(Table(PLACE, tuple(map(tuple, rows))))
        assert met.spot.row == row + 1


def test_a_ragged_table_is_not_filled_up() -> None:
    rows = (("x",) * 1000, *((NUMBERS[0],),) * 1000)
    assert turned(rows) is None


def test_cells_with_the_mark_that_parts_cells_are_read() -> None:
    rows = tuple((f"a{CELL}b", n) for n in NUMBERS * 4)
    assert turned(rows) is None
    assert len({s.digits for s in in_table(Table(PLACE, rows))}) == len(NUMBERS)


def test_a_long_table_of_orders_is_looked_at_and_left() -> None:
    rows = [("日付", "品名", "数量", "単価", "金額", "率")]
    rows += [
        ("2026-11-21 10:00:00", f"品{n}", "12", f"{n}", f"{12 * n}", f"{n / 7}") for n in range(400)
    ]
    columns = turned(tuple(rows))
    assert columns is not None
    seen = look(columns, rows)
    read = [cell for cells in seen.plain.values() for cell in cells if len(cell) >= 12]
    assert not seen.told
    assert not list(seen.across)
    assert len(read) < 40


@given(st.lists(st.text("0123456789", min_size=12, max_size=12), min_size=1, max_size=300))
@settings(max_examples=200, deadline=None)
def test_many_numbers_at_once_are_what_each_is(numbers: list[str]) -> None:
    numbers += NUMBERS
    of = lanes(numbers)
    assert agree(of) == list(map(is_valid, numbers))
    assert list(different(of)) == [len(set(n)) for n in numbers]
    otherwise = [n for n, number in enumerate(numbers) if reads_otherwise(number)]
    assert list(reading_otherwise(numbers)) == otherwise


@pytest.mark.parametrize("strange", [*TIMES[:3], *my_numbers(45, 2, first="8190")])
def test_times_and_telephones_in_a_list_are_told(strange: str) -> None:
    assert list(reading_otherwise([NUMBERS[0], strange, NUMBERS[1]])) == [1]


@given(st.lists(st.one_of(CELLS, st.sampled_from(LABELS), PIECES), max_size=6))
@settings(max_examples=1500, deadline=None)
def test_cells_that_could_hold_no_label_hold_none(cells: list[str]) -> None:
    if not may_label(CELL.join(cells)):
        assert not any(map(kind_of, cells))


def test_the_largest_sums_do_not_carry_into_the_next_number() -> None:
    rng = random.Random(1)
    most = ["9" * 11 + "0", "4" * 12, *(f"{rng.randrange(10**12):012d}" for _ in range(2000))]
    assert agree(lanes(most)) == list(map(is_valid, most))
