from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.desk.life import (
    FINAL,
    LIFE,
    WAITING,
    Action,
    Party,
    Stage,
    actions_for,
    move,
    stage_of,
    stored,
)
from gateway.errors import ConflictError, RightsError
from gateway.i18n import text
from gateway.model import Hold, HoldState, OnExpiry, Verdict
from gateway.store.retention import FINAL as DESTROYABLE
from tests.store.mails import START

HOLD = Hold(
    "h", "q", "i", HoldState.PARKED, Verdict.HOLD, "r", "s", ("a",), START, START, 1, (), 0, 0
)
WARN = replace(HOLD, verdict=Verdict.WARN, on_expiry=OnExpiry.CANCEL)
AT = {
    Stage.STAGED: replace(HOLD, state=HoldState.STAGED),
    Stage.FOR_SENDER: WARN,
    Stage.DELAYED: replace(WARN, on_expiry=OnExpiry.SEND),
    Stage.FOR_HANDLER: HOLD,
    Stage.ASSIGNED: replace(HOLD, assignee="hanako"),
    Stage.RELEASED: replace(HOLD, state=HoldState.RELEASED),
    Stage.CORRECTED: replace(HOLD, state=HoldState.RELEASED, corrected=True),
    Stage.DELIVERED: replace(HOLD, state=HoldState.DELIVERED),
    Stage.FAILED: replace(HOLD, state=HoldState.FAILED),
    Stage.REJECTED: replace(HOLD, state=HoldState.REJECTED),
    Stage.CANCELLED: replace(HOLD, state=HoldState.CANCELLED),
    Stage.EXPIRED: replace(HOLD, state=HoldState.EXPIRED),
}


@pytest.mark.parametrize("stage", Stage)
def test_a_hold_says_where_it_stands(stage: Stage) -> None:
    assert stage_of(AT[stage]) is stage
    assert stored(stage) is AT[stage].state


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("stage", Stage)
def test_every_act_of_every_party_at_every_stage_moves_or_is_refused(
    stage: Stage, action: Action
) -> None:
    row, hold = LIFE.get((stage, action)), AT[stage]
    for party in Party:
        who = frozenset({party})
        if row is None:
            with pytest.raises(ConflictError, match=f"is {stage.value}: {action.value}"):
                move(hold, action, who)
        elif party not in row.by:
            with pytest.raises(RightsError, match="hold h: "):
                move(hold, action, who)
        else:
            assert move(hold, action, who) is row
            assert action in actions_for(hold, who)


def test_nobody_at_all_can_do_nothing() -> None:
    for hold in AT.values():
        assert actions_for(hold, frozenset()) == ()


def test_no_clock_ever_sends_what_waits_for_a_person() -> None:
    """Only a delay, which policy ordered, is sent by time."""
    sending = {Stage.RELEASED, Stage.CORRECTED}
    by_clock = {
        key for key, row in LIFE.items() if Party.CLOCK in row.by and row.becomes in sending
    }
    assert by_clock == {(Stage.DELAYED, Action.ELAPSE)}


def test_a_handler_alone_never_sends_and_the_sender_never_sends_a_hold() -> None:
    sending = {Stage.RELEASED, Stage.CORRECTED}
    for (stage, _), row in LIFE.items():
        if row.becomes in sending and stage in WAITING:
            assert Party.HANDLER not in row.by
            if stage in (Stage.FOR_HANDLER, Stage.ASSIGNED):
                assert row.by == {Party.APPROVER}


def test_nothing_leaves_a_final_stage_and_only_those_are_destroyed() -> None:
    assert {stage for stage, _ in LIFE} & FINAL == set()
    assert {stored(s) for s in FINAL} == set(DESTROYABLE)


@pytest.mark.parametrize("stage", sorted(WAITING))
def test_everything_that_waits_can_end(stage: Stage) -> None:
    reached, edge = {stage}, {stage}
    while edge:
        edge = {row.becomes for (here, _), row in LIFE.items() if here in edge} - reached
        reached |= edge
    assert {Stage.DELIVERED, Stage.FAILED, Stage.REJECTED, Stage.CANCELLED} <= reached


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_its_words(stage: Stage) -> None:
    assert text("desk", f"stage-{stage}", "ja") != text("desk", f"stage-{stage}", "en")
