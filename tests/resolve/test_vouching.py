"""Whom a domain names in its SPF and DMARC records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.resolve.vouching import MOST_NAMES, dmarc_names, spf_names


@pytest.mark.parametrize(("record", "names"), [
    ("v=spf1 include:_spf.exp.com ~all", {"_spf.exp.com"}),
    ("V=SPF1 MX:Mail.Exp.Com/24 redirect=exp.net", {"mail.exp.com", "exp.net"}),
    ("v=spf1 -include:exp.com -all", set()),  # those may not send
    ("v=spf1 include:%{d}.exp.com exists:%{i}.exp.com -all", set()),
    ("v=spf10 include:exp.com", set()),
    ("include:exp.com", set()),
    ("", set()),
])  # fmt: skip
def test_spf_names_whom_it_lets_send(record: str, names: set[str]) -> None:
    assert spf_names(record) == names


@pytest.mark.parametrize(("record", "names"), [
    ("v=DMARC1; p=none; rua=mailto:a@exp.com,mailto:b@exp.net!5m; ruf=mailto:c@exp.org",
     {"exp.com", "exp.net", "exp.org"}),
    ("v=DMARC1; p=none; rua=https://exp.com/r", set()),
    ("v=spf1 rua=mailto:a@exp.com", set()),
])  # fmt: skip
def test_dmarc_names_who_reads_its_reports(record: str, names: set[str]) -> None:
    assert dmarc_names(record) == names


def test_a_record_without_end_is_cut() -> None:
    long = "v=spf1 " + " ".join(f"include:n{n}.example" for n in range(100_000))
    assert len(spf_names(long)) <= MOST_NAMES


@given(st.text())
def test_no_text_fails(text: str) -> None:
    spf_names(f"v=spf1 {text}")
    dmarc_names(f"v=DMARC1; {text}")
