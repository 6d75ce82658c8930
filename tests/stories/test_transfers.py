"""Either party connects the other with a third."""

import asyncio

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.base.causes import Cause
from offhook.testing.simulated_browser import BrowserCall, CallState, SimulatedBrowser
from offhook.testing.simulation import Simulation
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking, two_people

CAROL_HZ = 1_500.0


async def carol_answers(carol: SimulatedBrowser) -> BrowserCall:
    called = await carol.next_incoming()
    called.ring()
    called.answer()
    await called.wait_connected()
    return called


def notices(call: BrowserCall) -> list[str]:
    return [frame["event"] for frame in call.frames if frame["type"] == "notice"]


def transferred(call: BrowserCall) -> str:
    """The party that the last notice named."""
    (notice,) = (f for f in call.frames if f["type"] == "notice" and f["event"] == "transferred")
    return notice["details"]["to"]


async def test_the_callee_transfers_the_caller(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml, action="/after")
        simulation.web.page("/after", "<Response/>")
        carol = await simulation.add_browser("carol", hz=CAROL_HZ)
        ringing.transfer("carol")
        called = await carol_answers(carol)
        assert called.invitation["from"] == "client:alice"
        await ringing.wait_for(CallState.ENDED)
        await asyncio.sleep(2)
        assert ringing.cause == "transferred"
        assert [f["type"] for f in ringing.frames if f["type"] in ("done", "error")] == []
        assert calling.tone_level_db(CAROL_HZ) > CLEAR_DB
        assert called.tone_level_db(ALICE_HZ) > CLEAR_DB
        assert transferred(calling) == "client:carol"
        called.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert [leg.cause for leg in record.legs][1:] == [Cause.TRANSFERRED, Cause.NORMAL]
    assert [asked.path for asked in simulation.web.requests].count("/after") == 1


async def test_the_caller_transfers_the_callee_and_leaves(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        carol = await simulation.add_browser("carol", hz=CAROL_HZ)
        calling.transfer("carol")
        called = await carol_answers(carol)
        await calling.wait_for(CallState.ENDED)
        await asyncio.sleep(2)
        assert calling.cause == "transferred"
        assert ringing.state is CallState.UP
        assert ringing.tone_level_db(CAROL_HZ) > CLEAR_DB
        assert called.tone_level_db(BOB_HZ) > CLEAR_DB
        ringing.hang_up()
        await called.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert [leg.cause for leg in record.legs] == [Cause.TRANSFERRED, Cause.NORMAL, Cause.NORMAL]


async def test_the_transferred_party_gets_music_and_then_ring_back(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        carol = await simulation.add_browser("carol", hz=CAROL_HZ)
        ringing.transfer("carol")
        called = await carol.next_incoming()
        await asyncio.sleep(1)
        assert await calling.receives_audio()
        called.ring()
        await asyncio.sleep(1)
        assert await calling.receives_audio()
        calling.hang_up()
        await called.wait_for(CallState.ENDED)
        assert called.cause == "cancelled"


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_transfer_to_an_unreachable_target_is_rejected(xml: DialectXml, who: str) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        mine, theirs = (calling, ringing) if who == "caller" else (ringing, calling)
        mine.transfer("nobody")
        await asyncio.sleep(2)
        assert mine.browser.error_codes == ["transfer-failed"]
        assert (mine.state, notices(theirs)) == (CallState.UP, [])
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        assert ringing.tone_level_db(ALICE_HZ) > CLEAR_DB
        carol = await simulation.add_browser("carol", hz=CAROL_HZ)
        mine.transfer("carol")
        await carol_answers(carol)
        await mine.wait_for(CallState.ENDED)
        theirs.hang_up()
        await theirs.wait_for(CallState.ENDED)


async def test_an_unanswered_transfer_continues_the_document(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml, action="/after")
        simulation.web.page("/after", "<Response/>")
        carol = await simulation.add_browser("carol")
        ringing.transfer("carol")
        (await carol.next_incoming()).reject("busy")
        await ringing.wait_for(CallState.ENDED)
        await calling.wait_for(CallState.ENDED)
        assert calling.cause == "document-ended"
    assert [asked.path for asked in simulation.web.requests].count("/after") == 1


async def test_a_transferred_callee_without_an_answer_is_hung_up(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        carol = await simulation.add_browser("carol")
        calling.transfer("carol")
        (await carol.next_incoming()).reject("busy")
        await calling.wait_for(CallState.ENDED)
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.legs[0].cause is Cause.TRANSFERRED


async def test_an_attended_transfer_connects_the_other_parties(xml: DialectXml) -> None:
    # At the least complexity this tone is never far above Opus's own noise.
    async with Simulation(xml.dialect(), complexity=5) as simulation:
        calling, ringing = await talking(simulation, xml)
        bob = ringing.browser
        carol = await simulation.add_browser("carol", hz=CAROL_HZ)
        ringing.offer("hold", "inactive")
        await ringing.wait_for_frame("accept")
        simulation.set_answer(xml.dial("carol"))
        second = bob.call("carol")
        called = await carol_answers(carol)
        await second.wait_for(CallState.UP)
        ringing.transfer_to(second)
        await ringing.wait_for(CallState.ENDED)
        await second.wait_for(CallState.ENDED)
        assert (ringing.cause, second.cause) == ("transferred", "transferred")
        # A decoder that enters a stream needs seconds to forget a steady tone's wrong prediction.
        await asyncio.sleep(5)
        assert calling.tone_level_db(CAROL_HZ) > CLEAR_DB
        assert called.tone_level_db(ALICE_HZ) > CLEAR_DB
        assert transferred(calling) == "client:carol"
        assert transferred(called) == "client:alice"
        assert notices(calling) == ["held", "resumed", "transferred"]
        bob_said = [frame["type"] for frame in ringing.frames]
        assert "error" not in bob_said
        calling.hang_up()
        await called.wait_for(CallState.ENDED)
        records = [await simulation.records.record(1), await simulation.records.record(2)]
    causes = {leg.cause for record in records for leg in record.legs}
    assert causes == {Cause.TRANSFERRED, Cause.NORMAL}


async def test_an_unbridged_call_cannot_be_transferred() -> None:
    # In this dialect a caller is answered before anybody else is.
    xml = DIALECT_XML["twilio"]
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob"))
        alice, bob = await two_people(simulation)
        first = alice.call("bob")
        (await bob.next_incoming()).ring()
        await first.wait_for(CallState.UP)
        await first.wait_connected()
        first.transfer("bob")
        await asyncio.sleep(0.5)
        assert alice.error_codes == ["transfer-failed"]
        assert first.state is CallState.UP
        first.hang_up()
        await first.wait_for(CallState.ENDED)
