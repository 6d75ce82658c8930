"""States, ids and callbacks in the vendor's words."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from offhook.base.accounts import Application
from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.journal.entry import Entry
from offhook.base.journal.script_entries import DocumentFailed
from offhook.base.records import CallRecord, LegRecord
from offhook.base.web import WebFailure, WebFault
from offhook.dialects.plivo import callbacks, dial, mapping, params
from offhook.dialects.plivo.dialect import Plivo
from offhook.verbs.base import CallState, Purpose, WebhookContext
from offhook.verbs.results import DialResult
from plivo.utils import validate_v3_signature

_TESTED = (callbacks, dial, params)
ACCOUNT = AccountId("MA0123456789ABCDEFGH")
APPLICATION = ApplicationId("0" * 31 + "a")
CALL = "0123456789abcdef0123456789abcdef"
UUID = "01234567-89ab-cdef-0123-456789abcdef"
BEGAN = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
NONCE = "12345678901234567890"


def _ask(**more: object) -> WebhookContext:
    plugins: dict[str, object] = {
        "purpose": Purpose.ANSWER,
        "account": ACCOUNT,
        "application": APPLICATION,
        "call": CallId(CALL),
        "direction": "inbound",
        "caller": "client:alice",
        "callee": "bob",
        "state": CallState.RINGING,
    }
    return WebhookContext(**(plugins | more))  # type: ignore[arg-type]


def _record(
    cause: Cause, answered_s: float | None, by: str = "server", failed: str | None = None
) -> CallRecord:
    answered_at = None if answered_s is None else BEGAN
    ended_at = BEGAN + timedelta(seconds=answered_s or 5)
    leg = LegRecord(
        id=LegId(CALL),
        direction="inbound",
        peer="client:alice",
        started_at=BEGAN,
        answered_at=answered_at,
        ended_at=ended_at,
        cause=cause,
        ended_by=by,
    )
    line = Entry(number=0, at=0.0, body=DocumentFailed(code=failed or "", reason="no answer"))
    return CallRecord(
        id=CallId(CALL),
        account=ACCOUNT,
        application=APPLICATION,
        dialect="plivo",
        direction="inbound",
        caller="client:alice",
        callee="+15551230000",
        started_at=BEGAN,
        answered_at=answered_at,
        ended_at=ended_at,
        cause=cause,
        legs=(leg,),
        journal=() if failed is None else (line,),
    )


def _application(**more: str) -> Application:
    plugins = {"name": "a", "dialect": "plivo", "answer_url": "https://a.example/"}
    return Application(id=APPLICATION, account=ACCOUNT, **(plugins | more))


def _parameters(record: CallRecord) -> dict[str, str]:
    application = _application(hangup_url="https://a.example/ended")
    (hangup_callbacks,) = Plivo().callbacks(record, application, secret="s" * 40, nonce=NONCE)
    return dict(hangup_callbacks.request.form)


def test_the_standard_parameters_are_there() -> None:
    assert dict(Plivo().parameters(_ask())) == {
        "CallUUID": UUID,
        "From": "sip:alice@phone.plivo.com",
        "To": "sip:bob@phone.plivo.com",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "CallerName": "alice",
        "ParentAuthID": ACCOUNT,
        "Event": "StartApp",
    }


@pytest.mark.parametrize(
    ("address", "spelled"),
    [
        ("client:alice", "sip:alice@phone.plivo.com"),
        ("client:ann@example.com", "sip:ann%40example.com@phone.plivo.com"),
        ("client:bob;x=1", "sip:bob%3Bx%3D1@phone.plivo.com"),
        ("client:bob?x", "sip:bob%3Fx@phone.plivo.com"),
        ("client:auth0|5f7", "sip:auth0%7C5f7@phone.plivo.com"),
        ("client:15551230000", "sip:15551230000@phone.plivo.com"),
        ("client:sip:bob@localhost", "sip:sip%3Abob%40localhost@phone.plivo.com"),
        ("+15551230000", "15551230000"),
        ("15551230000", "15551230000"),
        ("sip:bob@phone.plivo.com", "sip:bob@phone.plivo.com"),
        ("SIPS:bob@example.com", "SIPS:bob@example.com"),
        ("bob@phone.plivo.com", "sip:bob@phone.plivo.com"),
        ("bob@example.com", "sip:bob%40example.com@phone.plivo.com"),
        ("Zoë K.", "sip:Zo%C3%AB%20K.@phone.plivo.com"),
        ("", ""),
    ],
)
def test_parties_are_uris_or_digits(address: str, spelled: str) -> None:
    assert mapping.party(address) == spelled


@pytest.mark.parametrize(
    ("cause", "rang", "status", "hangup"),
    [
        (Cause.BUSY, True, "busy", "USER_BUSY"),
        (Cause.REJECTED, True, "busy", "CALL_REJECTED"),
        (Cause.NO_ANSWER, True, "no-answer", "NO_ANSWER"),
        (Cause.NO_ANSWER, False, "timeout", "NO_ANSWER"),
        (Cause.UNREACHABLE, False, "failed", "USER_NOT_REGISTERED"),
        (Cause.NO_ROUTE, False, "failed", "NO_ROUTE_DESTINATION"),
        (Cause.FAILED, False, "failed", "NORMAL_TEMPORARY_FAILURE"),
    ],
)
def test_an_unanswered_dial_has_a_status(
    cause: Cause, rang: bool, status: str, hangup: str
) -> None:
    result = DialResult(
        caller=LegId(CALL), callee=None, answered=False, rang=rang, duration_s=0, cause=cause
    )
    said = dict(Plivo().parameters(_ask(purpose=Purpose.ACTION, result=result)))
    assert (said["DialStatus"], said["DialHangupCause"]) == (status, hangup)
    assert said["DialALegUUID"] == UUID
    assert "DialBLegUUID" not in said
    assert "Event" not in said


def test_page_parameters_have_the_prefix_of_custom_headers() -> None:
    ask = _ask(
        headers={"X-PH-One": "1", "x-ph-two": "2", "Subject": "no"},
        parameters={"order": "3", "X-PH-Four": "4", "bad name": "no", "From": "5"},
    )
    said = dict(Plivo().parameters(ask))
    assert {name: value for name, value in said.items() if name[:5].upper() == "X-PH-"} == {
        "X-PH-One": "1",
        "x-ph-two": "2",
        "X-PH-order": "3",
        "X-PH-Four": "4",
        "X-PH-From": "5",
    }
    assert said["From"] == "sip:alice@phone.plivo.com"


@pytest.mark.parametrize("fault", WebFault)
@pytest.mark.parametrize("purpose", Purpose)
def test_every_failure_has_a_code(fault: WebFault, purpose: Purpose) -> None:
    code = Plivo().failure_code(WebFailure(fault, "https://a.example"), purpose)
    assert re.fullmatch(r"70[12][124]", code)


def test_a_url_that_is_none_has_codes_of_its_own() -> None:
    failure = WebFailure(WebFault.BAD_URL, "/relative")
    codes = [Plivo().failure_code(failure, p) for p in (Purpose.ACTION, Purpose.REDIRECT)]
    assert codes == ["7022", "7024"]


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("answered_s", [None, 61.0])
def test_every_cause_is_in_the_hangup_callback(cause: Cause, answered_s: float | None) -> None:
    said = _parameters(_record(cause, answered_s))
    assert said["CallStatus"] in ("completed", "busy", "no-answer", "failed", "cancel")
    assert re.fullmatch(r"[0-9]{4}", said["HangupCauseCode"])
    assert said["HangupCauseName"]
    assert (said["Duration"], said["BillDuration"]) == (
        ("0", "0") if answered_s is None else ("61", "120")
    )
    assert said["StartTime"] == "2026-11-20 10:15:00+00:00"
    assert (said["AnswerTime"] == "") is (answered_s is None)
    assert said["To"] == "15551230000"


@pytest.mark.parametrize(
    ("cause", "by", "failed", "code", "name", "source"),
    [
        (Cause.NORMAL, "peer", None, "4000", "Normal Hangup", "Caller"),
        (Cause.DOCUMENT_ENDED, "server", None, "4010", "End Of XML Instructions", "Answer XML"),
        (Cause.CANCELLED, "peer", None, "1000", "Canceled", "Caller"),
        (Cause.TIME_LIMIT, "server", None, "6000", "Scheduled Hangup", "Plivo"),
        (Cause.APPLICATION_ERROR, "server", "7011", "7011", "Error Reaching Answer URL", "Error"),
        (Cause.APPLICATION_ERROR, "server", "7022", "7022", "Invalid Action URL", "Error"),
        (Cause.APPLICATION_ERROR, "server", "8014", "8014", "Invalid Redirect XML", "Error"),
        (Cause.APPLICATION_ERROR, "server", None, "5020", "System Error", "Error"),
    ],
)
def test_the_callback_has_who_ended_the_call_and_why(
    cause: Cause, by: str, failed: str | None, code: str, name: str, source: str
) -> None:
    said = _parameters(_record(cause, 3.0, by, failed))
    found = (said["HangupCauseCode"], said["HangupCauseName"], said["HangupSource"])
    assert found == (code, name, source)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_callbacks_are_signed(method: str) -> None:
    application = _application(hangup_url="https://a.example/ended?x=1#rc=0", hangup_method=method)
    (hangup_callbacks,) = Plivo().callbacks(
        _record(Cause.NORMAL, 3), application, secret="s", nonce=NONCE
    )
    request = hangup_callbacks.request
    assert request.limits.retries == 0
    assert request.signing is not None
    form = request.form if method == "POST" else ()
    headers = Plivo().sign(
        method, request.full_url, form, secret=request.signing.secret, nonce=request.signing.nonce
    )
    for header in ("X-Plivo-Signature-V3", "X-Plivo-Signature-Ma-V3"):
        assert validate_v3_signature(
            method, request.full_url, NONCE, "s", headers[header], dict(form)
        )


def test_without_a_callback_url_no_callback_is_sent() -> None:
    assert (
        Plivo().callbacks(_record(Cause.NORMAL, 3), _application(), secret="s", nonce=NONCE) == ()
    )


def test_only_the_answer_url_has_a_fallback() -> None:
    assert [purpose for purpose in Purpose if Plivo().falls_back(purpose)] == [Purpose.ANSWER]
