"""A page is reloaded in the middle of a call, and the call goes on in the next one."""

import asyncio

import pytest
from dialect_xml import DialectXml
from offhook.base.causes import Cause
from offhook.testing.simulated_browser import CallState
from offhook.testing.simulation import Simulation
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking, two_people


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_call_continues_in_the_reloaded_page(xml: DialectXml, who: str) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        mine, theirs = (calling, ringing) if who == "caller" else (ringing, calling)
        await asyncio.sleep(2)
        await mine.browser.reload()
        again = mine.reattached
        assert again is not None
        await again.wait_connected()
        await asyncio.sleep(2)
        assert again.invitation["duration_s"] == pytest.approx(2.6, abs=0.5)
        assert again.tone_level_db(BOB_HZ if who == "caller" else ALICE_HZ) > CLEAR_DB
        assert theirs.tone_level_db(ALICE_HZ if who == "caller" else BOB_HZ) > CLEAR_DB
        again.hang_up()
        await theirs.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.legs[1].cause is Cause.NORMAL
    assert "page-reattached" in [entry.event for entry in record.journal]


async def test_the_key_of_the_link_is_enough_for_the_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        calling.browser.signs_in_on_reload = False
        for _ in range(2):
            await calling.browser.reload()
            assert calling.reattached is not None
            calling = calling.reattached
            await calling.wait_connected()
        calling.browser.cut()
        await asyncio.sleep(0.5)
        calling.browser.connect()
        await asyncio.sleep(2)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        assert ringing.tone_level_db(ALICE_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)


async def test_a_page_that_does_not_return_in_20_seconds_loses_its_call(
    xml: DialectXml,
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        left = asyncio.get_running_loop().time()
        calling.browser.send("unload")
        await asyncio.sleep(0.1)
        calling.browser.cut()
        calling.browser.engine.close(calling.leg)
        await ringing.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() - left == pytest.approx(20, abs=1)
        record = await simulation.records.record()
    assert record.cause is Cause.ENDPOINT_LOST


async def test_a_call_that_rings_rings_again_in_the_next_page(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice, bob = await two_people(simulation)
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.ring()
        await bob.reload()
        again = await bob.next_incoming()
        again.answer()
        await calling.wait_for(CallState.UP)
        await again.wait_connected()
        await asyncio.sleep(2)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        calling.hang_up()
        await again.wait_for(CallState.ENDED)


async def test_hold_music_continues_after_a_reload(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        ringing.offer("hold", "inactive")
        await ringing.wait_for_frame("accept")
        await calling.browser.reload()
        again = calling.reattached
        assert again is not None
        await again.wait_connected()
        await asyncio.sleep(2)
        assert again.invitation["held_by_peer"]
        assert await again.receives_audio()
        again.hang_up()
        await ringing.wait_for(CallState.ENDED)
