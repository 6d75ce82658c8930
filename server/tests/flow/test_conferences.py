"""Conferences as tasks: names, callbacks in order, and what a restart leaves."""

import asyncio

from offhook.base.control import MuteLeg
from offhook.base.ids import CallId
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.memory import ACCOUNT
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN

Dialects = dict[str, Dialect]


async def member(
    harness: UnitHarness, name: str, document: str, dialect: str = "twilio"
) -> FakeLeg:
    harness.set_answer(document)
    leg = harness.signal.call(harness.party(name, dialect), "room", sdp="offer")
    await leg.wait_for(CallState.UP)
    await asyncio.sleep(0.1)
    return leg


def twiml(name: str = "room", more: str = "") -> str:
    return f"<Dial><Conference {more}>{name}</Conference></Dial>"


async def test_names_are_kept_apart_byte_for_byte(dialects: Dialects) -> None:
    names = [
        "Team S\u00fcd + \u00d6st",
        "a+b",
        "a b",
        "50% &amp; &quot;x&quot;",
        "\U0001f4de",
        "x" * 64,
    ]
    async with UnitHarness(dialects) as harness:
        legs = [await member(harness, f"p{n}", twiml(name)) for n, name in enumerate(names)]
        assert len(harness.dispatcher.conferences) == len(names)
        assert all(harness.media.conference_of(leg.leg) is None for leg in legs)
        for leg in legs:
            leg.end()


async def test_a_conference_that_another_owner_has_is_over_in_silence(dialects: Dialects) -> None:
    status = f'statusCallback="{ORIGIN}/status" statusCallbackEvent="start end join leave"'
    async with UnitHarness(dialects) as harness:
        harness.web.page("/status", "")
        first = await member(harness, "alice", twiml(more=status))
        second = await member(harness, "bob", twiml(more='endConferenceOnExit="true"'))
        # What was reported before is sent.
        await asyncio.sleep(2.0)
        sent = len(harness.web.requests_to("/status"))
        harness.dispatcher.fence([CallId(first.leg), CallId(second.leg)])
        await harness.dispatcher.idle()
        await asyncio.sleep(5.0)
        assert len(harness.web.requests_to("/status")) == sent
        assert (first.state, second.state) == (CallState.UP, CallState.UP)
        assert len(harness.dispatcher.conferences) == 0
    assert harness.records.records == []


async def test_status_callbacks_come_in_order_with_their_parameters(dialects: Dialects) -> None:
    status = (
        f'statusCallback="{ORIGIN}/status" statusCallbackEvent="start end join leave speaker mute"'
    )
    async with UnitHarness(dialects) as harness:
        harness.web.page("/status", "")
        first = await member(harness, "alice", twiml(more=f'participantLabel="one" {status}'))
        second = await member(harness, "bob", twiml(more='muted="true" endConferenceOnExit="true"'))
        second.end()
        await first.wait_for(CallState.ENDED)
        await asyncio.sleep(2.0)
        sent = [request.parameters for request in harness.web.requests_to("/status")]
    assert [each["StatusCallbackEvent"] for each in sent] == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-leave",
        "participant-leave",
        "conference-end",
    ]
    assert [each["SequenceNumber"] for each in sent] == ["1", "2", "3", "4", "5", "6"]
    assert len({each["ConferenceSid"] for each in sent}) == 1
    assert {each["FriendlyName"] for each in sent} == {"room"}
    assert (sent[0]["ParticipantLabel"], sent[0]["CallSid"]) == ("one", f"CA{first.leg}")
    assert (sent[1]["Muted"], sent[1]["EndConferenceOnExit"]) == ("true", "true")
    assert sent[3]["ReasonParticipantLeft"] == "participant_hung_up"
    assert sent[4]["ReasonParticipantLeft"] == "moderator_ended_conference"
    assert sent[5]["CallSidEndingConference"] == f"CA{second.leg}"
    reason = "participant-with-end-conference-on-exit-left"
    assert sent[5]["ReasonConferenceEnded"] == reason


