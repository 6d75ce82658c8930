"""Multi-party calls: roles, coaching, hold, when they start and end, and what applications are told."""

import asyncio
from typing import Any, Final

from offhook.base.conference_control import CoachMember, EndConference, HoldMember, MuteMember
from offhook.base.conferences import ConferenceKind, SoundDocument
from offhook.dialects.plivo.dialect import Plivo
from offhook.testing.memory import ACCOUNT
from offhook.testing.simulated_browser import BrowserCall, CallState, SimulatedBrowser
from offhook.testing.simulation import Simulation
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page
from plivo import plivoxml

TONES: Final = {"agent": 440.0, "customer": 1_000.0, "supervisor": 1_700.0, "second": 2_300.0}
MUSIC_HZ: Final = 3_100.0
_HEARD_DB: Final = -12.0
_NOT_HEARD_DB: Final = -25.0
_LOUD_DB: Final = 15.0


def mpc(role: str, **options: Any) -> str:
    """A document of the vendor's library, without its root."""
    document = plivoxml.ResponseElement()
    document.add(plivoxml.MultiPartyCallElement("desk", role=role, **options))
    text: str = document.to_string().strip()
    return text.removeprefix("<Response>").removesuffix("</Response>").strip()


async def people(simulation: Simulation, *names: str) -> list[SimulatedBrowser]:
    return [await simulation.add_browser(name, hz=TONES[name], syllables=True) for name in names]


async def joins(
    simulation: Simulation, browser: SimulatedBrowser, role: str, then: str = "", **options: Any
) -> BrowserCall:
    simulation.set_answer(mpc(role, **options) + then)
    call = browser.call("desk")
    await call.wait_for(CallState.UP)
    await call.wait_connected()
    await asyncio.sleep(0.5)
    return call


def heard(call: BrowserCall) -> set[str]:
    """Whose tones a person has heard in the last second."""
    return {name for name, hz in TONES.items() if call.tone_level_db(hz, 1.0) > _HEARD_DB}


def music(simulation: Simulation, path: str, seconds: float = 3.0) -> str:
    """The URL of a document that plays a tone once."""
    simulation.web.page(f"{path}.wav", Page(body=wav(MUSIC_HZ, seconds), content_type="audio/wav"))
    play = f"<Response><Play>{ORIGIN}{path}.wav</Play></Response>"
    return simulation.web.page(path, play)


async def end(*calls: BrowserCall) -> None:
    for call in calls:
        call.hang_up()
    for call in calls:
        await call.wait_for(CallState.ENDED)


async def test_agents_and_no_customers_hear_a_supervisor_who_coaches() -> None:
    async with Simulation(Plivo()) as simulation:
        agent, customer, supervisor, second = await people(
            simulation, "agent", "customer", "supervisor", "second"
        )
        calls = [
            await joins(simulation, agent, "agent"),
            await joins(simulation, customer, "customer"),
        ]
        simulation.set_answer(mpc("supervisor"))
        coaching = supervisor.call("desk")
        for _ in range(20):
            await asyncio.sleep(0.1)
            assert calls[1].tone_level_db(TONES["supervisor"], 0.2) < _NOT_HEARD_DB
        calls += [coaching, await joins(simulation, second, "agent")]
        await asyncio.sleep(2)
        assert [heard(call) for call in calls] == [
            {"customer", "supervisor", "second"},
            {"agent", "second"},
            {"agent", "customer", "second"},
            {"agent", "customer", "supervisor"},
        ]
        await end(*calls)


async def test_without_coach_mode_a_supervisor_is_heard_by_all() -> None:
    async with Simulation(Plivo()) as simulation:
        agent, customer, supervisor = await people(simulation, "agent", "customer", "supervisor")
        calls = [
            await joins(simulation, agent, "agent"),
            await joins(simulation, customer, "customer"),
            await joins(simulation, supervisor, "supervisor", coach_mode=False),
        ]
        await asyncio.sleep(2)
        assert heard(calls[1]) == {"agent", "supervisor"}
        await end(*calls)


