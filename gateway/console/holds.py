"""One parked mail on one screen: who, to whom, why, what it says, and what to do.

Answers: the page of a hold. It shows the record and, to whoever may read mail, its text with
every number masked, the place of each, what was not read and why, and its headers.
Trusts: the store's strings, which are masked; the mailroom's, which are masked twice.
Fails: 404 for a hold that is not there. A hold whose view cannot be recorded is not shown; a
mail that no worker can read is shown by its record, and the page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import getaddresses

import structlog
from starlette.requests import Request
from starlette.responses import Response

from gateway.console import words
from gateway.console.access import require_scope
from gateway.console.queue import next_one, row
from gateway.console.settings import room
from gateway.console.verbs import VERBS, verbs_for
from gateway.console.views import page
from gateway.desk.trust import snippet
from gateway.errors import ConflictError, InspectionError, KeyMissingError
from gateway.incident import classify, summary
from gateway.inspection.reviewer import Leaf, Look, Text
from gateway.masking import MASK
from gateway.message.greeting import Greeting, another
from gateway.model import Hold, HoldState, RecipientClass
from gateway.store import Destination, Right

log = structlog.get_logger(__name__)

PASTS = 3  # look-alikes whose history is shown
_LOOK_ALIKE = RecipientClass.LOOK_ALIKE.value
PAGES = 10  # of one part drawn on the page; the others have links
RELATED = 5  # other mails of the sender
ENTRIES = 30  # of what people did with it
LOOK_REASONS = ("check-person", "check-recipient", "report")  # why more than the text is opened


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says, in the order to read it."""

    look: Look
    said: tuple[Text, ...]  # texts and tables, and every field with a number
    aside: tuple[Text, ...]  # fields without one: properties, file names, hidden values

    @property
    def greeting(self) -> Greeting | None:
        """Whom the letter greets and whom To and Cc name, where these differ; masked."""
        named = [value for name, value in self.look.headers if name.lower() in ("to", "cc")]
        letter = next((t for t in self.look.texts if not (t.label or t.table or _ours(t))), None)
        if letter is None:
            return None
        lines = ("".join(piece for piece, _ in pieces) for _, pieces in letter.rows)
        return another((name for name, _ in getaddresses(named)), "\n".join(lines))

    @property
    def drawable(self) -> list[tuple[Leaf, range]]:
        """The parts that can be drawn, each with the pages that are shown at once, from 1."""
        leaves = [leaf for leaf in self.look.leaves if leaf.pages]
        return [(leaf, range(1, min(leaf.pages, PAGES) + 1)) for leaf in leaves]


@dataclass(frozen=True, slots=True)
class Past:
    """What was sent to one domain before."""

    count: int  # mails
    senders: int
    first: str  # day
    last: str


async def one(request: Request) -> Response:
    """Show one hold, and record who looked."""
    return await show(request, request.path_params["hold_id"])


async def show(request: Request, hold_id: str, *, status: int = 200, problem: str = "") -> Response:
    """Show one hold, with what went wrong with an act on it."""
    here, user = room(request), request.state.user
    hold = await here.store.hold(hold_id)
    require_scope(request, hold.sender)
    record = await here.store.incident(hold.incident_id)
    await here.store.viewed(user.recorded, hold.hold_id, "hold")
    seen, lang = row(request, hold, record), words.language(request)
    content, untold = await _content(request, hold)
    waits = hold.state is HoldState.PARKED
    wish = await here.store.trust_asked(hold.hold_id) if here.desk else None
    return page(
        request,
        "hold.html",
        status=status,
        here="holds",
        problem=problem,
        done=_done(request),
        row=seen,
        hold=hold,
        record=record,
        to=seen.to,
        trust=wish,
        trust_lines=snippet(wish, lang) if wish else "",
        pasts=await _pasts(request, seen.to),
        earlier=await here.store.resembles(hold.hold_id),
        in_doubt=record.in_doubt(hold.hold_id),
        lines=summary(record, classify(record), lang),
        content=content,
        untold=untold,
        related=await here.store.of_sender(record.sender, record.queue_id, RELATED),
        entries=await here.store.about(hold.hold_id, ENTRIES),
        following=await next_one(request, hold, int(seen.risk.grade)),
        acts=verbs_for(hold, user) if waits and here.desk else {},
        people=await _people(request, hold) if waits and user.may(Right.ASSIGN) else [],
        until=_until(request, hold) if waits else ("", ""),
        corrections=[(n, d, _meant(d)) for n, d in enumerate(seen.to)],
        may_unmask=bool(content) and user.may(Right.UNMASK),
        may_download=bool(content) and user.may(Right.DOWNLOAD),
        look_reasons=LOOK_REASONS,
    )


