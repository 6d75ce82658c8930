"""Somebody rings, or does not: who is told what, and when it is given up."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.testing.phone import At
from offhook.testing.stage import Stage
from scenes import two_people
from tongues import Tongue


@pytest.mark.parametrize(
    ("ends", "twilio", "plivo", "cause"),
    [
        ("rejects", "busy", "busy", Cause.REJECTED),
        ("is busy", "busy", "busy", Cause.BUSY),
        ("rings on", "no-answer", "no-answer", Cause.NO_ANSWER),
        ("is silent", "no-answer", "timeout", Cause.NO_ANSWER),
        ("ignores it", "no-answer", "no-answer", Cause.NO_ANSWER),
        ("is away", "no-answer", "failed", Cause.UNREACHABLE),
    ],
)
async def test_the_action_request_has_the_reason_of_a_failed_dial(
    tongue: Tongue, ends: str, twilio: str, plivo: str, cause: Cause
) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/done", f"<Response>{tongue.pause(1)}</Response>")
        stage.answers(tongue.dial("bob", action="/done", ring_s=10))
        alice = await stage.person("alice")
        bob = None if ends == "is away" else await stage.person("bob")
        calling = alice.call("bob")
        if bob is not None:
            ringing = await bob.rings()
            if ends != "is silent":
                ringing.ring()
            if ends in ("rejects", "is busy"):
                ringing.reject("busy" if ends == "is busy" else "rejected")
            elif ends == "ignores it":
                await asyncio.sleep(1)
                ringing.ignore()
        asked = await stage.web.request("/done")
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert tongue.how_dial_ended(asked) == (twilio if tongue.name == "twilio" else plivo)
    assert record.legs[1].cause is cause
    if cause is Cause.NO_ANSWER:
        assert asked.at == pytest.approx(10.3, abs=0.7)
    assert stage.media.legs == 0
    assert stage.hub.legs == 0


async def test_a_caller_that_hangs_up_stops_the_ringing(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/done", "<Response/>")
        stage.answers(tongue.dial("bob", action="/done"))
        alice, bob = await two_people(stage)
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.ring()
        await asyncio.sleep(2)
        calling.hang_up()
        await ringing.until(At.ENDED)
        asked = await stage.web.request("/done")
        record = await stage.shelf.record()
    assert ringing.cause == "cancelled"
    assert tongue.how_dial_ended(asked) == ("canceled" if tongue.name == "twilio" else "cancel")
    assert record.legs[1].ended_by == "other-leg"


async def test_a_device_that_opens_while_it_rings_can_answer(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice, bob = await two_people(stage)
        calling = alice.call("bob")
        ringing = await bob.rings()
        await asyncio.sleep(2)
        telephone = await stage.person("bob")
        (await telephone.rings()).answer()
        await calling.until(At.UP)
        await ringing.until(At.ENDED)
        calling.hang_up()
        await stage.shelf.record()
    assert ringing.cause == "answered-elsewhere"


async def test_all_devices_of_a_name_ring_and_the_first_wins(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice = await stage.person("alice")
        devices = [await stage.person("bob") for _ in range(3)]
        calling = alice.call("bob")
        ringing = [await device.rings() for device in devices]
        for call in ringing:
            call.ring()
        await asyncio.sleep(1)
        ringing[1].answer()
        await ringing[0].until(At.ENDED)
        await ringing[2].until(At.ENDED)
        assert {ringing[0].cause, ringing[2].cause} == {"answered-elsewhere"}
        await calling.until(At.UP)
        calling.hang_up()
        await ringing[1].until(At.ENDED)
        record = await stage.shelf.record()
    assert len(record.legs) == 2


async def test_one_device_that_ignores_the_call_does_not_stop_the_others(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice = await stage.person("alice")
        here, there = await stage.person("bob"), await stage.person("bob")
        calling = alice.call("bob")
        first, second = await here.rings(), await there.rings()
        first.ignore()
        await asyncio.sleep(0.5)
        second.answer()
        await calling.until(At.UP)
        calling.hang_up()
        await second.until(At.ENDED)


async def test_a_rejection_on_one_device_is_meant_for_all(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice = await stage.person("alice")
        here, there = await stage.person("bob"), await stage.person("bob")
        calling = alice.call("bob")
        first, second = await here.rings(), await there.rings()
        first.reject()
        await second.until(At.ENDED)
        await calling.until(At.ENDED)


async def test_several_people_ring_and_the_first_wins(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob", "carol", "dave"))
        alice = await stage.person("alice")
        people = [await stage.person(name) for name in ("bob", "carol", "dave")]
        calling = alice.call("anyone")
        ringing = [await person.rings() for person in people]
        ringing[0].ring()
        ringing[2].answer()
        await ringing[0].until(At.ENDED)
        await calling.until(At.UP)
        calling.hang_up()
        await ringing[2].until(At.ENDED)
        record = await stage.shelf.record()
    causes = [leg.cause for leg in record.legs[1:]]
    assert causes == [Cause.ANSWERED_BY_OTHER, Cause.ANSWERED_BY_OTHER, Cause.NORMAL]


async def test_targets_are_dialed_in_sequence(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        if tongue.name == "twilio":
            stage.answers(tongue.dial("bob", "carol", ring_s=5, more='sequential="true"'))
        else:
            stage.answers(tongue.dial("bob", ring_s=5) + tongue.dial("carol", ring_s=5))
        alice = await stage.person("alice")
        bob, carol = await stage.person("bob"), await stage.person("carol")
        calling = alice.call("anyone")
        first = await bob.rings()
        first.ring()
        second = await carol.rings()
        assert first.cause in ("", "no-answer")
        second.answer()
        await calling.until(At.UP)
        await asyncio.sleep(0.2)
        assert first.cause == "no-answer"
        calling.hang_up()
        await second.until(At.ENDED)


@pytest.mark.parametrize("busy", [False, True])
async def test_a_call_may_be_refused_without_an_answer(tongue: Tongue, busy: bool) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.refuse(busy))
        alice = await stage.person("alice")
        calling = alice.call("bob")
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert calling.cause == ("busy" if busy else "rejected")
    assert record.answered_at is None


async def test_a_client_may_call_its_own_name(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("alice"))
        alice = await stage.person("alice")
        calling = alice.call("alice")
        ringing = await alice.rings()
        ringing.answer()
        await calling.until(At.UP)
        calling.hang_up()
        await ringing.until(At.ENDED)


async def test_two_calls_at_once_do_not_mix(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice, bob = await two_people(stage)
        carol = await stage.person("carol", hz=1_500)
        calling = alice.call("bob")
        first = await bob.rings()
        first.answer()
        other = carol.call("bob")
        second = await bob.rings()
        second.reject("busy")
        await other.until(At.ENDED)
        await asyncio.sleep(0.5)
        assert calling.at is At.UP
        calling.hang_up()
        await first.until(At.ENDED)
        await stage.shelf.record(2)
    causes = {record.id: record.legs[1].cause for record in stage.shelf.records}
    assert causes == {calling.id: Cause.NORMAL, other.id: Cause.BUSY}
