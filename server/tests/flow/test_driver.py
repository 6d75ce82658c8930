"""The driver keeps a call's time: nothing that comes in can put off what is due."""

import asyncio

import pytest
from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.commands import AcceptOffer, Notify
from offhook.base.ids import Sdp
from offhook.dialects.base import Dialect
from offhook.flow import driver
from offhook.flow.limits import Limits
from offhook.testing.fake_signal import CallState
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page

Dialects = dict[str, Dialect]
_TESTED = driver
TALK = "<Dial><Client>bob</Client></Dial>"


async def test_a_flood_of_keys_does_not_put_off_the_ring_timeout(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer('<Dial timeout="5"><Client>bob</Client></Dial>')
        alice = harness.call()
        bob = await harness.signal.next_invite("bob")
        while alice.state is not CallState.ENDED:
            alice.send_digits("1" * 50)
            await asyncio.sleep(0.1)
        assert asyncio.get_running_loop().time() == pytest.approx(5, abs=0.2)
    assert bob.cause is Cause.NO_ANSWER


async def test_no_call_lasts_for_ever(dialects: Dialects) -> None:
    async with UnitHarness(dialects, limits=Limits(call_s=600)) as harness:
        _, bob = await harness.bridged_call(TALK)
        await bob.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.cause is Cause.TIME_LIMIT
    assert record.duration_s == pytest.approx(600, abs=0.1)


async def test_a_lost_device_ends_its_leg_and_the_other_side_is_notified(
    dialects: Dialects,
) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK)
        await asyncio.sleep(10)
        began = asyncio.get_running_loop().time()
        bob.on_event(events.LinkLost(leg=bob.leg))
        await asyncio.sleep(5)
        bob.on_event(events.MediaLost(leg=bob.leg))
        await alice.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() - began == pytest.approx(20, abs=0.1)
        record = await harness.records.record()
    assert Notify("media-lost") in alice.received
    assert [leg.cause for leg in record.legs] == [Cause.DOCUMENT_ENDED, Cause.ENDPOINT_LOST]


async def test_a_caller_whose_transport_failed_is_hung_up(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK)
        await asyncio.sleep(1)
        alice.on_event(events.TransportFailed(leg=alice.leg, fault="consent-expired"))
        await bob.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.cause is Cause.MEDIA_FAILED
    assert alice.cause is Cause.MEDIA_FAILED


async def test_a_hang_up_during_an_audio_fetch_ends_the_wait(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/slow.wav", Page(body="", delay_s=10))
        harness.set_answer("<Play>/slow.wav</Play>")
        alice = harness.call()
        await harness.web.request("/slow.wav")
        alice.end()
        record = await harness.records.record()
    assert record.duration_s < 1
    assert asyncio.get_running_loop().time() < 1


async def test_a_request_is_not_cancelled_by_a_hang_up(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/answer", Page(body="<Response><Say>late</Say></Response>", delay_s=8))
        alice = harness.call()
        await asyncio.sleep(1)
        alice.end(Cause.CANCELLED)
        record = await harness.records.record()
        assert asyncio.get_running_loop().time() == pytest.approx(8, abs=0.1)
    assert record.duration_s == pytest.approx(1)
    assert record.cause is Cause.CANCELLED
    assert harness.speech.requests == []
    assert harness.media.open_legs == 0


async def test_new_offers_are_answered_during_every_wait(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/slow", Page(body="<Response/>", delay_s=5))
        harness.set_answer("<Say>a word</Say><Redirect>/slow</Redirect>")
        alice = harness.call()
        await harness.web.request("/slow")
        offer = events.Reoffered(
            leg=alice.leg, number=1, sdp=Sdp("again"), reason=events.RenegotiationReason.RESTART
        )
        alice.on_event(offer)
        await asyncio.sleep(0.1)
        assert alice.received == [AcceptOffer(1, Sdp("answer to again"))]
