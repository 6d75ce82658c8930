"""A journal is numbered without gaps, and its size is bounded."""

from offhook.base.ids import LegId
from offhook.base.journal.entry import Entry
from offhook.calls.journal import Journal


def test_lines_are_numbered_and_timed_from_the_beginning() -> None:
    journal = Journal(100.0)
    journal.note(100.5, "leg-ringing", LegId("1"), {"a": 1})
    journal.note(99.0, "leg-ended")
    first, second = journal.entries
    assert (first.number, first.at, first.event, first.leg) == (0, 0.5, "leg-ringing", "1")
    assert (second.number, second.at, dict(second.details)) == (1, 0.0, {})


def test_a_full_journal_notes_it_once_and_keeps_required_entries() -> None:
    journal = Journal(0.0, capacity=3)
    for _ in range(10):
        journal.note(1.0, "digit-received")
    journal.note(2.0, "leg-ended", required=True)
    journal.note(2.0, "digit-received")
    assert [entry.event for entry in journal] == ["digit-received"] * 3 + [
        "journal-full",
        "leg-ended",
    ]
    assert [entry.number for entry in journal] == list(range(len(journal)))


def test_details_are_those_of_the_moment() -> None:
    journal = Journal(0.0)
    details: dict[str, object] = {"key": 1}
    journal.note(0.0, "leg-ringing", details=details)
    details["key"] = 2
    assert journal.entries[0].details == {"key": 1}


def test_each_line_is_passed_on_as_it_is_written() -> None:
    passed: list[tuple[Entry, bool]] = []

    def sink(entry: Entry, *, required: bool) -> None:
        assert entry in journal.entries
        passed.append((entry, required))

    journal = Journal(0.0, capacity=2, sink=sink)
    for _ in range(5):
        journal.note(1.0, "digit-received")
    journal.note(2.0, "leg-ended", required=True)
    assert [entry for entry, _ in passed] == list(journal)
    assert [required for _, required in passed] == [False, False, False, True]


def test_no_line_has_a_login_of_a_url() -> None:
    journal = Journal(0.0)
    journal.note(0.0, "x", None, {"why": "http://joe:secret@a.example/b failed", "n": 1})
    (entry,) = journal.entries
    assert entry.details == {"why": "http://a.example/b failed", "n": 1}
