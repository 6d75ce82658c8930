"""A call rings, or does not: who is notified of what, and when the dial ends."""

import asyncio

import pytest
from dialect_xml import DialectXml
from offhook.base.causes import Cause
from offhook.testing.simulated_browser import CallState
from offhook.testing.simulation import Simulation
from scenes import two_people


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
    xml: DialectXml, ends: str, twilio: str, plivo: str, cause: Cause
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page("/done", f"<Response>{xml.pause(1)}</Response>")
        simulation.set_answer(xml.dial("bob", action="/done", ring_s=10))
        alice = await simulation.add_browser("alice")
        bob = None if ends == "is away" else await simulation.add_browser("bob")
        calling = alice.call("bob")
        if bob is not None:
            ringing = await bob.next_incoming()
            if ends != "is silent":
                ringing.ring()
            if ends in ("rejects", "is busy"):
                ringing.reject("busy" if ends == "is busy" else "rejected")
            elif ends == "ignores it":
                await asyncio.sleep(1)
                ringing.ignore()
        asked = await simulation.web.request("/done")
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert xml.dial_status(asked) == (twilio if xml.name == "twilio" else plivo)
    assert record.legs[1].cause is cause
    if cause is Cause.NO_ANSWER:
        assert asked.at == pytest.approx(10.3, abs=0.7)
    assert simulation.media.legs == 0
    assert simulation.legs == 0


async def test_a_caller_that_hangs_up_stops_the_ringing(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page("/done", "<Response/>")
        simulation.set_answer(xml.dial("bob", action="/done"))
        alice, bob = await two_people(simulation)
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.ring()
        await asyncio.sleep(2)
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)
        asked = await simulation.web.request("/done")
        record = await simulation.records.record()
    assert ringing.cause == "cancelled"
    assert xml.dial_status(asked) == ("canceled" if xml.name == "twilio" else "cancel")
    assert record.legs[1].ended_by == "other-leg"


async def test_a_device_that_opens_while_it_rings_can_answer(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice, bob = await two_people(simulation)
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        await asyncio.sleep(2)
        telephone = await simulation.add_browser("bob")
        (await telephone.next_incoming()).answer()
        await calling.wait_for(CallState.UP)
        await ringing.wait_for(CallState.ENDED)
        calling.hang_up()
        await simulation.records.record()
    assert ringing.cause == "answered-elsewhere"


async def test_all_devices_of_a_name_ring_and_the_first_wins(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice = await simulation.add_browser("alice")
        devices = [await simulation.add_browser("bob") for _ in range(3)]
        calling = alice.call("bob")
        ringing = [await device.next_incoming() for device in devices]
        for call in ringing:
            call.ring()
        await asyncio.sleep(1)
        ringing[1].answer()
        await ringing[0].wait_for(CallState.ENDED)
        await ringing[2].wait_for(CallState.ENDED)
        assert {ringing[0].cause, ringing[2].cause} == {"answered-elsewhere"}
        await calling.wait_for(CallState.UP)
        calling.hang_up()
        await ringing[1].wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert len(record.legs) == 2


async def test_one_device_that_ignores_the_call_does_not_stop_the_others(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice = await simulation.add_browser("alice")
        laptop, mobile = await simulation.add_browser("bob"), await simulation.add_browser("bob")
        calling = alice.call("bob")
        first, second = await laptop.next_incoming(), await mobile.next_incoming()
        first.ignore()
        await asyncio.sleep(0.5)
        second.answer()
        await calling.wait_for(CallState.UP)
        calling.hang_up()
        await second.wait_for(CallState.ENDED)


async def test_a_rejection_on_one_device_is_meant_for_all(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice = await simulation.add_browser("alice")
        laptop, mobile = await simulation.add_browser("bob"), await simulation.add_browser("bob")
        calling = alice.call("bob")
        first, second = await laptop.next_incoming(), await mobile.next_incoming()
        first.reject()
        await second.wait_for(CallState.ENDED)
        await calling.wait_for(CallState.ENDED)


async def test_several_people_ring_and_the_first_wins(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob", "carol", "dave"))
        alice = await simulation.add_browser("alice")
        people = [await simulation.add_browser(name) for name in ("bob", "carol", "dave")]
        calling = alice.call("anyone")
        ringing = [await person.next_incoming() for person in people]
        ringing[0].ring()
        ringing[2].answer()
        await ringing[0].wait_for(CallState.ENDED)
        await calling.wait_for(CallState.UP)
        calling.hang_up()
        await ringing[2].wait_for(CallState.ENDED)
        record = await simulation.records.record()
    causes = [leg.cause for leg in record.legs[1:]]
    assert causes == [Cause.ANSWERED_BY_OTHER, Cause.ANSWERED_BY_OTHER, Cause.NORMAL]


async def test_targets_are_dialed_in_sequence(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        if xml.name == "twilio":
            simulation.set_answer(xml.dial("bob", "carol", ring_s=5, more='sequential="true"'))
        else:
            simulation.set_answer(xml.dial("bob", ring_s=5) + xml.dial("carol", ring_s=5))
        alice = await simulation.add_browser("alice")
        bob, carol = await simulation.add_browser("bob"), await simulation.add_browser("carol")
        calling = alice.call("anyone")
        first = await bob.next_incoming()
        first.ring()
        second = await carol.next_incoming()
        assert first.cause in ("", "no-answer")
        second.answer()
        await calling.wait_for(CallState.UP)
        await asyncio.sleep(0.2)
        assert first.cause == "no-answer"
        calling.hang_up()
        await second.wait_for(CallState.ENDED)


@pytest.mark.parametrize("busy", [False, True])
async def test_a_call_may_be_refused_without_an_answer(xml: DialectXml, busy: bool) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.reject(busy))
        alice = await simulation.add_browser("alice")
        calling = alice.call("bob")
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert calling.cause == ("busy" if busy else "rejected")
    assert record.answered_at is None


async def test_a_client_may_call_its_own_name(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("alice"))
        alice = await simulation.add_browser("alice")
        calling = alice.call("alice")
        ringing = await alice.next_incoming()
        ringing.answer()
        await calling.wait_for(CallState.UP)
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)


async def test_two_calls_at_once_do_not_mix(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice, bob = await two_people(simulation)
        carol = await simulation.add_browser("carol", hz=1_500)
        calling = alice.call("bob")
        first = await bob.next_incoming()
        first.answer()
        other = carol.call("bob")
        second = await bob.next_incoming()
        second.reject("busy")
        await other.wait_for(CallState.ENDED)
        await asyncio.sleep(0.5)
        assert calling.state is CallState.UP
        calling.hang_up()
        await first.wait_for(CallState.ENDED)
        await simulation.records.record(2)
    causes = {record.id: record.legs[1].cause for record in simulation.records.records}
    assert causes == {calling.id: Cause.NORMAL, other.id: Cause.BUSY}
