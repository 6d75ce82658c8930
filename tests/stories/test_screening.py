"""The party that is dialled hears something of its own, and may refuse, before the two are bridged."""

import asyncio
from typing import Final

import pytest
from dialect_xml import DIALECT_XML
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.simulation import Simulation
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page
from plivo import plivoxml
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, two_people
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

_GATHER: Final = VoiceResponse()
_MENU: Final = Gather(num_digits=1, action="/taken", timeout=4)
_MENU.say("press any key to take the call")
_GATHER.append(_MENU)
_GATHER.hangup()


def twiml(**noun: str) -> str:
    response = VoiceResponse()
    dial = Dial(action="/after", timeout=20)
    dial.client("bob", **noun)
    response.append(dial)
    return str(response)


def plivo_xml(**attributes: object) -> str:
    response = plivoxml.ResponseElement()
    dial = plivoxml.DialElement(action=f"{ORIGIN}/after", **attributes)
    dial.add(plivoxml.UserElement("sip:bob@phone.plivo.com"))
    response.add(dial)
    return response.to_string()


DOCUMENTS: Final = {
    "twilio": twiml(url="/screen"),
    "plivo": plivo_xml(confirm_sound=f"{ORIGIN}/screen", confirm_key="1", confirm_timeout=4),
}
SCREENS: Final = {
    "twilio": str(_GATHER),
    "plivo": "<Response><Speak>press any key to take the call</Speak></Response>",
}


def harness(dialect: str) -> UnitHarness:
    made = UnitHarness({"twilio": Twilio(), "plivo": Plivo()})
    made.web.page("/answer", DOCUMENTS[dialect])
    made.web.page("/screen", SCREENS[dialect])
    made.web.page("/taken", "<Response/>")
    made.web.page("/after", "<Response/>")
    made.signal.register("bob")
    return made


async def ringing(made: UnitHarness, dialect: str) -> tuple[FakeLeg, FakeLeg]:
    """Bob has answered, and listens to what he is asked."""
    alice = made.call(dialect=dialect)
    bob = await made.signal.next_invite("bob")
    bob.ring()
    await asyncio.sleep(1.0)
    bob.answer()
    await asyncio.sleep(1.0)
    return alice, bob


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_the_party_takes_the_call_by_a_key(dialect: str) -> None:
    async with harness(dialect) as made:
        alice, bob = await ringing(made, dialect)
        assert made.media.source_of(bob.leg) is not None
        assert made.media.source_of(alice.leg) is not None, "the ring-back goes on"
        assert not [line for line in made.media.log if line.startswith("bridge")]
        bob.send_digits("1", signalled=True)
        assert await made.media.wait_bridged(alice.leg) == bob.leg
        assert made.media.source_of(alice.leg) == bob.leg
        await asyncio.sleep(5.0)
        bob.end()
        await alice.wait_for(CallState.ENDED)
    (asked,) = made.web.requests_to("/after")
    status = "DialCallStatus" if dialect == "twilio" else "DialStatus"
    assert asked.parameters[status] == "completed"


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_party_that_does_not_press_is_not_bridged(dialect: str) -> None:
    async with harness(dialect) as made:
        alice, bob = await ringing(made, dialect)
        await bob.wait_for(CallState.ENDED)
        await alice.wait_for(CallState.ENDED)
        record = await made.records.record()
    (asked,) = made.web.requests_to("/after")
    if dialect == "twilio":
        assert asked.parameters["DialBridged"] == "false"
    assert not [line for line in made.media.log if line.startswith("bridge")]
    assert record.legs[1].ended_by == "server"


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_party_that_hangs_up_meanwhile_is_not_bridged(dialect: str) -> None:
    async with harness(dialect) as made:
        alice, bob = await ringing(made, dialect)
        bob.end()
        await alice.wait_for(CallState.ENDED)
    assert len(made.web.requests_to("/after")) == 1
    assert not [line for line in made.media.log if line.startswith("bridge")]


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_caller_who_hangs_up_meanwhile_ends_both(dialect: str) -> None:
    async with harness(dialect) as made:
        alice, bob = await ringing(made, dialect)
        alice.end()
        await bob.wait_for(CallState.ENDED)
        await made.records.record()
    assert not [line for line in made.media.log if line.startswith("bridge")]


