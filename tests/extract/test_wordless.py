"""A part without a character between its tags says what expat and a Story make of it."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extract import Yielded, xml_text
from gateway.extract.wordless import attribute_texts
from gateway.extract.xml_text import TELLING, read_xml
from gateway.model import InspectionLimits, Place
from tests.numbers import my_numbers

NUMBER = my_numbers(51, 1)[0]
VALUES = st.sampled_from(
    [
        NUMBER,
        "個人番号",
        "Normal",
        "a > b",
        "x&amp;y",
        "x='y'",
        "two\nlines",
        "\r\n",
        "",
        "rId7",
        "{a}",
    ]
)
NAMES = st.sampled_from(
    ["w:name", "name", "w:docVar", "w:sz", "Relationship", "a:b:name", "w:tab", "w:noBreakHyphen"]
)


@st.composite
def elements(draw: st.DrawFn, depth: int = 2) -> str:
    name = draw(NAMES)
    values = draw(st.lists(VALUES, max_size=2))
    quotes = [draw(st.sampled_from("\"'")) if "'" not in v else '"' for v in values]
    said = "".join(
        f" w:a{n}={q}{v}{q}" for n, (q, v) in enumerate(zip(quotes, values, strict=True))
    )
    inner = draw(st.lists(elements(depth - 1), max_size=3)) if depth else []
    text = draw(st.sampled_from(["", "", "", "", "\n", NUMBER]))
    return f"<{name}{said}>{''.join(inner)}{text}</{name}>" if inner or text else f"<{name}{said}/>"


PARTS = st.builds(
    str.__add__,
    st.sampled_from(
        ["", '<?xml version="1.0" encoding="UTF-8"?>\r\n', "<?xml version='1.0'?>", "<!-- -->"]
    ),
    st.lists(elements(), max_size=4).map(lambda inner: f"<w:styles>{''.join(inner)}</w:styles>"),
)


def said(part: bytes) -> list[Yielded]:
    """What is read, but for tables without a text."""
    found = read_xml(part, Place(("a",)), InspectionLimits())
    return [u for u in found if any(map(str.strip, _texts(u)))]


def _texts(unit: Yielded) -> list[str]:
    rows = getattr(unit, "rows", ())
    return [c for row in rows for c in row] if rows else [getattr(unit, "text", "x")]


@given(PARTS)
@settings(max_examples=600, deadline=None)
def test_a_wordless_part_says_what_a_story_does(part: str) -> None:
    quick = said(part.encode())
    with mock.patch.object(xml_text, "attribute_texts", return_value=None):
        assert said(part.encode()) == quick


@pytest.mark.parametrize(
    "part",
    [
        f"<w:a><w:name w:val='{NUMBER}'/>x</w:a>",
        "<w:a><w:name/><w:b></w:a>",
        "<!DOCTYPE a><a/>",
        "<a><b c='1' c='2'/></a>",
        "<a><b c='1>2'/></a>",
        "<?xml version='1.0' encoding='Shift_JIS'?><a/>",
        "<a><w:sym w:font='Wingdings' w:char='F081'/></a>",
        "no part",
        "",
    ],
)
def test_what_is_in_doubt_goes_to_the_parser(part: str) -> None:
    assert attribute_texts(part.encode(), TELLING) is None
    assert attribute_texts(part.encode("utf-16"), TELLING) is None


def test_styles_are_told_by_their_names() -> None:
    part = f'<w:styles><w:style><w:name w:val="{NUMBER}"/></w:style></w:styles>'
    assert attribute_texts(part.encode(), TELLING) == [[NUMBER]]
