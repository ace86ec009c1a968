"""The measured tables of docs/ in Japanese, for their twins in docs/ja.

Answers: the same lines with the words of ``measured.toml``; figures and names of carriers stay.
Trusts: what stands between ``<!-- measured: NAME -->`` and ``<!-- end -->`` in an English page,
where the commands that measure put it.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path


@cache
def _words() -> dict[str, str]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def japanese(table: str) -> str:
    """The table, or text, with each cell that has a Japanese word in it."""

    def cell(found: re.Match[str]) -> str:
        return found[1] + _words().get(found[2], found[2]) + found[3]

    table = re.sub(
        r"^([\d,]+) mails, seed (\d+)\.$", r"\1 通、シード \2。", table, flags=re.MULTILINE
    )
    table = re.sub(r"(?<=\|)( *)([^|\n]*?)( *)(?=\|)", cell, table)
    table = re.sub(r"(\d+) of (\d+)", r"\2 のうち \1", table)
    return re.sub(r"(?<=\d) to (?=\d)", "～", table)
