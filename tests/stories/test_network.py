"""Networks that lose, delay, move and stop: who notices, and when."""

import asyncio

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.base.causes import Cause
from offhook.testing.simulated_browser import CallState
from offhook.testing.simulation import Network, Simulation
from scenes import BOB_HZ, CLEAR_DB, talking

GONE = Network(blocked=True)


async def test_a_call_survives_jitter_and_overtaking(xml: DialectXml) -> None:
    rough = Network(delay_ms=60, jitter_ms=30, reorder=0.05)
    async with Simulation(xml.dialect(), seed=3) as simulation:
        calling, ringing = await talking(simulation, xml, network=rough)
        await asyncio.sleep(2)
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    media = record.legs[0].media
    assert media is not None
    assert media.received.jitter_ms > 1
    assert media.received.packets > 50


async def test_a_nat_rebinding_does_not_end_the_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(1)
        simulation.rebind(ringing.browser)
        await asyncio.sleep(8)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert "path-changed" in [entry.event for entry in record.journal]


async def test_a_tab_that_is_killed_is_noticed_within_25_seconds(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(2)
        loop = asyncio.get_running_loop()
        killed = loop.time()
        ringing.browser.cut()
        simulation.set_network(ringing.browser, GONE)
        await calling.wait_for(CallState.ENDED)
        assert 15 < loop.time() - killed < 25
        record = await simulation.records.record()
    assert record.legs[1].cause is Cause.ENDPOINT_LOST


async def test_media_that_never_comes_through_ends_the_leg() -> None:
    xml = DIALECT_XML["twilio"]
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page("/done", "<Response/>")
        simulation.set_answer(xml.dial("bob", action="/done"))
        alice = await simulation.add_browser("alice")
        bob = await simulation.add_browser("bob", network=GONE)
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.answer()
        await ringing.wait_for(CallState.ENDED)
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.legs[1].cause is Cause.MEDIA_FAILED
    assert record.legs[1].media is not None


async def test_consent_that_expires_ends_the_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(2)
        loop = asyncio.get_running_loop()
        lost = loop.time()
        simulation.set_network(calling.browser, GONE)
        await ringing.wait_for(CallState.ENDED)
        # RFC 7675 §5.1: 30 s, and a moment for an ICE restart.
        assert 25 < loop.time() - lost < 35
        record = await simulation.records.record()
    assert record.cause is Cause.MEDIA_FAILED
    assert "notice" in [frame["type"] for frame in ringing.frames]


async def test_restarts_that_never_connect_do_not_keep_a_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(2)
        loop = asyncio.get_running_loop()
        lost = loop.time()
        simulation.set_network(calling.browser, GONE)
        while loop.time() < lost + 60 and calling.state is not CallState.ENDED:
            calling.offer("restart", restart=True)
            await asyncio.sleep(8)
        await ringing.wait_for(CallState.ENDED)
        assert 25 < loop.time() - lost < 50
        record = await simulation.records.record()
    assert record.cause is Cause.MEDIA_FAILED
    assert record.legs[0].cause is Cause.MEDIA_FAILED


async def test_a_short_network_gap_does_not_end_the_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(1)
        simulation.set_network(ringing.browser, GONE)
        await asyncio.sleep(10)
        simulation.set_network(ringing.browser, Network())
        await asyncio.sleep(4)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        assert [f["event"] for f in calling.frames if f["type"] == "notice"] == [
            "media-lost",
            "remote-audio",
            "media-resumed",
            "remote-audio",
        ]
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)


async def test_an_ice_restart_brings_a_call_back(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(1)
        ringing.offer("restart", restart=True)
        await ringing.wait_for_frame("accept")
        await asyncio.sleep(2)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.legs[1].cause is Cause.NORMAL


@pytest.mark.parametrize("loss", [0.02, 0.2])
async def test_handshakes_get_through_loss(loss: float) -> None:
    xml = DIALECT_XML["plivo"]
    for seed in range(5):
        async with Simulation(xml.dialect(), seed=seed) as simulation:
            calling, ringing = await talking(simulation, xml, network=Network(loss=loss))
            calling.hang_up()
            await ringing.wait_for(CallState.ENDED)
