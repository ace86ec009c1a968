from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.desk.life import FINAL, LIFE, Action, becomes
from gateway.errors import ConflictError
from gateway.model import Hold, HoldState, Verdict
from gateway.store.retention import FINAL as DESTROYABLE
from tests.store.mails import START

HOLD = Hold(
    "h", "q", "i", HoldState.PARKED, Verdict.HOLD, "r", "s", ("a",), START, START, 1, (), 0, 0
)
verdicts = st.sampled_from([Verdict.WARN, Verdict.HOLD])


@given(verdicts, st.lists(st.sampled_from(Action), max_size=12))
def test_whatever_is_tried_a_mail_is_sent_once_at_most_and_rests_when_it_ended(
    verdict: Verdict, tried: list[Action]
) -> None:
    hold, path = replace(HOLD, verdict=verdict, state=HoldState.STAGED), [HoldState.STAGED]
    for action in tried:
        try:
            hold = replace(hold, state=becomes(hold, action))
        except ConflictError:
            continue
        path.append(hold.state)
    assert path.count(HoldState.RELEASED) <= 1
    ended = [n for n, state in enumerate(path) if state in FINAL]
    assert ended in ([], [len(path) - 1])
    if path[-1] in (HoldState.DELIVERED, HoldState.FAILED):
        assert path[-2] is HoldState.RELEASED


@given(verdicts, st.sampled_from(HoldState), st.sampled_from(Action))
def test_every_pair_moves_or_conflicts(verdict: Verdict, state: HoldState, action: Action) -> None:
    hold = replace(HOLD, verdict=verdict, state=state)
    if (verdict, state, action) in LIFE:
        assert becomes(hold, action) is LIFE[verdict, state, action]
    else:
        with pytest.raises(ConflictError, match=f"is {state.value}: {action.value}"):
            becomes(hold, action)


@pytest.mark.parametrize("verdict", [Verdict.WARN, Verdict.HOLD])
def test_every_state_that_is_not_final_leads_to_a_final_one(verdict: Verdict) -> None:
    for state in set(HoldState) - FINAL:
        reached, edge = {state}, {state}
        while edge:
            edge = {
                after
                for (v, before, _), after in LIFE.items()
                if v is verdict and before in edge and after not in reached
            }
            reached |= edge
        assert reached & FINAL, state


def test_nothing_leaves_a_final_state_and_only_those_are_destroyed() -> None:
    assert {state for _, state, _ in LIFE} & FINAL == set()
    assert set(DESTROYABLE) == FINAL


def test_a_warn_never_becomes_expired_and_a_hold_is_never_confirmed() -> None:
    assert LIFE[Verdict.WARN, HoldState.PARKED, Action.EXPIRE] is HoldState.CANCELLED
    assert (Verdict.HOLD, HoldState.PARKED, Action.CONFIRM) not in LIFE
