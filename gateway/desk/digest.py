"""What the day's digest for handlers counts, and when it is due.

Answers: ``begins`` (the instant from which a day's digest is due) and ``counted``.
Trusts: the holds and incidents it is given. Fails: never.
What was parked after that instant makes no digest by itself: its handlers were told of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from gateway.desk.life import Stage, stage_of
from gateway.incident import classify
from gateway.model import Hold
from gateway.notify.digest import SPANS, Digest, Report
from gateway.policy import JAPAN
from gateway.store import IncidentRecord, ReportStep

REPORT_AHEAD = timedelta(days=3)  # named while there are working days left to write it
INCIDENTS = 100  # newest incidents that are looked through for a report, as the overview does


def begins(at: time, now: datetime) -> datetime:
    """Return when the digest of the day of ``now`` is due, Japan time."""
    return datetime.combine(now.astimezone(JAPAN).date(), at, JAPAN)


def counted(
    holds: Sequence[Hold], incidents: Sequence[IncidentRecord], due: datetime, now: datetime
) -> Digest | None:
    """Count what waits at ``now``; None where nothing waited when the digest was due."""
    waiting = [h for h in holds if stage_of(h) is not Stage.DELAYED]
    reports = sorted(_near(incidents, now), key=lambda r: (r.last_day, r.incident_id))
    if not reports and all(h.parked_at is None or h.parked_at > due for h in waiting):
        return None
    ours = [h for h in waiting if stage_of(h) is not Stage.FOR_SENDER]
    rules = Counter(h.rule for h in waiting)
    return Digest(
        day=due.date(),
        for_handlers=len(ours),
        for_senders=len(waiting) - len(ours),
        unacknowledged=sum(not h.acknowledged_by and not h.approved_by for h in ours),
        escalated=sum(h.escalated > 0 for h in ours),
        oldest=min((h.received_at for h in waiting), default=None),
        ends=_ends(waiting, now),
        rules=tuple(sorted(rules.items(), key=lambda pair: (-pair[1], pair[0]))),
        reports=tuple(reports),
    )


def _ends(waiting: Sequence[Hold], now: datetime) -> tuple[int, ...]:
    """Count the mails that end within each span, and those that end after the last."""
    found = [0] * (len(SPANS) + 1)
    for hold in waiting:
        found[sum(hold.expires_at - now > span for span in SPANS)] += 1
    return tuple(found)


def _near(incidents: Sequence[IncidentRecord], now: datetime) -> Iterator[Report]:
    today = now.astimezone(JAPAN).date()
    for incident in incidents:
        clocks = classify(incident).deadlines
        if clocks is None:
            continue
        for step, last in (
            (ReportStep.PRELIMINARY, clocks.preliminary_by),
            (ReportStep.FINAL, clocks.final_by),
        ):
            if today <= last <= today + REPORT_AHEAD and incident.due(step):
                yield Report(incident.incident_id, step.value, last)
