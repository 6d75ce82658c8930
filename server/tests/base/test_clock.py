"""A date that does not jump."""

from contextlib import AbstractContextManager
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


async def test_a_hold_of_a_steady_clock_is_that_of_its_clock() -> None:
    held: list[str] = []

    class Held(ManualClock):
        def hold(self, reason: str) -> AbstractContextManager[object]:
            held.append(reason)
            return super().hold(reason)

    with SteadyClock(Held()).hold("a thread"):
        assert held == ["a thread"]
