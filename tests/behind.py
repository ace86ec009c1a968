"""Which Japanese pages may be behind their English twins: ``python -m tests.behind``.

Answers: each commit that changed an English page after its twin was last changed. The tests
hold headings, tables, commands, names, figures and links together; a sentence that means
something else now is for somebody to read.
Trusts: that whoever changed a Japanese page last brought it in step.
"""

from __future__ import annotations

import subprocess
import sys

from tests.pages import ROOT, TWINS


def commits(*asked: str) -> str:
    """What ``git log`` says, a line a commit."""
    command = ["git", "log", "--format=%h %s", *asked]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main() -> None:
    for english, japanese in TWINS.items():
        last = commits("-1", "--", japanese).partition(" ")[0]
        for line in commits(f"{last}..HEAD", "--", english).splitlines() if last else ():
            sys.stdout.write(f"{japanese}: {line}\n")


if __name__ == "__main__":
    main()
