"""Transfers within a bridged call; the call lives as long as it serves a party."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.base.commands import ConfirmRequest
from offhook.base.events import TransferRequested
from offhook.calls.music import HOLD_MUSIC
from offhook.calls.transfer import NO_REF
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.unit_harness import UnitHarness

TALK = "<Dial><Client>bob</Client></Dial>"


def wants(harness: UnitHarness, line: FakeLeg, to: str) -> None:
    harness.dispatcher.post(TransferRequested(leg=line.leg, ref=1, to=to))


async def test_a_request_that_its_page_does_not_wait_for_is_not_confirmed(
    dialects: dict[str, Dialect],
) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK, "twilio")
        harness.signal.register("carol")
        harness.dispatcher.post(TransferRequested(leg=bob.leg, ref=NO_REF, to="carol"))
        carol = await harness.signal.next_invite("carol")
        assert bob.cause is Cause.TRANSFERRED
        assert not any(isinstance(command, ConfirmRequest) for command in bob.received)
        carol.answer()
        await harness.media.wait_bridged(alice.leg)
        carol.end()
        await alice.wait_for(CallState.ENDED)


async def test_a_transferred_party_gets_music_until_the_target_rings(
    dialects: dict[str, Dialect],
) -> None:
    async with UnitHarness(dialects, hold_music=HOLD_MUSIC) as harness:
        alice, bob = await harness.bridged_call(TALK, "twilio")
        harness.signal.register("carol")
        wants(harness, bob, "carol")
        carol = await harness.signal.next_invite("carol")
        assert (bob.cause, ConfirmRequest(1) in bob.received) == (Cause.TRANSFERRED, True)
        assert harness.media.source_of(alice.leg) == HOLD_MUSIC
        carol.ring()
        await asyncio.sleep(0.1)
        assert harness.media.source_of(alice.leg) not in (HOLD_MUSIC, None)
        carol.answer()
        await harness.media.wait_bridged(alice.leg)
        assert harness.media.source_of(alice.leg) == carol.leg
        carol.end()
        await alice.wait_for(CallState.ENDED)


async def test_the_duration_adds_all_bridged_parts(dialects: dict[str, Dialect]) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/after", "<Response/>")
        alice, bob = await harness.bridged_call(
            '<Dial action="/after"><Client>bob</Client></Dial>', "twilio"
        )
        await asyncio.sleep(10)
        harness.signal.register("carol")
        wants(harness, bob, "carol")
        carol = await harness.signal.next_invite("carol")
        await asyncio.sleep(5)
        carol.answer()
        await harness.media.wait_bridged(alice.leg)
        await asyncio.sleep(20)
        carol.end()
        await alice.wait_for(CallState.ENDED)
    (asked,) = [asked for asked in harness.web.requests if asked.path == "/after"]
    assert int(asked.parameters["DialCallDuration"]) == pytest.approx(30, abs=1)


async def test_both_legs_end_when_the_caller_transfers_the_callee(
    dialects: dict[str, Dialect],
) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(TALK, "twilio")
        harness.signal.register("carol")
        wants(harness, alice, "carol")
        (await harness.signal.next_invite("carol")).end(Cause.REJECTED)
        await bob.wait_for(CallState.ENDED)
        assert alice.cause is Cause.TRANSFERRED
        assert harness.media.open_legs == 0
