"""What the tests of workbooks share: one sheet by hand, and all texts of a file."""

from __future__ import annotations

import re

from gateway.extract import Member
from gateway.model import Field, Table
from tests.corpus.workbook_surgery import edit, sheet_xml
from tests.extract.samples import (
    read,
    tables,
    workbook,
)


def everything(content: bytes, depth: int = 0) -> tuple[list[str], list[object]]:
    """All texts and all unread marks of a file and of the files in it; a row also as one text."""
    texts: list[str] = []
    missing: list[object] = []
    for unit in read(content):
        if isinstance(unit, Table):
            texts += [text for row in unit.rows for text in ("".join(row), *row)]
        elif isinstance(unit, Member):
            inner = everything(unit.content, depth + 1) if depth < 4 else ([], [])
            texts += inner[0]
            missing += inner[1]
        elif isinstance(unit, Field):
            texts.append(unit.value)
        elif hasattr(unit, "text"):
            texts.append(unit.text)
        else:
            missing.append(unit)
    return texts, missing


def digits_of(texts: list[str]) -> str:
    return "\n".join(re.sub(r"[- ]", "", text) for text in texts)


def with_sheet(rows: str, behind: str = "") -> bytes:
    return edit(workbook(), {"xl/worksheets/sheet1.xml": sheet_xml(rows, behind)})


def first_table(content: bytes) -> Table:
    return tables(read(content))[0]
