"""Programs control running calls: each request takes effect once, or fails with the reason."""

import asyncio
from typing import Any

import pytest
from offhook.base.causes import Cause
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
from offhook.testing.desk import At, Line
from offhook.testing.memory import ACCOUNT
from offhook.testing.office import Office
from offhook.testing.sounds import wav
from offhook.testing.web import HOME, Page

_TESTED = (controller, live, sounds)
Dialects = dict[str, Dialect]
TALK = {
    "twilio": "<Dial><Client>bob</Client></Dial>",
    "plivo": "<Dial><User>bob</User></Dial>",
}
# A pause alone does not answer a call; sending digits does.
WAIT = {"twilio": '<Play digits="w"/><Pause length="60"/>', "plivo": '<Wait length="60"/>'}
BYE = {
    "twilio": "<Response><Say>bye</Say></Response>",
    "plivo": "<Response><Speak>bye</Speak></Response>",
}


async def control(office: Office, line: Line, action: ControlAction) -> str:
    return await office.dispatcher.control(ACCOUNT, CallId(line.leg), action)


async def waiting(office: Office, dialect: str) -> Line:
    office.answers(WAIT[dialect])
    alice = office.dials(dialect=dialect)
    await alice.until(At.UP)
    return alice


@pytest.fixture(params=["twilio", "plivo"])
def dialect(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_a_running_call_is_listed_with_its_legs(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(TALK[dialect], dialect)
        (call,) = office.dispatcher.live(ACCOUNT)
        assert (call.id, call.state, call.caller) == (CallId(alice.leg), "up", "client:alice")
        assert [(leg.id, leg.state, leg.bridged_with) for leg in call.legs] == [
            (alice.leg, "up", bob.leg),
            (bob.leg, "up", alice.leg),
        ]
        assert office.dispatcher.live(AccountId("MAother")) == []
        alice.end()


async def test_a_call_is_hung_up_with_one_record(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(TALK[dialect], dialect)
        id = await control(office, alice, HangUpCall())
        record = await office.shelf.record()
    assert (alice.cause, bob.cause) == (Cause.NORMAL, Cause.NORMAL)
    assert len(office.shelf.records) == 1
    accepted = [entry.details for entry in record.journal if entry.event == "control-accepted"]
    assert accepted == [{"id": id, "kind": "hangup"}]


async def test_a_redirect_ends_the_verb_and_runs_the_new_document(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        alice = await waiting(office, dialect)
        office.web.page("/next", BYE[dialect])
        await control(office, alice, RedirectCall(url=f"{HOME}/next"))
        await office.shelf.record()
    assert asyncio.get_running_loop().time() < 60
    assert [said[0] for said in office.voice.said] == ["bye"]


async def test_an_inline_document_needs_no_request(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        alice = await waiting(office, dialect)
        await control(office, alice, RedirectCall(document=BYE[dialect]))
        await office.shelf.record()
    assert [said[0] for said in office.voice.said] == ["bye"]


async def test_an_invalid_document_is_refused_and_changes_nothing(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        alice = await waiting(office, dialect)
        with pytest.raises(UsageError, match="the document is invalid"):
            await control(office, alice, RedirectCall(document="<Response><Nothing"))
        assert alice.at is At.UP
        alice.end()


async def test_a_redirect_in_a_dial_ends_the_callee_only(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(TALK[dialect], dialect)
        await control(office, alice, RedirectCall(document=f"<Response>{WAIT[dialect]}</Response>"))
        await bob.until(At.ENDED)
        assert alice.at is At.UP
        alice.end()
        record = await office.shelf.record()
    assert [entry.event for entry in record.journal].count("document-received") == 2


async def test_a_redirect_while_the_callee_rings_cancels_it(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        office.answers(TALK[dialect])
        alice = office.dials(dialect=dialect)
        bob = await office.desk.rings("bob")
        bob.ring()
        await asyncio.sleep(1)
        await control(office, alice, RedirectCall(document=BYE[dialect]))
        await bob.until(At.ENDED)
        await office.shelf.record()
    assert bob.cause is Cause.CANCELLED
    assert [said[0] for said in office.voice.said] == ["bye"]


async def test_a_redirect_during_a_slow_request_takes_its_place(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.web.page("/answer", Page(answer=f"<Response>{WAIT[dialect]}</Response>", late_s=10))
        alice = office.dials(dialect=dialect)
        await asyncio.sleep(1)
        await control(office, alice, RedirectCall(document=BYE[dialect]))
        await office.shelf.record()
        assert asyncio.get_running_loop().time() < 10
    assert [said[0] for said in office.voice.said] == ["bye"]


async def test_of_two_redirects_at_once_the_later_is_followed(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        alice = await waiting(office, dialect)
        office.web.page("/next", BYE[dialect])
        both = await asyncio.gather(
            control(office, alice, RedirectCall(url=f"{HOME}/never")),
            control(office, alice, RedirectCall(url=f"{HOME}/next")),
            return_exceptions=True,
        )
        await office.shelf.record()
    outcomes = [type(outcome) for outcome in both]
    assert outcomes in ([PeerError, str], [str, str])
    assert [said[0] for said in office.voice.said] == ["bye"]


async def test_a_hang_up_wins_against_a_redirect_behind_it(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        alice = await waiting(office, dialect)
        ended, redirected = await asyncio.gather(
            control(office, alice, HangUpCall()),
            control(office, alice, RedirectCall(document=BYE[dialect])),
            return_exceptions=True,
        )
        await office.shelf.record()
    assert isinstance(ended, str)
    assert isinstance(redirected, PeerError)
    assert office.voice.said == []


async def test_a_sound_is_played_into_a_bridged_leg_and_stopped(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.web.page("/notice.wav", Page(answer=wav(440, 2.0), content_type="audio/wav"))
        alice, bob = await office.talk(TALK[dialect], dialect)
        await control(
            office, alice, PlayInto(url=f"{HOME}/notice.wav", leg=LegId(bob.leg), times=0)
        )
        assert office.engine.hears(bob.leg) != alice.leg
        assert office.engine.hears(alice.leg) == bob.leg
        await control(office, alice, StopPlaying(leg=LegId(bob.leg)))
        assert office.engine.hears(bob.leg) == alice.leg
        alice.end()


async def test_a_sound_that_is_missing_fails_the_request_only(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.web.page("/missing.wav", Page(answer="", status=404))
        alice = await waiting(office, dialect)
        with pytest.raises(UsageError, match="could not be fetched"):
            await control(office, alice, PlayInto(url=f"{HOME}/missing.wav"))
        assert alice.at is At.UP
        alice.end()


async def test_a_text_is_spoken_into_a_leg(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        alice = await waiting(office, dialect)
        await control(office, alice, SpeakInto(text="one moment", language="en-US"))
        assert [said[0] for said in office.voice.said] == ["one moment"]
        alice.end()


async def test_a_leg_is_muted_and_gets_digits(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(TALK[dialect], dialect)
        await control(office, alice, MuteLeg(muted=True))
        assert office.engine.muted(alice.leg)
        await control(office, alice, MuteLeg(muted=False))
        assert not office.engine.muted(alice.leg)
        await control(office, alice, SendDigitsTo(digits="12#", leg=LegId(bob.leg)))
        assert office.engine.keys(bob.leg) == ["12#"]
        alice.end()


async def test_the_end_of_the_call_fails_what_is_still_loading(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.web.page("/slow.wav", Page(answer="", late_s=20))
        alice = await waiting(office, dialect)
        request = asyncio.ensure_future(control(office, alice, PlayInto(url=f"{HOME}/slow.wav")))
        await asyncio.sleep(1)
        alice.end()
        await office.shelf.record()
        with pytest.raises(PeerError, match="the call is over"):
            await request


async def test_unknown_legs_and_calls_of_others_are_refused(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        alice = await waiting(office, dialect)
        with pytest.raises(PeerError, match="no leg"):
            await control(office, alice, MuteLeg(muted=True, leg=LegId("0" * 32)))
        with pytest.raises(NotFound):
            await office.dispatcher.control(AccountId("MAother"), CallId(alice.leg), HangUpCall())
        with pytest.raises(NotFound):
            await office.dispatcher.control(ACCOUNT, CallId("0" * 32), HangUpCall())
        alice.end()
