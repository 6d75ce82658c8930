"""Where a call is in its documents is read out of its journal."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from offhook.base.causes import Cause
from offhook.base.control import ControlKind, RedirectCall, StopPlaying
from offhook.base.ids import LegId
from offhook.base.journal import script_entries as script
from offhook.base.journal.call_entries import ControlAccepted, LegRinging, LinkLost
from offhook.base.journal.entry import Entry, JournalEntry
from offhook.base.web import WebReply
from offhook.calls.journal import Journal
from offhook.flow.position import (
    position,
    read_document,
    read_outcome,
    read_question,
    write_action,
    write_document,
    write_outcome,
    write_question,
)
from offhook.flow.webhook_request import WebhookRequest
from offhook.verbs.base import Continuation, Continue, End, Failed, Outcome, Purpose, RequestNext
from offhook.verbs.results import DialResult

ASKED = WebhookRequest(url="http://u:p@app.test/a", method="POST", purpose=Purpose.ANSWER)
REPLY = WebReply(
    url="http://app.test/a", status=200, content_type="text/xml", body=b"<R>\xe9</R>", took_ms=3
)
RESULT = DialResult(
    caller=LegId("a"),
    callee=None,
    answered=False,
    rang=True,
    duration_s=0.5,
    cause=Cause.BUSY,
    cancelled=False,
)
NEXT = RequestNext(Continuation(url="http://app.test/n", replaces=True), result=RESULT)
NOTICE = RequestNext(Continuation(url="http://app.test/n", replaces=False), result=RESULT)


def requested() -> script.DocumentRequested:
    return script.DocumentRequested(
        purpose="answer",
        method="POST",
        pii_url="",
        nonce="1",
        secret_question=write_question(ASKED),
    )


def received() -> JournalEntry:
    return script.DocumentReceived(
        status=200,
        took_ms=3,
        verbs=["dial"],
        purpose="answer",
        secret_document=write_document(REPLY),
    )


def ended(index: int, outcome: Outcome) -> JournalEntry:
    return script.VerbEnded(index=index, secret_outcome=write_outcome(outcome))


def started(index: int) -> JournalEntry:
    return script.VerbStarted(index=index, verb="dial")


def sent() -> script.NotificationSent:
    return script.NotificationSent(
        purpose="action",
        method="POST",
        pii_url="",
        nonce="2",
        secret_question=write_question(ASKED),
    )


def journal(bodies: Sequence[JournalEntry]) -> list[Entry]:
    return [Entry(number=n, at=float(n), body=body) for n, body in enumerate(bodies)]


def test_before_anything_was_asked() -> None:
    at = position(journal([LegRinging()]))
    assert (at.question, at.document, at.requests) == (None, None, 0)
    assert at.purpose is Purpose.ANSWER


def test_a_request_that_was_sent_is_known_with_its_nonce() -> None:
    at = position(journal([requested()]))
    assert (at.question, at.nonce, at.requests) == (ASKED, "1", 1)


def test_requests_that_a_full_journal_does_not_keep_are_counted() -> None:
    full = Journal(0.0, capacity=3)
    for _ in range(5):
        full.note(1.0, LinkLost())
    for number in range(1, 41):
        full.note(1.0, replace(requested(), sent=number))
        full.note(1.0, received())
        full.note(1.0, replace(sent(), sent=number))
    assert len(full) < 40
    assert position(full).requests == 40


def test_a_request_that_failed_has_its_fallback_next() -> None:
    failed = script.DocumentFailed(code="11200", reason="status 500")
    at = position(journal([requested(), failed]))
    assert (at.question, at.failed) == (ASKED, "11200")


def test_a_document_begins_with_its_first_verb() -> None:
    at = position(journal([requested(), received()]))
    assert at.document is not None
    assert read_document(at.document) == REPLY
    assert (at.question, at.index, at.started) == (None, 0, None)


def test_what_happened_since_a_verb_began_belongs_to_it() -> None:
    at = position(journal([requested(), received(), started(0), LegRinging()]))
    assert (at.index, at.started) == (0, 2.0)
    assert [entry.event for entry in at.entries] == ["verb-started", "leg-ringing"]


def test_a_verb_that_ended_is_followed_by_the_next() -> None:
    entries = [received(), started(0), ended(0, Continue(failed=Cause.BUSY))]
    at = position(journal(entries))
    assert (at.index, at.started, at.ended) == (1, None, None)
    assert at.failure is Cause.BUSY


@pytest.mark.parametrize("outcome", [NEXT, End(Cause.NORMAL)])
def test_what_follows_from_the_end_of_a_verb_is_not_forgotten(outcome: Outcome) -> None:
    at = position(journal([received(), started(0), ended(0, outcome)]))
    assert (at.index, at.ended, at.notified) == (0, outcome, None)


def test_a_notification_that_was_sent_is_known_and_done_once_answered() -> None:
    entries = [received(), started(0), ended(0, NOTICE), sent()]
    at = position(journal(entries))
    assert (at.index, at.ended, at.notified) == (0, NOTICE, "2")
    at = position(journal([*entries, script.NotificationAnswered()]))
    assert (at.index, at.ended) == (1, None)


def test_a_redirect_takes_the_place_of_all() -> None:
    action = RedirectCall(url="http://app.test/x")
    accepted = ControlAccepted(
        id="1", kind=ControlKind.REDIRECT, secret_action=write_action(action)
    )
    at = position(journal([requested(), received(), started(0), accepted]))
    assert (at.redirect, at.document, at.started) == (action, None, None)
    at = position(journal([requested(), received(), started(0), accepted, requested()]))
    assert (at.redirect, at.question) == (None, ASKED)


def test_other_requests_of_programs_are_carried_out_at_once() -> None:
    assert write_action(StopPlaying()) is None


@pytest.mark.parametrize(
    "outcome", [Continue(), Continue(failed=Cause.BUSY), End(Cause.NORMAL), NEXT, NOTICE]
)
def test_outcomes_are_read_as_they_were_written(outcome: Outcome) -> None:
    assert read_outcome(write_outcome(outcome)) == outcome


def test_requests_are_read_as_they_were_written() -> None:
    question = WebhookRequest(
        url="http://app.test/a#ct=1",
        method="GET",
        purpose=Purpose.FALLBACK,
        result=RESULT,
        failed=Failed(code="11200", url="http://app.test/b"),
        document="<Response/>",
    )
    assert read_question(write_question(question)) == question
