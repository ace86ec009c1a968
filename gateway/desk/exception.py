"""A narrow exception as TOML, proposed when a handler calls a hold a false alarm.

Answers: ``obstacle``, and ``propose``: one rule for this sender and these recipients, no more
persons than were found here, nothing unread, with a last day; never a whole domain. It goes into
no policy by itself: an administrator reads it, and puts it above the rule that it is for.
Trusts: the hold and the incident as the store shows them.
Fails: ``UsageError`` where there is an ``obstacle``: an address looks like a number (it is
masked, and a masked one would match nobody), there is no sender, not all was read.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from gateway.errors import UsageError
from gateway.i18n import text
from gateway.masking import MASK
from gateway.model import MY_NUMBER, Confidence, Hold
from gateway.policy import JAPAN
from gateway.store import IncidentRecord

LASTS = timedelta(days=90)  # then somebody asks whether it is still so
_MOST_RECIPIENTS = 20


def propose(hold: Hold, record: IncidentRecord, now: datetime, lang: str = "ja") -> str:
    """Return a snippet for ``policies/``, with comments that say what it does."""
    if why := obstacle(hold, record):
        raise UsageError(f"hold {hold.hold_id}: {text('desk', why, 'en')}")
    last = (now + LASTS).astimezone(JAPAN).date()
    asks = [f"sender = [{_quoted(hold.sender)}]"]
    asks.append(f"recipient = [{', '.join(_quoted(a) for a in hold.recipients)}]")
    asks.append(_numbers(record))
    asks.append("uninspected = false")
    return "\n".join(
        [
            f"# {text('desk', 'exception-what', lang, id=hold.hold_id, rule=hold.rule)}",
            f"# {text('desk', 'exception-where', lang, rule=hold.rule)}",
            f"# {text('desk', 'exception-until', lang)}",
            "[[rule]]",
            f'id = "exception-{hold.hold_id}"',
            f"match = {{ {', '.join(asks)} }}",
            'action = "allow"',
            f"until = {last.isoformat()}",
            "",
        ]
    )


def obstacle(hold: Hold, record: IncidentRecord) -> str:
    """Return the key of the sentence why nothing narrow can be proposed; "" where it can."""
    told = (hold.sender, *hold.recipients)
    if not hold.sender or any(MASK in a or "@" not in a for a in told):
        return "no-exception-address"
    if len(hold.recipients) > _MOST_RECIPIENTS:
        return "no-exception-recipients"
    if record.unread:
        return "no-exception-unread"
    if any(f["detector"] != MY_NUMBER for f in record.findings):
        return "no-exception-others"
    return "" if record.persons.likely or record.persons.possible else "no-exception-none"


def _numbers(record: IncidentRecord) -> str:
    """As many persons as were found, counted with the sureness at which they were."""
    for floor in (Confidence.LIKELY, Confidence.POSSIBLE):
        found = record.persons.at(floor)
        if found:
            return f'my_numbers = {{ confidence = "{floor.value}", at_most = {found} }}'
    raise UsageError("no number was found")


def _quoted(address: str) -> str:
    return json.dumps(address, ensure_ascii=False)
