"""Which facts of history the rules in force ask for, so that no others are looked up.

Answers: ``Wanted``; its fields are named like the conditions of a match.
Trusts: nothing. Fails: never; it is data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from gateway.policy.schema import Rule


@dataclass(frozen=True, slots=True)
class Wanted:
    """What some rule asks of a recipient's address, beside its name."""

    new_address: bool = False
    new_to_sender: bool = False
    near_known_address: bool = False

    @property
    def addresses(self) -> bool:
        """Whether it matters which addresses were written to."""
        return self.new_address or self.new_to_sender

    @classmethod
    def by(cls, rules: Iterable[Rule]) -> Wanted:
        """Gather what these rules ask for."""
        matches = [rule.match for rule in rules]
        return cls(
            **{f.name: any(getattr(m, f.name) is not None for m in matches) for f in fields(cls)}
        )


NOTHING_WANTED = Wanted()
