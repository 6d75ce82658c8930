"""A date that does not jump."""

from datetime import timedelta

from offhook.base.clock import SteadyClock
from offhook.testing.deterministic import ManualClock


def test_a_steady_clock_goes_on_when_the_date_is_set() -> None:
    clock = ManualClock(at=50.0)
    steady = SteadyClock(clock)
    before = steady.wall()
    assert before == clock.wall()
    clock.start += timedelta(days=1)
    clock.advance(2.0)
    assert steady.wall() == before + timedelta(seconds=2)
    assert steady.now() == 52.0
    clock.start -= timedelta(days=2)
    assert steady.wall() == before + timedelta(seconds=2)
