"""A worker may read several mails only while no foreign native code has seen one of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.extract.registry import PURE, families
from gateway.inspection import inspect_now
from gateway.model import InspectionLimits
from tests.extract.samples import pdf, workbook, zipped
from tests.inspection.test_engine import attach, mail

ROOT = Path(__file__).parents[2]
_XML = re.compile(r"(?m)^(?:from|import) (?:xml|gateway\.extract\.(?:xml_text|package))\b")
_FOREIGN = """
import sys, importlib
importlib.import_module(sys.argv[1])
ours = sys.base_prefix + "/lib/python"
foreign = {
    name for name, module in sys.modules.items()
    if (file := getattr(module, "__file__", None) or "").endswith(".so")
    and not (file.startswith(ours) and "/lib-dynload/" in file)
}
sys.exit(", ".join(sorted(foreign)) or None)
"""


def test_every_pure_family_exists() -> None:
    assert frozenset(name for name, _ in families()) >= PURE


@pytest.mark.parametrize("family", sorted(PURE))
def test_a_pure_family_loads_no_foreign_native_code(family: str) -> None:
    module = dict(families())[family].__name__  # type: ignore[attr-defined]
    done = subprocess.run(
        [sys.executable, "-c", _FOREIGN, module],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not _XML.search(Path(str(dict(families())[family].__file__)).read_text("utf-8"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "content", "native"),
    [
        ("a.csv", b"a,b\r\n1,2\r\n", False),
        ("a.html", b"<html><body>text</body></html>", False),
        ("a.zip", zipped(("a.csv", b"a,b\r\n")), False),
        ("a.pdf", pdf("text"), True),
        ("a.zip", zipped(("a.pdf", pdf("text"))), True),
        ("a.xlsx", workbook(), True),
        ("a.bin", bytes(range(256)), True),
    ],
)
def test_native_code_is_announced_before_it_reads(name: str, content: bytes, native: bool) -> None:
    announced: list[bool] = []
    made = attach(mail(), name, content).as_bytes()
    inspect_now(made, InspectionLimits(), before_native=lambda: announced.append(True))
    assert bool(announced) is native
