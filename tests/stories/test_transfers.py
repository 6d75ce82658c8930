"""The other end is connected with somebody else, by whoever of the two wants it."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.testing.phone import At, Phone, PhoneCall
from offhook.testing.stage import Stage
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking, two_people
from tongues import TONGUES, Tongue

CAROL_HZ = 1_500.0


async def carol_answers(carol: Phone) -> PhoneCall:
    called = await carol.rings()
    called.ring()
    called.answer()
    await called.until_connected()
    return called


def notices(call: PhoneCall) -> list[str]:
    return [frame["event"] for frame in call.told if frame["type"] == "notice"]


def transferred(call: PhoneCall) -> str:
    """Whom the party was told that it is connected with."""
    (notice,) = (f for f in call.told if f["type"] == "notice" and f["event"] == "transferred")
    return notice["details"]["to"]


async def test_the_callee_transfers_the_caller(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue, action="/after")
        stage.web.page("/after", "<Response/>")
        carol = await stage.person("carol", hz=CAROL_HZ)
        ringing.transfer("carol")
        called = await carol_answers(carol)
        assert called.invitation["from"] == "client:alice"
        await ringing.until(At.ENDED)
        await asyncio.sleep(2)
        assert ringing.cause == "transferred"
        assert [f["type"] for f in ringing.told if f["type"] in ("done", "error")] == []
        assert calling.hears(CAROL_HZ) > CLEAR_DB
        assert called.hears(ALICE_HZ) > CLEAR_DB
        assert transferred(calling) == "client:carol"
        called.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert [leg.cause for leg in record.legs][1:] == [Cause.TRANSFERRED, Cause.NORMAL]
    assert [asked.path for asked in stage.web.asked].count("/after") == 1


async def test_the_caller_transfers_the_callee_and_leaves(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        carol = await stage.person("carol", hz=CAROL_HZ)
        calling.transfer("carol")
        called = await carol_answers(carol)
        await calling.until(At.ENDED)
        await asyncio.sleep(2)
        assert calling.cause == "transferred"
        assert ringing.at is At.UP
        assert ringing.hears(CAROL_HZ) > CLEAR_DB
        assert called.hears(BOB_HZ) > CLEAR_DB
        ringing.hang_up()
        await called.until(At.ENDED)
        record = await stage.shelf.record()
    assert [leg.cause for leg in record.legs] == [Cause.TRANSFERRED, Cause.NORMAL, Cause.NORMAL]


async def test_the_transferred_party_gets_music_and_then_ring_back(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        carol = await stage.person("carol", hz=CAROL_HZ)
        ringing.transfer("carol")
        called = await carol.rings()
        await asyncio.sleep(1)
        assert await calling.gets_sound()
        called.ring()
        await asyncio.sleep(1)
        assert await calling.gets_sound()
        calling.hang_up()
        await called.until(At.ENDED)
        assert called.cause == "cancelled"


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_transfer_to_an_unreachable_target_is_rejected(tongue: Tongue, who: str) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        mine, theirs = (calling, ringing) if who == "caller" else (ringing, calling)
        mine.transfer("nobody")
        await asyncio.sleep(2)
        assert mine.phone.faults == ["transfer-failed"]
        assert (mine.at, notices(theirs)) == (At.UP, [])
        assert calling.hears(BOB_HZ) > CLEAR_DB
        assert ringing.hears(ALICE_HZ) > CLEAR_DB
        carol = await stage.person("carol", hz=CAROL_HZ)
        mine.transfer("carol")
        await carol_answers(carol)
        await mine.until(At.ENDED)
        theirs.hang_up()
        await theirs.until(At.ENDED)


async def test_an_unanswered_transfer_continues_the_document(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue, action="/after")
        stage.web.page("/after", "<Response/>")
        carol = await stage.person("carol")
        ringing.transfer("carol")
        (await carol.rings()).reject("busy")
        await ringing.until(At.ENDED)
        await calling.until(At.ENDED)
        assert calling.cause == "document-ended"
    assert [asked.path for asked in stage.web.asked].count("/after") == 1


async def test_a_transferred_callee_without_an_answer_is_hung_up(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        carol = await stage.person("carol")
        calling.transfer("carol")
        (await carol.rings()).reject("busy")
        await calling.until(At.ENDED)
        await ringing.until(At.ENDED)
        record = await stage.shelf.record()
    assert record.legs[0].cause is Cause.TRANSFERRED


async def test_an_attended_transfer_connects_the_other_parties(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        bob = ringing.phone
        carol = await stage.person("carol", hz=CAROL_HZ)
        ringing.offer("hold", "inactive")
        await ringing.until_told("accept")
        stage.answers(tongue.dial("carol"))
        second = bob.call("carol")
        called = await carol_answers(carol)
        await second.until(At.UP)
        ringing.transfer_to(second)
        await ringing.until(At.ENDED)
        await second.until(At.ENDED)
        assert (ringing.cause, second.cause) == ("transferred", "transferred")
        await asyncio.sleep(2)
        assert calling.hears(CAROL_HZ) > CLEAR_DB
        assert called.hears(ALICE_HZ) > CLEAR_DB
        assert transferred(calling) == "client:carol"
        assert transferred(called) == "client:alice"
        assert notices(calling) == ["held", "resumed", "transferred"]
        bob_said = [frame["type"] for frame in ringing.told]
        assert "error" not in bob_said
        calling.hang_up()
        await called.until(At.ENDED)
        records = [await stage.shelf.record(1), await stage.shelf.record(2)]
    causes = {leg.cause for record in records for leg in record.legs}
    assert causes == {Cause.TRANSFERRED, Cause.NORMAL}


async def test_an_unbridged_call_cannot_be_transferred() -> None:
    # In this dialect a caller is answered before anybody else is.
    tongue = TONGUES["twilio"]
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice, bob = await two_people(stage)
        first = alice.call("bob")
        (await bob.rings()).ring()
        await first.until(At.UP)
        await first.until_connected()
        first.transfer("bob")
        await asyncio.sleep(0.5)
        assert alice.faults == ["transfer-failed"]
        assert first.at is At.UP
        first.hang_up()
        await first.until(At.ENDED)
