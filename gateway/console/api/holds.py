"""Parked mail: the list, one hold, and the acts on it.

Answers: what the pages' queue, review and buttons answer, to programs.
Trusts: the desk with rights, four eyes and who was first. Beside it stand the token's scope,
and that a mail with more persons than ``accounts.fresh_above`` is released by a person who
proves who he is, on the pages.
Fails: ``TroubleError``, and errors of the desk and the store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from gateway.console.acts import desk_of
from gateway.console.api import cursors
from gateway.console.api.answers import Exemption, Holds, HoldShown, hold_row, hold_shown
from gateway.console.api.call import Call, require
from gateway.console.api.problems import TroubleError
from gateway.console.risk import Risk
from gateway.desk import Action
from gateway.errors import ConflictError, KeyMissingError, NotFoundError
from gateway.i18n import text
from gateway.model import Hold, HoldState
from gateway.store import IncidentRecord, Key, Right, Wanted

LOOKS = 20  # pages that are read to fill one for an account that sees its department alone
_RIGHTS = {  # of what the desk says is possible, what a token can ask for
    Action.RELEASE: Right.RELEASE,
    Action.REJECT: Right.REJECT,
    Action.CORRECT: Right.CORRECT,
    Action.ASSIGN: Right.ASSIGN,
    Action.ACK: Right.ASSIGN,
    Action.COMMENT: Right.COMMENT,
    Action.EXTEND: Right.EXTEND,
}

Do = Callable[[Call, Hold], Awaitable[Hold]]


async def listed(call: Call) -> Holds:
    """List parked mail, the gravest first, then what expires soonest."""
    asked, key = call.query, None
    wanted = Wanted(
        HoldState(asked.state),
        asked.verdict,
        asked.rule or "",
        Risk(asked.risk).grade if asked.risk else None,
        asked.q or "",
        asked.expires_before,
    )
    after = cursors.queue_key(asked.after) if asked.after else None
    rows: list[tuple[Hold, IncidentRecord]] = []
    for _ in range(LOOKS):
        leaf = await call.here.store.queue(wanted, asked.limit - len(rows), after)
        rows += [(h, leaf.records[h.incident_id]) for h in leaf.holds if call.sees(h.sender)]
        key = after = leaf.following
        if after is None or len(rows) >= asked.limit:
            break
    return Holds(holds=[hold_row(*row) for row in rows], next=_cursor(key))


def _cursor(key: Key | None) -> str | None:
    return cursors.write(list(key)) if key else None


async def one(call: Call) -> HoldShown:
    """Show one hold with what was found in it, and record that it was shown."""
    hold = await _hold(call)
    await call.shown(hold.hold_id, "api")
    return await _shown(call, hold)


async def _hold(call: Call) -> Hold:
    hold = await call.here.store.hold(call.path["hold_id"])
    if hold.state is HoldState.STAGED:
        raise NotFoundError("nothing was promised of it yet")
    call.require_scope(hold.sender)
    return hold


async def _shown(call: Call, hold: Hold) -> HoldShown:
    store = call.here.store
    return hold_shown(
        hold,
        await store.incident(hold.incident_id),
        resembles=await store.resembles(hold.hold_id),
        can=await _can(call, hold),
    )


async def _can(call: Call, hold: Hold) -> tuple[str, ...]:
    if call.here.desk is None:
        return ()
    try:
        found = await desk_of(call.here).possible(hold.hold_id, call.actor)
    except (ConflictError, KeyMissingError):  # destroyed, or sealed with a key that is gone
        return ()
    return tuple(a.value for a in found if a in _RIGHTS and call.account.may(_RIGHTS[a]))


async def exception(call: Call) -> Exemption:
    """Propose a narrow exception for a false alarm; nothing is changed by it."""
    hold, desk, lang = await _hold(call), desk_of(call.here), call.query.lang
    obstacle = await desk.no_exception(hold.hold_id)
    if obstacle:
        return Exemption(hold=hold.hold_id, toml="", why=text("desk", obstacle, lang))
    proposed = await desk.propose_exception(hold.hold_id, lang)
    return Exemption(hold=hold.hold_id, toml=proposed, why="")


# ------------------------------------------------------------------ acts


def act(do: Do) -> Callable[[Call], Awaitable[HoldShown]]:
    """Make an operation of an act: done once under a key, on what was looked at; then shown."""

    @wraps(do)
    async def acted(call: Call) -> HoldShown:
        hold = await _hold(call)
        if await _done_before(call):
            return await _shown(call, hold)
        if call.seen not in (None, hold.revision):
            raise TroubleError("stale")
        return await _shown(call, await do(call, hold))

    return acted


async def release(call: Call, hold: Hold) -> Hold:
    """Approve a parked mail; the last approval that is needed sends it."""
    said = call.body
    _require_mild(call, hold)
    if said.reject_others:
        require(call.account, Right.REJECT)
    return await desk_of(call.here).release(
        hold.hold_id,
        call.acting,
        said.reason,
        code=said.code or "",
        only=said.only,
        reject_others=said.reject_others,
    )


async def reject(call: Call, hold: Hold) -> Hold:
    """Refuse a parked mail for good; the sender is told why."""
    said = call.body
    return await desk_of(call.here).reject(
        hold.hold_id, call.acting, said.reason, code=said.code or ""
    )


async def correct(call: Call, hold: Hold) -> Hold:
    """Put other addresses in and send; policy decides on them anew."""
    said = call.body
    _require_mild(call, hold)
    wanted = {a.recipient: a.address for a in said.addresses}
    return await desk_of(call.here).correct(
        hold.hold_id, call.acting, said.reason, wanted, code=said.code or ""
    )


async def assign(call: Call, hold: Hold) -> Hold:
    """Give a parked mail to a person."""
    said = call.body
    person = call.account.recorded if said.to == "me" else said.to
    return await desk_of(call.here).assign(
        hold.hold_id, call.acting, person, said.reason or "assigned"
    )


async def acknowledge(call: Call, hold: Hold) -> Hold:
    """Say that somebody looks at it: it escalates no further."""
    said = call.body
    return await desk_of(call.here).ack(hold.hold_id, call.acting, said.reason or "seen")


async def comment(call: Call, hold: Hold) -> Hold:
    """Write a word on a parked mail."""
    return await desk_of(call.here).comment(hold.hold_id, call.acting, call.body.text)


async def extend(call: Call, hold: Hold) -> Hold:
    """Let a parked mail wait longer."""
    said = call.body
    return await desk_of(call.here).extend(hold.hold_id, call.acting, said.reason, said.until)


async def _done_before(call: Call) -> bool:
    if not call.errand_key:
        return False
    asked = await call.here.store.errand_done(call.errand_key)
    if asked not in (None, call.asked):
        raise TroubleError("key-reused")
    return asked is not None


def _require_mild(call: Call, hold: Hold) -> None:
    """Leave mail with many persons to somebody who proves who he is (ASVS 7.5.3)."""
    most = call.here.settings.fresh_above
    if hold.my_numbers > most:
        raise TroubleError("needs-console", f"more than {most} persons")
