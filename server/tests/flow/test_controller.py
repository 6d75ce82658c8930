"""Programs control running calls: each request takes effect once, or fails with the reason."""

import asyncio
from typing import Any

import pytest
from offhook.base.causes import Cause
from offhook.base.commands import SendDtmf
from offhook.base.control import (
    ControlAction,
    HangUpCall,
    MuteLeg,
    PlayInto,
    RedirectCall,
    SendDigitsTo,
    SpeakInto,
    StopPlaying,
)
from offhook.base.errors import NotFound, PeerError, UsageError
from offhook.base.ids import AccountId, CallId, LegId
from offhook.dialects.base import Dialect
from offhook.flow import controller, live, sounds
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.memory import ACCOUNT
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page

_TESTED = (controller, live, sounds)
Dialects = dict[str, Dialect]
TALK = {
    "twilio": "<Dial><Client>bob</Client></Dial>",
    "plivo": "<Dial><User>bob</User></Dial>",
}
# A pause alone does not answer a call; sending digits does.
WAIT = {
    "twilio": '<Play digits="w"/><Pause length="60"/>',
    "plivo": '<DTMF>w</DTMF><Wait length="60"/>',
}
BYE = {
    "twilio": "<Response><Say>bye</Say></Response>",
    "plivo": "<Response><Speak>bye</Speak></Response>",
}


async def control(harness: UnitHarness, line: FakeLeg, action: ControlAction) -> str:
    return await harness.dispatcher.control(ACCOUNT, CallId(line.leg), action)


async def waiting(harness: UnitHarness, dialect: str) -> FakeLeg:
    harness.set_answer(WAIT[dialect])
    alice = harness.call(dialect=dialect)
    await alice.wait_for(CallState.UP)
    return alice


