"""Several ring, one wins, and the others stop ringing."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from offhook.base.address import Address, Kind, client
from offhook.base.causes import Cause
from offhook.calls.call_control import DialTarget
from offhook.calls.dialing import Dialing, DialPolicy
from offhook.testing.bench import Bench
from offhook.testing.desk import At, Line
from offhook.testing.loop import VirtualLoop


def _dialing(bench: Bench, *names: str, ring_s: float = 30, one_by_one: bool = False) -> Dialing:
    bench.answered()
    for name in names:
        if name != "nobody":
            bench.desk.register(name)
    targets = [DialTarget(to=client(name), caller="client:alice") for name in names]
    dialing = Dialing(bench.control, targets, DialPolicy(ring_s=ring_s, one_by_one=one_by_one))
    dialing.start()
    return dialing


def _line(bench: Bench, dialing: Dialing, number: int) -> Line:
    return bench.desk.line(dialing.legs[number].id)


async def _happen(bench: Bench, dialing: Dialing) -> None:
    await asyncio.sleep(0)
    for event in bench.taken():
        dialing.handle(event)


async def test_the_first_to_answer_wins_and_the_others_are_notified() -> None:
    bench = Bench()
    dialing = _dialing(bench, "bob", "carol", "dave")
    _line(bench, dialing, 0).ring()
    _line(bench, dialing, 1).answer()
    _line(bench, dialing, 2).answer()
    await _happen(bench, dialing)
    assert dialing.over
    assert dialing.rang
    assert dialing.winner is dialing.legs[1]
    assert dialing.legs[1].up
    assert _line(bench, dialing, 0).cause is Cause.ANSWERED_BY_OTHER
    assert _line(bench, dialing, 2).cause is Cause.ANSWERED_BY_OTHER
    assert bench.engine.open_legs == 2


async def test_it_gives_up_when_the_time_is_over() -> None:
    bench = Bench()
    dialing = _dialing(bench, "bob", ring_s=20)
    assert dialing.deadline == bench.clock.now() + 20
    dialing.check()
    assert not dialing.over
    await asyncio.sleep(20)
    dialing.check()
    assert dialing.over
    assert dialing.deadline is None
    assert _line(bench, dialing, 0).cause is Cause.NO_ANSWER
    assert dialing.failure is dialing.legs[0]


async def test_sequential_dialing_rings_the_next_after_a_failure() -> None:
    bench = Bench()
    dialing = _dialing(bench, "bob", "carol", "dave", ring_s=10, one_by_one=True)
    assert len(dialing.legs) == 1
    _line(bench, dialing, 0).end(Cause.REJECTED)
    await _happen(bench, dialing)
    assert len(dialing.legs) == 2
    await asyncio.sleep(10)
    dialing.check()
    assert len(dialing.legs) == 3
    assert dialing.deadline == bench.clock.now() + 10
    _line(bench, dialing, 2).answer()
    await _happen(bench, dialing)
    assert dialing.winner is dialing.legs[2]


async def test_the_most_specific_failure_is_reported() -> None:
    bench = Bench()
    dialing = _dialing(bench, "nobody", "bob", "carol")
    await _happen(bench, dialing)
    _line(bench, dialing, 1).end(Cause.BUSY)
    _line(bench, dialing, 2).end(Cause.NO_ANSWER)
    await _happen(bench, dialing)
    assert dialing.over
    assert dialing.failure is not None
    assert dialing.failure.cause is Cause.BUSY


async def test_a_number_has_no_route_yet_and_fails_at_once() -> None:
    bench = Bench()
    bench.answered()
    target = DialTarget(to=Address(Kind.NUMBER, "+15551230000"), caller="client:alice")
    dialing = Dialing(bench.control, [target], DialPolicy(ring_s=30))
    dialing.start()
    assert dialing.over
    assert dialing.failure is not None
    assert dialing.failure.cause is Cause.NO_ROUTE
    assert "no-route" in bench.journal()
    assert bench.engine.open_legs == 1


async def test_without_targets_dialing_is_over_at_once() -> None:
    bench = Bench()
    dialing = _dialing(bench)
    assert dialing.over
    assert dialing.winner is None
    assert dialing.failure is None


async def test_a_cancelled_attempt_stops_ringing() -> None:
    bench = Bench()
    dialing = _dialing(bench, "bob", "carol", one_by_one=True)
    dialing.cancel()
    assert dialing.over
    assert _line(bench, dialing, 0).cause is Cause.CANCELLED
    assert len(dialing.legs) == 1


async def test_an_answer_that_crosses_the_cancellation_does_not_win() -> None:
    bench = Bench()
    dialing = _dialing(bench, "bob")
    _line(bench, dialing, 0).answer()
    dialing.cancel()
    await _happen(bench, dialing)
    assert dialing.winner is None
    assert bench.engine.open_legs == 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["ring", "answer", "reject", "wait", "cancel"]), st.integers(0, 2)),
    max_size=12,
)


@settings(deadline=None)
@given(steps=STEPS, one_by_one=st.booleans())
def test_no_event_moves_it_after_its_end(steps: list[tuple[str, int]], one_by_one: bool) -> None:
    async def attempt() -> None:
        bench = Bench()
        dialing = _dialing(bench, "bob", "carol", "dave", ring_s=5, one_by_one=one_by_one)
        ended: tuple[object, ...] | None = None
        for what, number in steps:
            if what == "wait":
                await asyncio.sleep(3)
                dialing.check()
            elif what == "cancel":
                dialing.cancel()
            elif number < len(dialing.legs):
                line = _line(bench, dialing, number)
                if line.at is not At.ENDED:
                    {"ring": line.ring, "answer": line.answer, "reject": line.end}[what]()
            await _happen(bench, dialing)
            now = (dialing.winner, len(dialing.legs), dialing.failure)
            if ended is not None and dialing.winner is None:
                assert now == ended
            if dialing.over:
                ended = ended or now
                # Those that did not win have stopped ringing.
                assert all(leg.ended for leg in dialing.legs if leg is not dialing.winner)
                assert dialing.deadline is None

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(attempt())
