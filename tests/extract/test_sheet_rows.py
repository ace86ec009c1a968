"""Rows that are written alike are taken many at once: never otherwise than expat takes them."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extract.sheet import number_format, worksheet
from gateway.extract.sheet.worksheet import _column
from gateway.model import Prose, Table, Unread
from tests.extract.samples import read
from tests.extract.sheet_samples import with_sheet
from tests.numbers import my_numbers

NUMBERS = my_numbers(47, 4)
VALUES = st.sampled_from(
    [*NUMBERS, "7", "0.5", "12.0", "1.5E3", "-0", "0.2550690257394217", "999.00000000000000001", ""]
)
CELLS = st.sampled_from(
    [
        '<c r="{at}"><v>{value}</v></c>',
        '<c r="{at}" s="1"><v>{value}</v></c>',
        '<c r="{at}" t="s"><v>0</v></c>',
        '<c r="{at}" t="str"><v>x{value}&amp;y</v></c>',
        '<c r="{at}" s="1"/>',
        '<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>',
        '<c r="{at}"><f>A1&amp;"9"</f><v>{value}</v></c>',
    ]
)
ODD = st.sampled_from(
    [
        '<row r="{row}"/>',
        '<row r="{row}"><c t="str" r="A{row}"><v>{value}</v></c></row>',
        '<row r="{row}"><c r="A{row}"><v><![CDATA[{value}]]></v></c></row>',
        '<row r="{row}"><c r="A{row}"><v>{value}</v></c><!-- {value} --></row>',
        '<row r="{row}"><c r="A{row}"><v>{value}</v></c><x>{value}</x></row>',
        '<row r="{row}"><c r="B{row}"><v>{value}</v></c><c r="A{row}"><v>8</v></c></row>',
        '<row ht="9" r="{row}" a="b"><c r="C{row}"><v>{value}</v></c></row>',
        "<row><c><v>{value}</v></c></row>",
        '<row r="3"><c r="A3"><v>{value}</v></c></row>',
        '<row r="{row}"><c r="A{row}"><v>{value}</v></c></row> {value} ',
        '<row r="{row}"><c r="A{row}"><v>{value}</v></c></row><rows>{value}</rows>',
    ]
)


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """Runs of rows that are written alike, some blank, odd ones between them."""
    out: list[str] = []
    row = 1
    for _ in range(draw(st.integers(1, 4))):
        cells = draw(st.lists(CELLS, min_size=1, max_size=4))
        columns = sorted(draw(st.sets(st.sampled_from("ABCDF"), min_size=len(cells), max_size=5)))
        for _ in range(draw(st.integers(1, 14))):
            filled = (
                cell.format(at=f"{column}{row}", value=draw(VALUES))
                for cell, column in zip(cells, columns, strict=False)
            )
            out.append(f'<row r="{row}" spans="1:5">{"".join(filled)}</row>')
            row += draw(st.sampled_from([1, 1, 1, 2]))
        if draw(st.booleans()):
            out.append(draw(ODD).format(row=row, value=draw(VALUES)))
            row += 1
    return draw(st.sampled_from(["", "\n"])).join(out)


def told(content: bytes) -> list[object]:
    """Every cell with its position, and every text beside them, as one reading gives them."""
    found: list[object] = []
    for unit in read(content):
        if isinstance(unit, Table):
            found += [
                (unit.first_row + r, unit.first_column + c, text)
                for r, row in enumerate(unit.rows)
                for c, text in enumerate(row)
                if text
            ]
        elif isinstance(unit, (Prose, Unread)):
            found.append((unit.place.steps, getattr(unit, "text", "")))
    return sorted(found, key=repr)


@given(sheets())
@settings(max_examples=500, deadline=None)
def test_rows_taken_together_are_those_that_expat_reads(rows: str) -> None:
    content = with_sheet(rows)
    with mock.patch.object(worksheet, "_AT_ONCE", 5):
        quick = told(content)
    with mock.patch.object(worksheet, "plain_text", return_value=""):
        assert told(content) == quick


@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False).map(repr),
            st.integers(-(10**17), 10**17).map(str),
            st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{1,20})?", fullmatch=True),
            st.sampled_from(["999999.99999999999", "4503599627370497.25", "-0", "007", "1e3"]),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=800, deadline=None)
def test_numbers_left_as_they_are_are_those_that_are_shown_so(values: list[str]) -> None:
    column = _column(number_format.number, tuple(values))
    assert column == tuple(map(number_format.number, values))


@pytest.mark.parametrize("behind", ["", "<x/>", " 7 "])
def test_one_strange_row_among_thousands_is_read(behind: str) -> None:
    rows = [f'<row r="{r}"><c r="A{r}"><v>{r}</v></c></row>' for r in range(1, 7000)]
    rows[5500] = f'<row r="5501"><c r="A5501"><v>{NUMBERS[0]}</v></c>{behind}</row>'
    assert (5501, 1, NUMBERS[0]) in told(with_sheet("".join(rows)))
