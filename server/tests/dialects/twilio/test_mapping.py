"""States, ids and callbacks in the vendor's words."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.base.accounts import Application
from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.records import CallRecord, LegRecord
from offhook.base.web import WebFailure, WebFault
from offhook.dialects.twilio import callbacks, dial, mapping, params
from offhook.dialects.twilio.dialect import Twilio
from offhook.verbs.base import CallState, Purpose, WebhookContext
from offhook.verbs.results import DialResult

_TESTED = (callbacks, dial, params)
ACCOUNT = AccountId("MA0123456789ABCDEFGH")
APPLICATION = ApplicationId("0" * 31 + "a")
BEGAN = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)


def _ask(**more: object) -> WebhookContext:
    plugins: dict[str, object] = {
        "purpose": Purpose.ANSWER,
        "account": ACCOUNT,
        "application": APPLICATION,
        "call": CallId("c" * 32),
        "direction": "inbound",
        "caller": "client:alice",
        "callee": "bob",
        "state": CallState.RINGING,
    }
    return WebhookContext(**(plugins | more))  # type: ignore[arg-type]


def _dialled(cause: Cause, *, answered: bool = False, cancelled: bool = False) -> DialResult:
    return DialResult(
        caller=LegId("c" * 32),
        callee=LegId("d" * 32),
        answered=answered,
        rang=True,
        duration_s=61.4 if answered else 0,
        cause=cause,
        cancelled=cancelled,
    )


def _record(cause: Cause, answered_s: float | None) -> CallRecord:
    answered_at = None if answered_s is None else BEGAN
    ended_at = BEGAN + timedelta(seconds=answered_s or 5)
    leg = LegRecord(
        id=LegId("c" * 32),
        direction="inbound",
        peer="client:alice",
        started_at=BEGAN,
        answered_at=answered_at,
        ended_at=ended_at,
        cause=cause,
        ended_by="server",
    )
    return CallRecord(
        id=CallId("c" * 32),
        account=ACCOUNT,
        application=APPLICATION,
        dialect="twilio",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        started_at=BEGAN,
        answered_at=answered_at,
        ended_at=ended_at,
        cause=cause,
        legs=(leg,),
        journal=(),
    )


def test_the_standard_parameters_are_there() -> None:
    said = dict(Twilio().parameters(_ask()))
    assert said == {
        "CallSid": "CA" + "c" * 32,
        "AccountSid": mapping.account_sid(ACCOUNT),
        "From": "client:alice",
        "To": "bob",
        "Caller": "client:alice",
        "Called": "bob",
        "CallStatus": "ringing",
        "ApiVersion": "2010-04-01",
        "Direction": "inbound",
        "ApplicationSid": "AP" + "0" * 31 + "a",
    }


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=18, max_size=18))
def test_an_account_has_a_sid_that_reads_back(tail: str) -> None:
    sid = mapping.account_sid(AccountId(f"MA{tail}"))
    assert re.fullmatch(r"AC[0-9a-f]{32}", sid)
    assert mapping.account_sid(AccountId(f"MA{tail[::-1]}")) != sid or tail == tail[::-1]


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (Cause.BUSY, "busy"),
        (Cause.REJECTED, "busy"),
        (Cause.NO_ANSWER, "no-answer"),
        (Cause.UNREACHABLE, "no-answer"),
        (Cause.NOT_FOUND, "no-answer"),
        (Cause.NO_ROUTE, "failed"),
        (Cause.FAILED, "failed"),
        (Cause.INCOMPATIBLE_MEDIA, "failed"),
        (Cause.ENDPOINT_LOST, "failed"),
    ],
)
def test_an_unanswered_dial_has_a_status(cause: Cause, status: str) -> None:
    said = dict(Twilio().parameters(_ask(result=_dialled(cause))))
    assert said["DialCallStatus"] == status
    assert said["DialBridged"] == "false"
    assert "DialCallDuration" not in said


def test_an_answered_dial_has_its_duration() -> None:
    said = dict(Twilio().parameters(_ask(result=_dialled(Cause.NORMAL, answered=True))))
    assert said["DialCallStatus"] == "completed"
    assert (said["DialCallSid"], said["DialCallDuration"]) == ("CA" + "d" * 32, "61")


def test_a_dial_that_the_caller_gave_up_was_cancelled() -> None:
    result = _dialled(Cause.CANCELLED, cancelled=True)
    assert dict(Twilio().parameters(_ask(result=result)))["DialCallStatus"] == "canceled"


@pytest.mark.parametrize("fault", WebFault)
def test_every_failure_has_a_code(fault: WebFault) -> None:
    code = Twilio().failure_code(WebFailure(fault, "https://a.example"), Purpose.ACTION)
    assert re.fullmatch(r"11[0-9]{3}", code)


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("answered_s", [None, 61.0])
def test_every_cause_is_in_the_status_callback(cause: Cause, answered_s: float | None) -> None:
    application = Application(
        id=APPLICATION,
        account=ACCOUNT,
        name="a",
        dialect="twilio",
        answer_url="https://a.example/",
        hangup_url="https://a.example/ended?x=1#rc=2",
    )
    (hangup_callbacks,) = Twilio().callbacks(
        _record(cause, answered_s), application, secret="s" * 40, nonce="1" * 20
    )
    said = dict(hangup_callbacks.request.form)
    assert said["CallStatus"] in ("completed", "busy", "no-answer", "failed")
    assert (said["CallStatus"] == "completed") is (
        answered_s is not None or cause is Cause.DOCUMENT_ENDED
    )
    assert (said["CallDuration"], said["Duration"]) == (
        ("0", "0") if answered_s is None else ("61", "2")
    )
    assert said["Timestamp"].endswith("+0000")
    assert hangup_callbacks.request.url == "https://a.example/ended?x=1"
    assert hangup_callbacks.request.limits.retries == 2
    signing = hangup_callbacks.request.signing
    assert signing is not None
    assert (signing.dialect, signing.secret) == ("twilio", "s" * 40)


def test_a_callback_by_get_carries_all_in_its_url() -> None:
    application = Application(
        id=APPLICATION,
        account=ACCOUNT,
        name="a",
        dialect="twilio",
        answer_url="https://a.example/",
        hangup_url="https://a.example/ended",
        hangup_method="GET",
    )
    (hangup_callbacks,) = Twilio().callbacks(
        _record(Cause.NORMAL, 3), application, secret="s", nonce="1" * 20
    )
    assert "CallStatus=completed" in hangup_callbacks.request.full_url


def test_without_a_callback_url_no_callback_is_sent() -> None:
    application = Application(
        id=APPLICATION, account=ACCOUNT, name="a", dialect="twilio", answer_url="https://a.example/"
    )
    assert (
        Twilio().callbacks(_record(Cause.NORMAL, 3), application, secret="s", nonce="1" * 20) == ()
    )


def test_a_fallback_gets_the_failure_and_has_no_fallback_itself() -> None:
    falling_back = {purpose for purpose in Purpose if Twilio().falls_back(purpose)}
    assert falling_back == {Purpose.ANSWER, Purpose.ACTION, Purpose.REDIRECT}


@pytest.mark.parametrize(
    "id", ["a" * 32, "0123456789abcdef" * 2, "12345678901234567", "9" * 17, "1" + "0" * 16]
)
def test_an_application_sid_is_read_back(id: str) -> None:
    sid = mapping.application_sid(ApplicationId(id))
    assert re.fullmatch("AP[0-9a-f]{32}", sid)
    assert mapping.application_id(sid) == id
    assert mapping.application_id(f"AP{id}") == mapping.application_id(id) == id


@pytest.mark.parametrize("zeros", [1, 9, 10, 11, 12, 31])
def test_an_id_that_begins_with_zeros_is_no_number(zeros: int) -> None:
    id = "0" * zeros + "a" * (32 - zeros)
    assert mapping.application_id(f"AP{id}") == id
