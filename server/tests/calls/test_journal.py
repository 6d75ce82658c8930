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
from offhook.base.journal.entry import Entry, Epoch, JournalEntry
from offhook.base.journal.media_entries import OfferReceived, QualityWarning
from offhook.base.journal.script_entries import (
    DocumentFailed,
    DocumentReceived,
    DocumentRequested,
    VerbStarted,
)
from offhook.calls.journal import Journal

DIGIT = DigitReceived(pii_digit="5", seconds=0.1, signalled=True)
ENDED = LegEnded(cause="normal", by="peer")


def test_lines_are_numbered_and_timed_from_the_beginning() -> None:
    journal = Journal(100.0)
    journal.note(100.5, CommandUnsupported(command="hold"), LegId("1"), 7)
    journal.note(99.0, LegRinging())
    first, second = journal.entries
    assert (first.position, first.at, first.event) == ((-1, 1), 0.5, "command-unsupported")
    assert (first.leg, first.input, first.details) == ("1", 7, {"command": "hold"})
    assert (second.position, second.at, second.event, second.details) == (
        (0, 0),
        0.0,
        "leg-ringing",
        {},
    )
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
    assert [entry.position for entry in journal] == [(0, 0), (1, 0), (2, 0), (2, 1), (3, 0)]


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
    assert [entry.body.is_numbered() for entry in passed] == [False, False, False, True]


def test_no_line_has_a_login_of_a_url() -> None:
    journal = Journal(0.0)
    reason = "http://joe:secret@a.example/b failed"
    journal.note(0.0, DocumentFailed(code="n", reason=reason, took_ms=1))
    (entry,) = journal.entries
    assert entry.details == {"code": "n", "reason": "http://a.example/b failed", "took_ms": 1}


def requested(number: int) -> DocumentRequested:
    return DocumentRequested(
        purpose="redirect",
        method="POST",
        pii_url="http://app.test/",
        nonce=str(number),
        secret_question={"url": "http://app.test/" + "x" * 1_000},
    )


def received() -> DocumentReceived:
    return DocumentReceived(
        status=200, took_ms=1, verbs=[], purpose="redirect", secret_document={"body": "y" * 60_000}
    )


def test_only_the_current_document_is_kept() -> None:
    journal = Journal(0.0)
    for number in range(50):
        journal.note(1.0, requested(number))
        journal.note(1.0, received())
    bodies = [entry.body for entry in journal]
    documents = [body for body in bodies if isinstance(body, DocumentReceived)]
    asked = [body for body in bodies if isinstance(body, DocumentRequested)]
    assert [bool(body.secret_document) for body in documents] == [False] * 49 + [True]
    assert not any(body.secret_question for body in asked)
    assert len(journal) == 100


def test_a_full_journal_keeps_what_the_current_document_needs_and_no_more() -> None:
    journal = Journal(0.0, capacity=10)
    for _ in range(20):
        journal.note(1.0, DIGIT)
    for number in range(500):
        journal.note(1.0, requested(number))
        journal.note(1.0, received())
        journal.note(1.0, VerbStarted(index=0, verb="redirect"))
    journal.note(2.0, ENDED)
    assert len(journal) <= 10 + 5
    assert [entry.event for entry in journal][-3:] == [
        "document-received",
        "verb-started",
        "leg-ended",
    ]
    positions = [entry.position for entry in journal]
    assert positions == sorted(set(positions))


def test_state_alone_is_numbered_and_details_are_counted_after_it() -> None:
    journal = Journal(0.0)
    warning = QualityWarning(name="low-mos", value=2.5)
    for body in (LegRinging(), warning, warning, DIGIT, warning, ENDED):
        journal.note(1.0, body)
    positions = [entry.position for entry in journal]
    assert positions == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)]
    assert (journal.number, journal.next_number) == (2, 3)


def test_the_next_owner_counts_on_and_writes_with_its_own_epoch() -> None:
    first = Journal(0.0, epoch=Epoch(1, 7))
    first.note(1.0, LegRinging())
    first.note(1.0, QualityWarning(name="low-mos", value=2.5))
    second = Journal(0.0, epoch=Epoch(2, 8), entries=first.entries)
    second.note(2.0, QualityWarning(name="low-mos", value=2.5))
    second.note(3.0, ENDED)
    assert [(entry.position, entry.epoch) for entry in second] == [
        ((0, 0), (1, 7)),
        ((0, 1), (1, 7)),
        ((0, 2), (2, 8)),
        ((1, 0), (2, 8)),
    ]


def test_a_fenced_journal_writes_nothing() -> None:
    passed: list[Entry] = []

    def sink(entry: Entry) -> None:
        passed.append(entry)

    journal = Journal(0.0, sink=sink)
    journal.note(1.0, LegRinging())
    journal.fence()
    journal.note(2.0, ENDED)
    assert [entry.event for entry in passed] == ["leg-ringing"] == [e.event for e in journal]


def test_a_journal_that_goes_on_full_says_so_once() -> None:
    journal = Journal(0.0, capacity=2)
    for _ in range(4):
        journal.note(1.0, DIGIT)
    again = Journal(0.0, capacity=2, entries=journal.entries)
    again.note(2.0, DIGIT)
    assert [entry.event for entry in again].count("journal-full") == 1
