"""Messages that cross on their way: whatever the order, all parties agree on the end."""

import asyncio

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.testing.simulated_browser import CallState
from offhook.testing.simulation import Simulation
from scenes import talking

MOMENTS = [-0.03, -0.01, 0.0, 0.01, 0.03, 0.05]
"""Seconds between two things that cross; a frame takes 0.02 s each way."""


@pytest.mark.parametrize("gap_s", MOMENTS)
async def test_an_answer_crosses_the_callers_giving_up(gap_s: float) -> None:
    xml = DIALECT_XML["plivo"]
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice, bob = await simulation.add_browser("alice"), await simulation.add_browser("bob")
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.ring()
        await asyncio.sleep(1)
        loop = asyncio.get_running_loop()
        loop.call_later(0.1, ringing.answer)
        loop.call_later(0.1 + gap_s, calling.hang_up)
        await calling.wait_for(CallState.ENDED)
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert all(leg.cause.value in ("cancelled", "normal") for leg in record.legs)
    assert simulation.media.legs == 0
    assert simulation.legs == 0


@pytest.mark.parametrize("gap_s", MOMENTS)
async def test_an_answer_crosses_the_ring_timeout(gap_s: float) -> None:
    xml = DIALECT_XML["twilio"]
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page("/done", "<Response/>")
        simulation.set_answer(xml.dial("bob", action="/done", ring_s=5))
        alice, bob = await simulation.add_browser("alice"), await simulation.add_browser("bob")
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.ring()
        # The leg began one delay before it rang here; an answer takes one delay back.
        asyncio.get_running_loop().call_later(4.96 + gap_s, ringing.answer)
        await asyncio.sleep(6)
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        asked = await simulation.web.request("/done")
        await simulation.records.record()
    assert xml.dial_status(asked) in ("completed", "no-answer")
    assert simulation.media.legs == 0
    assert simulation.legs == 0


@pytest.mark.parametrize("gap_s", [0.0, 0.005, 0.02])
async def test_two_devices_answer_at_once_and_one_of_them_wins(
    xml: DialectXml, gap_s: float
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice = await simulation.add_browser("alice")
        laptop, mobile = await simulation.add_browser("bob"), await simulation.add_browser("bob")
        calling = alice.call("bob")
        first, second = await laptop.next_incoming(), await mobile.next_incoming()
        first.answer()
        await asyncio.sleep(gap_s)
        second.answer()
        await calling.wait_for(CallState.UP)
        await second.wait_for(CallState.ENDED)
        assert second.cause == "answered-elsewhere"
        await asyncio.sleep(1)
        assert first.state is CallState.UP
        calling.hang_up()
        await first.wait_for(CallState.ENDED)


@pytest.mark.parametrize("gap_s", [0.0, 0.005, 0.02])
async def test_two_people_answer_at_once_and_one_of_them_wins(
    xml: DialectXml, gap_s: float
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob", "carol"))
        alice = await simulation.add_browser("alice")
        bob, carol = await simulation.add_browser("bob"), await simulation.add_browser("carol")
        calling = alice.call("anyone")
        first, second = await bob.next_incoming(), await carol.next_incoming()
        first.answer()
        await asyncio.sleep(gap_s)
        second.answer()
        await second.wait_for(CallState.ENDED)
        await calling.wait_for(CallState.UP)
        calling.hang_up()
        await first.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert [leg.cause.value for leg in record.legs] == ["normal", "normal", "answered-by-other"]


@pytest.mark.parametrize("gap_s", [0.0, 0.01, 0.03])
async def test_both_hang_up_at_once(xml: DialectXml, gap_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        calling.hang_up()
        await asyncio.sleep(gap_s)
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert [leg.cause.value for leg in record.legs] == ["normal", "normal"]
    assert sum(entry.event == "leg-ended" for entry in record.journal) == 2


@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.05, 0.2, 0.5])
async def test_an_early_hang_up_leaves_no_state(xml: DialectXml, after_s: float) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice, bob = await simulation.add_browser("alice"), await simulation.add_browser("bob")
        calling = alice.call("bob")
        await asyncio.sleep(after_s)
        calling.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
        await asyncio.sleep(1)
        assert all(call.state is CallState.ENDED for call in bob.calls.values())
    assert record.legs[0].ended_by == "peer"
    assert simulation.media.legs == 0
    assert simulation.legs == 0


async def test_a_digit_that_crosses_the_end_changes_nothing(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        ringing.hang_up()
        calling.signal_digits("123")
        calling.offer("update")
        await calling.wait_for(CallState.ENDED)
        await simulation.records.record()
    assert simulation.media.legs == 0
