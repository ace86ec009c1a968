"""What an edited policy would have done to the mail of the last days: counts, and what changes.

Answers: ``rehearse``.
Trusts: the journal's facts, which hold no text of a mail. A recipient is judged by name under
the policy in force and under the edited one: where both say the same, what was recorded stands
(our own history and DNS of that day are in it), with the trust that the edited policy gives.
Fails: never; it is a replay of pure decisions. What is not recorded cannot be tried:
``Rehearsal.untried`` names the rules that ask for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from gateway.masking import MASK
from gateway.model import Recipient, Verdict
from gateway.policy import JAPAN, Policy, decide
from gateway.recipients import Directory, judge
from gateway.store import Recorded

EXAMPLES = 50  # copies whose verdict changes that are told one by one
# Facts of old rows, and facts that are looked up only where a rule in force asks for them.
_LATER = (
    *("sender_differs", "outside_domains", "visible_recipients", "greets_another"),
    *("address_inside", "detected", "resembles_own"),
)
_LOOKED_UP = ("new_address", "new_to_sender")


@dataclass(frozen=True, slots=True)
class Change:
    """One copy that would fare otherwise. Masked."""

    queue_id: str
    received_at: datetime
    sender: str = field(repr=False)
    address: str = field(repr=False)
    was: Verdict
    was_rule: str
    would: Verdict
    rule: str


@dataclass(frozen=True, slots=True)
class Line:
    """One rule with its verdict: copies, one recipient each."""

    rule: str
    verdict: Verdict
    was: int
    would: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One edited policy over the mail of some days."""

    since: datetime | None  # of the oldest mail that was tried; None: there is none
    mails: int
    copies: int
    was: Counter[Verdict]
    would: Counter[Verdict]
    lines: tuple[Line, ...]  # the strictest first
    changed: int  # copies
    examples: tuple[Change, ...]  # the newest of them
    untried: tuple[str, ...]  # rules that ask for what was not recorded


@dataclass(frozen=True, slots=True)
class Sides:
    """The names that each policy makes known."""

    in_force: Directory
    edited: Directory

    def recipient(self, recorded: Recipient, today: date) -> Recipient:
        """Return a recipient as the edited policy would judge them."""
        if MASK in recorded.address:  # nobody knows whose it is any more
            return recorded
        before = judge(recorded.address, self.in_force, today=today)
        after = judge(recorded.address, self.edited, today=today)
        if _same(before, after):
            return replace(
                recorded, may_receive=after.may_receive, trusted_until=after.trusted_until
            )
        return replace(
            after, new_address=recorded.new_address, new_to_sender=recorded.new_to_sender
        )


def _same(one: Recipient, other: Recipient) -> bool:
    return (one.recipient_class, one.strength, one.resembles) == (
        other.recipient_class,
        other.strength,
        other.resembles,
    )


def rehearse(
    mails: Iterable[Recorded], policy: Policy, sides: Sides, in_force: Policy
) -> Rehearsal:
    """Decide anew on recorded mails, newest first, and compare with what was decided."""
    was: Counter[tuple[str, Verdict]] = Counter()
    would: Counter[tuple[str, Verdict]] = Counter()
    examples: list[Change] = []
    count = changed = 0
    oldest, complete = None, True
    for mail in mails:
        count, oldest, complete = count + 1, mail.received_at, complete and mail.complete
        for change in _decided(mail, policy, sides):
            was[change.was_rule, change.was] += 1
            would[change.rule, change.would] += 1
            if change.was is not change.would:
                changed += 1
                examples += [change] if len(examples) < EXAMPLES else []
    return Rehearsal(
        since=oldest,
        mails=count,
        copies=was.total(),
        was=_by_verdict(was),
        would=_by_verdict(would),
        lines=tuple(_lines(was, would)),
        changed=changed,
        examples=tuple(examples),
        untried=_untried(policy, in_force, complete=complete),
    )


def _decided(mail: Recorded, policy: Policy, sides: Sides) -> Iterable[Change]:
    today = mail.received_at.astimezone(JAPAN).date()
    recipients = [sides.recipient(c.recipient, today) for c in mail.copies]
    made = decide(mail.facts, recipients, policy, mail.received_at)
    for copy, ruling in zip(mail.copies, made.rulings, strict=True):
        yield Change(
            mail.queue_id,
            mail.received_at,
            mail.sender,
            copy.address,
            copy.would,
            copy.rule,
            ruling.would,
            ruling.rule,
        )


def _by_verdict(by_rule: Counter[tuple[str, Verdict]]) -> Counter[Verdict]:
    found: Counter[Verdict] = Counter()
    for (_, verdict), n in by_rule.items():
        found[verdict] += n
    return found


def _lines(
    was: Counter[tuple[str, Verdict]], would: Counter[tuple[str, Verdict]]
) -> Iterable[Line]:
    both = was.keys() | would.keys()
    for rule, verdict in sorted(both, key=lambda k: (-k[1].rank, k[0])):
        yield Line(rule, verdict, was[rule, verdict], would[rule, verdict])


def _untried(policy: Policy, in_force: Policy, *, complete: bool) -> tuple[str, ...]:
    """Name the rules of the edited policy that ask for what the journal cannot tell."""
    looked_up = {n for n in _LOOKED_UP for r in in_force.rules if _asks(r.match, n)}
    missing = [n for n in _LOOKED_UP if n not in looked_up]
    missing += () if complete else _LATER
    return tuple(r.id for r in policy.rules if any(_asks(r.match, n) for n in missing))


def _asks(match: object, name: str) -> bool:
    return getattr(match, name) is not None
