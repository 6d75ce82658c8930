"""A journal is numbered without gaps, and its size is bounded."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from offhook.base.ids import LegId
from offhook.base.journal.call_entries import (
    CommandUnsupported,
    DigitReceived,
    LegEnded,
    LegMuted,
    LegRinging,
    LegUnmuted,
    MessageReceived,
    TransferFailed,
    TransferRequested,
)
from offhook.base.journal.entry import Entry, JournalEntry
from offhook.base.journal.media_entries import OfferReceived, QualityWarning
from offhook.base.journal.script_entries import DocumentFailed, DocumentReceived
from offhook.calls.journal import Journal

DIGIT = DigitReceived(pii_digit="5", seconds=0.1, signalled=True)
ENDED = LegEnded(cause="normal", by="peer")


def test_lines_are_numbered_and_timed_from_the_beginning() -> None:
    journal = Journal(100.0)
    journal.note(100.5, CommandUnsupported(command="hold"), LegId("1"), 7)
    journal.note(99.0, LegRinging())
    first, second = journal.entries
    assert (first.number, first.at, first.event) == (0, 0.5, "command-unsupported")
    assert (first.leg, first.input, first.details) == ("1", 7, {"command": "hold"})
    assert (second.number, second.at, second.event, second.details) == (1, 0.0, "leg-ringing", {})
    assert (second.leg, second.input) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        DIGIT,
        LegMuted(),
        LegUnmuted(),
        MessageReceived(type="text/plain", characters=1),
        OfferReceived(number=1, reason="hold"),
        TransferRequested(pii_to="client:bob"),
        TransferFailed(reason="no party"),
    ],
    ids=lambda body: body.event,
)
def test_a_full_journal_notes_it_once_and_keeps_required_entries(body: JournalEntry) -> None:
    journal = Journal(0.0, capacity=3)
    for _ in range(10):
        journal.note(1.0, body)
    journal.note(2.0, ENDED)
    journal.note(2.0, body)
    assert [entry.event for entry in journal] == [body.event] * 3 + ["journal-full", "leg-ended"]
    assert [entry.number for entry in journal] == list(range(len(journal)))


def test_details_are_those_of_the_moment() -> None:
    journal = Journal(0.0)
    body = DocumentReceived(
        status=200, took_ms=1, verbs=["play"], purpose="answer", secret_document={"body": "<x/>"}
    )
    journal.note(0.0, body)
    (entry,) = journal.entries
    before = {"status": 200, "took_ms": 1, "verbs": ["play"], "purpose": "answer"}
    shown: dict[str, Any] = entry.details
    shown["verbs"].append("say")
    shown["status"] = 404
    assert entry.details == before
    with pytest.raises(FrozenInstanceError):
        body.status = 404  # type: ignore[misc]


def test_each_line_is_passed_on_as_it_is_written() -> None:
    passed: list[Entry] = []

    def sink(entry: Entry) -> None:
        assert entry in journal.entries
        passed.append(entry)

    journal = Journal(0.0, capacity=2, sink=sink)
    for _ in range(5):
        journal.note(1.0, QualityWarning(name="low-mos", value=2.5))
    journal.note(2.0, ENDED)
    assert passed == list(journal)
    assert [entry.body.STATE for entry in passed] == [False, False, False, True]


def test_no_line_has_a_login_of_a_url() -> None:
    journal = Journal(0.0)
    reason = "http://joe:secret@a.example/b failed"
    journal.note(0.0, DocumentFailed(code="n", reason=reason, took_ms=1))
    (entry,) = journal.entries
    assert entry.details == {"code": "n", "reason": "http://a.example/b failed", "took_ms": 1}
