"""Puts measured tables into docs/accuracy.md and its Japanese twin, between their markers.

The rest of both is written by hand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parents[3] / "docs"


def write(name: str, lines: Sequence[str]) -> None:
    """Replace what stands between ``<!-- measured: name -->`` and ``<!-- end -->``."""
    for page, said in ((DOCS / "accuracy.md", lines), (DOCS / "ja/accuracy.md", japanese(lines))):
        page.write_text(put(page.read_text(encoding="utf-8"), name, said), encoding="utf-8")


def japanese(lines: Iterable[str]) -> list[str]:
    """The same tables with their words from japanese.toml."""
    words = tomllib.loads(Path(__file__).with_name("japanese.toml").read_text(encoding="utf-8"))

    def cell(found: re.Match[str]) -> str:
        return found[1] + words.get(found[2], found[2]) + found[3]

    told = []
    for line in lines:
        line = re.sub(r"^([\d,]+) mails, seed (\d+)\.$", r"\1 通、シード \2。", line)
        line = re.sub(r"(?<=\|)( *)([^|]*?)( *)(?=\|)", cell, line)
        line = re.sub(r"(\d+) of (\d+)", r"\2 のうち \1", line)
        told.append(re.sub(r"(?<=\d) to (?=\d)", "～", line))
    return told


def put(text: str, name: str, lines: Sequence[str]) -> str:
    """The page with these lines under the marker; a page without it is an error."""
    pattern = re.compile(rf"(<!-- measured: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise KeyError(name)
    body = "\n".join(line.rstrip() for line in lines)
    return pattern.sub(lambda m: f"{m[1]}{body}\n{m[2]}", text)
