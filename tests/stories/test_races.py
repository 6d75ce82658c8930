"""Messages that cross on their way: whatever the order, everybody agrees on the end."""

import asyncio

import pytest
from offhook.testing.phone import At
from offhook.testing.stage import Stage
from scenes import talking
from tongues import TONGUES, Tongue

MOMENTS = [-0.03, -0.01, 0.0, 0.01, 0.03, 0.05]
"""Seconds between two things that cross; a frame takes 0.02 s each way."""


@pytest.mark.parametrize("gap_s", MOMENTS)
async def test_an_answer_crosses_the_callers_giving_up(gap_s: float) -> None:
    tongue = TONGUES["plivo"]
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice, bob = await stage.person("alice"), await stage.person("bob")
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.ring()
        await asyncio.sleep(1)
        loop = asyncio.get_running_loop()
        loop.call_later(0.1, ringing.answer)
        loop.call_later(0.1 + gap_s, calling.hang_up)
        await calling.until(At.ENDED)
        await ringing.until(At.ENDED)
        record = await stage.shelf.record()
    assert all(leg.cause.value in ("cancelled", "normal") for leg in record.legs)
    assert stage.media.legs == 0
    assert stage.hub.legs == 0


@pytest.mark.parametrize("gap_s", MOMENTS)
async def test_an_answer_crosses_the_ring_timeout(gap_s: float) -> None:
    tongue = TONGUES["twilio"]
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/done", "<Response/>")
        stage.answers(tongue.dial("bob", action="/done", ring_s=5))
        alice, bob = await stage.person("alice"), await stage.person("bob")
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.ring()
        # The leg began one delay before it rang here; an answer takes one delay back.
        asyncio.get_running_loop().call_later(4.96 + gap_s, ringing.answer)
        await asyncio.sleep(6)
        ringing.hang_up()
        await calling.until(At.ENDED)
        asked = await stage.web.request("/done")
        await stage.shelf.record()
    assert tongue.how_dial_ended(asked) in ("completed", "no-answer")
    assert stage.media.legs == 0
    assert stage.hub.legs == 0


@pytest.mark.parametrize("gap_s", [0.0, 0.005, 0.02])
async def test_two_devices_answer_at_once_and_one_of_them_wins(
    tongue: Tongue, gap_s: float
) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice = await stage.person("alice")
        here, there = await stage.person("bob"), await stage.person("bob")
        calling = alice.call("bob")
        first, second = await here.rings(), await there.rings()
        first.answer()
        await asyncio.sleep(gap_s)
        second.answer()
        await calling.until(At.UP)
        await second.until(At.ENDED)
        assert second.cause == "answered-elsewhere"
        await asyncio.sleep(1)
        assert first.at is At.UP
        calling.hang_up()
        await first.until(At.ENDED)


@pytest.mark.parametrize("gap_s", [0.0, 0.005, 0.02])
async def test_two_people_answer_at_once_and_one_of_them_wins(tongue: Tongue, gap_s: float) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob", "carol"))
        alice = await stage.person("alice")
        bob, carol = await stage.person("bob"), await stage.person("carol")
        calling = alice.call("anyone")
        first, second = await bob.rings(), await carol.rings()
        first.answer()
        await asyncio.sleep(gap_s)
        second.answer()
        await second.until(At.ENDED)
        await calling.until(At.UP)
        calling.hang_up()
        await first.until(At.ENDED)
        record = await stage.shelf.record()
    assert [leg.cause.value for leg in record.legs] == ["normal", "normal", "answered-by-other"]


@pytest.mark.parametrize("gap_s", [0.0, 0.01, 0.03])
async def test_both_hang_up_at_once(tongue: Tongue, gap_s: float) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        calling.hang_up()
        await asyncio.sleep(gap_s)
        ringing.hang_up()
        await calling.until(At.ENDED)
        await ringing.until(At.ENDED)
        record = await stage.shelf.record()
    assert [leg.cause.value for leg in record.legs] == ["normal", "normal"]
    assert sum(entry.event == "leg-ended" for entry in record.journal) == 2


@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.05, 0.2, 0.5])
async def test_an_early_hang_up_leaves_no_state(tongue: Tongue, after_s: float) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob"))
        alice, bob = await stage.person("alice"), await stage.person("bob")
        calling = alice.call("bob")
        await asyncio.sleep(after_s)
        calling.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
        await asyncio.sleep(1)
        assert all(call.at is At.ENDED for call in bob.calls.values())
    assert record.legs[0].ended_by == "peer"
    assert stage.media.legs == 0
    assert stage.hub.legs == 0


async def test_a_digit_that_crosses_the_end_changes_nothing(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        ringing.hang_up()
        calling.press_told("123")
        calling.offer("update")
        await calling.until(At.ENDED)
        await stage.shelf.record()
    assert stage.media.legs == 0