async def test_a_supervisor_whose_agents_have_left_is_not_heard() -> None:
    async with Simulation(Plivo()) as simulation:
        agent, customer, supervisor = await people(simulation, "agent", "customer", "supervisor")
        first = await joins(simulation, agent, "agent")
        calls = [
            await joins(simulation, customer, "customer", stay_alone=True),
            await joins(simulation, supervisor, "supervisor", stay_alone=True),
        ]
        await end(first)
        await asyncio.sleep(2)
        assert [heard(call) for call in calls] == [set(), {"customer"}]
        await end(*calls)


async def test_members_wait_with_music_until_one_that_starts_the_call_enters() -> None:
    async with Simulation(Plivo()) as simulation:
        url = music(simulation, "/wait")
        agent, customer = await people(simulation, "agent", "customer")
        waits: dict[str, Any] = {
            "start_mpc_on_enter": False,
            "wait_music_url": url,
            "wait_music_method": "POST",
        }
        first = await joins(simulation, customer, "customer", **waits)
        await asyncio.sleep(5)
        # It is played again and again.
        assert first.tone_level_db(MUSIC_HZ, 0.5) > _LOUD_DB
        second = await joins(simulation, agent, "agent")
        await asyncio.sleep(2)
        assert first.tone_level_db(MUSIC_HZ, 1.0) < 0
        assert (heard(first), heard(second)) == ({"agent"}, {"customer"})
        await end(first, second)
    assert {request.method for request in simulation.web.requests_to("/wait")} == {"POST"}


async def test_one_who_waits_for_too_long_leaves() -> None:
    async with Simulation(Plivo()) as simulation:
        (customer,) = await people(simulation, "customer")
        call = await joins(simulation, customer, "customer", start_mpc_on_enter=False, wait_time=5)
        await asyncio.sleep(3)
        assert call.state is CallState.UP
        await asyncio.sleep(3)
        assert call.state is CallState.ENDED


async def test_it_ends_when_a_member_that_ends_it_leaves() -> None:
    async with Simulation(Plivo()) as simulation:
        agent, customer, second = await people(simulation, "agent", "customer", "second")
        moderator = await joins(simulation, agent, "agent", end_mpc_on_exit=True)
        others = [
            await joins(simulation, customer, "customer", stay_alone=True),
            await joins(simulation, second, "customer", stay_alone=True),
        ]
        await end(moderator)
        await asyncio.sleep(0.5)
        assert [call.state for call in others] == [CallState.ENDED, CallState.ENDED]


async def test_the_last_member_leaves_unless_it_may_stay_alone() -> None:
    async with Simulation(Plivo()) as simulation:
        agent, customer = await people(simulation, "agent", "customer")
        for stays, state in ((False, CallState.ENDED), (True, CallState.UP)):
            first = await joins(simulation, agent, "agent")
            second = await joins(simulation, customer, "customer", stay_alone=stays)
            await end(first)
            await asyncio.sleep(0.5)
            assert second.state is state
            if state is CallState.UP:
                await end(second)


async def test_one_more_than_there_may_be_goes_on_with_its_document() -> None:
    async with Simulation(Plivo()) as simulation:
        agent, customer, second = await people(simulation, "agent", "customer", "second")
        calls = [
            await joins(simulation, agent, "agent", max_participants=2),
            await joins(simulation, customer, "customer", max_participants=2),
        ]
        third = await joins(
            simulation, second, "customer", "<Speak>it is full</Speak>", max_participants=2
        )
        await third.wait_for(CallState.ENDED)
        assert all(call.state is CallState.UP for call in calls)
        await end(*calls)


async def test_it_ends_after_its_longest_duration() -> None:
    async with UnitHarness({"plivo": Plivo()}) as harness:
        harness.web.page("/status", "")
        harness.set_answer(mpc("agent", max_duration=300, status_callback_url=f"{ORIGIN}/status"))
        calls = [harness.call("desk"), harness.call("desk")]
        await asyncio.sleep(298)
        assert [str(call.state) for call in calls] == ["up", "up"]
        await asyncio.sleep(4)
        assert [str(call.state) for call in calls] == ["ended", "ended"]
    last = harness.web.requests_to("/status")[-1].parameters
    assert (last["EventName"], last["MPCDuration"]) == ("MPCEnd", "300")
    assert (last["MPCBilledDuration"], last["MPCBilledAmount"]) == ("0", "0.00000")


