"""Calls begin here, within the limits."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from offhook.base.causes import Cause
from offhook.base.events import HungUp, Invited, Ringing
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId, Sdp
from offhook.dialects.base import Dialect
from offhook.flow.limits import Limits
from offhook.testing.deterministic import LoopClock
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page

Dialects = dict[str, Dialect]
TALK = {"twilio": "<Dial><Client>bob</Client></Dial>", "plivo": "<Dial><User>bob</User></Dial>"}


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_bridged_call_lasts_until_one_party_hangs_up(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK[dialect], dialect)
        assert harness.media.source_of(alice.leg) == bob.leg
        assert harness.media.source_of(bob.leg) == alice.leg
        await asyncio.sleep(60)
        bob.end()
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert alice.cause is Cause.DOCUMENT_ENDED
    assert [leg.cause for leg in record.legs] == [Cause.DOCUMENT_ENDED, Cause.NORMAL]
    assert record.answered_s == pytest.approx(60, abs=0.1)
    assert harness.media.open_legs == 0
    assert harness.web.forgotten == [record.id]
    assert harness.dispatcher.calls == 0


@pytest.mark.parametrize("missing", ["grant", "application", "account"])
async def test_calls_need_an_application(dialects: Dialects, missing: str) -> None:
    async with UnitHarness(dialects) as harness:
        party = harness.party()
        if missing == "grant":
            party = replace(party, application=None)
        elif missing == "application":
            party = replace(party, application=ApplicationId("nowhere"))
        else:
            party = replace(party, account=AccountId("MAZZZZZZZZZZZZZZZZZZ"))
        line = harness.signal.call(party, "bob")
        await line.wait_for(CallState.ENDED)
    assert line.cause is Cause.FORBIDDEN
    assert harness.web.requests == []
    assert harness.records.records == []


@pytest.mark.parametrize("limits", [Limits(calls=2), Limits(calls=3)])
async def test_the_number_of_calls_is_limited(dialects: Dialects, limits: Limits) -> None:
    async with UnitHarness(dialects, limits=limits) as harness:
        harness.set_answer('<Pause length="10"/>')
        first, _second, third = (harness.call() for _ in range(3))
        assert third.cause is Cause.CONGESTION
        first.end()
        await harness.records.record()
        fourth = harness.call()
        await fourth.wait_for(CallState.ENDED)
    assert fourth.cause is Cause.DOCUMENT_ENDED
    assert harness.metrics.counts["calls_refused"] == 1


async def test_events_of_unknown_and_ended_legs_are_ignored(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Hangup/>")
        alice = harness.call()
        await harness.records.record()
        await asyncio.sleep(1)
        lines = len(harness.records.records[0].journal)
        harness.dispatcher.post(Ringing(leg=alice.leg))
        harness.dispatcher.post(Ringing(leg=LegId("unknown")))
    assert len(harness.records.records[0].journal) == lines


async def test_a_call_can_be_ended_from_outside(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK["twilio"])
        assert harness.dispatcher.stop(CallId(alice.leg))
        await bob.wait_for(CallState.ENDED)
        await harness.records.record()
        assert not harness.dispatcher.stop(CallId(alice.leg))
    assert alice.cause is Cause.NORMAL


async def test_draining_refuses_new_calls_and_ends_long_ones(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer(TALK["twilio"])
        alice = harness.call()
        bob = await harness.signal.next_invite("bob")
        bob.answer()
        await harness.media.wait_bridged(alice.leg)
        async with asyncio.TaskGroup() as group:
            draining = group.create_task(harness.dispatcher.drain(30))
            await asyncio.sleep(1)
            late = harness.call()
            assert late.cause is Cause.SHUTDOWN
            await draining
        assert asyncio.get_running_loop().time() == pytest.approx(30, abs=0.5)
    assert alice.cause is Cause.SHUTDOWN
    assert bob.state is CallState.ENDED
    assert len(harness.records.records) == 1


async def test_draining_an_idle_dispatcher_takes_no_time(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        await harness.dispatcher.drain(30)
        assert asyncio.get_running_loop().time() == 0


async def test_an_invitation_that_comes_twice_is_one_call(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer('<Pause length="3"/>')
        alice = harness.call()
        again = harness.signal.on_invite
        again(Invited(leg=alice.leg, party=harness.party(), to="bob", sdp=Sdp("offer")))
        assert harness.dispatcher.calls == 1
        await alice.wait_for(CallState.ENDED)
    assert len(harness.records.records) == 1


async def test_a_server_that_stops_does_not_wait_for_a_slow_application(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/answer", Page(body="<Response/>", delay_s=14))
        alice = harness.call()
        await harness.web.request("/answer")
        await harness.dispatcher.drain(1)
        assert asyncio.get_running_loop().time() == pytest.approx(1, abs=0.1)
    assert alice.cause is Cause.SHUTDOWN
    assert harness.records.records[0].cause is Cause.SHUTDOWN


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_call_is_journaled_as_it_happens(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK[dialect], dialect)
        written = harness.records.written[CallId(alice.leg)]
        inputs = harness.records.inputs[CallId(alice.leg)]
        answered = [entry.leg for entry in written if entry.event == "leg-answered"]
        assert set(answered) == {alice.leg, bob.leg}
        bob.end()
        record = await harness.records.record()
        # The hang-up is written as it comes in, beside the call's own journal.
        # The memory keeps no document once there is another one; the file does.
        assert [(e.number, e.at, e.event, e.leg, e.details, e.input) for e in written] == [
            (e.number, e.at, e.event, e.leg, e.details, e.input) for e in record.journal
        ]
        assert HungUp(leg=bob.leg, cause=Cause.NORMAL) in [each.event for each in inputs]
        (ended,) = [e for e in written if e.event == "leg-ended" and e.leg == bob.leg]
        assert [each.event for each in inputs if each.number == ended.input] == [
            HungUp(leg=bob.leg, cause=Cause.NORMAL)
        ]
    assert harness.records.written == {}, "nothing is left open"


@pytest.mark.parametrize("moment", ["ringing", "request", "talking"])
async def test_a_call_that_another_owner_has_is_dropped_in_silence(
    dialects: Dialects, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer(TALK["twilio"])
        if moment == "request":
            harness.web.page("/answer", Page(body="<Response/>", delay_s=9))
        alice = harness.call()
        legs = [alice]
        if moment == "request":
            await harness.web.request("/answer")
        else:
            bob = await harness.signal.next_invite("bob")
            legs.append(bob)
            if moment == "talking":
                bob.answer()
                await harness.media.wait_bridged(alice.leg)
        before = [leg.state for leg in legs]
        written = list(harness.records.written[CallId(alice.leg)])
        harness.dispatcher.fence([CallId(alice.leg)])
        await harness.dispatcher.idle()
        await asyncio.sleep(5.0)
        assert [leg.state for leg in legs] == before, "no leg was ended"
        assert (harness.records.records, harness.records.callbacks) == ([], [])
        assert harness.records.written[CallId(alice.leg)] == written
        assert harness.media.open_legs == 0
        assert harness.metrics.counts["calls_fenced"] == 1
        late = harness.call()
        assert late.cause is Cause.SHUTDOWN, "it takes no more calls"
        harness.records.written.clear()
    assert "call.crashed" not in caplog.text


async def test_a_server_that_fails_leaves_its_calls_to_the_next_one(dialects: Dialects) -> None:
    harness = UnitHarness(dialects)
    legs: list[FakeLeg] = []

    async def serve() -> None:
        async with harness, asyncio.TaskGroup() as tasks:
            legs.extend(await harness.bridged_call(TALK["twilio"]))
            tasks.create_task(_fails())

    with pytest.raises(ExceptionGroup, match="unhandled"):
        await serve()
    assert [leg.state for leg in legs] == [CallState.UP, CallState.UP], "they wait for the next one"
    written = harness.records.written[CallId(legs[0].leg)]
    assert "leg-ended" not in [entry.event for entry in written]
    assert (harness.records.records, harness.records.callbacks) == ([], [])


async def _fails() -> None:
    raise RuntimeError("a part of the server fails")


async def test_calls_that_are_refused_or_crash_leave_nothing_open(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        alice = harness.call()
        assert CallId(alice.leg) in harness.records.written, "before anybody is told of the call"
        harness.directory._applications.clear()
        await alice.wait_for(CallState.ENDED)
    assert (harness.records.written, harness.records.records) == ({}, [])


async def test_a_preflight_call_is_not_recorded(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        party = replace(harness.party(), application=None)
        leg = LegId("c" * 32)
        harness.dispatcher.invited(
            Invited(leg=leg, party=party, to="", sdp=Sdp("offer"), preflight=True)
        )
        assert harness.records.written == {}
        harness.dispatcher.stop(CallId(leg))
    assert harness.records.records == []


async def test_a_dialect_that_crashes_costs_its_callback_and_not_the_record(
    dialects: Dialects, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async with UnitHarness(dialects) as harness:
        monkeypatch.setattr(type(dialects["twilio"]), "callbacks", crash)
        harness.set_answer("<Hangup/>")
        await harness.call().wait_for(CallState.ENDED)
        await harness.records.record()
    assert harness.records.callbacks == []
    assert "callbacks.crashed" in caplog.text


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
async def test_a_date_that_is_set_during_a_call_changes_neither_its_length_nor_its_limits(
    dialects: Dialects, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    async with UnitHarness(dialects, limits=Limits(call_s=90.0)) as harness:
        alice, _ = await harness.bridged_call(TALK["twilio"])
        began, jump, wall = LoopClock().wall(), timedelta(hours=hours), LoopClock.wall
        monkeypatch.setattr(LoopClock, "wall", lambda self: wall(self) + jump)
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.cause is Cause.TIME_LIMIT
    assert record.duration_s == pytest.approx(90, abs=0.1)
    assert abs((record.started_at - began).total_seconds()) < 1


async def test_a_call_whose_server_fails_stays_written(dialects: Dialects) -> None:
    harness = UnitHarness(dialects)
    async with harness:
        alice, _ = await harness.bridged_call(TALK["twilio"], "twilio")
        (task,) = [t for t in asyncio.all_tasks() if t.get_name() == f"call {alice.leg}"]
        task.cancel()
        await asyncio.wait((task,))
        assert list(harness.records.written) == [CallId(alice.leg)], "for the next start"
