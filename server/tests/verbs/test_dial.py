"""Dialling: what rings, what the parties get, and what the application gets."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.base.media import Tones
from offhook.dialects.base import Dialect
from offhook.testing.desk import At
from offhook.testing.office import Office
from offhook.testing.web import Asked
from offhook.verbs import dial_attempt
from offhook.verbs.ringback import RINGBACK

Dialects = dict[str, Dialect]
DONE = "<Response><Say>bye</Say></Response>"
_TESTED = dial_attempt


async def test_the_caller_is_answered_first_and_gets_ring_back(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        office.answers('<Dial ringTone="de"><Client>bob</Client></Dial>')
        alice = office.dials()
        bob = await office.desk.rings("bob")
        assert alice.at is At.UP
        assert office.engine.hears(alice.leg) is None
        bob.ring()
        await asyncio.sleep(0.1)
        assert office.engine.hears(alice.leg) == RINGBACK["de"]
        bob.answer()
        assert await office.engine.bridged(alice.leg) == bob.leg
        assert office.engine.hears(alice.leg) == bob.leg
        alice.end()
        await bob.until(At.ENDED)
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
    async with Office(dialects) as office:
        office.desk.register("bob")
        office.answers(xml)
        alice = office.dials(dialect=dialect)
        bob = await office.desk.rings("bob")
        assert alice.at is At.TRYING
        bob.ring()
        await alice.until(At.RINGING)
        assert alice.early
        await asyncio.sleep(0.1)
        assert isinstance(office.engine.hears(alice.leg), Tones)
        bob.answer()
        await alice.until(At.UP)
        await asyncio.sleep(0.1)
        assert office.engine.hears(alice.leg) == bob.leg
        bob.end()
        await alice.until(At.ENDED)


async def _dialled(dialects: Dialects, dialect: str, ends: str) -> tuple[Asked, Office]:
    """Dial bob, whose telephone does `ends`; returns the parameters of the action URL."""
    target = "<Client>bob</Client>" if dialect == "twilio" else "<User>bob</User>"
    async with Office(dialects) as office:
        office.answers(f'<Dial timeout="20" action="http://app.test/done">{target}</Dial>')
        office.web.page("/done", DONE)
        if ends != "is away":
            office.desk.register("bob")
        alice = office.dials(dialect=dialect)
        if ends != "is away":
            bob = await office.desk.rings("bob")
            if ends != "stays silent":
                bob.ring()
            if ends in ("rejects", "is busy"):
                bob.end(Cause.REJECTED if ends == "rejects" else Cause.BUSY)
            elif ends in ("talks", "is left"):
                bob.answer()
                await office.engine.bridged(alice.leg)
                await asyncio.sleep(10)
                (bob if ends == "talks" else alice).end()
            elif ends == "is given up":
                await asyncio.sleep(5)
                alice.end(Cause.CANCELLED)
        asked = await office.web.request("/done")
        await alice.until(At.ENDED)
        await office.shelf.record()
    return asked, office


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
    asked, office = await _dialled(dialects, "twilio", ends)
    assert asked.said["DialCallStatus"] == status
    assert asked.said["DialBridged"] == bridged
    assert asked.said["CallStatus"] == state
    assert asked.said["DialCallSid"] == "CA" + office.shelf.records[0].legs[1].id
    assert asked.said.get("DialCallDuration") == ("10" if bridged == "true" else None)
    caller_gone = ends in ("is left", "is given up")
    assert (office.voice.said == []) is caller_gone


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
    asked, office = await _dialled(dialects, "plivo", ends)
    first, second = office.shelf.records[0].legs
    assert asked.said["DialStatus"] == status
    assert asked.said["DialRingStatus"] == rang
    assert asked.said["DialHangupCause"] == cause
    assert asked.said["DialALegUUID"].replace("-", "") == first.id
    assert asked.said["DialBLegUUID"].replace("-", "") == second.id


async def test_without_an_action_the_next_verb_is_next(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk("<Dial><Client>bob</Client></Dial><Say>still there</Say>")
        bob.end()
        await alice.until(At.ENDED)
    assert [text for text, _, _ in office.voice.said] == ["still there"]


async def test_an_action_without_redirect_does_not_replace_the_document(
    dialects: Dialects,
) -> None:
    xml = '<Dial action="http://app.test/done" redirect="false"><User>bob</User></Dial><Speak>on</Speak>'
    async with Office(dialects) as office:
        office.web.page("/done", DONE)
        alice, bob = await office.talk(xml, "plivo")
        bob.end()
        await alice.until(At.ENDED)
    assert [text for text, _, _ in office.voice.said] == ["on"]
    assert office.web.to("/done")[0].said["DialStatus"] == "completed"


async def test_an_action_without_redirect_may_fail(dialects: Dialects) -> None:
    xml = '<Dial action="http://app.test/gone" redirect="false"><User>bob</User></Dial><Speak>on</Speak>'
    async with Office(dialects) as office:
        alice, bob = await office.talk(xml, "plivo")
        bob.end()
        await alice.until(At.ENDED)
        await office.shelf.record()
    assert [text for text, _, _ in office.voice.said] == ["on"]
    assert "notification-failed" in office.journal()


async def test_a_number_fails_cleanly_until_there_are_trunks(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.answers('<Dial action="/done">+15551230000</Dial>')
        office.web.page("/done", DONE)
        alice = office.dials()
        await alice.until(At.ENDED)
    assert office.web.to("/done")[0].said["DialCallStatus"] == "failed"


async def test_send_digits_are_sent_before_the_bridge(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        xml = '<Dial><Number sendDigits="12">5551230000</Number><Client>bob</Client></Dial>'
        alice, bob = await office.talk(xml)
        assert office.engine.keys(bob.leg) == []
        bob.end()
        await alice.until(At.ENDED)
        office.answers('<Dial><User sendDigits="12w3">bob</User></Dial>')
        alice = office.dials(dialect="plivo")
        bob = await office.desk.rings("bob")
        bob.answer()
        await office.engine.bridged(alice.leg)
        assert office.engine.keys(bob.leg) == ["12w3"]
        bob.end()
        await alice.until(At.ENDED)


async def test_a_callee_that_hangs_up_during_send_digits_was_answered(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.desk.register("bob")
        office.web.page("/done", DONE)
        office.answers(
            '<Dial action="http://app.test/done"><User sendDigits="WWWW1">bob</User></Dial>'
        )
        alice = office.dials(dialect="plivo")
        bob = await office.desk.rings("bob")
        bob.answer()
        await asyncio.sleep(1)
        bob.end()
        await alice.until(At.ENDED)
    assert office.web.to("/done")[0].said["DialStatus"] == "completed"


async def test_callees_get_the_caller_and_the_applications_parameters(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        alice, bob = await office.talk(
            '<Dial callerId="15550100" callerName="The Office" sipHeaders="Order=7"><User>bob</User></Dial>',
            "plivo",
        )
        told = bob.invitation
        assert told is not None
        assert (told.caller, told.caller_name) == ("15550100", "The Office")
        assert dict(told.headers) == {"X-Ph-Order": "7"}
        alice.end()