async def test_a_member_begins_muted_or_on_hold_with_the_music_of_its_role() -> None:
    async with Simulation(Plivo()) as simulation:
        url = music(simulation, "/hold", 2.0)
        agent, customer, second = await people(simulation, "agent", "customer", "second")
        first = await joins(simulation, agent, "agent", mute=True)
        held = await joins(
            simulation,
            customer,
            "customer",
            hold=True,
            customer_hold_music_url=url,
            customer_hold_music_method="POST",
        )
        others = await joins(simulation, second, "customer")
        await asyncio.sleep(6)
        assert (heard(first), heard(others)) == ({"second"}, set())
        assert held.tone_level_db(MUSIC_HZ, 0.5) > _LOUD_DB
        assert heard(held) == set()
        await end(first, held, others)
    assert {request.method for request in simulation.web.requests_to("/hold")} == {"POST"}


async def test_an_agent_on_hold_has_the_music_for_agents() -> None:
    async with Simulation(Plivo()) as simulation:
        url = music(simulation, "/agents", 4.0)
        agent, customer = await people(simulation, "agent", "customer")
        options = {"agent_hold_music_url": url, "agent_hold_music_method": "POST"}
        first = await joins(simulation, agent, "agent", hold=True, **options)
        second = await joins(simulation, customer, "customer", hold=True, **options)
        await asyncio.sleep(2)
        assert first.tone_level_db(MUSIC_HZ, 0.5) > _LOUD_DB
        # The customer has the built-in music.
        assert second.tone_level_db(MUSIC_HZ, 0.5) < 0
        assert await second.receives_audio()
        await end(first, second)
    assert {request.method for request in simulation.web.requests_to("/agents")} == {"POST"}


async def test_sounds_when_members_enter_and_leave_are_tones_or_documents() -> None:
    async with Simulation(Plivo()) as simulation:
        enters = music(simulation, "/enters", 1.0)
        leaves = music(simulation, "/leaves", 1.0)
        agent = await simulation.add_browser("agent")
        customer = await simulation.add_browser("customer")
        first = await joins(simulation, agent, "agent", stay_alone=True)
        second = await joins(
            simulation,
            customer,
            "customer",
            enter_sound=enters,
            enter_sound_method="POST",
            exit_sound=leaves,
            exit_sound_method="POST",
        )
        assert first.tone_level_db(MUSIC_HZ, 0.3) > _LOUD_DB
        await asyncio.sleep(2)
        assert first.tone_level_db(MUSIC_HZ, 0.3) < 0
        second.hang_up()
        await asyncio.sleep(0.7)
        assert first.tone_level_db(MUSIC_HZ, 0.3) > _LOUD_DB
        await end(first)
    methods = [
        r.method for path in ("/enters", "/leaves") for r in simulation.web.requests_to(path)
    ]
    assert methods == ["POST", "POST"]


async def test_the_exit_action_says_who_has_left_and_what_is_next() -> None:
    async with Simulation(Plivo()) as simulation:
        simulation.web.page("/after", "<Response><Speak>thank you</Speak></Response>")
        agent, customer = await people(simulation, "agent", "customer")
        first = await joins(simulation, agent, "agent", end_mpc_on_exit=True)
        second = await joins(
            simulation,
            customer,
            "customer",
            on_exit_action_url=f"{ORIGIN}/after",
            on_exit_action_method="GET",
        )
        await asyncio.sleep(3)
        await end(first)
        await second.wait_for(CallState.ENDED)
    (asked,) = simulation.web.requests_to("/after")
    sent = asked.parameters
    assert asked.method == "GET"
    assert (sent["MPCFriendlyName"], sent["MemberID"]) == ("desk", "2")
    assert (sent["ParticipantRole"], sent["ParticipantCallUUID"]) == ("Customer", sent["CallUUID"])
    assert len(sent["MPCUUID"]) == 36
    assert sent["ParticipantJoinTime"] < sent["ParticipantEndTime"]


async def test_keys_are_reported_and_heard_by_the_others_if_wanted() -> None:
    async with Simulation(Plivo()) as simulation:
        simulation.web.page("/status", "")
        agent = await simulation.add_browser("agent")
        customer = await simulation.add_browser("customer")
        first = await joins(
            simulation,
            agent,
            "agent",
            enter_sound="none",
            relay_dtmf_inputs=True,
            status_callback_url=f"{ORIGIN}/status",
            status_callback_events="participant-digit-input-events",
        )
        second = await joins(simulation, customer, "customer", enter_sound="none")
        first.send_digits("5")
        levels: list[float] = []
        for _ in range(20):
            await asyncio.sleep(0.05)
            levels.append(second.tone_level_db(1_336.0, 0.1))
            # A key has two tones: each is about as loud as the other.
        assert max(levels) > -3
        await end(first, second)
    sent = [request.parameters for request in simulation.web.requests_to("/status")]
    assert [(each["EventName"], each["DTMFDigits"]) for each in sent] == [
        ("ParticipantDigitInput", "5")
    ]