@pytest.fixture(params=["twilio", "plivo"])
def dialect(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_a_running_call_is_listed_with_its_legs(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK[dialect], dialect)
        (call,) = harness.dispatcher.live(ACCOUNT)
        assert (call.id, call.state, call.caller) == (CallId(alice.leg), "up", "client:alice")
        assert [(leg.id, leg.state, leg.bridged_with) for leg in call.legs] == [
            (alice.leg, "up", bob.leg),
            (bob.leg, "up", alice.leg),
        ]
        assert harness.dispatcher.live(AccountId("MAother")) == []
        alice.end()


async def test_a_call_is_hung_up_with_one_record(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK[dialect], dialect)
        id = await control(harness, alice, HangUpCall())
        record = await harness.records.record()
    assert (alice.cause, bob.cause) == (Cause.NORMAL, Cause.NORMAL)
    assert len(harness.records.records) == 1
    accepted = [entry.details for entry in record.journal if entry.event == "control-accepted"]
    assert accepted == [{"id": id, "kind": "hangup"}]


async def test_a_redirect_ends_the_verb_and_runs_the_new_document(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        alice = await waiting(harness, dialect)
        harness.web.page("/next", BYE[dialect])
        await control(harness, alice, RedirectCall(url=f"{ORIGIN}/next"))
        await harness.records.record()
    assert asyncio.get_running_loop().time() < 60
    assert [said[0] for said in harness.speech.requests] == ["bye"]


async def test_an_inline_document_needs_no_request(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        alice = await waiting(harness, dialect)
        await control(harness, alice, RedirectCall(document=BYE[dialect]))
        await harness.records.record()
    assert [said[0] for said in harness.speech.requests] == ["bye"]


async def test_an_invalid_document_is_refused_and_changes_nothing(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        alice = await waiting(harness, dialect)
        with pytest.raises(UsageError, match="the document is invalid"):
            await control(harness, alice, RedirectCall(document="<Response><Nothing"))
        assert alice.state is CallState.UP
        alice.end()


async def test_a_redirect_in_a_dial_ends_the_callee_only(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK[dialect], dialect)
        await control(
            harness, alice, RedirectCall(document=f"<Response>{WAIT[dialect]}</Response>")
        )
        await bob.wait_for(CallState.ENDED)
        assert alice.state is CallState.UP
        alice.end()
        record = await harness.records.record()
    assert [entry.event for entry in record.journal].count("document-received") == 2


async def test_a_redirect_while_the_callee_rings_cancels_it(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer(TALK[dialect])
        alice = harness.call(dialect=dialect)
        bob = await harness.signal.next_invite("bob")
        bob.ring()
        await asyncio.sleep(1)
        await control(harness, alice, RedirectCall(document=BYE[dialect]))
        await bob.wait_for(CallState.ENDED)
        await harness.records.record()
    assert bob.cause is Cause.CANCELLED
    assert [said[0] for said in harness.speech.requests] == ["bye"]


async def test_a_redirect_during_a_slow_request_takes_its_place(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/answer", Page(body=f"<Response>{WAIT[dialect]}</Response>", delay_s=10))
        alice = harness.call(dialect=dialect)
        await asyncio.sleep(1)
        await control(harness, alice, RedirectCall(document=BYE[dialect]))
        await harness.records.record()
        assert asyncio.get_running_loop().time() < 10
    assert [said[0] for said in harness.speech.requests] == ["bye"]


async def test_of_two_redirects_at_once_the_later_is_followed(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        alice = await waiting(harness, dialect)
        harness.web.page("/next", BYE[dialect])
        both = await asyncio.gather(
            control(harness, alice, RedirectCall(url=f"{ORIGIN}/never")),
            control(harness, alice, RedirectCall(url=f"{ORIGIN}/next")),
            return_exceptions=True,
        )
        await harness.records.record()
    outcomes = [type(outcome) for outcome in both]
    assert outcomes in ([PeerError, str], [str, str])
    assert [said[0] for said in harness.speech.requests] == ["bye"]


async def test_a_hang_up_wins_against_a_redirect_behind_it(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        alice = await waiting(harness, dialect)
        ended, redirected = await asyncio.gather(
            control(harness, alice, HangUpCall()),
            control(harness, alice, RedirectCall(document=BYE[dialect])),
            return_exceptions=True,
        )
        await harness.records.record()
    assert isinstance(ended, str)
    assert isinstance(redirected, PeerError)
    assert harness.speech.requests == []


async def test_a_sound_is_played_into_a_bridged_leg_and_stopped(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/notice.wav", Page(body=wav(440, 2.0), content_type="audio/wav"))
        alice, bob = await harness.bridged_call(TALK[dialect], dialect)
        await control(
            harness, alice, PlayInto(url=f"{ORIGIN}/notice.wav", leg=LegId(bob.leg), times=0)
        )
        assert harness.media.source_of(bob.leg) != alice.leg
        assert harness.media.source_of(alice.leg) == bob.leg
        await control(harness, alice, StopPlaying(leg=LegId(bob.leg)))
        assert harness.media.source_of(bob.leg) == alice.leg
        alice.end()


async def test_a_sound_that_comes_too_late_for_the_program_is_not_played(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        late = Page(body=wav(440, 2.0), content_type="audio/wav", delay_s=5.0)
        harness.web.page("/late.wav", late)
        alice = await waiting(harness, dialect)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await control(harness, alice, PlayInto(url=f"{ORIGIN}/late.wav"))
        await asyncio.sleep(10)
        assert harness.media.source_of(alice.leg) is None
        alice.end()
        record = await harness.records.record()
    failed = [entry.details for entry in record.journal if entry.event == "control-failed"]
    assert [details["code"] for details in failed] == ["unavailable"]


async def test_a_sound_that_is_missing_fails_the_request_only(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/missing.wav", Page(body="", status=404))
        alice = await waiting(harness, dialect)
        with pytest.raises(UsageError, match="could not be fetched"):
            await control(harness, alice, PlayInto(url=f"{ORIGIN}/missing.wav"))
        assert alice.state is CallState.UP
        alice.end()


async def test_a_text_is_spoken_into_a_leg(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        alice = await waiting(harness, dialect)
        await control(harness, alice, SpeakInto(text="one moment", language="en-US"))
        assert [said[0] for said in harness.speech.requests] == ["one moment"]
        alice.end()


async def test_a_leg_is_muted_and_gets_digits(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK[dialect], dialect)
        await control(harness, alice, MuteLeg(muted=True))
        assert harness.media.muted(alice.leg)
        await control(harness, alice, MuteLeg(muted=False))
        assert not harness.media.muted(alice.leg)
        await control(harness, alice, SendDigitsTo(digits="1w2#", leg=LegId(bob.leg)))
        assert harness.media.digits_sent(bob.leg) == ["1w2#"]
        assert [each for each in bob.received if isinstance(each, SendDtmf)] == [
            SendDtmf(key, 0.1) for key in "12#"
        ]
        alice.end()


async def test_the_end_of_the_call_fails_what_is_still_loading(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/slow.wav", Page(body="", delay_s=20))
        alice = await waiting(harness, dialect)
        request = asyncio.ensure_future(control(harness, alice, PlayInto(url=f"{ORIGIN}/slow.wav")))
        await asyncio.sleep(1)
        alice.end()
        await harness.records.record()
        with pytest.raises(PeerError, match="the call is over"):
            await request


async def test_unknown_legs_and_calls_of_others_are_refused(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        alice = await waiting(harness, dialect)
        with pytest.raises(PeerError, match="no leg"):
            await control(harness, alice, MuteLeg(muted=True, leg=LegId("0" * 32)))
        with pytest.raises(NotFound):
            await harness.dispatcher.control(AccountId("MAother"), CallId(alice.leg), HangUpCall())
        with pytest.raises(NotFound):
            await harness.dispatcher.control(ACCOUNT, CallId("0" * 32), HangUpCall())
        alice.end()
