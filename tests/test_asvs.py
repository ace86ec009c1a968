"""docs/asvs.md names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_ROW = re.compile(
    r"^\| ((?:\d+\.\d+\.\d+ ?)+)(?:\(L3\) )?\| [^|]+ \| (\S+)::(\w+) \|$", re.MULTILINE
)


def test_every_row_names_a_test_that_exists() -> None:
    page = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    rows = _ROW.findall(page)
    assert len(rows) == page.count("\n|") - 2, "a row is not written like the others"
    missing = [f"{path}::{name}" for _, path, name in rows if name not in _tests(ROOT / path)]
    assert missing == []


def _tests(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
