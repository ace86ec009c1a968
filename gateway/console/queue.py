"""The queue: what waits, the gravest first, by filter and by search, page by page.

Answers: the page, what its address says it shows (``Asked``), and which hold comes after one.
Trusts: nothing in the address: a filter that is none of ours filters nothing.
Fails: as the store. A view is a link: the filters stand in the address alone, and a view that
somebody keeps is that link under a name.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import words
from gateway.console.access import in_scope
from gateway.console.forms import small
from gateway.console.risk import Risk, risk
from gateway.console.settings import room
from gateway.console.views import page
from gateway.desk import Stage, stage_of
from gateway.errors import UsageError
from gateway.model import Hold, HoldState, Verdict
from gateway.store import Destination, IncidentRecord, Key, Leaf, Right, User, Wanted

ROWS = 50  # of one page
SOON = timedelta(days=1)  # what expires within it is marked
TEXT_CHARS = 100  # of a search
VIEWS: tuple[tuple[str, dict[str, str]], ...] = (  # that are always offered; each is a link
    ("all", {}),
    ("grave", {"risk": "high"}),
    ("soon", {"soon": "1"}),
    ("ask-sender", {"verdict": "warn"}),
    ("mine", {"mine": "1"}),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One hold as the queue and its own page show it."""

    hold: Hold
    record: IncidentRecord  # of its mail, with every recipient
    to: tuple[Destination, ...]  # this hold's own recipients
    risk: Risk
    left: str  # how long until it expires, in words; "" when it waits no more
    soon: bool  # whether that is within a day

    @property
    def stage(self) -> Stage:
        """Where it stands, as people say it."""
        return stage_of(self.hold)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks the queue for."""

    state: HoldState
    verdict: Verdict | None
    risk: Risk | None
    rule: str
    text: str
    soon: bool
    mine: bool
    after: Key | None

    @property
    def fields(self) -> dict[str, str]:
        """The filters as fields of an address; those that say nothing are left out."""
        found = {
            "state": "" if self.state is HoldState.PARKED else self.state.value,
            "verdict": self.verdict.value if self.verdict else "",
            "risk": self.risk.value if self.risk else "",
            "rule": self.rule,
            "q": self.text,
            "soon": "1" if self.soon else "",
            "mine": "1" if self.mine else "",
        }
        return {name: value for name, value in found.items() if value}

    def wanted(self, now: datetime, person: str) -> Wanted:
        """The same for the store; ``person`` is who asks."""
        return Wanted(
            self.state,
            self.verdict,
            self.rule,
            self.risk.grade if self.risk else None,
            self.text,
            now + SOON if self.soon else None,
            assignee=person if self.mine else "",
        )


def asked(request: Request) -> Asked:
    """Return what the address asks for."""
    return _read(request.query_params)


def _read(given: Mapping[str, str]) -> Asked:
    state, verdict, grave = given.get("state"), given.get("verdict"), given.get("risk")
    return Asked(
        HoldState(state) if state in tuple(HoldState) else HoldState.PARKED,
        Verdict(verdict) if verdict in (Verdict.WARN, Verdict.HOLD) else None,
        Risk(grave) if grave in tuple(Risk) else None,
        given.get("rule", "")[:TEXT_CHARS],
        given.get("q", "").strip()[:TEXT_CHARS],
        given.get("soon") == "1",
        given.get("mine") == "1",
        read_key(given.get("after", "")),
    )


async def keep_view(request: Request) -> Response:
    """Keep the filters that the queue is shown by under a name, or forget such a view."""
    form, here, user = await small(request), room(request), request.state.user
    name, query = form.one("name"), urlencode(_read(dict(parse_qsl(form.one("query")))).fields)
    try:
        if form.one("act") == "drop":
            await here.store.drop_view(user.name, name)
        else:
            most = here.settings.saved_views
            await here.store.keep_view(user.name, name, query, most)
    except UsageError:
        return await listed(request, problem="view-not-kept")
    return RedirectResponse(f"{here.settings.prefix}/holds?{query}", status_code=303)


def _person(request: Request) -> str:
    """Return the one name of whoever is signed in, as a hold names who has it in hand."""
    user, desk = request.state.user, room(request).desk
    return desk.terms.roster.person(user.recorded, user.addresses) if desk else user.name


async def listed(request: Request, *, problem: str = "") -> Response:
    """Show what waits for somebody."""
    here, wish = room(request), asked(request)
    now = here.now()
    wanted = await scoped(request, wish.wanted(now, _person(request)))
    leaf = await here.store.queue(wanted, ROWS, wish.after)
    waiting = await here.store.waiting(now + SOON, await senders_of(request))
    rows = [row(request, h, leaf.records[h.incident_id]) for h in leaf.holds]
    query = urlencode(wish.fields)
    return page(
        request,
        "queue.html",
        here="holds",
        rows=rows,
        wish=wish,
        filtered=bool(wish.fields),
        query=query,
        total=await _total(request, wish, wanted, leaf, waiting.total),
        waiting=waiting,
        views=[(key, urlencode(fields), wish.fields == fields) for key, fields in VIEWS],
        own_views=await here.store.views(request.state.user.name),
        problem=problem,
        most_views=here.settings.saved_views,
        states=[s for s in HoldState if s is not HoldState.STAGED],
        following=urlencode(wish.fields | {"after": write_key(leaf.following)})
        if leaf.following
        else "",
        first=wish.after is None,
        decides=here.desk is not None and decides(request.state.user),
        now=now,
    )


async def _total(request: Request, wish: Asked, wanted: Wanted, leaf: Leaf, waiting: int) -> int:
    """Return how many match; what one page holds whole is not counted again."""
    if not wish.fields:
        return waiting
    if wish.after is None and leaf.following is None:
        return len(leaf.holds)
    return await room(request).store.count(wanted)


async def senders_of(
    request: Request, state: HoldState = HoldState.PARKED
) -> tuple[str, ...] | None:
    """Return whose mail in this state the account sees; None where it sees everybody's."""
    if not request.state.user.departments:
        return None
    found = await room(request).store.senders(state)
    return tuple(sender for sender in found if in_scope(request, sender))


