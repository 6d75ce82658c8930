"""How a dial ended and who ended the call stand in the record and reach the caller's page."""

from typing import Final

import pytest
from offhook.base.cause_catalog import CAUSES
from offhook.base.causes import Cause
from offhook.base.commands import Notify
from offhook.base.records import CallRecord, DialRecord
from offhook.calls import outcome
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.unit_harness import UnitHarness

Dialects = dict[str, Dialect]

_DIALS: Final = {
    "twilio": {
        "bob": "<Dial timeout='5'><Client>bob</Client></Dial>",
        "number": "<Dial>+15551230000</Dial>",
    },
    "plivo": {
        "bob": "<Dial timeout='5'><User>bob</User></Dial>",
        "number": "<Dial><Number>15551230000</Number></Dial>",
    },
}
_SPOKEN: Final = {"twilio": "<Say>sorry</Say>", "plivo": "<Speak>sorry</Speak>"}


async def _call(
    dialects: Dialects, dialect: str, what: str, *, then: str = ""
) -> tuple[FakeLeg, CallRecord]:
    """Dial bob or a number; he does `what`; then the application goes on."""
    xml = _DIALS[dialect]["number" if what == "number" else "bob"]
    async with UnitHarness(dialects) as harness:
        harness.set_answer(xml + then)
        if what not in ("away", "number"):
            harness.signal.register("bob")
        alice = harness.call(dialect=dialect)
        if what not in ("away", "number"):
            bob = await harness.signal.next_invite("bob")
            bob.ring()
            if what in ("rejected", "busy"):
                bob.end(Cause(what))
            elif what != "rings":
                bob.answer()
                await harness.media.wait_bridged(alice.leg)
                if what == "is lost":
                    bob.end(Cause.ENDPOINT_LOST)
                else:
                    (bob if what == "hangs up" else alice).end()
        await alice.wait_for(CallState.ENDED)
        return alice, await harness.records.record()


def _notices(line: FakeLeg) -> list[tuple[str, ...]]:
    return [
        tuple(map(str, sent.details.values()))
        for sent in line.received
        if isinstance(sent, Notify) and sent.event == "dial-ended"
    ]


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
@pytest.mark.parametrize(
    ("what", "cause", "by"),
    [
        ("rejected", Cause.REJECTED, "callee"),
        ("busy", Cause.BUSY, "callee"),
        ("away", Cause.UNREACHABLE, "server"),
        ("number", Cause.NO_ROUTE, "server"),
        ("rings", Cause.NO_ANSWER, "server"),
    ],
)
async def test_a_failed_dial_stands_in_the_record_although_the_application_goes_on(
    dialects: Dialects, dialect: str, what: str, cause: Cause, by: str
) -> None:
    alice, record = await _call(dialects, dialect, what, then=_SPOKEN[dialect])
    assert record.dialled == DialRecord(leg=record.legs[1].id, answered=False, cause=cause, by=by)
    assert (record.cause, record.hung_up_by) == (Cause.DOCUMENT_ENDED, "application")
    assert _notices(alice) == [("False", str(cause), by, CAUSES[cause].sentence)]


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_call_that_the_callee_ends_is_attributed_to_it(
    dialects: Dialects, dialect: str
) -> None:
    alice, record = await _call(dialects, dialect, "hangs up")
    assert record.dialled is not None
    assert (record.dialled.answered, record.dialled.cause) == (True, Cause.NORMAL)
    assert (record.cause, record.hung_up_by) == (Cause.DOCUMENT_ENDED, "callee")
    assert _notices(alice) == [("True", "normal", "callee", CAUSES[Cause.NORMAL].sentence)]


async def test_verbs_after_the_dial_attribute_the_end_to_the_application(
    dialects: Dialects,
) -> None:
    _, record = await _call(dialects, "twilio", "hangs up", then="<Say>bye</Say>")
    assert record.hung_up_by == "application"
    assert record.dialled is not None
    assert record.dialled.by == "callee"


async def test_a_caller_who_hangs_up_gets_no_more_notices(dialects: Dialects) -> None:
    alice, record = await _call(dialects, "twilio", "caller hangs up")
    assert record.hung_up_by == "caller"
    assert record.dialled is not None
    assert (record.dialled.answered, record.dialled.by) == (True, "caller")
    assert _notices(alice) == []


async def test_a_lost_endpoint_did_not_end_the_call(dialects: Dialects) -> None:
    _, record = await _call(dialects, "twilio", "is lost")
    assert record.dialled is not None
    assert (record.dialled.cause, record.dialled.by) == (Cause.ENDPOINT_LOST, "server")
    assert record.hung_up_by == "application"


async def test_a_call_without_a_dial_has_no_outcome_of_one(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Say>hello</Say>")
        alice = harness.call(dialect="twilio")
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.dialled is None
    assert record.hung_up_by == "application"


@pytest.mark.parametrize(
    ("cause", "by", "who"),
    [
        (Cause.NORMAL, "peer", "caller"),
        (Cause.CANCELLED, "peer", "caller"),
        (Cause.TRANSFERRED, "server", "caller"),
        (Cause.NORMAL, "other-leg", "callee"),
        (Cause.NORMAL, "server", "application"),
        (Cause.REJECTED, "server", "application"),
        (Cause.ENDPOINT_LOST, "peer", "server"),
        (Cause.APPLICATION_ERROR, "server", "server"),
        (Cause.SHUTDOWN, "server", "server"),
        (Cause.TIME_LIMIT, "server", "server"),
    ],
)
def test_without_a_dial_the_caller_leg_determines_who_ended_the_call(
    cause: Cause, by: str, who: str
) -> None:
    assert outcome.hung_up_by(cause, by, None) == who
