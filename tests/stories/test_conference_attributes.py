"""What each attribute of a conference does, and what applications are notified of."""

import asyncio
from typing import Any, Final

import pytest
from dialect_xml import DialectXml
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.simulated_browser import BrowserCall, CallState, SimulatedBrowser
from offhook.testing.simulation import Simulation
from offhook.testing.sounds import wav
from offhook.testing.web import ORIGIN, Page

_FIRST_HZ: Final = {"enter": 660.0, "exit": 880.0}
_TONE_DB: Final = 3.0


def twiml(attributes: str = "") -> str:
    return f"<Dial><Conference {attributes}>room</Conference></Dial>"


def plivo(attributes: str = "") -> str:
    return f"<Conference {attributes}>room</Conference>"


async def up(simulation: Simulation, browser: SimulatedBrowser, document: str) -> BrowserCall:
    simulation.set_answer(document)
    call = browser.call("room")
    await call.wait_for(CallState.UP)
    await call.wait_connected()
    await asyncio.sleep(0.5)
    return call


async def rings_out(call: BrowserCall) -> set[str]:
    """The tones that are heard within the next second."""
    found: set[str] = set()
    for _ in range(20):
        await asyncio.sleep(0.05)
        heard = {n for n, hz in _FIRST_HZ.items() if call.tone_level_db(hz, 0.1) > _TONE_DB}
        # Both tones have both frequencies: the first one of them names it.
        found |= heard if not found else set()
    return found


async def heard_as_it_leaves(listener: BrowserCall, leaver: BrowserCall) -> set[str]:
    leaver.hang_up()
    return await rings_out(listener)


async def test_a_tone_is_played_when_a_member_leaves_and_none_when_it_enters() -> None:
    async with Simulation(Twilio()) as simulation:
        alice, bob, carol = [await simulation.add_browser(n) for n in ("alice", "bob", "carol")]
        first = await up(simulation, alice, twiml('beep="false"'))
        second = await up(simulation, bob, twiml('beep="false"'))
        simulation.set_answer(twiml('beep="onExit"'))
        third = carol.call("room")
        assert await rings_out(first) == set()
        await third.wait_connected()
        assert await heard_as_it_leaves(first, third) == {"exit"}
        first.hang_up()
        second.hang_up()


async def test_the_sounds_of_a_member_are_played_when_it_enters_and_leaves() -> None:
    async with Simulation(Plivo()) as simulation:
        alice, bob, carol = [await simulation.add_browser(n) for n in ("alice", "bob", "carol")]
        first = await up(simulation, alice, plivo())
        second = await up(simulation, bob, plivo())
        simulation.set_answer(plivo('enterSound="beep:1" exitSound="beep:2"'))
        third = carol.call("room")
        assert await rings_out(first) == {"enter"}
        await third.wait_connected()
        assert await heard_as_it_leaves(first, third) == {"exit"}
        first.hang_up()
        second.hang_up()


@pytest.mark.parametrize("name", ["twilio", "plivo"])
async def test_a_wait_document_is_heard_until_the_conference_starts(name: str) -> None:
    dialect: Any = {"twilio": Twilio, "plivo": Plivo}[name]()
    play = {"twilio": "<Play>/wait.wav</Play>", "plivo": f"<Play>{ORIGIN}/wait.wav</Play>"}[name]
    document = {
        "twilio": twiml('waitUrl="/wait" waitMethod="GET"'),
        "plivo": plivo(f'waitSound="{ORIGIN}/wait"'),
    }[name]
    async with Simulation(dialect) as simulation:
        simulation.web.page("/wait", f"<Response>{play}</Response>")
        sound = Page(body=wav(1_200, 20.0), content_type="audio/wav")
        simulation.web.page("/wait.wav", sound)
        alice, bob = [await simulation.add_browser(name) for name in ("alice", "bob")]
        first = await up(simulation, alice, document)
        await asyncio.sleep(1)
        assert first.tone_level_db(1_200.0) > 20
        second = await up(simulation, bob, document)
        assert first.tone_level_db(1_200.0) < 0
        first.hang_up()
        second.hang_up()
    method = simulation.web.requests_to("/wait")[0].method
    assert method == ("GET" if name == "twilio" else "POST")


