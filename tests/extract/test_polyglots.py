"""Two whole files in one: whichever a program opens is read, or the file is named as not read."""

from __future__ import annotations

import pytest

from tests.corpus.carrier import Carrier
from tests.corpus.found import inspected, verdict
from tests.corpus.polyglot_carriers import carriers
from tests.extract.samples import members, read

SEED = 20261130
PAIRS = list(carriers(SEED))
REGRESSIONS = (
    "RTF before text, in the second",  # Word shows nothing behind the outermost group
    "RTF before PDF, in the second",
    "text before RTF, in the second",
    "compound file before HTML, in the second",  # read as leftover words, without its label
    "compound file before JPEG, in the second",
    "xlsx before text, in the second",  # named as ambiguous, and not looked at
    "mail before docx, in the first",
)


@pytest.mark.parametrize("first", sorted({c.kind.partition(" before")[0] for c in PAIRS}))
def test_no_number_hides_in_front_of_or_behind_another_file(first: str) -> None:
    tried = [c for c in PAIRS if c.kind.startswith(f"{first} before")]
    missed = [c.kind for c in tried if verdict(c, inspected(c)) == "MISSED"]
    assert missed == []


@pytest.mark.parametrize(
    "carrier", [c for c in PAIRS if c.kind in REGRESSIONS], ids=lambda c: c.kind
)
def test_what_was_not_read_in_two_files_in_one_is_found(carrier: Carrier) -> None:
    assert verdict(carrier, inspected(carrier)) == "found"


@pytest.mark.parametrize("end", [b"", b"\0", b"\r\n\0\0", b"}", b"\r\n}"])
def test_an_honest_rich_text_has_nothing_behind_it(end: bytes) -> None:
    assert members(read(b"{\\rtf1\\ansi A letter.\\par}" + end)) == []


def test_a_rich_text_that_breaks_off_is_not_its_own_trailing_data() -> None:
    assert members(read(b"{\\rtf1\\ansi {\\b A letter that breaks off")) == []
