"""A preflight call plays a tone, needs no application, and leaves no record."""

import asyncio
from dataclasses import replace

from offhook.base.events import Invited
from offhook.base.ids import LegId, Sdp
from offhook.dialects.base import Dialect
from offhook.flow.preflight import PREFLIGHT_S, SOUND
from offhook.testing.fake_signal import CallState
from offhook.testing.unit_harness import UnitHarness


async def tries(harness: UnitHarness, leg: str = "a" * 32) -> LegId:
    party = replace(harness.party(), application=None)
    line = harness.signal.call(party, "", preflight=True)
    await line.wait_for(CallState.UP)
    return line.leg


async def test_it_is_answered_at_once_and_gets_a_tone(dialects: dict[str, Dialect]) -> None:
    async with UnitHarness(dialects) as harness:
        leg = await tries(harness)
        assert harness.media.source_of(leg) == SOUND
        harness.signal.leg(leg).end()
        await asyncio.sleep(5)
        assert harness.dispatcher.calls == 0
        assert harness.media.open_legs == 0
        assert harness.records.records == []
        assert harness.web.requests == []


async def test_it_ends_by_itself(dialects: dict[str, Dialect]) -> None:
    async with UnitHarness(dialects) as harness:
        leg = await tries(harness)
        await harness.signal.leg(leg).wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() >= PREFLIGHT_S


async def test_there_are_no_other_calls_without_an_application(
    dialects: dict[str, Dialect],
) -> None:
    async with UnitHarness(dialects) as harness:
        party = replace(harness.party(), application=None)
        harness.dispatcher.invited(
            Invited(leg=LegId("b" * 32), party=party, to="bob", sdp=Sdp("offer"))
        )
        assert harness.dispatcher.calls == 0
