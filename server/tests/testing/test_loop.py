"""Virtual time advances to the next event, in the loop and in a world beside it."""

import asyncio
import time

import pytest
from offhook.testing import fake_media, web
from offhook.testing import loop as loop_module
from offhook.testing.deterministic import LoopClock
from offhook.testing.loop import Deadlock, VirtualLoop

_TESTED = (fake_media, web)


class Clockwork:
    """A world that changes at given times; some changes are events."""

    def __init__(self, *moments: tuple[float, bool]) -> None:
        self.now = 0.0
        self.left = list(moments)
        self.seen: list[float] = []

    def wake(self) -> float | None:
        return self.left[0][0] if self.left else None

    def advance(self, until: float) -> bool:
        while self.left and self.left[0][0] <= until:
            self.now, is_event = self.left.pop(0)
            self.seen.append(self.now)
            if is_event:
                return True
        self.now = max(self.now, until)
        return False


async def test_an_hour_takes_no_time_and_timers_keep_their_order() -> None:
    loop = asyncio.get_running_loop()
    order: list[str] = []
    loop.call_later(3_600, order.append, "later")
    loop.call_later(1, order.append, "soon")
    await asyncio.sleep(3_601)
    assert order == ["soon", "later"]
    assert loop.time() == 3_601


def test_waiting_without_an_event_raises_deadlock() -> None:
    loop = VirtualLoop()
    with pytest.raises(Deadlock):
        loop.run_until_complete(asyncio.Event().wait())
    loop.close()


async def test_time_stands_still_while_a_thread_works() -> None:
    clock = LoopClock()
    fired: list[float] = []
    asyncio.get_running_loop().call_later(5.0, lambda: fired.append(clock.now()))
    with clock.hold("a thread"):
        assert await asyncio.to_thread(lambda: time.sleep(0.05) or "done") == "done"
        assert (clock.now(), fired) == (0.0, [])
    await asyncio.sleep(6.0)
    assert fired == [5.0]


def test_a_hold_that_nothing_ends_names_what_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "_GUARD_S", 0.05)
    loop = VirtualLoop()

    async def stuck() -> None:
        with LoopClock().hold("a thread that never ends"):
            await asyncio.Event().wait()

    with pytest.raises(Deadlock, match="a thread that never ends"):
        loop.run_until_complete(stuck())
    loop.close()


def test_events_of_the_network_arrive_between_timers() -> None:
    loop = VirtualLoop()
    world = Clockwork((0.5, False), (1.5, True), (2.5, False), (7.0, True))
    notified_at: list[float] = []
    loop.attach_world(world, lambda: notified_at.append(loop.time()))

    async def control() -> None:
        await asyncio.sleep(1)
        assert notified_at == []
        await asyncio.sleep(2)
        assert notified_at == [1.5]
        assert loop.time() == 3.0
        await asyncio.sleep(100)

    loop.run_until_complete(control())
    assert notified_at == [1.5, 7.0]
    assert world.seen == [0.5, 1.5, 2.5, 7.0]
    loop.close()


async def test_timers_due_together_run_in_order_of_creation() -> None:
    loop = asyncio.get_running_loop()
    order: list[int] = []
    for number in range(100):
        loop.call_at(5.0, order.append, number)
    cancelled = loop.call_at(5.0, order.append, -1)
    cancelled.cancel()
    await asyncio.sleep(6)
    assert order == list(range(100))


async def test_a_cancelled_timer_neither_runs_nor_advances_time() -> None:
    loop = asyncio.get_running_loop()
    called: list[int] = []
    loop.call_at(50.0, called.append, 1).cancel()
    # Due together with the one that cancels it.
    loop.call_at(5.0, lambda: second.cancel())
    second = loop.call_at(5.0, called.append, 2)
    await asyncio.sleep(6)
    assert (called, loop.time()) == ([], 6.0)


async def test_cancelled_timers_are_released() -> None:
    loop = asyncio.get_running_loop()
    for _ in range(10_000):
        loop.call_at(50.0, list).cancel()
    assert isinstance(loop, VirtualLoop)
    assert len(loop._timers._heap) <= 200
