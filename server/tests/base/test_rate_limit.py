"""The token bucket."""

from hypothesis import given
from hypothesis import strategies as st
from offhook.base.rate_limit import TokenBucket


def test_a_burst_is_allowed_then_the_pace() -> None:
    bucket = TokenBucket(per_s=2, burst=3, now=0)
    assert [bucket.allows(0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.allows(0.4)
    assert bucket.allows(0.5)
    assert not bucket.is_full(0.6)
    assert bucket.is_full(60)


@given(st.lists(st.floats(0, 5), max_size=200))
def test_never_more_than_the_burst_and_the_pace_together(gaps: list[float]) -> None:
    bucket, now, allowed = TokenBucket(per_s=3, burst=5, now=0), 0.0, 0
    for gap in gaps:
        now += gap
        allowed += bucket.allows(now)
    assert allowed <= 5 + 3 * now + 1e-6
