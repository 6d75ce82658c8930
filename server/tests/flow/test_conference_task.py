"""Programs control a conference; its reports survive a web server that is away."""

import asyncio

import pytest
from offhook.base.conference_control import (
    AnnounceText,
    AnnounceUrl,
    CoachMember,
    EndConference,
    HoldMember,
    MuteMember,
    RemoveMember,
)
from offhook.base.conferences import Role
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId
from offhook.dialects.twilio.dialect import Twilio
from offhook.flow import conference_task, live_conferences
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.memory import ACCOUNT
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page

_TESTED = (conference_task, live_conferences)
EVENTS = "start end join leave mute hold modify announcement"


async def member(harness: UnitHarness, name: str, label: str = "") -> FakeLeg:
    status = f'statusCallback="{ORIGIN}/status" statusCallbackEvent="{EVENTS}"'
    more = f'{status} beep="false" participantLabel="{label}"'
    harness.set_answer(f"<Dial><Conference {more}>room</Conference></Dial><Pause/>")
    leg = harness.signal.call(harness.party(name), "room", sdp="offer")
    await leg.wait_for(CallState.UP)
    await asyncio.sleep(0.1)
    return leg


def role(harness: UnitHarness, leg: FakeLeg) -> Role:
    found = harness.media.conference_of(leg.leg)
    assert found is not None
    return found[1]


async def test_each_request_of_a_program_takes_effect_and_is_reported() -> None:
    async with UnitHarness({"twilio": Twilio()}) as harness:
        harness.web.page("/status", "")
        harness.web.page("/a.wav", Page(body=wav(440.0, 2.0), content_type="audio/wav"))
        first, second = await member(harness, "alice", "desk"), await member(harness, "bob")
        conferences = harness.dispatcher.conferences
        (live,) = conferences.live(ACCOUNT)
        assert (live.name, live.state, [m.label for m in live.members]) == (
            "room",
            "in-progress",
            ["desk", ""],
        )

        async def control(action: object, id: str = live.id) -> None:
            await conferences.control(ACCOUNT, id, action)  # type: ignore[arg-type]
            await asyncio.sleep(0.05)

        await control(MuteMember(member="desk"))
        assert role(harness, first) == Role(muted=True)
        await control(MuteMember(member="desk", muted=False), "room")
        await control(HoldMember(member="2"))
        assert role(harness, second) == Role(held=True)
        assert conferences.find(ACCOUNT, "room").members[1].held
        await control(HoldMember(member="2", held=False))
        await control(CoachMember(member=first.leg, coaches="2"))
        assert role(harness, first) == Role(coaches=second.leg)
        await control(CoachMember(member=first.leg))
        await control(AnnounceUrl(url=f"{ORIGIN}/a.wav"))
        await control(AnnounceText(text="hello", language="en-US"))
        await asyncio.sleep(5)
        await control(RemoveMember(member="2"))
        assert (first.state, second.state) == (CallState.UP, CallState.UP)
        assert harness.media.conference_of(second.leg) is None
        await control(EndConference())
        await first.wait_for(CallState.ENDED)
    sent = [request.parameters for request in harness.web.requests_to("/status")]
    assert [each["StatusCallbackEvent"] for each in sent] == [
        *("participant-join", "participant-join", "conference-start"),
        *("participant-mute", "participant-unmute", "participant-hold", "participant-unhold"),
        *("participant-modify", "participant-modify", "announcement-end", "announcement-end"),
        *("participant-leave", "participant-leave", "conference-end"),
    ]
    assert [each["SequenceNumber"] for each in sent] == [str(n + 1) for n in range(len(sent))]
    assert sent[9]["AnnounceUrl"] == f"{ORIGIN}/a.wav"
    assert sent[-2]["ReasonParticipantLeft"] == "conference_ended_via_api"
    assert sent[-1]["ReasonConferenceEnded"] == "conference-ended-via-api"


async def test_what_is_not_there_is_refused() -> None:
    async with UnitHarness({"twilio": Twilio()}) as harness:
        conferences = harness.dispatcher.conferences
        leg = await member(harness, "alice")
        for account, id in ((AccountId("MA" + "0" * 18), "room"), (ACCOUNT, "other")):
            with pytest.raises(NotFound):
                await conferences.control(account, id, EndConference())
        with pytest.raises(NotFound, match="no member '7'"):
            await conferences.control(ACCOUNT, "room", MuteMember(member="7"))
        with pytest.raises(UsageError):
            await conferences.control(ACCOUNT, "room", AnnounceUrl(url=f"{ORIGIN}/none"))
        leg.end()


async def test_reports_wait_in_order_for_a_web_server_that_is_away() -> None:
    async with UnitHarness({"twilio": Twilio()}) as harness:
        harness.web.page("/status", Page(body="", status=503))
        first, second = await member(harness, "alice"), await member(harness, "bob")
        await asyncio.sleep(60)
        assert {r.parameters["SequenceNumber"] for r in harness.web.requests_to("/status")} == {"1"}
        harness.web.page("/status", "")
        first.end()
        second.end()
    sent = [request.parameters["SequenceNumber"] for request in harness.web.requests_to("/status")]
    assert sorted(set(sent), key=int) == [str(n) for n in range(1, 7)]
    assert sent == sorted(sent, key=int)
    assert harness.records.outbox.dead == []