async def scoped(request: Request, wanted: Wanted) -> Wanted:
    """Keep what is asked for to the mail of the account's own departments."""
    return replace(wanted, senders=await senders_of(request, wanted.state))


def decides(user: User) -> bool:
    """Whether an account's role decides on parked mail."""
    return user.may(Right.RELEASE)


async def next_one(request: Request, hold: Hold, grade: int) -> str:
    """Return the id of the hold that stands after this one, or in front; "" if none waits."""
    store, wanted = room(request).store, await scoped(request, Wanted())
    for after in ((grade, hold.expires_at, hold.hold_id), None):
        leaf = await store.queue(wanted, 2, after)
        if found := [h.hold_id for h in leaf.holds if h.hold_id != hold.hold_id]:
            return found[0]
    return ""


def row(request: Request, hold: Hold, record: IncidentRecord) -> Row:
    """Return a hold with what a page says of it."""
    to = tuple(d for d in record.destinations if d.hold_id == hold.hold_id)
    now, waits = room(request).now(), hold.state is HoldState.PARKED
    return Row(
        hold=hold,
        record=record,
        to=to,
        risk=risk(record, to),
        left=words.left(hold.expires_at, now, words.language(request)) if waits else "",
        soon=waits and hold.expires_at - now < SOON,
    )


# ------------------------------------------------------------------ where a page begins


def write_key(key: Key) -> str:
    """Return a place in the queue as a word of an address."""
    grade, ends, hold_id = key
    told = json.dumps([grade, ends.astimezone(UTC).isoformat(), hold_id])
    return base64.urlsafe_b64encode(told.encode()).decode()


def read_key(word: str) -> Key | None:
    """Return the place that a word means; None where it means none."""
    try:
        grade, ends, hold_id = json.loads(base64.urlsafe_b64decode(word))
        return int(grade), datetime.fromisoformat(ends).astimezone(UTC), str(hold_id)
    except (ValueError, TypeError):
        return None