async def _pasts(request: Request, to: Sequence[Destination]) -> list[tuple[str, Past | None]]:
    """Return what was written to each look-alike before, from our own history: counts alone."""
    names = [d.address.rpartition("@")[2] for d in to if d.recipient_class == _LOOK_ALIKE]
    found: list[tuple[str, Past | None]] = []
    for name in list(dict.fromkeys(names))[:PASTS]:
        sent = [s for s in await room(request).store.history(name) if s.sent]
        past = (
            Past(
                sum(s.sent for s in sent),
                len({s.sender for s in sent}),
                min(s.first_on for s in sent).isoformat(),
                max(s.last_on for s in sent).isoformat(),
            )
            if sent
            else None
        )
        found.append((name, past))
    return found


def _done(request: Request) -> str:
    """Return what was done just now; "" where the address says nothing that we know."""
    done = request.query_params.get("done", "")
    return done if done in (*VERBS, "approve", "trust") else ""


async def _people(request: Request, hold: Hold) -> list[str]:
    """Return whom this mail can be given to: other accounts that decide on such mail."""
    here, me = room(request), request.state.user
    now, scope = here.now(), here.settings.departments
    return [
        u.name
        for u in await here.store.users()
        if u.name != me.name
        and u.may(Right.RELEASE)
        and u.state(now) in ("active", "lapsing")
        and scope.in_scope(u, hold.sender)
    ]


def _until(request: Request, hold: Hold) -> tuple[str, str]:
    """Return the first and the last day that a mail's end can be put off to; "" for none."""
    desk = room(request).desk
    if desk is None:
        return "", ""
    first = (hold.expires_at + timedelta(days=1)).astimezone(words.JAPAN).date()
    latest = (desk.latest_end(hold) - timedelta(seconds=1)).astimezone(words.JAPAN).date()
    return (first.isoformat(), latest.isoformat()) if first <= latest else ("", "")


async def _content(request: Request, hold: Hold) -> tuple[Content | None, str]:
    """Return what the mail says, or the key of the sentence why nothing is shown."""
    mailroom = room(request).mailroom
    if mailroom is None or not request.state.user.may(Right.VIEW_CONTENT):
        return None, "content-not-yours"
    try:
        look = await mailroom.look(hold.hold_id, request.state.user.recorded)
    except ConflictError:
        return None, "content-destroyed"
    except (InspectionError, KeyMissingError) as error:
        log.warning("content-not-shown", hold_id=hold.hold_id, cause=type(error).__name__)
        return None, "content-unreadable"
    rest = [t for t in look.texts if _beside(t)]
    said = [t for t in look.texts if not _beside(t)]
    return Content(look, tuple(sorted(said, key=lambda t: not _marked(t))), tuple(rest)), ""


def _beside(text: Text) -> bool:
    """Whether a text is a field or a program's own word, and holds no number."""
    return bool(text.label or _ours(text)) and not _marked(text)


def _ours(text: Text) -> bool:
    return text.place.startswith("headers /") or text.place.endswith("/ attributes")


def _marked(text: Text) -> bool:
    return any(mark for _, pieces in text.rows for _, mark in pieces)


def _meant(to: Destination) -> str:
    """The address that was perhaps meant, to begin a correction with."""
    local, at, _ = to.address.rpartition("@")
    return f"{local}@{to.resembles}" if at and to.resembles and MASK not in local else ""
