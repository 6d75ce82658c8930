"""A recording ends with the verb, whatever ends that."""

import asyncio

from offhook.base.control import RedirectCall
from offhook.base.ids import CallId
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState
from offhook.testing.memory import ACCOUNT
from offhook.testing.unit_harness import UnitHarness

Dialects = dict[str, Dialect]
RECORD = '<Record action="/recorded" playBeep="false"/>'


async def test_a_redirect_ends_it_and_keeps_what_was_said(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/next", "<Response><Pause length='3'/></Response>")
        harness.set_answer(RECORD)
        alice = harness.call(dialect="twilio")
        await alice.wait_for(CallState.UP)
        await asyncio.sleep(4.0)
        redirect = RedirectCall(url="http://app.test/next")
        await harness.dispatcher.control(ACCOUNT, CallId(alice.leg), redirect)
        await alice.wait_for(CallState.ENDED)
        (kept,) = await harness.recordings.ended()
    assert kept.duration_s is not None
    assert 3.8 < kept.duration_s < 4.2
    assert harness.web.requests_to("/recorded") == []


async def test_a_call_that_ends_while_the_tone_is_played_has_no_recording(
    dialects: Dialects,
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Record/>")
        alice = harness.call(dialect="twilio")
        await alice.wait_for(CallState.UP)
        await asyncio.sleep(0.2)
        alice.end()
        await harness.records.record()
    assert harness.recordings.all == {}