async def test_status_callbacks_say_what_happened_in_the_order_in_which_it_did() -> None:
    groups = "mpc-state-changes,participant-state-changes,participant-speak-events"
    async with Simulation(Plivo()) as simulation:
        simulation.web.page("/status", "")
        (agent,) = await people(simulation, "agent")
        customer = await simulation.add_browser("customer")
        supervisor = await simulation.add_browser("supervisor")
        first = await joins(
            simulation,
            agent,
            "agent",
            status_callback_url=f"{ORIGIN}/status",
            status_callback_method="GET",
            status_callback_events=groups,
        )
        await asyncio.sleep(1)
        second = await joins(simulation, customer, "customer")
        third = await joins(simulation, supervisor, "supervisor")
        (live,) = simulation.dispatcher.conferences.live(ACCOUNT)
        assert live.kind == ConferenceKind.MULTI_PARTY_CALL
        for action in (
            MuteMember(member="2"),
            MuteMember(member="2", muted=False),
            HoldMember(member="2"),
            HoldMember(member="2", held=False),
            CoachMember(member="3"),
            CoachMember(member="3", agents=True),
            EndConference(),
        ):
            await simulation.dispatcher.conferences.control(ACCOUNT, live.id, action)
        for call in (first, second, third):
            await call.wait_for(CallState.ENDED)
    requests = simulation.web.requests_to("/status")
    assert {request.method for request in requests} == {"GET"}
    sent = [request.parameters for request in requests]
    names = [each["EventName"] for each in sent if "Speak" not in each["EventName"]]
    assert names == [
        *("MPCInitialized", "ParticipantJoin", "MPCStart", "ParticipantJoin", "ParticipantJoin"),
        *("ParticipantMute", "ParticipantUnmute", "ParticipantHold", "ParticipantUnhold"),
        *("ParticipantCoachModeStop", "ParticipantCoachModeStart"),
        *("ParticipantExit", "ParticipantExit", "ParticipantExit", "MPCEnd"),
    ]
    assert "ParticipantSpeakStart" in {each["EventName"] for each in sent}
    joined = [each for each in sent if each["EventName"] == "ParticipantJoin"]
    assert [(each["MemberID"], each["ParticipantRole"]) for each in joined] == [
        ("1", "Agent"),
        ("2", "Customer"),
        ("3", "Supervisor"),
    ]
    assert [each["ParticipantCoachMode"] for each in joined] == ["false", "false", "true"]
    assert len({each["MPCUUID"] for each in sent}) == 1
    assert {each["MPCName"] for each in sent} == {"desk"}
    assert all(len(each["ParticipantCallUUID"]) == 36 for each in joined)
    assert all(each["EventTimestamp"].endswith("+00:00") for each in sent)


async def test_a_member_put_on_hold_hears_the_music_of_the_program_until_it_is_back() -> None:
    async with Simulation(Plivo()) as simulation:
        url = music(simulation, "/program", 3.0)
        agent, customer = await people(simulation, "agent", "customer")
        first = await joins(simulation, agent, "agent")
        second = await joins(simulation, customer, "customer")
        control = simulation.dispatcher.conferences.control
        await control(ACCOUNT, "desk", HoldMember(member="2", music=SoundDocument(url=url)))
        # Twice as long as the music.
        for _ in range(6):
            await asyncio.sleep(1.2)
            assert (heard(first), heard(second)) == (set(), set())
        assert len(simulation.web.requests_to("/program")) >= 2
        await control(ACCOUNT, "desk", HoldMember(member="2", held=False))
        await asyncio.sleep(0.4)
        assert second.tone_level_db(MUSIC_HZ, 0.2) < 0
        await asyncio.sleep(1.5)
        assert (heard(first), heard(second)) == ({"customer"}, {"agent"})
        await end(first, second)
