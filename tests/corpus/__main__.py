"""Runs one corpus by name: a module or a package here that has a ``main``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = sorted(
    (path.parent if path.name == "command.py" else path).stem
    for path in (*HERE.glob("*.py"), *HERE.glob("*/command.py"))
    if not path.stem.startswith("_") and "def main(" in path.read_text(encoding="utf-8")
)

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        sys.exit(f"python -m tests.corpus {'|'.join(NAMES)}")
    name = sys.argv.pop(1)
    importlib.import_module(f"tests.corpus.{name}").main()
