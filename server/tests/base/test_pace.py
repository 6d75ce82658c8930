"""The token bucket."""

from hypothesis import given
from hypothesis import strategies as st
from offhook.base.pace import Pace


def test_a_burst_is_allowed_then_the_pace() -> None:
    pace = Pace(per_s=2, burst=3, now=0)
    assert [pace.allows(0) for _ in range(4)] == [True, True, True, False]
    assert not pace.allows(0.4)
    assert pace.allows(0.5)
    assert not pace.rested(0.6)
    assert pace.rested(60)


@given(st.lists(st.floats(0, 5), max_size=200))
def test_never_more_than_the_burst_and_the_pace_together(gaps: list[float]) -> None:
    pace, now, allowed = Pace(per_s=3, burst=5, now=0), 0.0, 0
    for gap in gaps:
        now += gap
        allowed += pace.allows(now)
    assert allowed <= 5 + 3 * now + 1e-6
