"""Runs one corpus by name."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    p.stem
    for p in Path(__file__).parent.glob("*.py")
    if not p.stem.startswith("_") and "def main(" in p.read_text(encoding="utf-8")
)

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        sys.exit(f"python -m tests.corpus {'|'.join(NAMES)}")
    name = sys.argv.pop(1)
    importlib.import_module(f"tests.corpus.{name}").main()
