"""Finds out who answered a call that a program began, before its application is asked."""

from dataclasses import replace
from typing import TYPE_CHECKING

from offhook.base.journal.media_entries import MachineDetected
from offhook.base.media import NOTHING, Detection
from offhook.calls.machine_detection import AnsweredBy, MachineDetector
from offhook.flow.driver import Driver
from offhook.flow.outbound import OutboundCall
from offhook.flow.script import Script
from offhook.flow.webhook_request import WebhookRequest
from offhook.verbs.context import Redirected
from offhook.verbs.results import MachineResult

if TYPE_CHECKING:
    from offhook.calls.leg import Leg


async def judged(
    driver: Driver, script: Script, call: OutboundCall, first: WebhookRequest
) -> WebhookRequest:
    """The first request, with who answered if the program wants to know that.

    Args:
        driver: The call; its party has answered.
        script: Its documents.
        call: What the program wants.
        first: What to ask.

    Returns:
        The same request; a redirect meanwhile takes its place.

    Raises:
        CallOver: the party is gone.
    """
    if call.machine is None:
        return first
    control = driver.control
    leg: Leg = control.caller_leg
    known = next(
        (e.body for e in control.call.journal if isinstance(e.body, MachineDetected)), None
    )
    if known is not None:
        return _with(first, AnsweredBy(known.by), known.seconds)
    detector = MachineDetector(call.machine, control.now())
    control.media.detect(leg.id, Detection(beep=True, voice=True))
    try:
        while detector.result is None:
            event = await driver.next(detector.deadline)
            if event is None:
                detector.check(control.now())
            elif event.leg == leg.id:
                detector.handle(event, control.now())
    except Redirected:
        return script.redirected() or first
    finally:
        control.media.detect(leg.id, NOTHING)
    by, seconds = detector.result, round(detector.decided_s, 3)
    control.note(MachineDetected(by=str(by), seconds=seconds), leg.id)
    return _with(first, by, seconds)


def _with(first: WebhookRequest, by: AnsweredBy, seconds: float) -> WebhookRequest:
    return replace(first, result=MachineResult(by=by, seconds=seconds))
