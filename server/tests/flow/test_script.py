"""The requests to the application, and what becomes of a call when its responses are unusable."""

import pytest
from offhook.base.causes import Cause
from offhook.base.web import WebFault
from offhook.dialects.base import Dialect
from offhook.flow import call_task, script, webhook_request
from offhook.testing.desk import At
from offhook.testing.office import Office
from offhook.testing.web import Asked, Page

Dialects = dict[str, Dialect]
_TESTED = (webhook_request, call_task, script)
FALLBACK = "http://app.test/fallback"
SORRY = {
    "twilio": "<Response><Say>sorry</Say></Response>",
    "plivo": "<Response><Speak>sorry</Speak></Response>",
}

BAD: dict[str, tuple[Page, str, str]] = {
    "404": (Page(answer="", status=404), "11200", "7011"),
    "500": (Page(answer="", status=500), "11200", "7011"),
    "slow": (Page(answer="<Response/>", late_s=100), "11200", "7011"),
    "refused": (Page(answer="", fault=WebFault.CONNECT), "11205", "7011"),
    "unconnected": (Page(answer="", fault=WebFault.CONNECT_TIMEOUT), "11201", "7011"),
    "no name": (Page(answer="", fault=WebFault.DNS), "11210", "7011"),
    "forbidden": (Page(answer="", fault=WebFault.FORBIDDEN_ADDRESS), "11210", "7011"),
    "tls": (Page(answer="", fault=WebFault.TLS), "11220", "7011"),
    "redirects": (Page(answer="", fault=WebFault.REDIRECTS), "11215", "7011"),
    "garbage": (Page(answer=b"\x00\xff\xfe"), "12100", "8011"),
    "huge": (Page(answer="x" * 10_000_000), "11750", "7011"),
    "empty": (Page(answer=""), "11770", "8011"),
    "wrong root": (Page(answer="<Vxml/>"), "12102", "8011"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_an_answer_that_is_no_good_leads_to_the_fallback(
    dialects: Dialects, dialect: str, name: str
) -> None:
    page, *codes = BAD[name]
    code = codes[0] if dialect == "twilio" else codes[1]
    async with Office(dialects, fallback_url=FALLBACK, fallback_method="GET") as office:
        office.web.page("/answer", page)
        office.web.page("/fallback", SORRY[dialect])
        alice = office.dials(dialect=dialect)
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    asked = office.web.to("/fallback")[0]
    assert asked.method == "GET"
    assert [text for text, _, _ in office.voice.said] == ["sorry"]
    assert record.cause is Cause.DOCUMENT_ENDED
    failed = [entry.details["code"] for entry in record.journal if entry.event == "document-failed"]
    assert failed == [code]
    if dialect == "twilio":
        assert (asked.said["ErrorCode"], asked.said["ErrorUrl"]) == (code, "http://app.test/answer")


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_without_a_fallback_the_call_ends_with_the_reason(
    dialects: Dialects, dialect: str, name: str
) -> None:
    async with Office(dialects) as office:
        office.web.page("/answer", BAD[name][0])
        alice = office.dials(dialect=dialect)
        await alice.until(At.ENDED)
        await office.shelf.record()
    assert alice.cause is Cause.APPLICATION_ERROR
    told = dict(office.shelf.callbacks[0].request.form)
    if dialect == "twilio":
        assert told["CallStatus"] == "failed"
    else:
        assert told["HangupCauseCode"] == BAD[name][2]
        assert (told["HangupSource"], told["CallStatus"]) == ("Error", "failed")


@pytest.mark.parametrize(("dialect", "asks"), [("twilio", 1), ("plivo", 0)])
async def test_only_one_dialect_falls_back_for_an_action(
    dialects: Dialects, dialect: str, asks: int
) -> None:
    verb = "<Redirect>http://app.test/gone</Redirect>"
    async with Office(dialects, fallback_url=FALLBACK) as office:
        office.answers(verb)
        office.web.page("/fallback", SORRY[dialect])
        alice = office.dials(dialect=dialect)
        await alice.until(At.ENDED)
        await office.shelf.record()
    assert len(office.web.to("/fallback")) == asks
    if dialect == "plivo":
        assert dict(office.shelf.callbacks[0].request.form)["HangupCauseCode"] == "7014"


async def test_a_fallback_has_no_fallback(dialects: Dialects) -> None:
    async with Office(dialects, fallback_url=FALLBACK) as office:
        alice = office.dials()
        await alice.until(At.ENDED)
    assert len(office.web.asked) == 2
    assert alice.cause is Cause.APPLICATION_ERROR


@pytest.mark.threat("call-loops")
async def test_documents_that_go_round_in_circles_are_stopped(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.answers("<Redirect/>")
        alice = office.dials()
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    assert 100 <= len(office.web.asked) <= 105
    assert "too-many-documents" in office.journal()
    assert record.cause is Cause.APPLICATION_ERROR


async def test_a_menu_that_repeats_for_an_hour_is_no_circle(dialects: Dialects) -> None:
    def menu(asked: Asked) -> str:
        return "<Response><Hangup/></Response>" if asked.at > 3_600 else again

    again = '<Response><Pause length="5"/><Redirect/></Response>'
    async with Office(dialects) as office:
        office.web.page("/answer", Page(answer=menu))
        alice = office.dials()
        await alice.until(At.ENDED)
    assert len(office.web.asked) > 700
    assert alice.cause is Cause.NORMAL


async def test_parameters_of_page_and_token_reach_the_application(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.answers("<Hangup/>")
        for dialect in ("twilio", "plivo"):
            line = office.desk.call(
                office.party("alice", dialect, order="from the token"),
                "bob",
                parameters={
                    "order": "from the page",
                    "tier": "gold",
                    "From": "forged",
                    "CallSid": "forged",
                },
                headers={"X-PH-Colour": "red", "Subject": "hello"},
            )
            await line.until(At.ENDED)
    first, second = office.web.to("/answer")
    assert first.said["order"] == "from the token"
    assert first.said["tier"] == "gold"
    assert first.said["From"] == "client:alice"
    assert first.said["CallSid"].startswith("CA")
    assert first.said["SipHeader_Subject"] == "hello"
    assert second.said["X-PH-Colour"] == "red"
    assert second.said["X-PH-order"] == "from the token"
    assert second.said["From"] == "sip:alice@phone.plivo.com"
    assert "Subject" not in second.said


async def test_a_get_has_all_parameters_once_after_redirects(
    dialects: Dialects,
) -> None:
    async with Office(
        dialects, answer_method="GET", answer_url="http://app.test/answer?app=1#rc=0"
    ) as office:
        office.answers('<Redirect method="GET"/>')
        office.web.page(
            "/answer",
            Page(
                answer=lambda asked: (
                    '<Response><Redirect method="GET"/></Response>'
                    if len(office.web.asked) < 3
                    else f"<Response><Say>{asked.said['app']}</Say></Response>"
                )
            ),
        )
        alice = office.dials()
        await alice.until(At.ENDED)
    assert [text for text, _, _ in office.voice.said] == ["1"]
    assert all(asked.url.count("CallSid=") == 1 for asked in office.web.asked)
    assert all("#" not in asked.url for asked in office.web.asked)


async def test_warnings_of_a_document_are_in_the_journal(dialects: Dialects) -> None:
    async with Office(dialects) as office:
        office.answers("<Gather/><Hangup/>")
        alice = office.dials()
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    warned = [entry.details for entry in record.journal if entry.event == "document-warning"]
    assert len(warned) == 1
    assert "<Gather>" in str(warned[0]["message"])


async def test_an_internal_error_still_leaves_a_record(
    dialects: Dialects, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_asked: Asked) -> str:
        raise ZeroDivisionError

    async with Office(dialects) as office:
        office.web.page("/answer", Page(answer=crash))
        alice = office.dials()
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    assert record.cause is Cause.FAILED
    assert "call-crashed" in office.journal()
    assert "script.crashed" in caplog.text


async def test_an_offer_that_is_useless_ends_the_call_when_it_would_be_answered(
    dialects: Dialects,
) -> None:
    async with Office(dialects) as office:
        office.answers("<Say>hello</Say><Say>never</Say>")
        alice = office.dials(sdp="bad")
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    assert alice.cause is Cause.INCOMPATIBLE_MEDIA
    assert record.answered_at is None
    assert office.journal().count("leg-ended") == 1


NOBODY = {
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
    async with Office(dialects) as office:
        office.web.page("/action", "<Response/>")
        office.answers(NOBODY[dialect].replace("<Dial", f"<Dial{action}"))
        if cause is not Cause.UNREACHABLE:
            office.desk.register("bob")
        alice = office.dials(dialect=dialect)
        if cause is not Cause.UNREACHABLE:
            bob = await office.desk.rings("bob")
            bob.ring()
            bob.end(cause)
        await alice.until(At.ENDED)
        record = await office.shelf.record()
    assert alice.cause is cause
    assert record.cause is cause


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_an_answered_caller_gets_the_end_of_the_document(
    dialects: Dialects, dialect: str
) -> None:
    say = "<Say>sorry</Say>" if dialect == "twilio" else "<Speak>sorry</Speak>"
    async with Office(dialects) as office:
        office.answers(NOBODY[dialect] + say)
        alice = office.dials(dialect=dialect)
        await alice.until(At.ENDED)
        await office.shelf.record()
    assert alice.cause is Cause.DOCUMENT_ENDED


async def test_parameters_with_blanks_in_their_names_reach_application_and_callee(
    dialects: dict[str, Dialect],
) -> None:
    xml = (
        '<Dial><Client><Identity>bob</Identity><Parameter name="order no" value="a&#10;b"/>'
        "</Client></Dial>"
    )
    async with Office(dialects) as office:
        office.desk.register("bob")
        office.answers(xml)
        alice = office.desk.call(office.party(), "bob", parameters={"first name": "Zoë K."})
        bob = await office.desk.rings("bob")
        assert bob.invitation is not None
        assert bob.invitation.parameters == {"order no": "a\nb"}
        assert office.web.asked[0].said["first name"] == "Zoë K."
        alice.end()
        await office.shelf.record()
