"""Calls that a program begins: ringing, the answer, the documents, and every way not to be reached."""

import asyncio
from typing import Any

import pytest
from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.control import HangUpCall, RedirectCall
from offhook.base.errors import NotFound, Unavailable
from offhook.base.ids import AccountId, CallId
from offhook.dialects.base import Dialect
from offhook.flow import outbound, running
from offhook.flow.limits import Limits
from offhook.flow.live import LiveCall
from offhook.flow.outbound import OutboundCall
from offhook.testing.fake_signal import CallState
from offhook.testing.memory import ACCOUNT
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN

_TESTED = (outbound, running)
Dialects = dict[str, Dialect]
HELLO = {"twilio": "<Say>hello</Say>", "plivo": "<Speak>hello</Speak>"}
TALK = {
    "twilio": "<Dial><Client>carol</Client></Dial>",
    "plivo": "<Dial><User>carol</User></Dial>",
}


@pytest.fixture(params=["twilio", "plivo"])
def dialect(request: pytest.FixtureRequest) -> Any:
    return request.param


async def begin(harness: UnitHarness, dialect: str, to: str = "bob", **changes: Any) -> LiveCall:
    id = harness.party(dialect=dialect).application
    assert id is not None
    application = await harness.directory.application(ACCOUNT, id)
    assert application is not None
    wanted: dict[str, Any] = {"account": ACCOUNT, "caller": "client:desk", **changes}
    call = OutboundCall(to=client(to), application=application, **wanted)
    return await harness.dispatcher.begin(call)


async def test_the_documents_run_once_the_party_has_answered(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer(HELLO[dialect])
        live = await begin(harness, dialect, parameters={"ticket": "7"})
        assert (live.direction, live.state) == ("outbound", "new")
        bob = await harness.signal.next_invite("bob")
        assert bob.invitation is not None
        assert (bob.invitation.caller, bob.invitation.parameters) == (
            "client:desk",
            {"ticket": "7"},
        )
        bob.ring()
        await asyncio.sleep(2)
        assert harness.web.requests == []
        bob.answer()
        record = await harness.records.record()
    (asked,) = harness.web.requests_to("/answer")
    assert asked.parameters["ticket" if dialect == "twilio" else "X-PH-ticket"] == "7"
    assert "desk" in asked.parameters["From"]
    assert asked.parameters["Direction"] == ("outbound-api" if dialect == "twilio" else "outbound")
    assert asked.parameters["CallStatus"] == "in-progress"
    assert [said[0] for said in harness.speech.requests] == ["hello"]
    assert (record.id, record.direction) == (live.id, "outbound")
    assert (record.caller, record.callee) == ("client:desk", "client:bob")
    assert [leg.peer for leg in record.legs] == ["client:bob"]
    assert record.cause is Cause.DOCUMENT_ENDED
    assert record.hung_up_by == "application"


async def test_an_own_document_needs_no_request(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        await begin(harness, dialect, document=f"<Response>{HELLO[dialect]}</Response>")
        bob = await harness.signal.next_invite("bob")
        bob.answer()
        await harness.records.record()
    assert harness.web.requests_to("/answer") == []
    assert [said[0] for said in harness.speech.requests] == ["hello"]


async def test_an_own_url_takes_the_place_of_the_applications(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.web.page("/own", f"<Response>{HELLO[dialect]}</Response>")
        await begin(harness, dialect, url=f"{ORIGIN}/own", method="GET")
        (await harness.signal.next_invite("bob")).answer()
        await harness.records.record()
    assert [asked.method for asked in harness.web.requests_to("/own")] == ["GET"]


@pytest.mark.parametrize(
    ("cause", "recorded"),
    [(Cause.BUSY, Cause.BUSY), (Cause.REJECTED, Cause.REJECTED)],
)
async def test_a_party_that_declines_ends_the_call(
    dialects: Dialects, dialect: str, cause: Cause, recorded: Cause
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        await begin(harness, dialect)
        (await harness.signal.next_invite("bob")).end(cause)
        record = await harness.records.record()
    assert (record.cause, record.answered_at) == (recorded, None)
    assert record.hung_up_by == "callee"
    assert harness.web.requests_to("/answer") == []


async def test_a_party_without_a_device_is_unreachable(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        await begin(harness, dialect)
        record = await harness.records.record()
    assert record.cause is Cause.UNREACHABLE
    assert harness.media.open_legs == 0


async def test_a_party_that_does_not_answer_rings_no_longer_than_wanted(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        await begin(harness, dialect, ring_s=12.0)
        bob = await harness.signal.next_invite("bob")
        bob.ring()
        await bob.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() == pytest.approx(12, abs=0.1)
        record = await harness.records.record()
    assert record.cause is Cause.NO_ANSWER


async def test_a_program_hangs_up_while_it_rings(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        live = await begin(harness, dialect)
        bob = await harness.signal.next_invite("bob")
        await harness.dispatcher.control(
            ACCOUNT, CallId(live.id), HangUpCall(cause=Cause.CANCELLED)
        )
        await bob.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.cause is Cause.CANCELLED


async def test_a_redirect_while_it_rings_is_followed_after_the_answer(
    dialects: Dialects, dialect: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        live = await begin(harness, dialect)
        bob = await harness.signal.next_invite("bob")
        redirect = RedirectCall(document=f"<Response>{HELLO[dialect]}</Response>")
        await harness.dispatcher.control(ACCOUNT, CallId(live.id), redirect)
        assert bob.state is CallState.TRYING
        bob.answer()
        await harness.records.record()
    assert harness.web.requests_to("/answer") == []
    assert [said[0] for said in harness.speech.requests] == ["hello"]


async def test_the_called_party_is_connected_with_another(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects) as harness:
        for name in ("bob", "carol"):
            harness.signal.register(name)
        harness.set_answer(TALK[dialect])
        await begin(harness, dialect)
        bob = await harness.signal.next_invite("bob")
        bob.answer()
        carol = await harness.signal.next_invite("carol")
        carol.answer()
        assert await harness.media.wait_bridged(bob.leg) == carol.leg
        bob.end()
        record = await harness.records.record()
    assert carol.cause is Cause.NORMAL
    assert [leg.direction for leg in record.legs] == ["outbound", "outbound"]


async def test_limits_and_unknown_accounts_are_refused(dialects: Dialects, dialect: str) -> None:
    async with UnitHarness(dialects, limits=Limits(calls=1)) as harness:
        harness.signal.register("bob")
        live = await begin(harness, dialect)
        with pytest.raises(Unavailable, match="as many calls"):
            await begin(harness, dialect)
        await harness.dispatcher.control(ACCOUNT, CallId(live.id), HangUpCall())
        await harness.records.record()
    async with UnitHarness(dialects) as harness:
        with pytest.raises(NotFound):
            await begin(harness, dialect, account=AccountId("MAother"))
