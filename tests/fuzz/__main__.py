"""``python -m tests.fuzz [TARGET…] [--seconds N] [--keep DIRECTORY]``: fuzzes one target after the other.

Each runs in a process of its own for an equal share of N seconds of processor time. Ends with 1 when a
promise was broken; the input that broke it is named, to be made small and put into
tests/fuzz/regressions/ as TARGET--what-it-is.bin, with the mend.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--keep", default="", help="directory for corpora and findings")
    asked = parser.parse_args()
    names = asked.targets or list(TARGETS)
    place = Path(asked.keep or tempfile.mkdtemp(prefix="sekisho-fuzz-"))
    broken = [n for n in names if not _fuzzed(n, asked.seconds / len(names), place)]
    print(
        f"{len(names)} targets, {asked.seconds / len(names):.0f} s each, {len(broken)} broken: ",
        *broken,
    )
    return 1 if broken else 0


def _fuzzed(name: str, seconds: float, place: Path) -> bool:
    command = [sys.executable, "-m", "tests.fuzz.one", name, str(seconds), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [line for line in done.stdout.splitlines() if line.startswith((name, "BROKEN", "  /"))]
    print("\n".join(told), flush=True)
    if done.returncode:
        print(*done.stderr.splitlines()[-25:], sep="\n", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
