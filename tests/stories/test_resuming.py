"""Sockets that break: the sound goes on, and pages that come back find their calls."""

import asyncio

import pytest
from dialect_xml import DialectXml
from offhook.base.causes import Cause
from offhook.testing.simulated_browser import CallState
from offhook.testing.simulation import Simulation
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking, two_people


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_twenty_seconds_without_a_socket_cost_no_frame_of_sound(
    xml: DialectXml, who: str
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(1)
        cut = calling if who == "caller" else ringing
        cut.browser.cut()
        await asyncio.sleep(20)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        assert ringing.tone_level_db(ALICE_HZ) > CLEAR_DB
        cut.browser.connect()
        await asyncio.sleep(1)
        cut.hang_up()
        await calling.wait_for(CallState.ENDED)
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    for leg in record.legs:
        assert leg.media is not None
        assert leg.media.received.lost == 0
        assert leg.media.received.packets == pytest.approx(22.2 * 50, abs=30)
    events = [entry.event for entry in record.journal]
    assert events.index("link-lost") < events.index("link-resumed")


async def test_a_page_that_does_not_come_back_in_time_has_lost_its_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        loop = asyncio.get_running_loop()
        cut = loop.time()
        ringing.browser.cut()
        await calling.wait_for(CallState.ENDED)
        # Its sound went on: only the link's own patience, a minute, counts.
        assert loop.time() - cut == pytest.approx(60, abs=6)
        record = await simulation.records.record()
    assert record.legs[1].cause is Cause.ENDPOINT_LOST


async def test_missed_frames_are_sent_on_return(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        calling.browser.cut()
        await asyncio.sleep(5)
        ringing.hang_up()
        await asyncio.sleep(5)
        assert calling.state is CallState.UP
        calling.browser.connect()
        await calling.wait_for(CallState.ENDED)
    assert calling.cause == "document-ended"


async def test_a_caller_whose_socket_breaks_while_it_rings_is_answered_on_return(
    xml: DialectXml,
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob", ring_s=60))
        alice, bob = await two_people(simulation)
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.ring()
        await asyncio.sleep(1)
        alice.cut()
        await asyncio.sleep(3)
        ringing.answer()
        await asyncio.sleep(3)
        alice.connect()
        await calling.wait_for(CallState.UP)
        await asyncio.sleep(1)
        assert ringing.tone_level_db(ALICE_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)


async def test_a_callee_whose_socket_breaks_while_it_rings_may_still_answer(
    xml: DialectXml,
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob", ring_s=60))
        alice, bob = await two_people(simulation)
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.ring()
        await asyncio.sleep(0.5)
        bob.cut()
        await asyncio.sleep(2)
        bob.connect()
        await asyncio.sleep(0.5)
        ringing.answer()
        await calling.wait_for(CallState.UP)
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)


async def test_a_socket_that_breaks_again_and_again(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        for pause in (0.01, 0.5, 3, 0.03, 10):
            calling.browser.cut()
            ringing.signal_digits("7")
            await asyncio.sleep(pause)
            calling.browser.connect()
            await asyncio.sleep(0.2)
        digits = [frame["digit"] for frame in calling.frames if frame["type"] == "digit"]
        assert digits == ["7"] * 5
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)
