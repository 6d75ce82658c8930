"""Two people talk: what they hear, what they press, and who ends it."""

import asyncio

import pytest
from dialect_xml import DIALECT_XML, DialectXml
from offhook.base.causes import Cause
from offhook.testing.simulated_browser import CallState
from offhook.testing.simulation import Network, Simulation
from offhook.testing.sounds import wav
from offhook.testing.web import Page
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking, two_people


async def test_both_voices_arrive_within_a_second(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(1)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        assert ringing.tone_level_db(ALICE_HZ) > CLEAR_DB
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    media = record.legs[0].media
    assert media is not None
    assert media.codec == "opus/48000/2"
    assert media.received.packets > 40
    assert media.received.lost == 0


async def test_early_media_uses_the_callers_preferred_codec(
    xml: DialectXml,
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        more = 'answerOnBridge="true"' if xml.name == "twilio" else ""
        simulation.set_answer(xml.dial("bob", more=more))
        alice, bob = await two_people(simulation)
        alice.preferred_codecs = ("PCMU", "opus")
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.answer()
        await calling.wait_for(CallState.UP)
        await asyncio.sleep(1)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    codecs = [leg.media.codec for leg in record.legs if leg.media is not None]
    assert codecs == ["PCMU/8000", "PCMU/8000"]


async def test_voices_survive_a_tenth_of_the_packets_lost(xml: DialectXml) -> None:
    bad = Network(loss=0.1, delay_ms=40, jitter_ms=10)
    async with Simulation(xml.dialect(), seed=7, complexity=5) as simulation:
        calling, ringing = await talking(simulation, xml, network=bad)
        await asyncio.sleep(3)
        # Gaps are bridged, not filled: the voice is most of what is heard, and no other voice is.
        assert calling.tone_level_db(BOB_HZ) > 0
        assert calling.tone_level_db(BOB_HZ) > calling.tone_level_db(ALICE_HZ) + 10
        assert ringing.tone_level_db(ALICE_HZ) > 0
        assert ringing.tone_level_db(ALICE_HZ) > ringing.tone_level_db(BOB_HZ) + 10
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    media = record.legs[0].media
    assert media is not None
    assert 0.03 < media.received.lost / media.received.packets < 0.25


async def test_the_caller_gets_ring_back_and_then_the_callee(xml: DialectXml) -> None:
    more = 'answerOnBridge="true"' if xml.name == "twilio" else ""
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.dial("bob", more=more))
        alice, bob = await two_people(simulation)
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        assert calling.state is CallState.TRYING
        ringing.ring()
        await calling.wait_for(CallState.RINGING)
        assert calling.early
        await asyncio.sleep(1)
        assert calling.tone_level_db(440) > -4  # half of 440 and 480 Hz together
        assert calling.tone_level_db(480) > -4
        ringing.answer()
        await calling.wait_for(CallState.UP)
        await asyncio.sleep(0.5)
        assert (
            calling.tone_level_db(BOB_HZ) > 0
        )  # an Opus encoder needs a second to get a tone pure
        assert calling.tone_level_db(480) < -10
        await asyncio.sleep(1)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)


