"""What the policy would have made of earlier mail, and whom to put on the trusted list.

Answers: ``shadow``: the verdicts by rule, the look-alikes that mail went to, the partners,
and the domains that seem to be partners and are not proposed, with the reason.
Trusts: the history as it was kept; it holds no content, so rules about numbers, attachments
and unread parts are not tried. DNS is not asked.
Fails: never; it is a replay of pure judgements, in the order of the days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum

from gateway.model import (
    Confidence,
    Inspection,
    MailFacts,
    Recipient,
    RecipientClass,
    Verdict,
)
from gateway.policy import Policy, decide
from gateway.recipients import Directory, judge
from gateway.store import Sent

PARTNERS = 200  # proposed at most: every name more costs a false alarm somewhere


@dataclass(frozen=True, slots=True)
class Bar:
    """What makes a domain a partner."""

    mails: int = 10  # fewer are no partner yet
    days: int = 14  # from the first mail to the last: nor is one lively week


_STRANGERS = (
    RecipientClass.KNOWN,
    RecipientClass.FIRST_TIME,
    RecipientClass.FREEMAIL,
    RecipientClass.LOOK_ALIKE,
)


class WhyNot(StrEnum):
    """Why a domain that is written to often is not proposed."""

    DAYS = "days"  # not for long enough yet
    LOOK_ALIKE = "look-alike"  # trust would hide a slip
    FREEMAIL = "freemail"  # anybody's mailbox
    MANY = "many"  # there are livelier ones, as many as are proposed


@dataclass(frozen=True, slots=True)
class Tried:
    """What one rule would have done."""

    rule: str
    verdict: Verdict
    mails: int  # copies, one recipient each
    domains: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """A look-alike that mail went to. ``repr`` shows no name."""

    domain: str = field(repr=False)
    resembles: str = field(repr=False)  # "" when nobody known
    strength: Confidence
    reasons: tuple[str, ...]
    mails: int
    senders: tuple[str, ...] = field(repr=False)
    first_on: date
    last_on: date
    new: bool  # seen only once the proposed partners are trusted


@dataclass(frozen=True, slots=True)
class Partner:
    """A domain that is written to so often that it should be trusted."""

    domain: str = field(repr=False)
    mails: int
    senders: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A domain that is written to as often as a partner, and is not proposed."""

    partner: Partner
    why: WhyNot
    resembles: str = field(default="", repr=False)  # with LOOK_ALIKE only


@dataclass(frozen=True, slots=True)
class Report:
    """The shadow of one policy over one stretch of history."""

    first_on: date | None  # None: there is no history
    last_on: date | None
    mails: int
    domains: int
    tried: tuple[Tried, ...]
    flagged: tuple[Flagged, ...]
    partners: tuple[Partner, ...]
    passed_over: tuple[PassedOver, ...] = ()

    def of(self, verdict: Verdict) -> int:
        """Copies that this verdict would have met."""
        return sum(t.mails for t in self.tried if t.verdict is verdict)


def shadow(
    rows: Sequence[Sent],
    policy: Policy,
    before: Directory,
    after: Directory | None = None,
    bar: Bar | None = None,
) -> Report:
    """Replay the history.

    Args:
        rows: the history, in any order.
        before: the names that are known today.
        after: the same with the proposed partners trusted; None leaves that out.
        bar: what makes a domain a partner.
    """
    ordered = sorted(rows, key=lambda r: (r.first_on, r.domain, r.local, r.sender))
    alike = list(_flagged(ordered, before, new=False))
    if after is not None:
        found = {f.domain for f in alike}
        alike += [f for f in _flagged(ordered, after, new=True) if f.domain not in found]
    proposed, passed_over = partners(ordered, before, bar)
    return Report(
        first_on=min((r.first_on for r in ordered), default=None),
        last_on=max((r.last_on for r in ordered), default=None),
        mails=sum(r.sent for r in ordered),
        domains=len({r.domain for r in ordered}),
        tried=tuple(_tried(ordered, policy, before)),
        flagged=tuple(sorted(alike, key=_worst_first)),
        partners=tuple(proposed),
        passed_over=tuple(passed_over),
    )


