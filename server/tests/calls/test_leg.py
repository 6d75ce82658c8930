"""A leg goes forward, and never moves after its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.ids import LegId
from offhook.calls.leg import Direction, Leg, State, Step, after


@pytest.mark.parametrize(
    ("state", "step", "then"),
    [
        (State.NEW, Step.RANG, State.RINGING),
        (State.NEW, Step.ANSWERED, State.UP),
        (State.RINGING, Step.ANSWERED, State.UP),
        (State.RINGING, Step.RANG, None),
        (State.UP, Step.RANG, None),
        (State.UP, Step.ANSWERED, None),
        (State.UP, Step.ENDED, State.ENDED),
    ],
)
def test_a_leg_goes_forward(state: State, step: Step, then: State | None) -> None:
    assert after(state, step) is then


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_nothing_moves_a_leg_that_has_ended(steps: list[Step]) -> None:
    leg = Leg(id=LegId("1"), direction=Direction.INBOUND, peer="client:alice")
    leg.step(Step.ENDED)
    assert not any(leg.step(step) for step in steps)
    assert leg.ended


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_no_leg_ever_goes_back(steps: list[Step]) -> None:
    order = list(State)
    leg = Leg(id=LegId("1"), direction=Direction.OUTBOUND, peer="client:bob")
    for step in steps:
        before = order.index(leg.state)
        leg.step(step)
        assert order.index(leg.state) >= before
    assert leg.rang is (leg.rang and Step.RANG in steps)
