"""Calls begin here, within the limits."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from offhook.base.causes import Cause
from offhook.base.events import Invited, Ringing
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId, Sdp
from offhook.dialects.base import Dialect
from offhook.flow.call_dispatcher import Limits
from offhook.testing.chance import LoopClock
from offhook.testing.desk import At
from offhook.testing.office import Office
from offhook.testing.web import Page

Dialects = dict[str, Dialect]
TALK = {"twilio": "<Dial><Client>bob</Client></Dial>", "plivo": "<Dial><User>bob</User></Dial>"}


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_bridged_call_lasts_until_one_party_hangs_up(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(TALK[dialect], dialect)
        assert office.engine.hears(alice.leg) == bob.leg
        assert office.engine.hears(bob.leg) == alice.leg
        await asyncio.sleep(60)
        bob.end()
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    assert alice.cause is Cause.DOCUMENT_ENDED
    assert [leg.cause for leg in record.legs] == [Cause.DOCUMENT_ENDED, Cause.NORMAL]
    assert record.answered_s == pytest.approx(60, abs=0.1)
    assert office.engine.open_legs == 0
    assert office.web.forgotten == [record.id]
    assert office.dispatcher.calls == 0


@pytest.mark.parametrize("missing", ["grant", "application", "account"])
async def test_calls_need_an_application(dialects: Dialects, missing: str) -> None:
    async with Office(dialects) as office:
        party = office.party()
        if missing == "grant":
            party = replace(party, application=None)
        elif missing == "application":
            party = replace(party, application=ApplicationId("nowhere"))
        else:
            party = replace(party, account=AccountId("MAZZZZZZZZZZZZZZZZZZ"))
        line = office.desk.call(party, "bob")
        await line.until(At.ENDED)
    assert line.cause is Cause.FORBIDDEN
    assert office.web.asked == []
    assert office.shelf.records == []


@pytest.mark.parametrize("limits", [Limits(calls=2), Limits(calls_per_account=2)])
async def test_the_number_of_calls_is_limited(dialects: Dialects, limits: Limits) -> None:
    async with Office(dialects, limits=limits) as office:
        office.answers('<Pause length="10"/>')
        first, _second, third = (office.dials() for _ in range(3))
        assert third.cause is Cause.CONGESTION
        first.end()
        await office.shelf.record()
        fourth = office.dials()
        await fourth.until(At.ENDED)
    assert fourth.cause is Cause.DOCUMENT_ENDED
    assert office.counts.counted["calls_refused"] == 1


async def test_events_of_unknown_and_ended_legs_are_ignored(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.answers("<Hangup/>")
        alice = office.dials()
        await office.shelf.record()
        await asyncio.sleep(1)
        lines = len(office.shelf.records[0].journal)
        office.dispatcher.post(Ringing(leg=alice.leg))
        office.dispatcher.post(Ringing(leg=LegId("nobody")))
    assert len(office.shelf.records[0].journal) == lines


async def test_a_call_can_be_ended_from_outside(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(TALK["twilio"])
        assert office.dispatcher.stop(CallId(alice.leg))
        await bob.until(At.ENDED)
        await office.shelf.record()
        assert not office.dispatcher.stop(CallId(alice.leg))
    assert alice.cause is Cause.NORMAL


async def test_draining_refuses_new_calls_and_ends_long_ones(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        office.answers(TALK["twilio"])
        alice = office.dials()
        bob = await office.desk.rings("bob")
        bob.answer()
        await office.engine.bridged(alice.leg)
        async with asyncio.TaskGroup() as group:
            draining = group.create_task(office.dispatcher.drain(30))
            await asyncio.sleep(1)
            late = office.dials()
            assert late.cause is Cause.SHUTDOWN
            await draining
        assert asyncio.get_running_loop().time() == pytest.approx(30, abs=0.5)
    assert alice.cause is Cause.SHUTDOWN
    assert bob.at is At.ENDED
    assert len(office.shelf.records) == 1


async def test_draining_an_idle_dispatcher_takes_no_time(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        await office.dispatcher.drain(30)
        assert asyncio.get_running_loop().time() == 0


async def test_an_invitation_that_comes_twice_is_one_call(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.answers('<Pause length="3"/>')
        alice = office.dials()
        again = office.desk.invited
        again(Invited(leg=alice.leg, party=office.party(), to="bob", sdp=Sdp("offer")))
        assert office.dispatcher.calls == 1
        await alice.until(At.ENDED)
    assert len(office.shelf.records) == 1


async def test_a_server_that_stops_does_not_wait_for_a_slow_application(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.web.page("/answer", Page(answer="<Response/>", late_s=14))
        alice = office.dials()
        await office.web.request("/answer")
        await office.dispatcher.drain(1)
        assert asyncio.get_running_loop().time() == pytest.approx(1, abs=0.1)
    assert alice.cause is Cause.SHUTDOWN
    assert office.shelf.records[0].cause is Cause.SHUTDOWN


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_call_is_journaled_as_it_happens(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(TALK[dialect], dialect)
        written = office.shelf.written[CallId(alice.leg)]
        answered = [entry.leg for entry in written if entry.event == "leg-answered"]
        assert set(answered) == {alice.leg, bob.leg}
        bob.end()
        record = await office.shelf.record()
        # The hang-up is written as it comes in, beside the call's own journal.
        assert [entry.event for entry in written if entry not in record.journal] == [
            "hangup-received"
        ]
        assert tuple(entry for entry in written if entry in record.journal) == record.journal
    assert office.shelf.written == {}, "nothing is left open"


async def test_calls_that_are_refused_or_crash_leave_nothing_open(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        alice = office.dials()
        assert CallId(alice.leg) in office.shelf.written, "before anybody is told of the call"
        office.directory._applications.clear()
        await alice.until(At.ENDED)
    assert (office.shelf.written, office.shelf.records) == ({}, [])


async def test_a_preflight_call_is_not_recorded(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        party = replace(office.party(), application=None)
        leg = LegId("c" * 32)
        office.dispatcher.invited(
            Invited(leg=leg, party=party, to="", sdp=Sdp("offer"), preflight=True)
        )
        assert office.shelf.written == {}
        office.dispatcher.stop(CallId(leg))
    assert office.shelf.records == []


async def test_a_dialect_that_crashes_costs_its_callback_and_not_the_record(
    dialects: Dialects, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async with Office(dialects) as office:
        monkeypatch.setattr(type(dialects["twilio"]), "callbacks", crash)
        office.answers("<Hangup/>")
        await office.dials().until(At.ENDED)
        await office.shelf.record()
    assert office.shelf.callbacks == []
    assert "callbacks.crashed" in caplog.text


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
async def test_a_date_that_is_set_during_a_call_changes_neither_its_length_nor_its_limits(
    dialects: Dialects, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    async with Office(dialects, limits=Limits(call_s=90.0)) as office:
        alice, _ = await office.talk(TALK["twilio"])
        began, jump, wall = LoopClock().wall(), timedelta(hours=hours), LoopClock.wall
        monkeypatch.setattr(LoopClock, "wall", lambda self: wall(self) + jump)
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    assert record.cause is Cause.TIME_LIMIT
    assert record.duration_s == pytest.approx(90, abs=0.1)
    assert abs((record.started_at - began).total_seconds()) < 1
