"""Conferences: who hears whom, when they start and end, and what applications are notified of."""

import asyncio
from collections.abc import Sequence
from typing import Final

from dialect_xml import DialectXml
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.simulated_browser import BrowserCall, CallState, SimulatedBrowser
from offhook.testing.simulation import Simulation

TONES: Final = {"alice": 440.0, "bob": 1_000.0, "carol": 1_700.0, "dave": 2_300.0}
_HEARD_DB: Final = -12.0
"""A tone among two others has a third of the power, and one that is not heard none."""


_NOT_HEARD_DB: Final = -25.0


async def people(simulation: Simulation, *names: str) -> Sequence[SimulatedBrowser]:
    """People whose tones come and go in syllables, as speech does."""
    return [await simulation.add_browser(name, hz=TONES[name], syllables=True) for name in names]


async def up(browser: SimulatedBrowser, to: str = "room") -> BrowserCall:
    """A call that was answered and has media."""
    call = browser.call(to)
    await call.wait_for(CallState.UP)
    await call.wait_connected()
    return call


def heard(call: BrowserCall) -> set[str]:
    """Whose tones a person has heard in the last second."""
    return {name for name, hz in TONES.items() if call.tone_level_db(hz, 1.0) > _HEARD_DB}


async def test_each_of_three_hears_the_others_and_not_himself(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        simulation.set_answer(xml.conference("room"))
        calls = [await up(each) for each in await people(simulation, "alice", "bob", "carol")]
        await asyncio.sleep(3)
        assert [heard(call) for call in calls] == [
            {"bob", "carol"},
            {"alice", "carol"},
            {"alice", "bob"},
        ]
        for call in calls:
            call.hang_up()
        for call in calls:
            await call.wait_for(CallState.ENDED)
    assert len(simulation.dispatcher.conferences) == 0


async def test_one_hears_music_until_the_conference_starts_and_then_the_other(
    xml: DialectXml,
) -> None:
    async with Simulation(xml.dialect()) as simulation:
        waits = 'startConferenceOnEnter="false"'
        simulation.set_answer(xml.conference("room", more=waits))
        alice, bob, carol = await people(simulation, "alice", "bob", "carol")
        first = await up(alice)
        second = await up(bob)
        await asyncio.sleep(2)
        assert heard(first) == set()
        assert await first.receives_audio() is (xml.name == "twilio")
        simulation.set_answer(xml.conference("room"))
        third = await up(carol)
        await asyncio.sleep(2)
        assert heard(first) == {"bob", "carol"}
        for call in (first, second, third):
            call.hang_up()


async def test_a_muted_member_hears_and_is_not_heard(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        alice, bob, carol = await people(simulation, "alice", "bob", "carol")
        simulation.set_answer(xml.conference("room"))
        calls = [await up(alice), await up(bob)]
        simulation.set_answer(xml.conference("room", more='muted="true"'))
        calls.append(await up(carol))
        await asyncio.sleep(2)
        assert [heard(call) for call in calls] == [{"bob"}, {"alice"}, {"alice", "bob"}]
        for call in calls:
            call.hang_up()


async def test_only_the_coached_member_hears_the_coach_from_the_first_packet_on() -> None:
    async with Simulation(Twilio()) as simulation:
        alice, bob, carol = await people(simulation, "alice", "bob", "carol")
        simulation.set_answer("<Dial><Conference>room</Conference></Dial>")
        agent, customer = await up(alice), await up(bob)
        coach = f'<Dial><Conference coach="CA{agent.id}">room</Conference></Dial>'
        simulation.set_answer(coach)
        coaching = carol.call("room")
        for _ in range(30):
            await asyncio.sleep(0.1)
            assert customer.tone_level_db(TONES["carol"], 0.2) < _NOT_HEARD_DB
        assert heard(agent) == {"bob", "carol"}
        assert heard(customer) == {"alice"}
        assert heard(coaching) == {"alice", "bob"}
        for call in (agent, customer, coaching):
            call.hang_up()


async def test_when_the_moderators_network_dies_it_is_over_for_all(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        alice, bob, carol = await people(simulation, "alice", "bob", "carol")
        simulation.set_answer(xml.conference("room") + xml.say("it is over"))
        others = [await up(alice), await up(bob)]
        simulation.set_answer(xml.conference("room", more='endConferenceOnExit="true"'))
        await up(carol)
        carol.cut()
        for call in others:
            await call.wait_for(CallState.ENDED)
    spoken = [
        record.caller
        for record in simulation.records.records
        if any(entry.details.get("verb") == "speak" for entry in record.journal)
    ]
    assert sorted(spoken) == ["client:alice", "client:bob"]


async def test_a_reloaded_page_is_in_its_conference_again(xml: DialectXml) -> None:
    async with Simulation(xml.dialect()) as simulation:
        alice, bob = await people(simulation, "alice", "bob")
        simulation.set_answer(xml.conference("room"))
        first, second = await up(alice), await up(bob)
        await asyncio.sleep(2)
        await alice.reload()
        again = first.reattached
        assert again is not None
        await again.wait_connected()
        await asyncio.sleep(2)
        assert (heard(again), heard(second)) == ({"bob"}, {"alice"})
        again.hang_up()
        second.hang_up()


async def test_applications_are_told_who_speaks() -> None:
    async with Simulation(Twilio()) as simulation:
        simulation.web.page("/status", "")
        attributes = 'statusCallback="/status" statusCallbackEvent="speaker"'
        simulation.set_answer(f"<Dial><Conference {attributes}>room</Conference></Dial>")
        (alice,) = await people(simulation, "alice")
        bob = await simulation.add_browser("bob")
        first, second = await up(alice), await up(bob)
        await asyncio.sleep(2)
        first.hang_up()
        second.hang_up()
    sent = [request.parameters for request in simulation.web.requests_to("/status")]
    assert [(each["StatusCallbackEvent"], each["CallSid"]) for each in sent[:1]] == [
        ("participant-speech-start", f"CA{first.id}")
    ]
    assert all(each["CallSid"] == f"CA{first.id}" for each in sent)
