"""Sockets that break: the sound goes on, and pages that come back find their calls."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.testing.phone import At
from offhook.testing.stage import Stage
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking, two_people
from tongues import Tongue


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_twenty_seconds_without_a_socket_cost_no_frame_of_sound(
    tongue: Tongue, who: str
) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(1)
        cut = calling if who == "caller" else ringing
        cut.phone.cut()
        await asyncio.sleep(20)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        assert ringing.hears(ALICE_HZ) > CLEAR_DB
        cut.phone.connect()
        await asyncio.sleep(1)
        cut.hang_up()
        await calling.until(At.ENDED)
        await ringing.until(At.ENDED)
        record = await stage.shelf.record()
    for leg in record.legs:
        assert leg.media is not None
        assert leg.media.received.lost == 0
        assert leg.media.received.packets == pytest.approx(22.2 * 50, abs=30)
    events = [entry.event for entry in record.journal]
    assert events.index("link-lost") < events.index("link-resumed")


async def test_a_page_that_does_not_come_back_in_time_has_lost_its_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        loop = asyncio.get_running_loop()
        cut = loop.time()
        ringing.phone.cut()
        await calling.until(At.ENDED)
        # Its sound went on: only the link's own patience, a minute, counts.
        assert loop.time() - cut == pytest.approx(60, abs=6)
        record = await stage.shelf.record()
    assert record.legs[1].cause is Cause.ENDPOINT_LOST


async def test_missed_frames_are_sent_on_return(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        calling.phone.cut()
        await asyncio.sleep(5)
        ringing.hang_up()
        await asyncio.sleep(5)
        assert calling.at is At.UP
        calling.phone.connect()
        await calling.until(At.ENDED)
    assert calling.cause == "document-ended"


async def test_a_caller_whose_socket_breaks_while_it_rings_is_answered_on_return(
    tongue: Tongue,
) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob", ring_s=60))
        alice, bob = await two_people(stage)
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.ring()
        await asyncio.sleep(1)
        alice.cut()
        await asyncio.sleep(3)
        ringing.answer()
        await asyncio.sleep(3)
        alice.connect()
        await calling.until(At.UP)
        await asyncio.sleep(1)
        assert ringing.hears(ALICE_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing.until(At.ENDED)


async def test_a_callee_whose_socket_breaks_while_it_rings_may_still_answer(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob", ring_s=60))
        alice, bob = await two_people(stage)
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.ring()
        await asyncio.sleep(0.5)
        bob.cut()
        await asyncio.sleep(2)
        bob.connect()
        await asyncio.sleep(0.5)
        ringing.answer()
        await calling.until(At.UP)
        calling.hang_up()
        await ringing.until(At.ENDED)


async def test_a_socket_that_breaks_again_and_again(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        for pause in (0.01, 0.5, 3, 0.03, 10):
            calling.phone.cut()
            ringing.press_told("7")
            await asyncio.sleep(pause)
            calling.phone.connect()
            await asyncio.sleep(0.2)
        digits = [frame["digit"] for frame in calling.told if frame["type"] == "digit"]
        assert digits == ["7"] * 5
        calling.hang_up()
        await ringing.until(At.ENDED)
