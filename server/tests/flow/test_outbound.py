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
from offhook.flow.call_dispatcher import Limits
from offhook.flow.live import LiveCall
from offhook.flow.outbound import OutboundCall
from offhook.testing.desk import At
from offhook.testing.memory import ACCOUNT
from offhook.testing.office import Office
from offhook.testing.web import HOME

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


async def begin(office: Office, dialect: str, to: str = "bob", **changes: Any) -> LiveCall:
    id = office.party(dialect=dialect).application
    assert id is not None
    application = await office.directory.application(ACCOUNT, id)
    assert application is not None
    wanted: dict[str, Any] = {"account": ACCOUNT, "caller": "client:desk", **changes}
    call = OutboundCall(to=client(to), application=application, **wanted)
    return await office.dispatcher.begin(call)


async def test_the_documents_run_once_the_party_has_answered(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        office.answers(HELLO[dialect])
        live = await begin(office, dialect, parameters={"ticket": "7"})
        assert (live.direction, live.state) == ("outbound", "new")
        bob = await office.desk.rings("bob")
        assert bob.invitation is not None
        assert (bob.invitation.caller, bob.invitation.parameters) == (
            "client:desk",
            {"ticket": "7"},
        )
        bob.ring()
        await asyncio.sleep(2)
        assert office.web.asked == []
        bob.answer()
        record = await office.shelf.record()
    (asked,) = office.web.to("/answer")
    assert asked.said["ticket" if dialect == "twilio" else "X-PH-ticket"] == "7"
    assert "desk" in asked.said["From"]
    assert asked.said["Direction"] == ("outbound-api" if dialect == "twilio" else "outbound")
    assert asked.said["CallStatus"] == "in-progress"
    assert [said[0] for said in office.voice.said] == ["hello"]
    assert (record.id, record.direction) == (live.id, "outbound")
    assert (record.caller, record.callee) == ("client:desk", "client:bob")
    assert [leg.peer for leg in record.legs] == ["client:bob"]
    assert record.cause is Cause.DOCUMENT_ENDED
    assert record.hung_up_by == "application"


async def test_an_own_document_needs_no_request(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        await begin(office, dialect, document=f"<Response>{HELLO[dialect]}</Response>")
        bob = await office.desk.rings("bob")
        bob.answer()
        await office.shelf.record()
    assert office.web.to("/answer") == []
    assert [said[0] for said in office.voice.said] == ["hello"]


async def test_an_own_url_takes_the_place_of_the_applications(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        office.web.page("/own", f"<Response>{HELLO[dialect]}</Response>")
        await begin(office, dialect, url=f"{HOME}/own", method="GET")
        (await office.desk.rings("bob")).answer()
        await office.shelf.record()
    assert [asked.method for asked in office.web.to("/own")] == ["GET"]


@pytest.mark.parametrize(
    ("cause", "recorded"),
    [(Cause.BUSY, Cause.BUSY), (Cause.REJECTED, Cause.REJECTED)],
)
async def test_a_party_that_declines_ends_the_call(
    dialects: Dialects, dialect: str, cause: Cause, recorded: Cause
) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        await begin(office, dialect)
        (await office.desk.rings("bob")).end(cause)
        record = await office.shelf.record()
    assert (record.cause, record.answered_at) == (recorded, None)
    assert record.hung_up_by == "callee"
    assert office.web.to("/answer") == []


async def test_a_party_without_a_device_is_unreachable(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        await begin(office, dialect)
        record = await office.shelf.record()
    assert record.cause is Cause.UNREACHABLE
    assert office.engine.open_legs == 0


async def test_a_party_that_does_not_answer_rings_no_longer_than_wanted(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        await begin(office, dialect, ring_s=12.0)
        bob = await office.desk.rings("bob")
        bob.ring()
        await bob.until(At.ENDED)
        assert asyncio.get_running_loop().time() == pytest.approx(12, abs=0.1)
        record = await office.shelf.record()
    assert record.cause is Cause.NO_ANSWER


async def test_a_program_hangs_up_while_it_rings(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        live = await begin(office, dialect)
        bob = await office.desk.rings("bob")
        await office.dispatcher.control(ACCOUNT, CallId(live.id), HangUpCall(cause=Cause.CANCELLED))
        await bob.until(At.ENDED)
        record = await office.shelf.record()
    assert record.cause is Cause.CANCELLED


async def test_a_redirect_while_it_rings_is_followed_after_the_answer(
    dialects: Dialects, dialect: str
) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        live = await begin(office, dialect)
        bob = await office.desk.rings("bob")
        redirect = RedirectCall(document=f"<Response>{HELLO[dialect]}</Response>")
        await office.dispatcher.control(ACCOUNT, CallId(live.id), redirect)
        assert bob.at is At.TRYING
        bob.answer()
        await office.shelf.record()
    assert office.web.to("/answer") == []
    assert [said[0] for said in office.voice.said] == ["hello"]


async def test_the_called_party_is_connected_with_another(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects) as office:
        for name in ("bob", "carol"):
            office.desk.register(name)
        office.answers(TALK[dialect])
        await begin(office, dialect)
        bob = await office.desk.rings("bob")
        bob.answer()
        carol = await office.desk.rings("carol")
        carol.answer()
        assert await office.engine.bridged(bob.leg) == carol.leg
        bob.end()
        record = await office.shelf.record()
    assert carol.cause is Cause.NORMAL
    assert [leg.direction for leg in record.legs] == ["outbound", "outbound"]


async def test_limits_and_unknown_accounts_are_refused(dialects: Dialects, dialect: str) -> None:
    async with Office(dialects, limits=Limits(calls=1)) as office:
        office.desk.register("bob")
        live = await begin(office, dialect)
        with pytest.raises(Unavailable, match="as many calls"):
            await begin(office, dialect)
        await office.dispatcher.control(ACCOUNT, CallId(live.id), HangUpCall())
        await office.shelf.record()
    async with Office(dialects) as office:
        with pytest.raises(NotFound):
            await begin(office, dialect, account=AccountId("MAother"))
