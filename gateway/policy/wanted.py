"""Which facts of history the rules in force ask for, so that no others are looked up.

Answers: ``Wanted``; its fields are named like the conditions of a match.
Trusts: nothing. Fails: never; it is data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway import reasons
from gateway.policy.schema import Rule

_PERSONS = {reasons.ADDRESS_NEAR, reasons.ADDRESS_ELSEWHERE}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What some rule asks of a recipient's address, beside its name."""

    new_address: bool = False
    new_to_sender: bool = False
    persons: bool = False  # a reason that only a look at known persons gives

    @property
    def addresses(self) -> bool:
        """Whether it matters which addresses were written to."""
        return self.new_address or self.new_to_sender or self.persons

    @classmethod
    def by(cls, rules: Iterable[Rule]) -> Wanted:
        """Gather what these rules ask for."""
        matches = [rule.match for rule in rules]
        return cls(
            new_address=any(m.new_address is not None for m in matches),
            new_to_sender=any(m.new_to_sender is not None for m in matches),
            persons=any(_PERSONS & (m.reason or frozenset()) for m in matches),
        )


NOTHING_WANTED = Wanted()
