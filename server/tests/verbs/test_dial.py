"""Dialling: what rings, what the parties get, and what the application gets."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.base.media import Tones
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ReceivedRequest
from offhook.verbs import dial_attempt
from offhook.verbs.ringback import RINGBACK

Dialects = dict[str, Dialect]
DONE = "<Response><Say>bye</Say></Response>"
_TESTED = dial_attempt


async def test_the_caller_is_answered_first_and_gets_ring_back(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer('<Dial ringTone="de"><Client>bob</Client></Dial>')
        alice = harness.call()
        bob = await harness.signal.next_invite("bob")
        assert alice.state is CallState.UP
        assert harness.media.source_of(alice.leg) is None
        bob.ring()
        await asyncio.sleep(0.1)
        assert harness.media.source_of(alice.leg) == RINGBACK["de"]
        bob.answer()
        assert await harness.media.wait_bridged(alice.leg) == bob.leg
        assert harness.media.source_of(alice.leg) == bob.leg
        alice.end()
        await bob.wait_for(CallState.ENDED)
    assert bob.cause is Cause.NORMAL


@pytest.mark.parametrize(
    ("dialect", "xml"),
    [
        ("twilio", '<Dial answerOnBridge="true"><Client>bob</Client></Dial>'),
        ("plivo", "<Dial><User>bob</User></Dial>"),
    ],
)
async def test_with_answer_on_bridge_the_caller_keeps_ringing(
    dialects: Dialects, dialect: str, xml: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer(xml)
        alice = harness.call(dialect=dialect)
        bob = await harness.signal.next_invite("bob")
        assert alice.state is CallState.TRYING
        bob.ring()
        await alice.wait_for(CallState.RINGING)
        assert alice.early
        await asyncio.sleep(0.1)
        assert isinstance(harness.media.source_of(alice.leg), Tones)
        bob.answer()
        await alice.wait_for(CallState.UP)
        await asyncio.sleep(0.1)
        assert harness.media.source_of(alice.leg) == bob.leg
        bob.end()
        await alice.wait_for(CallState.ENDED)


async def _dialled(
    dialects: Dialects, dialect: str, ends: str
) -> tuple[ReceivedRequest, UnitHarness]:
    """Dial bob, whose telephone does `ends`; returns the parameters of the action URL."""
    target = "<Client>bob</Client>" if dialect == "twilio" else "<User>bob</User>"
    async with UnitHarness(dialects) as harness:
        harness.set_answer(f'<Dial timeout="20" action="http://app.test/done">{target}</Dial>')
        harness.web.page("/done", DONE)
        if ends != "is away":
            harness.signal.register("bob")
        alice = harness.call(dialect=dialect)
        if ends != "is away":
            bob = await harness.signal.next_invite("bob")
            if ends != "stays silent":
                bob.ring()
            if ends in ("rejects", "is busy"):
                bob.end(Cause.REJECTED if ends == "rejects" else Cause.BUSY)
            elif ends in ("talks", "is left"):
                bob.answer()
                await harness.media.wait_bridged(alice.leg)
                await asyncio.sleep(10)
                (bob if ends == "talks" else alice).end()
            elif ends == "is given up":
                await asyncio.sleep(5)
                alice.end(Cause.CANCELLED)
        asked = await harness.web.request("/done")
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
    return asked, harness


@pytest.mark.parametrize(
    ("ends", "status", "bridged", "state"),
    [
        ("talks", "completed", "true", "in-progress"),
        ("is left", "completed", "true", "completed"),
        ("rejects", "busy", "false", "in-progress"),
        ("is busy", "busy", "false", "in-progress"),
        ("rings on", "no-answer", "false", "in-progress"),
        ("is away", "no-answer", "false", "in-progress"),
        ("is given up", "canceled", "false", "completed"),
    ],
)
async def test_twilio_gets_the_dial_status(
    dialects: Dialects, ends: str, status: str, bridged: str, state: str
) -> None:
    asked, harness = await _dialled(dialects, "twilio", ends)
    assert asked.parameters["DialCallStatus"] == status
    assert asked.parameters["DialBridged"] == bridged
    assert asked.parameters["CallStatus"] == state
    assert asked.parameters["DialCallSid"] == "CA" + harness.records.records[0].legs[1].id
    assert asked.parameters.get("DialCallDuration") == ("10" if bridged == "true" else None)
    caller_gone = ends in ("is left", "is given up")
    assert (harness.speech.requests == []) is caller_gone


@pytest.mark.parametrize(
    ("ends", "status", "rang", "cause"),
    [
        ("talks", "completed", "true", "NORMAL_CLEARING"),
        ("is left", "completed", "true", "NORMAL_CLEARING"),
        ("rejects", "busy", "true", "CALL_REJECTED"),
        ("is busy", "busy", "true", "USER_BUSY"),
        ("rings on", "no-answer", "true", "NO_ANSWER"),
        ("stays silent", "timeout", "false", "NO_ANSWER"),
        ("is away", "failed", "false", "USER_NOT_REGISTERED"),
        ("is given up", "cancel", "true", "ORIGINATOR_CANCEL"),
    ],
)
async def test_plivo_gets_the_dial_status(
    dialects: Dialects, ends: str, status: str, rang: str, cause: str
) -> None:
    asked, harness = await _dialled(dialects, "plivo", ends)
    first, second = harness.records.records[0].legs
    assert asked.parameters["DialStatus"] == status
    assert asked.parameters["DialRingStatus"] == rang
    assert asked.parameters["DialHangupCause"] == cause
    assert asked.parameters["DialALegUUID"].replace("-", "") == first.id
    assert asked.parameters["DialBLegUUID"].replace("-", "") == second.id


async def test_without_an_action_the_next_verb_is_next(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(
            "<Dial><Client>bob</Client></Dial><Say>still there</Say>"
        )
        bob.end()
        await alice.wait_for(CallState.ENDED)
    assert [text for text, _, _ in harness.speech.requests] == ["still there"]


async def test_an_action_without_redirect_does_not_replace_the_document(
    dialects: Dialects,
) -> None:
    xml = '<Dial action="http://app.test/done" redirect="false"><User>bob</User></Dial><Speak>on</Speak>'
    async with UnitHarness(dialects) as harness:
        harness.web.page("/done", DONE)
        alice, bob = await harness.bridged_call(xml, "plivo")
        bob.end()
        await alice.wait_for(CallState.ENDED)
    assert [text for text, _, _ in harness.speech.requests] == ["on"]
    assert harness.web.requests_to("/done")[0].parameters["DialStatus"] == "completed"


async def test_an_action_without_redirect_may_fail(dialects: Dialects) -> None:
    xml = '<Dial action="http://app.test/gone" redirect="false"><User>bob</User></Dial><Speak>on</Speak>'
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(xml, "plivo")
        bob.end()
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
    assert [text for text, _, _ in harness.speech.requests] == ["on"]
    assert "notification-failed" in harness.journal()


async def test_a_number_fails_cleanly_until_there_are_trunks(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer('<Dial action="/done">+15551230000</Dial>')
        harness.web.page("/done", DONE)
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
    assert harness.web.requests_to("/done")[0].parameters["DialCallStatus"] == "failed"


async def test_send_digits_are_sent_before_the_bridge(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        xml = '<Dial><Number sendDigits="12">5551230000</Number><Client>bob</Client></Dial>'
        alice, bob = await harness.bridged_call(xml)
        assert harness.media.digits_sent(bob.leg) == []
        bob.end()
        await alice.wait_for(CallState.ENDED)
        harness.set_answer('<Dial><User sendDigits="12w3">bob</User></Dial>')
        alice = harness.call(dialect="plivo")
        bob = await harness.signal.next_invite("bob")
        bob.answer()
        await harness.media.wait_bridged(alice.leg)
        assert harness.media.digits_sent(bob.leg) == ["12w3"]
        bob.end()
        await alice.wait_for(CallState.ENDED)


async def test_a_callee_that_hangs_up_during_send_digits_was_answered(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.web.page("/done", DONE)
        harness.set_answer(
            '<Dial action="http://app.test/done"><User sendDigits="WWWW1">bob</User></Dial>'
        )
        alice = harness.call(dialect="plivo")
        bob = await harness.signal.next_invite("bob")
        bob.answer()
        await asyncio.sleep(1)
        bob.end()
        await alice.wait_for(CallState.ENDED)
    assert harness.web.requests_to("/done")[0].parameters["DialStatus"] == "completed"


async def test_callees_get_the_caller_and_the_applications_parameters(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        alice, bob = await harness.bridged_call(
            '<Dial callerId="15550100" callerName="The Office" sipHeaders="Order=7"><User>bob</User></Dial>',
            "plivo",
        )
        reported = bob.invitation
        assert reported is not None
        assert (reported.caller, reported.caller_name) == ("15550100", "The Office")
        assert dict(reported.headers) == {"X-Ph-Order": "7"}
        alice.end()
