"""The requests to the application, and what becomes of a call when its responses are unusable."""

import pytest
from offhook.base.causes import Cause
from offhook.base.web import WebFault
from offhook.dialects.base import Dialect
from offhook.flow import call_task, script, webhook_request
from offhook.testing.fake_signal import CallState
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page, ReceivedRequest

Dialects = dict[str, Dialect]
_TESTED = (webhook_request, call_task, script)
FALLBACK = "http://app.test/fallback"
SORRY = {
    "twilio": "<Response><Say>sorry</Say></Response>",
    "plivo": "<Response><Speak>sorry</Speak></Response>",
}

BAD: dict[str, tuple[Page, str, str]] = {
    "404": (Page(body="", status=404), "11200", "7011"),
    "500": (Page(body="", status=500), "11200", "7011"),
    "slow": (Page(body="<Response/>", delay_s=100), "11200", "7011"),
    "refused": (Page(body="", fault=WebFault.CONNECT), "11205", "7011"),
    "unconnected": (Page(body="", fault=WebFault.CONNECT_TIMEOUT), "11201", "7011"),
    "no name": (Page(body="", fault=WebFault.DNS), "11210", "7011"),
    "forbidden": (Page(body="", fault=WebFault.FORBIDDEN_ADDRESS), "11210", "7011"),
    "tls": (Page(body="", fault=WebFault.TLS), "11220", "7011"),
    "redirects": (Page(body="", fault=WebFault.REDIRECTS), "11215", "7011"),
    "garbage": (Page(body=b"\x00\xff\xfe"), "12100", "8011"),
    "huge": (Page(body="x" * 10_000_000), "11750", "7011"),
    "empty": (Page(body=""), "11770", "8011"),
    "wrong root": (Page(body="<Vxml/>"), "12102", "8011"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_an_answer_that_is_no_good_leads_to_the_fallback(
    dialects: Dialects, dialect: str, name: str
) -> None:
    page, *codes = BAD[name]
    code = codes[0] if dialect == "twilio" else codes[1]
    async with UnitHarness(dialects, fallback_url=FALLBACK, fallback_method="GET") as harness:
        harness.web.page("/answer", page)
        harness.web.page("/fallback", SORRY[dialect])
        alice = harness.call(dialect=dialect)
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    asked = harness.web.requests_to("/fallback")[0]
    assert asked.method == "GET"
    assert [text for text, _, _ in harness.speech.requests] == ["sorry"]
    assert record.cause is Cause.DOCUMENT_ENDED
    failed = [entry.details["code"] for entry in record.journal if entry.event == "document-failed"]
    assert failed == [code]
    if dialect == "twilio":
        assert (asked.parameters["ErrorCode"], asked.parameters["ErrorUrl"]) == (
            code,
            "http://app.test/answer",
        )


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_without_a_fallback_the_call_ends_with_the_reason(
    dialects: Dialects, dialect: str, name: str
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/answer", BAD[name][0])
        alice = harness.call(dialect=dialect)
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
    assert alice.cause is Cause.APPLICATION_ERROR
    reported = dict(harness.records.callbacks[0].request.form)
    if dialect == "twilio":
        assert reported["CallStatus"] == "failed"
    else:
        assert reported["HangupCauseCode"] == BAD[name][2]
        assert (reported["HangupSource"], reported["CallStatus"]) == ("Error", "failed")


@pytest.mark.parametrize(("dialect", "asks"), [("twilio", 1), ("plivo", 0)])
async def test_only_one_dialect_falls_back_for_an_action(
    dialects: Dialects, dialect: str, asks: int
) -> None:
    verb = "<Redirect>http://app.test/gone</Redirect>"
    async with UnitHarness(dialects, fallback_url=FALLBACK) as harness:
        harness.set_answer(verb)
        harness.web.page("/fallback", SORRY[dialect])
        alice = harness.call(dialect=dialect)
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
    assert len(harness.web.requests_to("/fallback")) == asks
    if dialect == "plivo":
        assert dict(harness.records.callbacks[0].request.form)["HangupCauseCode"] == "7014"


async def test_a_fallback_has_no_fallback(dialects: Dialects) -> None:
    async with UnitHarness(dialects, fallback_url=FALLBACK) as harness:
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
    assert len(harness.web.requests) == 2
    assert alice.cause is Cause.APPLICATION_ERROR


@pytest.mark.threat("call-loops")
async def test_documents_that_go_round_in_circles_are_stopped(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Redirect/>")
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert 100 <= len(harness.web.requests) <= 105
    assert "too-many-documents" in harness.journal()
    assert record.cause is Cause.APPLICATION_ERROR


async def test_a_menu_that_repeats_for_an_hour_is_no_circle(dialects: Dialects) -> None:
    def menu(asked: ReceivedRequest) -> str:
        return "<Response><Hangup/></Response>" if asked.at > 3_600 else again

    again = '<Response><Pause length="5"/><Redirect/></Response>'
    async with UnitHarness(dialects) as harness:
        harness.web.page("/answer", Page(body=menu))
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
    assert len(harness.web.requests) > 700
    assert alice.cause is Cause.NORMAL


async def test_parameters_of_page_and_token_reach_the_application(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Hangup/>")
        for dialect in ("twilio", "plivo"):
            line = harness.signal.call(
                harness.party("alice", dialect, order="from the token"),
                "bob",
                parameters={
                    "order": "from the page",
                    "tier": "gold",
                    "From": "forged",
                    "CallSid": "forged",
                },
                headers={"X-PH-Colour": "red", "Subject": "hello"},
            )
            await line.wait_for(CallState.ENDED)
    first, second = harness.web.requests_to("/answer")
    assert first.parameters["order"] == "from the token"
    assert first.parameters["tier"] == "gold"
    assert first.parameters["From"] == "client:alice"
    assert first.parameters["CallSid"].startswith("CA")
    assert first.parameters["SipHeader_Subject"] == "hello"
    assert second.parameters["X-PH-Colour"] == "red"
    assert second.parameters["X-PH-order"] == "from the token"
    assert second.parameters["From"] == "sip:alice@phone.plivo.com"
    assert "Subject" not in second.parameters


async def test_a_get_has_all_parameters_once_after_redirects(
    dialects: Dialects,
) -> None:
    async with UnitHarness(
        dialects, answer_method="GET", answer_url="http://app.test/answer?app=1#rc=0"
    ) as harness:
        harness.set_answer('<Redirect method="GET"/>')
        harness.web.page(
            "/answer",
            Page(
                body=lambda asked: (
                    '<Response><Redirect method="GET"/></Response>'
                    if len(harness.web.requests) < 3
                    else f"<Response><Say>{asked.parameters['app']}</Say></Response>"
                )
            ),
        )
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
    assert [text for text, _, _ in harness.speech.requests] == ["1"]
    assert all(asked.url.count("CallSid=") == 1 for asked in harness.web.requests)
    assert all("#" not in asked.url for asked in harness.web.requests)


async def test_warnings_of_a_document_are_in_the_journal(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Stream/><Hangup/>")
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    warned = [entry.details for entry in record.journal if entry.event == "document-warning"]
    assert len(warned) == 1
    assert "<Stream>" in str(warned[0]["message"])


async def test_an_internal_error_still_leaves_a_record(
    dialects: Dialects, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_asked: ReceivedRequest) -> str:
        raise ZeroDivisionError

    async with UnitHarness(dialects) as harness:
        harness.web.page("/answer", Page(body=crash))
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.cause is Cause.FAILED
    assert "call-crashed" in harness.journal()
    assert "script.crashed" in caplog.text


async def test_an_offer_that_is_useless_ends_the_call_when_it_would_be_answered(
    dialects: Dialects,
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Say>hello</Say><Say>never</Say>")
        alice = harness.call(sdp="bad")
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert alice.cause is Cause.INCOMPATIBLE_MEDIA
    assert record.answered_at is None
    assert harness.journal().count("leg-ended") == 1


UNREACHABLE = {
    "twilio": '<Dial answerOnBridge="true"><Client>bob</Client></Dial>',
    "plivo": "<Dial><User>sip:bob@phone.plivo.com</User></Dial>",
}


@pytest.mark.parametrize("cause", [Cause.BUSY, Cause.REJECTED, Cause.UNREACHABLE])
@pytest.mark.parametrize("after", ["nothing", "an action that has nothing to say"])
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_an_unanswered_caller_gets_the_cause_of_the_failed_dial(
    dialects: Dialects, dialect: str, after: str, cause: Cause
) -> None:
    action = "" if after == "nothing" else ' action="http://app.test/action"'
    async with UnitHarness(dialects) as harness:
        harness.web.page("/action", "<Response/>")
        harness.set_answer(UNREACHABLE[dialect].replace("<Dial", f"<Dial{action}"))
        if cause is not Cause.UNREACHABLE:
            harness.signal.register("bob")
        alice = harness.call(dialect=dialect)
        if cause is not Cause.UNREACHABLE:
            bob = await harness.signal.next_invite("bob")
            bob.ring()
            bob.end(cause)
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert alice.cause is cause
    assert record.cause is cause


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_an_answered_caller_gets_the_end_of_the_document(
    dialects: Dialects, dialect: str
) -> None:
    say = "<Say>sorry</Say>" if dialect == "twilio" else "<Speak>sorry</Speak>"
    async with UnitHarness(dialects) as harness:
        harness.set_answer(UNREACHABLE[dialect] + say)
        alice = harness.call(dialect=dialect)
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
    assert alice.cause is Cause.DOCUMENT_ENDED


async def test_parameters_with_blanks_in_their_names_reach_application_and_callee(
    dialects: dict[str, Dialect],
) -> None:
    xml = (
        '<Dial><Client><Identity>bob</Identity><Parameter name="order no" value="a&#10;b"/>'
        "</Client></Dial>"
    )
    async with UnitHarness(dialects) as harness:
        harness.signal.register("bob")
        harness.set_answer(xml)
        alice = harness.signal.call(harness.party(), "bob", parameters={"first name": "Zoë K."})
        bob = await harness.signal.next_invite("bob")
        assert bob.invitation is not None
        assert bob.invitation.parameters == {"order no": "a\nb"}
        assert harness.web.requests[0].parameters["first name"] == "Zoë K."
        alice.end()
        await harness.records.record()
