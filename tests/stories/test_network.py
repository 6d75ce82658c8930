"""Networks that lose, delay, move and stop: who notices, and when."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.testing.phone import At
from offhook.testing.stage import Network, Stage
from scenes import BOB_HZ, CLEAR_DB, talking
from tongues import TONGUES, Tongue

GONE = Network(blocked=True)


async def test_a_call_survives_jitter_and_overtaking(tongue: Tongue) -> None:
    rough = Network(delay_ms=60, jitter_ms=30, reorder=0.05)
    async with Stage(tongue.dialect(), seed=3) as stage:
        calling, ringing = await talking(stage, tongue, network=rough)
        await asyncio.sleep(2)
        ringing.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    media = record.legs[0].media
    assert media is not None
    assert media.received.jitter_ms > 1
    assert media.received.packets > 50


async def test_a_nat_rebinding_does_not_end_the_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(1)
        stage.rebind(ringing.phone)
        await asyncio.sleep(8)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        ringing.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert "path-changed" in [entry.event for entry in record.journal]


async def test_a_tab_that_is_killed_is_noticed_within_25_seconds(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(2)
        loop = asyncio.get_running_loop()
        killed = loop.time()
        ringing.phone.cut()
        stage.connect(ringing.phone, GONE)
        await calling.until(At.ENDED)
        assert 15 < loop.time() - killed < 25
        record = await stage.shelf.record()
    assert record.legs[1].cause is Cause.ENDPOINT_LOST


async def test_media_that_never_comes_through_ends_the_leg() -> None:
    tongue = TONGUES["twilio"]
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/done", "<Response/>")
        stage.answers(tongue.dial("bob", action="/done"))
        alice = await stage.person("alice")
        bob = await stage.person("bob", network=GONE)
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.answer()
        await ringing.until(At.ENDED)
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert record.legs[1].cause is Cause.MEDIA_FAILED
    assert record.legs[1].media is not None


async def test_consent_that_expires_ends_the_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(2)
        loop = asyncio.get_running_loop()
        lost = loop.time()
        stage.connect(calling.phone, GONE)
        await ringing.until(At.ENDED)
        # RFC 7675 §5.1: 30 s, and a moment for an ICE restart.
        assert 25 < loop.time() - lost < 35
        record = await stage.shelf.record()
    assert record.cause is Cause.MEDIA_FAILED
    assert "notice" in [frame["type"] for frame in ringing.told]


async def test_restarts_that_never_connect_do_not_keep_a_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(2)
        loop = asyncio.get_running_loop()
        lost = loop.time()
        stage.connect(calling.phone, GONE)
        while loop.time() < lost + 60 and calling.at is not At.ENDED:
            calling.offer("restart", restart=True)
            await asyncio.sleep(8)
        await ringing.until(At.ENDED)
        assert 25 < loop.time() - lost < 50
        record = await stage.shelf.record()
    assert record.cause is Cause.MEDIA_FAILED
    assert record.legs[0].cause is Cause.MEDIA_FAILED


async def test_a_short_network_gap_does_not_end_the_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(1)
        stage.connect(ringing.phone, GONE)
        await asyncio.sleep(10)
        stage.connect(ringing.phone, Network())
        await asyncio.sleep(4)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        assert [f["event"] for f in calling.told if f["type"] == "notice"] == [
            "media-lost",
            "remote-audio",
            "media-resumed",
            "remote-audio",
        ]
        calling.hang_up()
        await ringing.until(At.ENDED)


async def test_an_ice_restart_brings_a_call_back(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(1)
        ringing.offer("restart", restart=True)
        await ringing.until_told("accept")
        await asyncio.sleep(2)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing.until(At.ENDED)
        record = await stage.shelf.record()
    assert record.legs[1].cause is Cause.NORMAL


@pytest.mark.parametrize("loss", [0.02, 0.2])
async def test_handshakes_get_through_loss(loss: float) -> None:
    tongue = TONGUES["plivo"]
    for seed in range(5):
        async with Stage(tongue.dialect(), seed=seed) as stage:
            calling, ringing = await talking(stage, tongue, network=Network(loss=loss))
            calling.hang_up()
            await ringing.until(At.ENDED)
