"""The life of a parked mail: every state, every action, and what comes of it, as data.

Answers: ``LIFE`` (which state follows) and ``becomes`` (the same as a function).
Trusts: nothing. Fails: ``ConflictError`` for an action that the state does not know: most
often somebody else was first.
The store makes the moves marked "store" itself, in the transaction that causes them.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.errors import ConflictError
from gateway.model import Hold, HoldState, Verdict


class Action(StrEnum):
    """What can be done with a parked mail, and by whom."""

    ACTIVATE = "activate"  # store: the relay it waited for succeeded
    APPROVE = "approve"  # a handler; more approvals are needed
    RELEASE = "release"  # a handler; the last approval
    CONFIRM = "confirm"  # the sender: send it as it is
    CORRECT = "correct"  # the sender of a warn, a handler of a hold: another address
    REJECT = "reject"  # a handler
    CANCEL = "cancel"  # the sender
    EXPIRE = "expire"  # the clock
    DELIVER = "deliver"  # store: the next hop took it
    FAIL = "fail"  # store: the next hop refused it for good


_S, _V = HoldState, Verdict

LIFE: dict[tuple[Verdict, HoldState, Action], HoldState] = {
    # a warn asks the sender
    (_V.WARN, _S.STAGED, Action.ACTIVATE): _S.PARKED,
    (_V.WARN, _S.PARKED, Action.CONFIRM): _S.RELEASED,
    (_V.WARN, _S.PARKED, Action.CORRECT): _S.RELEASED,
    (_V.WARN, _S.PARKED, Action.RELEASE): _S.RELEASED,
    (_V.WARN, _S.PARKED, Action.REJECT): _S.REJECTED,
    (_V.WARN, _S.PARKED, Action.CANCEL): _S.CANCELLED,
    (_V.WARN, _S.PARKED, Action.EXPIRE): _S.CANCELLED,
    (_V.WARN, _S.RELEASED, Action.DELIVER): _S.DELIVERED,
    (_V.WARN, _S.RELEASED, Action.FAIL): _S.FAILED,
    # a hold asks handlers
    (_V.HOLD, _S.STAGED, Action.ACTIVATE): _S.PARKED,
    (_V.HOLD, _S.PARKED, Action.APPROVE): _S.PARKED,
    (_V.HOLD, _S.PARKED, Action.RELEASE): _S.RELEASED,
    (_V.HOLD, _S.PARKED, Action.CORRECT): _S.RELEASED,  # or parked, with more approvers
    (_V.HOLD, _S.PARKED, Action.REJECT): _S.REJECTED,
    (_V.HOLD, _S.PARKED, Action.CANCEL): _S.CANCELLED,
    (_V.HOLD, _S.PARKED, Action.EXPIRE): _S.EXPIRED,
    (_V.HOLD, _S.RELEASED, Action.DELIVER): _S.DELIVERED,
    (_V.HOLD, _S.RELEASED, Action.FAIL): _S.FAILED,
}

FINAL = frozenset({_S.DELIVERED, _S.FAILED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED})


def becomes(hold: Hold, action: Action) -> HoldState:
    """Return the state that ``action`` leads to."""
    try:
        return LIFE[hold.verdict, hold.state, action]
    except KeyError:
        raise ConflictError(
            f"hold {hold.hold_id} is {hold.state.value}: {action.value} is not possible"
        ) from None
