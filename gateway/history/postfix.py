"""Reads whom a Postfix log says mail was sent to.

Answers: ``deliveries``: sender, recipient, day and outcome of each delivery line.
Trusts: nothing in a line. A sender is known from the queue manager's line of the same queue
id; of many ids the oldest are forgotten. Mail that goes to a filter on this machine and comes
back is counted when it leaves.
Fails: never; what does not look like a delivery is passed over.
Formats: syslog's ``Nov 21 10:00:00`` (the year is worked out from the newest day the file can
hold) and RFC 3339, as rsyslog and ``journalctl -o short-iso`` write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

QUEUE_IDS = 200_000  # senders remembered by queue id
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LINE = re.compile(
    r"(?:(?P<iso>\d{4}-\d\d-\d\d)T\S{8,40}"
    r"|(?P<month>[A-Z][a-z]{2}) (?P<day>[ \d]\d) [\d:]{8})"
    r" \S{1,255} postfix[\w.-]{0,64}/(?:[\w-]{1,32}/)?(?P<daemon>[a-z]{1,16})\[\d{1,10}\]: "
    r"(?P<id>[0-9A-Za-z]{5,32}): (?P<rest>.*)"
)
_FROM = re.compile(r"from=<([^<>]{0,320})>, size=")
_TO = re.compile(
    r"to=<([^<>]{1,320})>, (?:orig_to=<[^<>]{0,320}>, )?relay=([^,]{1,320}), .{0,400}?"
    r"status=(sent|bounced)\b"
)
_HERE = ("127.", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One copy that was sent or given up. ``repr`` shows no address."""

    sender: str = field(repr=False)  # "" for <>, or where the log begins after it
    recipient: str = field(repr=False)
    day: date
    sent: bool  # False: it bounced


def is_log(sample: str) -> bool:
    """Whether a text begins like a Postfix log."""
    return any(_LINE.match(line) for line in sample.splitlines()[:500])


def deliveries(lines: Iterable[str], newest: date) -> Iterator[Delivery]:
    """Yield what was delivered or given up.

    Args:
        newest: the last day that the lines can be of, for those without a year.
    """
    senders: dict[str, str] = {}
    for line in lines:
        met = _LINE.match(line)
        day = _day(met, newest) if met else None
        if met is None or day is None:
            continue
        if started := _FROM.match(met["rest"]):
            if len(senders) >= QUEUE_IDS:
                del senders[next(iter(senders))]
            senders[met["id"]] = started[1]
        elif (ended := _TO.match(met["rest"])) and not _stays_here(ended[2]):
            yield Delivery(senders.get(met["id"], ""), ended[1], day, ended[3] == "sent")


def _stays_here(relay: str) -> bool:
    """A filter on this machine: ``127.0.0.1[127.0.0.1]:10024``."""
    _, _, address = relay.partition("[")
    return relay.startswith("localhost") or (address or relay).startswith(_HERE)


def _day(met: re.Match[str], newest: date) -> date | None:
    try:
        if met["iso"]:
            return date.fromisoformat(met["iso"])
        month, day = _MONTHS.index(met["month"]) + 1, int(met["day"])
        found = date(newest.year, month, day)
        return found if found <= newest + timedelta(days=1) else date(newest.year - 1, month, day)
    except ValueError:  # no month, or 30 February
        return None
