"""The life of a parked mail: every stage, every action, who may do it, what comes of it.

Answers: ``LIFE``, the one table that code, docs/desk.md and tests share; ``stage_of`` (where a
hold stands, read from its columns) and ``move`` (one row of the table, or why not).
Trusts: whoever says which parties an actor is (``people.parties``).
Fails: ``ConflictError`` for an action that the stage does not know: most often somebody else
was first; ``RightsError`` for an actor whom the row does not name.
Escalation is no stage: ``Hold.escalated`` counts its steps beside whatever else is so. The
store makes the moves of ``Party.STORE`` itself, in the transaction that causes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import ConflictError, RightsError
from gateway.model import Hold, HoldState, OnExpiry, Verdict
from gateway.store import Right


class Stage(StrEnum):
    """Where a parked mail stands, as people say it."""

    STAGED = "staged"  # written, not promised: nobody can see or touch it
    FOR_SENDER = "for-sender"  # waits for its sender's word
    DELAYED = "delayed"  # waits so that its sender can take it back; then it is sent
    FOR_HANDLER = "for-handler"  # waits for a handler
    ASSIGNED = "assigned"  # a handler has it in hand
    RELEASED = "released"  # approved; being delivered
    CORRECTED = "corrected"  # approved with another address; being delivered
    DELIVERED = "delivered"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Action(StrEnum):
    """What can be done with a parked mail."""

    ASSIGN = "assign"  # give it to a person, oneself too
    ACK = "ack"  # say that somebody looks at it: escalation stops
    COMMENT = "comment"  # write a word for whoever comes next; nothing changes
    EXTEND = "extend"  # let it wait longer
    APPROVE = "approve"  # more approvals are needed
    RELEASE = "release"  # the last approval
    CONFIRM = "confirm"  # the sender: send it as it is
    AMEND = "amend"  # another address, and more approvals are needed
    CORRECT = "correct"  # another address, and send
    REJECT = "reject"
    CANCEL = "cancel"  # the sender takes it back
    ANNOUNCE = "announce"  # tell that its time is nearly up
    ESCALATE = "escalate"  # tell the next in the chain
    EXPIRE = "expire"  # its time is up
    ELAPSE = "elapse"  # a delay is over: send
    LOOK_AGAIN = "look-again"  # a later password opened what was locked
    DELIVER = "deliver"  # the next hop took it
    FAIL = "fail"  # the next hop refused it for good


class Party(StrEnum):
    """What somebody is to one parked mail. One person can be several."""

    SENDER = "sender"  # signed in as its sender
    LINK = "link"  # has the link of the notice, which went to its sender
    CLEAN_LINK = "clean-link"  # the same, and nothing was found in the mail
    HANDLER = "handler"  # anybody who handles mail and did not send this one
    APPROVER = "approver"  # a handler whom policy lets approve this one, and who has not yet
    CLOCK = "clock"
    STORE = "store"  # the delivery of a released mail, the inspection


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table."""

    becomes: Stage
    by: frozenset[Party]


_A, _P, _S = Action, Party, Stage
_OWN, _EASY = (_P.SENDER, _P.CLEAN_LINK), (_P.SENDER, _P.LINK)


