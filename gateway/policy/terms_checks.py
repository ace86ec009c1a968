"""What is wrong with who approves and with what is journalled, across the tables of a policy.

Answers: problems at line and column: groups that do not exist, names that stand twice.
Trusts: ``approval.py`` and ``schema.py``: what comes here is well-formed.
Fails: never.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from gateway.errors import Problem
from gateway.policy.approval import Approval
from gateway.policy.checks import Written
from gateway.policy.schema import GROUP, Journal, Rule
from gateway.toml_model import did_you_mean


def approver_errors(
    rules: Sequence[Written[Rule]],
    approval: Written[Approval] | None,
    groups: AbstractSet[str] | None,
) -> Iterator[Problem]:
    """Approvers who are no group; ``groups`` is None where nobody knows which there are."""
    tables: Iterable[Written[Rule] | Written[Approval]] = (*rules, *filter(None, [approval]))
    for written in tables:
        for n, entry in enumerate(written.table.approved_by or ()):
            name = entry.removeprefix(GROUP)
            if groups is not None and entry.startswith(GROUP) and name not in groups:
                hint = did_you_mean(name, groups) if groups else "write it below [groups]"
                yield written.problem(("approved_by", n), f'no group "{name}"', hint)
        for n, entry in enumerate(written.table.chain or ()):
            if entry.startswith(GROUP):
                hint = "name one after the other, or a mailbox that they share"
                yield written.problem(("chain", n), "a step of the chain is no group", hint)


def journal_errors(
    journals: Sequence[Written[Journal]],
    rules: Sequence[Written[Rule]],
    groups: AbstractSet[str] | None,
) -> Iterator[Problem]:
    """Names that stand twice, and groups that there are not."""
    seen = {rule.table.id for rule in rules}
    for journal in journals:
        if journal.table.id in seen:
            yield journal.problem(("id",), "the id stands twice, or is a rule's")
        seen.add(journal.table.id)
        for key in ("recipient", "sender"):
            for entry in sorted(getattr(journal.table.match, key) or ()):
                name = entry.removeprefix(GROUP)
                if groups is not None and entry.startswith(GROUP) and name not in groups:
                    hint = did_you_mean(name, groups) if groups else "write it below [groups]"
                    yield journal.problem(("match", key), f'no group "{name}"', hint)
