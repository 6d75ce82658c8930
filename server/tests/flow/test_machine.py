"""A call waits for the decision who answered it; with sound that is in the stories."""

import asyncio
from typing import Any

import pytest
from offhook.base.address import client
from offhook.base.control import RedirectCall
from offhook.base.ids import CallId
from offhook.base.media import NOTHING, Detection
from offhook.calls.machine_detection import MachineDetection
from offhook.dialects.base import Dialect
from offhook.flow import machine
from offhook.flow.outbound import OutboundCall
from offhook.testing.memory import ACCOUNT
from offhook.testing.unit_harness import UnitHarness

_TESTED = (machine,)


async def answered(harness: UnitHarness) -> tuple[Any, CallId]:
    """Bob has answered a call whose program wants to know who answered."""
    harness.signal.register("bob")
    harness.set_answer("<Say>hello</Say><Pause length='5'/>")
    id = harness.party(dialect="twilio").application
    assert id is not None
    application = await harness.directory.application(ACCOUNT, id)
    assert application is not None
    wanted = OutboundCall(
        account=ACCOUNT,
        to=client("bob"),
        caller="client:desk",
        application=application,
        machine=MachineDetection(),
    )
    live = await harness.dispatcher.begin(wanted)
    bob = await harness.signal.next_invite("bob")
    bob.ring()
    bob.answer()
    await asyncio.sleep(1.0)
    return bob, live.id


async def test_nothing_is_requested_before_the_decision(dialects: dict[str, Dialect]) -> None:
    async with UnitHarness(dialects) as harness:
        bob, _ = await answered(harness)
        assert harness.media.detection(bob.leg) == Detection(beep=True, voice=True)
        assert harness.web.requests == []
        await asyncio.sleep(4.5)
        assert harness.media.detection(bob.leg) == NOTHING
        record = await harness.records.record()
    (asked,) = harness.web.requests_to("/answer")
    assert asked.parameters["AnsweredBy"] == "unknown"
    assert asked.parameters["MachineDetectionDuration"] == "5000"
    (decided,) = [e.details for e in record.journal if e.event == "machine-detected"]
    assert decided == {"by": "unknown", "seconds": pytest.approx(5.0)}


async def test_a_redirect_takes_the_place_of_the_decision(dialects: dict[str, Dialect]) -> None:
    async with UnitHarness(dialects) as harness:
        _, call = await answered(harness)
        document = "<Response><Say>another</Say></Response>"
        action = RedirectCall(url="", method="POST", document=document)
        await harness.dispatcher.control(ACCOUNT, call, action)
        record = await harness.records.record()
    assert harness.web.requests_to("/answer") == []
    assert [said[0] for said in harness.speech.requests] == ["another"]
    assert not [e for e in record.journal if e.event == "machine-detected"]


async def test_a_party_that_leaves_meanwhile_ends_the_call(dialects: dict[str, Dialect]) -> None:
    async with UnitHarness(dialects) as harness:
        bob, _ = await answered(harness)
        bob.end()
        await harness.records.record()
    assert harness.web.requests_to("/answer") == []
