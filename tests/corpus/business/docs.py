"""Puts measured tables into docs/accuracy.md, between their markers; the rest is written by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "accuracy.md"


def write(name: str, lines: Sequence[str]) -> None:
    """Replace what stands between ``<!-- measured: name -->`` and ``<!-- end -->``."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(put(text, name, lines), encoding="utf-8")


def put(text: str, name: str, lines: Sequence[str]) -> str:
    """The page with these lines under the marker; a page without it is an error."""
    pattern = re.compile(rf"(<!-- measured: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise KeyError(name)
    body = "\n".join(line.rstrip() for line in lines)
    return pattern.sub(lambda m: f"{m[1]}{body}\n{m[2]}", text)
