"""The day's digest for handlers: how much waits and for how long, and nothing of any mail.

Answers: ``Digest``, the counts; ``facts`` and ``sections``, what a letter says of them.
Trusts: the counts. A rule's name is cleaned and masked like whatever else is shown.
Fails: never.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.notify.letter import Item, Section, items, moment, say, shown

LISTED = 20  # rules, and incidents: the others are counted, and stand in the console
SPANS = (timedelta(days=1), timedelta(days=3))  # how soon mails end, as the catalogue says it


@dataclass(frozen=True, slots=True)
class Report:
    """A report on an incident that is due soon."""

    incident_id: str
    kind: str  # "preliminary" or "final"
    last_day: date  # in Japan


@dataclass(frozen=True, slots=True)
class Digest:
    """What waits on one day."""

    day: date  # in Japan
    for_handlers: int = 0  # mails
    for_senders: int = 0  # mails that wait for their sender's word
    unacknowledged: int = 0  # of those for handlers: nobody took or approved them
    escalated: int = 0  # of those for handlers
    oldest: datetime | None = None  # when it was received; None where no mail waits
    ends: tuple[int, ...] = (0, 0, 0)  # mails that end within each of ``SPANS``, and later
    rules: tuple[tuple[str, int], ...] = ()  # name and mails, most mails first
    reports: tuple[Report, ...] = ()  # the next one first

    def counts(self) -> dict[str, int]:
        """What the audit log keeps of it."""
        return {
            "for_handlers": self.for_handlers,
            "for_senders": self.for_senders,
            "unacknowledged": self.unacknowledged,
            "escalated": self.escalated,
            "reports": len(self.reports),
        }


def facts(found: Digest, lang: str) -> tuple[tuple[str, str], ...]:
    """Return the counts, labelled."""
    oldest = ((say("digest-oldest", lang), moment(found.oldest, lang)),) if found.oldest else ()
    return (
        (say("digest-for-handlers", lang), str(found.for_handlers)),
        (say("digest-unacknowledged", lang), str(found.unacknowledged)),
        (say("digest-escalated", lang), str(found.escalated)),
        (say("digest-for-senders", lang), str(found.for_senders)),
        *oldest,
    )


def sections(found: Digest, lang: str) -> tuple[Section, ...]:
    """Return what ends when, by which rules it waits, and which reports are due."""
    names = ("digest-ends-today", "digest-ends-soon", "digest-ends-later")
    ends = zip((say(name, lang) for name in names), found.ends, strict=True)
    rules = ((shown(rule), count) for rule, count in found.rules)
    return (
        Section(say("digest-ends", lang), items(_counted(ends, lang))),
        Section(say("digest-rules", lang), _listed(list(_counted(rules, lang)), lang)),
        Section(
            say("digest-reports", lang),
            _listed([_report(report, lang) for report in found.reports], lang),
        ),
    )


def _counted(pairs: Iterable[tuple[str, int]], lang: str) -> Iterable[str]:
    return (say("digest-count", lang, what=what, count=n) for what, n in pairs if n)


def _listed(sentences: Sequence[str], lang: str) -> tuple[Item, ...]:
    over = len(sentences) - LISTED
    more = [say("more-recipients", lang, count=over)] if over > 0 else []
    return items([*sentences[:LISTED], *more])


def _report(report: Report, lang: str) -> str:
    day = report.last_day
    return say(
        f"digest-{report.kind}", lang, incident=report.incident_id,
        year=day.year, month=day.month, day=day.day,
    )  # fmt: skip
