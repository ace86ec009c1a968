"""A rule as its file would write it."""

from __future__ import annotations

import tomllib

import pytest

from gateway.config import shipped_policies
from gateway.policy import load, loads, written

EVERY_KIND = """\
[groups]
handlers = ["a@city.example.lg.jp", "@jinji.city.example.lg.jp"]

[[rule]]
id = "every-kind"
action = "hold"
approvers = 2
expires = "3d"
until = 2027-03-31
monitor = true

[rule.match]
recipient = ["first-time", "exp.com"]
sender = ["group:handlers"]
my_numbers = { at_least = 2, confidence = "possible" }
size = { at_least = "10MB" }
uninspected = false

[rule.advice]
ja = "「番号」の \\"欄\\" を\\nご確認ください。\\u007f"
en = "Tab\\there, C:\\\\here."
"""


def test_a_rule_is_written_with_the_units_and_groups_that_its_file_has() -> None:
    policy = loads(EVERY_KIND)
    told = written(policy.tables["every-kind"])
    assert tomllib.loads(told)["rule"] == tomllib.loads(EVERY_KIND)["rule"]
    for line in ('expires = "3d"', "until = 2027-03-31", 'sender = ["group:handlers"]'):
        assert line in told


@pytest.mark.parametrize("rule", load(shipped_policies()).rules, ids=lambda r: r.id)
def test_every_shipped_rule_reads_back_as_its_own_table(rule: object) -> None:
    tables = load(shipped_policies()).tables
    table = tables[rule.id]  # type: ignore[attr-defined]
    assert tomllib.loads(written(table))["rule"] == [table]
