"""Markdown as the tests of the documentation read it: headings, links, tables, code.

Answers: what stands in a page and where its links lead; which Japanese page belongs to which
English one.
Trusts: our own pages, in the plain Markdown that GitHub shows (fenced blocks, ATX headings,
pipe tables); nothing that a stranger wrote.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```\n?", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#+) +(.*)$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_SPELT = {"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14"}
_SPELT |= {"fifteen": "15", "sixteen": "16", "twenty": "20", "thirty": "30", "forty": "40"}
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


ENGLISH = ["README.md", "deploy/README.md", *map(_named, sorted((ROOT / "docs").glob("*.md")))]
JAPANESE = [
    *map(_named, [ROOT / "README.ja.md", *(ROOT / "deploy").glob("*.ja.md")]),
    *map(_named, sorted((ROOT / "docs" / "ja").glob("*.md"))),
]


def japanese(page: str) -> str:
    """Where the Japanese twin of an English page stands, if it has one."""
    if page.startswith("docs/"):
        return page.replace("docs/", "docs/ja/", 1)
    return page.removesuffix(".md") + ".ja.md"


TWINS = {page: japanese(page) for page in ENGLISH if japanese(page) in JAPANESE}
ENGLISH_OF = {twin: page for page, twin in TWINS.items()}


@cache
def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[tuple[str, str]]:
    """Every fenced block, as (kind, content)."""
    return _BLOCK.findall(read(page))


def unfenced(page: str) -> str:
    return _BLOCK.sub("\n", read(page))


def headings(page: str) -> list[tuple[int, str]]:
    return [(len(marks), title) for marks, title in _HEADING.findall(unfenced(page))]


def without(page: str, made: Iterable[str]) -> str:
    """The text outside of code blocks and of the tables of these names."""
    names = "|".join(map(re.escape, made)) or "(?!)"
    table = rf"<!-- (?:table|measured): (?:{names}) -->.*?<!-- end -->"
    return re.sub(table, "", unfenced(page), flags=re.DOTALL)


def sections(text: str) -> list[str]:
    """The text before the first heading, and that of each heading, its title with it."""
    return re.split(r"^(?=#+ )", text, flags=re.MULTILINE)


def paragraphs(section: str) -> tuple[int, int]:
    """How many blocks of text stand in it, tables and headings too, and how many list items."""
    text = re.sub(r"<!--.*?-->", "", section)
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return len(blocks), len(re.findall(r"^(?:[*-]|\d+\.) ", section, re.MULTILINE))


def tables(page: str) -> set[str]:
    """The names of the tables that are made from code or measured."""
    return set(re.findall(r"<!-- (?:table|measured): (\S+) -->", read(page)))


def anchors(page: str) -> list[str]:
    """The fragment of each heading, as GitHub makes it."""
    found: list[str] = []
    for _, title in headings(page):
        slug = re.sub(r"[^\w\- ]", "", _LINK.sub("]", title).lower()).replace(" ", "-")
        before = sum(re.fullmatch(rf"{re.escape(slug)}(-\d+)?", one) is not None for one in found)
        found.append(f"{slug}-{before}" if before else slug)
    return found


def links(page: str) -> list[tuple[str, str]]:
    """Where the links of the page lead, as (page or address, fragment)."""
    found = []
    for link in _LINK.findall(unfenced(page)):
        path, _, fragment = link.partition("#")
        if not re.match(r"https?:", link):
            beside = os.path.join(os.path.dirname(page), path)
            path = os.path.normpath(beside) if path else page
        found.append((path, fragment))
    return found


def place(link: tuple[str, str]) -> tuple[str, int]:
    """The same for both languages: the English page, and which of its headings (0: none)."""
    page, fragment = link
    at = 1 + anchors(page).index(fragment) if fragment else 0
    return ENGLISH_OF.get(page, page), at


def code(words: str) -> list[str]:
    return _CODE.findall(words)


def numbers(words: str) -> set[str]:
    """Figures of two digits or more outside of code and links, spelt out too: 30, 100000, 0.65."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", _LINK.sub("]", _CODE.sub("", words)))
    plain = re.sub(r"(\d+) million", r"\g<1>000000", plain)
    plain = re.sub(r"(\d+) 億 (\d{4}) 万", r"\g<1>\g<2>0000", plain)
    plain = re.sub(r"\w+", lambda word: _SPELT.get(word[0].lower(), word[0]), plain)
    return {n for n in re.findall(r"\d+(?:\.\d+)?", plain) if len(n) > 1}


def rows(text: str) -> list[list[str]]:
    """Every row of every table, in cells."""
    lines = (line.strip() for line in text.splitlines())
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