def _rows() -> Iterator[tuple[Stage, Action, Stage, tuple[Party, ...]]]:
    for here in (_S.FOR_SENDER, _S.DELAYED):
        yield here, _A.CONFIRM, _S.RELEASED, _OWN
        yield here, _A.CORRECT, _S.CORRECTED, _OWN
        yield here, _A.CANCEL, _S.CANCELLED, _EASY
        yield here, _A.RELEASE, _S.RELEASED, (_P.APPROVER,)
        yield here, _A.REJECT, _S.REJECTED, (_P.HANDLER,)
        yield here, _A.COMMENT, here, (_P.HANDLER,)
        yield here, _A.LOOK_AGAIN, here, (_P.STORE,)
    yield _S.FOR_SENDER, _A.EXTEND, _S.FOR_SENDER, (_P.HANDLER,)
    yield _S.FOR_SENDER, _A.ANNOUNCE, _S.FOR_SENDER, (_P.CLOCK,)
    yield _S.FOR_SENDER, _A.EXPIRE, _S.CANCELLED, (_P.CLOCK,)
    yield _S.DELAYED, _A.ELAPSE, _S.RELEASED, (_P.CLOCK,)
    for here in (_S.FOR_HANDLER, _S.ASSIGNED):
        yield here, _A.ASSIGN, _S.ASSIGNED, (_P.HANDLER,)
        yield here, _A.ACK, here, (_P.HANDLER,)
        yield here, _A.COMMENT, here, (_P.HANDLER,)
        yield here, _A.EXTEND, here, (_P.HANDLER,)
        yield here, _A.APPROVE, here, (_P.APPROVER,)
        yield here, _A.RELEASE, _S.RELEASED, (_P.APPROVER,)
        yield here, _A.AMEND, here, (_P.APPROVER,)
        yield here, _A.CORRECT, _S.CORRECTED, (_P.APPROVER,)
        yield here, _A.REJECT, _S.REJECTED, (_P.HANDLER,)
        yield here, _A.CANCEL, _S.CANCELLED, _EASY
        yield here, _A.ANNOUNCE, here, (_P.CLOCK,)
        yield here, _A.ESCALATE, here, (_P.CLOCK,)
        yield here, _A.EXPIRE, _S.EXPIRED, (_P.CLOCK,)
        yield here, _A.LOOK_AGAIN, here, (_P.STORE,)
    for here in (_S.RELEASED, _S.CORRECTED):
        yield here, _A.DELIVER, _S.DELIVERED, (_P.STORE,)
        yield here, _A.FAIL, _S.FAILED, (_P.STORE,)


LIFE = {(here, action): Move(there, frozenset(by)) for here, action, there, by in _rows()}

_ASKS = {Action.ACK: Right.ASSIGN, Action.APPROVE: Right.RELEASE, Action.AMEND: Right.CORRECT}

FINAL = frozenset({_S.DELIVERED, _S.FAILED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED})
WAITING = frozenset({_S.FOR_SENDER, _S.DELAYED, _S.FOR_HANDLER, _S.ASSIGNED})


def right_of(action: Action) -> Right | None:
    """Return the right that a handler's account needs for an action; None: it is nobody's."""
    return _ASKS.get(action) or next((r for r in Right if r == action.value), None)


def stage_of(hold: Hold) -> Stage:
    """Return where a hold stands."""
    if hold.state is HoldState.RELEASED:
        return Stage.CORRECTED if hold.corrected else Stage.RELEASED
    if hold.state is not HoldState.PARKED:
        return Stage(hold.state.value)
    if hold.verdict is Verdict.WARN:
        return Stage.DELAYED if hold.on_expiry is OnExpiry.SEND else Stage.FOR_SENDER
    return Stage.ASSIGNED if hold.assignee else Stage.FOR_HANDLER


def stored(stage: Stage) -> HoldState:
    """Return the state that the store keeps for a stage."""
    if stage in WAITING:
        return HoldState.PARKED
    return HoldState.RELEASED if stage is Stage.CORRECTED else HoldState(stage.value)


def possible(hold: Hold, action: Action) -> Move:
    """Return what ``action`` leads to, whoever does it.

    Raises: ConflictError: the hold is past that, or never knew it.
    """
    stage = stage_of(hold)
    try:
        return LIFE[stage, action]
    except KeyError:
        raise ConflictError(
            f"hold {hold.hold_id} is {stage.value}: {action.value} is not possible"
        ) from None


def move(hold: Hold, action: Action, parties: frozenset[Party]) -> Move:
    """Return what ``action`` leads to when somebody who is these parties does it.

    Raises: ConflictError as ``possible``; RightsError: none of the parties may do it.
    """
    found = possible(hold, action)
    if not found.by & parties:
        raise RightsError(f"hold {hold.hold_id}: {_why_not(found.by, parties)}")
    return found


def _why_not(by: frozenset[Party], parties: frozenset[Party]) -> str:
    own = {Party.SENDER, Party.LINK}
    if Party.CLEAN_LINK in by and Party.LINK in parties:
        return "only the sender, signed in, can do that"
    if by & own:
        return "only the sender can do that"
    if parties & own:
        return "the sender cannot decide on it"
    if Party.APPROVER in by:
        return "policy names others as its approvers"
    return "this actor cannot do that"


def actions_for(hold: Hold, parties: frozenset[Party]) -> tuple[Action, ...]:
    """Return what somebody who is these parties can do now, for a page's buttons."""
    stage = stage_of(hold)
    return tuple(a for a in Action if (row := LIFE.get((stage, a))) and row.by & parties)
