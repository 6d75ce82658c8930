"""A page is reloaded in the middle of a call, and the call goes on in the next one."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.testing.phone import At
from offhook.testing.stage import Stage
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking, two_people
from tongues import Tongue


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_call_continues_in_the_reloaded_page(tongue: Tongue, who: str) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        mine, theirs = (calling, ringing) if who == "caller" else (ringing, calling)
        await asyncio.sleep(2)
        await mine.phone.reload()
        again = mine.next
        assert again is not None
        await again.until_connected()
        await asyncio.sleep(2)
        assert again.invitation["duration_s"] == pytest.approx(2.6, abs=0.5)
        assert again.hears(BOB_HZ if who == "caller" else ALICE_HZ) > CLEAR_DB
        assert theirs.hears(ALICE_HZ if who == "caller" else BOB_HZ) > CLEAR_DB
        again.hang_up()
        await theirs.until(At.ENDED)
        record = await stage.shelf.record()
    assert record.legs[1].cause is Cause.NORMAL
    assert "page-reattached" in [entry.event for entry in record.journal]


async def test_the_key_of_the_link_is_enough_for_the_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        calling.phone.signs_in = False
        for _ in range(2):
            await calling.phone.reload()
            assert calling.next is not None
            calling = calling.next
            await calling.until_connected()
        calling.phone.cut()
        await asyncio.sleep(0.5)
        calling.phone.connect()
        await asyncio.sleep(2)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        assert ringing.hears(ALICE_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing.until(At.ENDED)


async def test_a_page_that_does_not_return_in_20_seconds_loses_its_call(
    tongue: Tongue,
) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        left = asyncio.get_running_loop().time()
        calling.phone.send("unload")
        await asyncio.sleep(0.1)
        calling.phone.cut()
        calling.phone.engine.close(calling.leg)
        await ringing.until(At.ENDED)
        assert asyncio.get_running_loop().time() - left == pytest.approx(20, abs=1)
        record = await stage.shelf.record()
    assert record.cause is Cause.ENDPOINT_LOST


async def test_a_call_that_rings_rings_again_in_the_next_page(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice, bob = await two_people(stage)
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.ring()
        await bob.reload()
        again = await bob.rings()
        again.answer()
        await calling.until(At.UP)
        await again.until_connected()
        await asyncio.sleep(2)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        calling.hang_up()
        await again.until(At.ENDED)


async def test_hold_music_continues_after_a_reload(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        ringing.offer("hold", "inactive")
        await ringing.until_told("accept")
        await calling.phone.reload()
        again = calling.next
        assert again is not None
        await again.until_connected()
        await asyncio.sleep(2)
        assert again.invitation["held_by_peer"]
        assert await again.gets_sound()
        again.hang_up()
        await ringing.until(At.ENDED)