async def test_each_plivo_member_has_its_own_callbacks(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/own", "")
        own = f'<Conference callbackUrl="{ORIGIN}/own">room</Conference>'
        first = await member(harness, "alice", own, "plivo")
        second = await member(harness, "bob", "<Conference>room</Conference>", "plivo")
        first.end()
        await asyncio.sleep(0.2)
        second.end()
        sent = [request.parameters for request in harness.web.requests_to("/own")]
    assert [each["ConferenceAction"] for each in sent] == ["enter", "exit"]
    assert all(each["ConferenceName"] == "room" for each in sent)
    assert len({each["CallUUID"] for each in sent}) == 1


async def test_keys_that_an_application_waits_for_are_reported(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/own", "")
        own = f'<Conference callbackUrl="{ORIGIN}/own" digitsMatch="1,*22">room</Conference>'
        first = await member(harness, "alice", own, "plivo")
        first.send_digits("3*221")
        await asyncio.sleep(0.2)
        first.end()
        sent = [request.parameters for request in harness.web.requests_to("/own")]
    matches = [
        each["ConferenceDigitsMatch"] for each in sent if each["ConferenceAction"] == "digits"
    ]
    assert matches == ["*22", "1"]


async def test_after_its_end_the_name_is_a_new_conference(dialects: Dialects) -> None:
    status = f'statusCallback="{ORIGIN}/status" statusCallbackEvent="join"'
    async with UnitHarness(dialects) as harness:
        harness.web.page("/status", "")
        for name in ("alice", "bob"):
            leg = await member(harness, name, twiml(more=status))
            leg.end()
            await asyncio.sleep(0.2)
        sids = {r.parameters["ConferenceSid"] for r in harness.web.requests_to("/status")}
    assert len(sids) == 2
    assert len(harness.dispatcher.conferences) == 0


async def test_a_callback_that_fails_stops_nothing(dialects: Dialects) -> None:
    status = f'statusCallback="{ORIGIN}/none" statusCallbackEvent="join leave"'
    async with UnitHarness(dialects) as harness:
        first = await member(harness, "alice", twiml(more=status))
        second = await member(harness, "bob", twiml())
        assert harness.media.conference_of(second.leg) is not None
        first.end()
        second.end()
    # Each was tried for some minutes, in order, and given up.
    sent = [request.parameters["SequenceNumber"] for request in harness.web.requests_to("/none")]
    assert sorted(set(sent)) == ["1", "2", "3", "4"]
    assert sent == sorted(sent)
    assert len(sent) > 8
    assert [each.order for each in harness.records.outbox.dead] == [1, 2, 3, 4]


async def test_the_tone_of_the_second_member_is_played_when_both_are_in(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        first = await member(harness, "alice", twiml())
        second = await member(harness, "bob", twiml())
        await asyncio.sleep(0.2)
        done = [line.split()[0] for line in harness.media.log if "join" in line or "play" in line]
        assert done == ["join", "join", "play"]
        second.end()
        await asyncio.sleep(0.2)
        assert harness.media.log[-1].endswith("exit-tone")
        first.end()


async def test_a_program_that_mutes_a_member_is_told_of_it(dialects: Dialects) -> None:
    status = f'statusCallback="{ORIGIN}/status" statusCallbackEvent="mute"'
    async with UnitHarness(dialects) as harness:
        harness.web.page("/status", "")
        first = await member(harness, "alice", twiml(more=status))
        second = await member(harness, "bob", twiml())
        for muted in (True, True, False):
            await harness.dispatcher.control(ACCOUNT, CallId(second.leg), MuteLeg(muted=muted))
        await asyncio.sleep(0.2)
        sent = [request.parameters for request in harness.web.requests_to("/status")]
        first.end()
        second.end()
    notified = [(each["StatusCallbackEvent"], each["CallSid"], each["Muted"]) for each in sent]
    assert notified == [
        ("participant-mute", f"CA{second.leg}", "true"),
        ("participant-unmute", f"CA{second.leg}", "false"),
    ]