async def test_the_document_is_about_the_call_of_the_party() -> None:
    async with harness("twilio") as made:
        made.web.page("/answer", twiml(url="/screen?desk=7", method="GET"))
        alice, bob = await ringing(made, "twilio")
        bob.send_digits("5")
        await made.media.wait_bridged(alice.leg)
        alice.end()
        await bob.wait_for(CallState.ENDED)
    (asked,) = made.web.requests_to("/screen")
    assert asked.method == "GET"
    assert asked.parameters["desk"] == "7"
    assert asked.parameters["CallSid"] == f"CA{bob.leg}"
    assert asked.parameters["ParentCallSid"] == f"CA{alice.leg}"
    assert asked.parameters["Direction"] == "outbound-dial"
    assert asked.parameters["CallStatus"] == "in-progress"
    assert (asked.parameters["From"], asked.parameters["To"]) == ("client:alice", "client:bob")
    (pressed,) = made.web.requests_to("/taken")
    assert (pressed.parameters["Digits"], pressed.parameters["CallSid"]) == ("5", f"CA{bob.leg}")


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_a_document_that_cannot_be_had_keeps_nobody_from_talking(dialect: str) -> None:
    async with harness(dialect) as made:
        made.web.page("/screen", Page(body="", status=500))
        alice, bob = await ringing(made, dialect)
        if dialect == "plivo":
            # The key is wanted all the same.
            bob.send_digits("1")
        assert await made.media.wait_bridged(alice.leg) == bob.leg
        alice.end()
        await bob.wait_for(CallState.ENDED)
        await made.records.record()
    assert "inner-document-failed" in made.journal()


async def test_a_dial_in_the_document_is_passed_over_with_the_vendors_code() -> None:
    async with harness("twilio") as made:
        made.web.page("/screen", "<Response><Dial>123</Dial><Say>hello</Say></Response>")
        alice, bob = await ringing(made, "twilio")
        assert await made.media.wait_bridged(alice.leg) == bob.leg
        alice.end()
        await bob.wait_for(CallState.ENDED)
        record = await made.records.record()
    codes = [e.details["code"] for e in record.journal if e.event == "document-warning"]
    assert codes == ["13201"]


@pytest.mark.parametrize("dialect", DIALECT_XML)
async def test_only_the_party_hears_what_it_is_asked(dialect: str) -> None:
    screen = {
        "twilio": "<Response><Play>/tone.wav</Play></Response>",
        "plivo": f"<Response><Play>{ORIGIN}/tone.wav</Play></Response>",
    }
    xml = DIALECT_XML[dialect]
    async with Simulation(xml.dialect()) as simulation:
        tone = Page(body=wav(700.0, 3.0), content_type="audio/wav")
        simulation.web.page("/tone.wav", tone)
        simulation.web.page("/screen", screen[dialect])
        simulation.web.page("/answer", DOCUMENTS[dialect])
        simulation.web.page("/after", "<Response/>")
        alice, bob = await two_people(simulation)
        calling = alice.call("bob")
        ringing_at_bob = await bob.next_incoming()
        ringing_at_bob.ring()
        await asyncio.sleep(0.5)
        ringing_at_bob.answer()
        await ringing_at_bob.wait_connected()
        await asyncio.sleep(1.5)
        assert ringing_at_bob.tone_level_db(700.0) > CLEAR_DB
        assert calling.tone_level_db(700.0) < 0
        assert calling.tone_level_db(BOB_HZ) < 0
        if dialect == "plivo":
            ringing_at_bob.send_digits("1")
        await asyncio.sleep(3.5)
        assert ringing_at_bob.tone_level_db(ALICE_HZ) > CLEAR_DB
        assert calling.tone_level_db(BOB_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing_at_bob.wait_for(type(calling.state).ENDED)
