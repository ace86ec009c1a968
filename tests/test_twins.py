"""An English page and its Japanese twin say the same: outline, tables, commands, links."""

from __future__ import annotations

import re

import pytest

from tests import pages
from tests.pages import ENGLISH, JAPANESE, TWINS

ENGLISH_ONLY = {
    "docs/architecture.md": "for whoever changes the code, which is in English",
    "docs/asvs.md": "a standard's requirements, which are in English",
    "docs/commands.md": "made from the help texts of the commands",
}
PAIRS = pytest.mark.parametrize(("english", "japanese"), TWINS.items(), ids=list(TWINS))
_FIGURE = re.compile(r"[\d.,/ ×%-]*\d[\d.,/ ×%-]*( ms| s| KB| MB)?")


def test_every_page_has_a_twin_or_a_reason_to_have_none() -> None:
    assert sorted([*TWINS, *ENGLISH_ONLY]) == sorted(ENGLISH)
    assert sorted(TWINS.values()) == sorted(JAPANESE)
    assert not TWINS.keys() & ENGLISH_ONLY.keys()


@PAIRS
def test_each_leads_to_the_other_at_its_top(english: str, japanese: str) -> None:
    for page, name, other in ((english, "日本語", japanese), (japanese, "English", english)):
        assert pages.read(page).splitlines()[2].startswith(f"{name}: [")
        assert pages.links(page)[0] == (other, "")


@PAIRS
def test_both_have_the_same_outline(english: str, japanese: str) -> None:
    said = [[level for level, _ in pages.headings(page)] for page in (english, japanese)]
    assert said[0] == said[1]


@PAIRS
def test_both_show_the_same_commands_and_settings(english: str, japanese: str) -> None:
    """What a program prints (text) speaks the reader's language; comments do, too."""
    said = [
        [(kind, re.sub(r"\s*#.*", "", body)) for kind, body in pages.blocks(page) if kind != "text"]
        for page in (english, japanese)
    ]
    assert said[0] == said[1]


def by_hand(english: str, japanese: str) -> tuple[str, str]:
    """Both texts without code blocks and without the tables that are made or measured in both."""
    made = pages.tables(english) & pages.tables(japanese)
    return pages.without(english, made), pages.without(japanese, made)


@PAIRS
def test_both_have_the_same_tables(english: str, japanese: str) -> None:
    """As many cells in each row, with the same code and the same figures in them."""

    def facts(row: list[str], model: list[str]) -> list[object]:
        figures = [
            a.strip() for a, b in zip(row, model, strict=True) if _FIGURE.fullmatch(b.strip())
        ]
        return [len(row), sorted(pages.code("|".join(row))), figures]

    said, twins = map(pages.rows, by_hand(english, japanese))
    assert [len(row) for row in said] == [len(row) for row in twins]
    for row, twin in zip(said, twins, strict=True):
        assert facts(row, row) == facts(twin, row)


@PAIRS
def test_both_name_the_same_things_and_figures_in_each_section(english: str, japanese: str) -> None:
    for said, twin in zip(*map(pages.sections, by_hand(english, japanese)), strict=True):
        assert set(pages.code(said)) == set(pages.code(twin)), said
        assert pages.numbers(said) == pages.numbers(twin), said


@PAIRS
def test_both_have_as_many_paragraphs_and_items_in_each_section(
    english: str, japanese: str
) -> None:
    said, twins = map(pages.sections, map(pages.unfenced, (english, japanese)))
    assert [*map(pages.paragraphs, said)] == [*map(pages.paragraphs, twins)]


@PAIRS
def test_both_link_to_the_same_places(english: str, japanese: str) -> None:
    assert sorted(map(pages.place, pages.links(english))) == sorted(
        map(pages.place, pages.links(japanese))
    )


@pytest.mark.parametrize("page", JAPANESE)
def test_a_japanese_page_leads_to_japanese_pages_where_there_are_any(page: str) -> None:
    assert [to for to, _ in pages.links(page)[1:] if to in TWINS] == []