def partners(
    rows: Iterable[Sent], directory: Directory, bar: Bar | None = None
) -> tuple[list[Partner], list[PassedOver]]:
    """The domains to trust, the liveliest first, and those that are as lively and not proposed.

    Names that are listed already are in neither.
    """
    bar = bar or Bar()
    proposed: list[Partner] = []
    passed_over: list[PassedOver] = []
    for domain, theirs in _by_domain(r for r in rows if r.sent).items():
        one = _partner(domain, theirs)
        judged = _judged(theirs[0], directory, seen=True)
        if one.mails < bar.mails or judged.recipient_class not in _STRANGERS:
            continue
        alike = directory.look_alike(domain)
        if alike or judged.recipient_class is RecipientClass.LOOK_ALIKE:
            meant = alike.resembles if alike else judged.resembles
            passed_over.append(PassedOver(one, WhyNot.LOOK_ALIKE, meant))
        elif judged.recipient_class is RecipientClass.FREEMAIL:
            passed_over.append(PassedOver(one, WhyNot.FREEMAIL))
        elif (one.last_on - one.first_on).days < bar.days:
            passed_over.append(PassedOver(one, WhyNot.DAYS))
        else:
            proposed.append(one)
    proposed.sort(key=_liveliest_first)
    passed_over += [PassedOver(one, WhyNot.MANY) for one in proposed[PARTNERS:]]
    passed_over.sort(key=lambda p: _liveliest_first(p.partner))
    return proposed[:PARTNERS], passed_over


def _liveliest_first(partner: Partner) -> tuple[int, str]:
    return (-partner.mails, partner.domain)


def _tried(rows: Sequence[Sent], policy: Policy, directory: Directory) -> list[Tried]:
    """Rule on every row: its first mail as it was then, the others to a known name."""
    seen: set[str] = set()
    mails: Counter[tuple[str, Verdict]] = Counter()
    domains: dict[tuple[str, Verdict], set[str]] = {}
    for row in rows:
        new = row.domain not in seen
        for count, known in ((1, not new), (row.sent - 1, True)):
            if row.sent and count:
                key = _ruled(row, policy, _judged(row, directory, seen=known))
                mails[key] += count
                domains.setdefault(key, set()).add(row.domain)
        if row.sent:
            seen.add(row.domain)
    ruled = [Tried(rule, v, n, len(domains[rule, v])) for (rule, v), n in mails.items()]
    return sorted(ruled, key=lambda t: (-t.verdict.rank, -t.mails, t.rule))


def _ruled(row: Sent, policy: Policy, recipient: Recipient) -> tuple[str, Verdict]:
    facts = MailFacts(row.sender, Inspection(), outside_domains=1)
    now = datetime.combine(row.first_on, time(12), UTC)
    (ruling,) = decide(facts, [recipient], policy, now).rulings
    return ruling.rule, ruling.would


def _judged(row: Sent, directory: Directory, *, seen: bool) -> Recipient:
    known = frozenset({row.domain}) if seen and directory.look_alike(row.domain) is None else None
    address = f"{row.local or 'x'}@{row.domain}"
    return judge(address, directory, today=row.last_on, written=known or frozenset())


def _flagged(rows: Sequence[Sent], directory: Directory, *, new: bool) -> Iterable[Flagged]:
    for domain, theirs in _by_domain(rows).items():
        sent = [r for r in theirs if r.sent]
        judged = _judged(theirs[0], directory, seen=False)
        if not sent or judged.recipient_class is not RecipientClass.LOOK_ALIKE:
            continue
        yield Flagged(
            domain=domain,
            resembles=judged.resembles,
            strength=judged.strength or Confidence.CERTAIN,
            reasons=judged.reasons,
            mails=sum(r.sent for r in sent),
            senders=tuple(sorted({r.sender for r in sent})),
            first_on=min(r.first_on for r in sent),
            last_on=max(r.last_on for r in sent),
            new=new,
        )


def _worst_first(flagged: Flagged) -> tuple[int, int, str]:
    return (-flagged.strength.rank, -flagged.mails, flagged.domain)


def _by_domain(rows: Iterable[Sent]) -> dict[str, list[Sent]]:
    found: dict[str, list[Sent]] = {}
    for row in rows:
        found.setdefault(row.domain, []).append(row)
    return found


def _partner(domain: str, rows: Sequence[Sent]) -> Partner:
    return Partner(
        domain,
        sum(r.sent for r in rows),
        len({r.sender for r in rows}),
        min(r.first_on for r in rows),
        max(r.last_on for r in rows),
    )