async def test_speech_and_files_are_played(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page("/tone.wav", Page(body=wav(700.0, 1.5), content_type="audio/wav"))
        simulation.set_answer(xml.say("a sentence of thirty letters !") + xml.play("/tone.wav"))
        alice = await simulation.add_browser("alice")
        calling = alice.call("anybody")
        await calling.wait_connected()
        await asyncio.sleep(1)
        assert calling.tone_level_db(300.0) > CLEAR_DB
        await asyncio.sleep(1.5)
        assert calling.tone_level_db(700.0) > CLEAR_DB
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.answered_s == pytest.approx(3.3, abs=0.3)


async def test_the_next_verb_runs_after_the_callee_hangs_up(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(
            simulation, xml, then=xml.say("are you still there, dear?")
        )
        await asyncio.sleep(0.5)
        ringing.hang_up()
        await asyncio.sleep(1)
        assert calling.tone_level_db(300.0) > CLEAR_DB
        await calling.wait_for(CallState.ENDED)
        assert calling.cause == "document-ended"


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_hang_up_of_either_party_is_sent_to_the_other(xml: DialectXml, who: str) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.web.page("/done", "<Response/>")
        calling, ringing = await talking(simulation, xml, action="/done")
        await asyncio.sleep(2)
        (calling if who == "caller" else ringing).hang_up()
        await calling.wait_for(CallState.ENDED)
        await ringing.wait_for(CallState.ENDED)
        asked = await simulation.web.request("/done")
        record = await simulation.records.record()
    assert xml.dial_status(asked) == "completed"
    assert record.legs[1].cause is Cause.NORMAL
    assert record.legs[0].ended_by == ("peer" if who == "caller" else "server")
    assert simulation.media.legs == 0


async def test_dtmf_in_media_and_signalling_reach_the_other_party(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(0.5)
        calling.send_digits("12#")
        await asyncio.sleep(1.5)
        assert ringing.digits == "12#"
        assert [frame["digit"] for frame in ringing.frames if frame["type"] == "digit"] == [
            "1",
            "2",
            "#",
        ]
        ringing.signal_digits("3")
        await asyncio.sleep(1)
        assert calling.digits == "3"
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    pressed = [
        entry.details["pii_digit"] for entry in record.journal if entry.event == "digit-received"
    ]
    assert pressed == ["1", "2", "#", "3"]


async def test_hang_up_on_star_ends_the_callees_leg(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(
            simulation, xml, then=xml.pause(1), more='hangupOnStar="true"'
        )
        await asyncio.sleep(0.5)
        calling.send_digits("*")
        await ringing.wait_for(CallState.ENDED)
        assert calling.state is CallState.UP
        await calling.wait_for(CallState.ENDED)


async def test_the_time_limit_ends_a_bridged_call(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml, more='timeLimit="5"')
        await ringing.wait_for(CallState.ENDED)
        assert ringing.cause == "time-limit"
        await calling.wait_for(CallState.ENDED)
        record = await simulation.records.record()
    assert record.answered_s == pytest.approx(5, abs=0.5)


async def test_a_call_on_hold_is_silent_plays_music_and_comes_back(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        await asyncio.sleep(1)
        calling.offer("hold", "inactive")
        await calling.wait_for_frame("accept")
        await asyncio.sleep(1)
        assert not await calling.receives_audio()
        assert ringing.tone_level_db(ALICE_HZ) < CLEAR_DB
        assert await ringing.receives_audio()
        assert [frame["event"] for frame in ringing.frames if frame["type"] == "notice"][:1] == [
            "held"
        ]
        calling.offer("resume")
        await asyncio.sleep(1.5)
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        assert ringing.tone_level_db(ALICE_HZ) > CLEAR_DB
        ringing.hang_up()
        await calling.wait_for(CallState.ENDED)


async def test_send_digits_are_sent_before_the_bridge() -> None:
    xml = DIALECT_XML["plivo"]
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer('<Dial><User sendDigits="42">bob</User></Dial>')
        alice, bob = await two_people(simulation)
        calling = alice.call("bob")
        ringing = await bob.next_incoming()
        ringing.answer()
        await calling.wait_for(CallState.UP)
        await asyncio.sleep(1)
        assert ringing.digits == "42"
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)


async def test_a_message_reaches_the_other_page(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        calling, ringing = await talking(simulation, xml)
        calling.browser.send(
            "message", call=calling.name, id="1", content_type="text/plain", body="hello"
        )
        frame = await ringing.wait_for_frame("message")
        assert (frame["content_type"], frame["body"]) == ("text/plain", "hello")
        calling.hang_up()
        await ringing.wait_for(CallState.ENDED)