async def test_one_more_than_there_may_be_is_not_let_in(xml: DialectXml) -> None:
    most = {"twilio": 'maxParticipants="1"', "plivo": 'maxMembers="1"'}[xml.name]
    async with Simulation(xml.dialect()) as simulation:
        alice, bob = [await simulation.add_browser(name) for name in ("alice", "bob")]
        first = await up(simulation, alice, xml.conference("room", more=most))
        simulation.set_answer(xml.conference("room", more=most))
        second = bob.call("room")
        await asyncio.sleep(2)
        assert (first.state, second.state) == (CallState.UP, CallState.ENDED)
        first.hang_up()


async def test_status_callbacks_say_what_happened_to_whom() -> None:
    requests = 'statusCallback="/status" statusCallbackMethod="GET" statusCallbackEvent="join end"'
    async with Simulation(Twilio()) as simulation:
        simulation.web.page("/status", "")
        alice, bob = [await simulation.add_browser(name) for name in ("alice", "bob")]
        first = await up(simulation, alice, twiml(f'{requests} participantLabel="desk"'))
        second = await up(simulation, bob, twiml())
        second.hang_up()
        await asyncio.sleep(0.5)
        first.hang_up()
    sent = simulation.web.requests_to("/status")
    assert {request.method for request in sent} == {"GET"}
    notified = [request.parameters for request in sent]
    assert [each["StatusCallbackEvent"] for each in notified] == [
        "participant-join",
        "participant-join",
        "conference-end",
    ]
    assert (notified[0]["ParticipantLabel"], notified[0]["CallSid"]) == ("desk", f"CA{first.id}")
    assert notified[2]["ReasonConferenceEnded"] == "last-participant-left"
    assert notified[2]["ParticipantLabelEndingConference"] == "desk"


async def test_the_last_member_goes_if_it_does_not_want_to_be_alone() -> None:
    async with Simulation(Plivo()) as simulation:
        alice, bob = [await simulation.add_browser(name) for name in ("alice", "bob")]
        first = await up(simulation, alice, plivo('stayAlone="false"'))
        second = await up(simulation, bob, plivo())
        second.hang_up()
        await asyncio.sleep(1)
        assert first.state is CallState.ENDED


async def test_a_member_leaves_after_its_time_or_with_a_key() -> None:
    async with Simulation(Plivo()) as simulation:
        alice, bob = [await simulation.add_browser(name) for name in ("alice", "bob")]
        first = await up(simulation, alice, plivo('timeLimit="5"'))
        second = await up(simulation, bob, plivo('hangupOnStar="true"'))
        await asyncio.sleep(5)
        assert (first.state, second.state) == (CallState.ENDED, CallState.UP)
        second.send_digits("*")
        await asyncio.sleep(1)
        assert second.state is CallState.ENDED


async def test_the_action_is_asked_and_its_answer_ignored_where_that_is_wanted() -> None:
    action = f'action="{ORIGIN}/after" method="GET" redirect="false" hangupOnStar="true"'
    async with Simulation(Plivo()) as simulation:
        simulation.web.page("/after", "<Response><Hangup/></Response>")
        alice = await simulation.add_browser("alice")
        call = await up(simulation, alice, plivo(action) + "<Speak>it goes on here</Speak>")
        call.send_digits("*")
        await call.wait_for(CallState.ENDED)
    (asked,) = simulation.web.requests_to("/after")
    assert (asked.method, asked.parameters["ConferenceName"]) == ("GET", "room")
    assert asked.parameters["ConferenceMemberID"] == "1"
    verbs = [entry.details.get("verb") for entry in simulation.records.records[0].journal]
    assert "speak" in verbs


async def test_a_members_own_callbacks_have_its_keys_and_its_speech() -> None:
    own = f'callbackUrl="{ORIGIN}/own" callbackMethod="GET" digitsMatch="12" floorEvent="true"'
    async with Simulation(Plivo()) as simulation:
        simulation.web.page("/own", "")
        alice = await simulation.add_browser("alice", hz=440.0, syllables=True)
        bob = await simulation.add_browser("bob")
        first = await up(simulation, alice, plivo(own))
        second = await up(simulation, bob, plivo())
        await asyncio.sleep(1)
        first.send_digits("12")
        await asyncio.sleep(2)
        first.hang_up()
        await asyncio.sleep(0.5)
        second.hang_up()
    sent = simulation.web.requests_to("/own")
    assert {request.method for request in sent} == {"GET"}
    actions = [request.parameters["ConferenceAction"] for request in sent]
    assert (actions[0], actions[-1]) == ("enter", "exit")
    assert {"floor", "digits"} < set(actions)
    digits = [r for r in sent if r.parameters["ConferenceAction"] == "digits"]
    keys = [request.parameters["ConferenceDigitsMatch"] for request in digits]
    assert keys == ["12"]
