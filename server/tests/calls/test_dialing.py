"""Several ring, one wins, and the others stop ringing."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from offhook.base.address import Address, Kind, client
from offhook.base.causes import Cause
from offhook.calls.dial_target import DialTarget
from offhook.calls.dialing import Dialing, DialPolicy
from offhook.testing.call_fixture import CallFixture
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.loop import VirtualLoop


def _dialing(
    fixture: CallFixture, *names: str, ring_s: float = 30, one_by_one: bool = False
) -> Dialing:
    fixture.answer()
    for name in names:
        if name != "absent":
            fixture.signal.register(name)
    targets = [DialTarget(to=client(name), caller="client:alice") for name in names]
    dialing = Dialing(fixture.control, targets, DialPolicy(ring_s=ring_s, one_by_one=one_by_one))
    dialing.start()
    return dialing


def _line(fixture: CallFixture, dialing: Dialing, number: int) -> FakeLeg:
    return fixture.signal.leg(dialing.legs[number].id)


async def _happen(fixture: CallFixture, dialing: Dialing) -> None:
    await asyncio.sleep(0)
    for event in fixture.process_events():
        dialing.handle(event)


async def test_the_first_to_answer_wins_and_the_others_are_notified() -> None:
    fixture = CallFixture()
    dialing = _dialing(fixture, "bob", "carol", "dave")
    _line(fixture, dialing, 0).ring()
    _line(fixture, dialing, 1).answer()
    _line(fixture, dialing, 2).answer()
    await _happen(fixture, dialing)
    assert dialing.over
    assert dialing.rang
    assert dialing.winner is dialing.legs[1]
    assert dialing.legs[1].up
    assert _line(fixture, dialing, 0).cause is Cause.ANSWERED_BY_OTHER
    assert _line(fixture, dialing, 2).cause is Cause.ANSWERED_BY_OTHER
    assert fixture.media.open_legs == 2


async def test_it_gives_up_when_the_time_is_over() -> None:
    fixture = CallFixture()
    dialing = _dialing(fixture, "bob", ring_s=20)
    assert dialing.deadline == fixture.clock.now() + 20
    dialing.check()
    assert not dialing.over
    await asyncio.sleep(20)
    dialing.check()
    assert dialing.over
    assert dialing.deadline is None
    assert _line(fixture, dialing, 0).cause is Cause.NO_ANSWER
    assert dialing.failure is dialing.legs[0]


async def test_sequential_dialing_rings_the_next_after_a_failure() -> None:
    fixture = CallFixture()
    dialing = _dialing(fixture, "bob", "carol", "dave", ring_s=10, one_by_one=True)
    assert len(dialing.legs) == 1
    _line(fixture, dialing, 0).end(Cause.REJECTED)
    await _happen(fixture, dialing)
    assert len(dialing.legs) == 2
    await asyncio.sleep(10)
    dialing.check()
    assert len(dialing.legs) == 3
    assert dialing.deadline == fixture.clock.now() + 10
    _line(fixture, dialing, 2).answer()
    await _happen(fixture, dialing)
    assert dialing.winner is dialing.legs[2]


async def test_the_most_specific_failure_is_reported() -> None:
    fixture = CallFixture()
    dialing = _dialing(fixture, "absent", "bob", "carol")
    await _happen(fixture, dialing)
    _line(fixture, dialing, 1).end(Cause.BUSY)
    _line(fixture, dialing, 2).end(Cause.NO_ANSWER)
    await _happen(fixture, dialing)
    assert dialing.over
    assert dialing.failure is not None
    assert dialing.failure.cause is Cause.BUSY


async def test_a_number_has_no_route_yet_and_fails_at_once() -> None:
    fixture = CallFixture()
    fixture.answer()
    target = DialTarget(to=Address(Kind.NUMBER, "+15551230000"), caller="client:alice")
    dialing = Dialing(fixture.control, [target], DialPolicy(ring_s=30))
    dialing.start()
    assert dialing.over
    assert dialing.failure is not None
    assert dialing.failure.cause is Cause.NO_ROUTE
    assert "no-route" in fixture.journal()
    assert fixture.media.open_legs == 1


async def test_without_targets_dialing_is_over_at_once() -> None:
    fixture = CallFixture()
    dialing = _dialing(fixture)
    assert dialing.over
    assert dialing.winner is None
    assert dialing.failure is None


async def test_a_cancelled_attempt_stops_ringing() -> None:
    fixture = CallFixture()
    dialing = _dialing(fixture, "bob", "carol", one_by_one=True)
    dialing.cancel()
    assert dialing.over
    assert _line(fixture, dialing, 0).cause is Cause.CANCELLED
    assert len(dialing.legs) == 1


async def test_an_answer_that_crosses_the_cancellation_does_not_win() -> None:
    fixture = CallFixture()
    dialing = _dialing(fixture, "bob")
    _line(fixture, dialing, 0).answer()
    dialing.cancel()
    await _happen(fixture, dialing)
    assert dialing.winner is None
    assert fixture.media.open_legs == 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["ring", "answer", "reject", "wait", "cancel"]), st.integers(0, 2)),
    max_size=12,
)


@settings(deadline=None)
@given(steps=STEPS, one_by_one=st.booleans())
def test_no_event_moves_it_after_its_end(steps: list[tuple[str, int]], one_by_one: bool) -> None:
    async def attempt() -> None:
        fixture = CallFixture()
        dialing = _dialing(fixture, "bob", "carol", "dave", ring_s=5, one_by_one=one_by_one)
        ended: tuple[object, ...] | None = None
        for what, number in steps:
            if what == "wait":
                await asyncio.sleep(3)
                dialing.check()
            elif what == "cancel":
                dialing.cancel()
            elif number < len(dialing.legs):
                line = _line(fixture, dialing, number)
                if line.state is not CallState.ENDED:
                    {"ring": line.ring, "answer": line.answer, "reject": line.end}[what]()
            await _happen(fixture, dialing)
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
