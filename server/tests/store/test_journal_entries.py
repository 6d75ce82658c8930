"""All entries of a call come to what its process last knew of it."""

import json
from datetime import UTC, datetime

from offhook.base.ids import CallId, LegId
from offhook.base.journal.entry import Entry, UnknownEntry
from offhook.store import journal_entries as entries
from offhook.store.encryption import Cipher
from offhook.store.journal_entries import Frame
from offhook.store.segments import Content

CALL, OTHER = CallId("a" * 32), CallId("b" * 32)
WALL = datetime(2026, 1, 2, tzinfo=UTC)
SEALER = Cipher(b"k" * 32)
ROW = {"key": "k", "call": CALL, "request": b"\x01sealed\xff", "position": 0}


def entry(number: int, event: str = "x", **details: object) -> Entry:
    body = UnknownEntry(name=event, json=details)
    return Entry(number=number, at=float(number), body=body, leg=LegId(CALL))


def content(*frames: Frame, epoch: str = "e") -> Content:
    return Content(epoch, tuple((int(kind), payload) for kind, payload in frames), 0)


def test_a_call_is_gathered_from_many_segments() -> None:
    first = content(
        entries.opened(CALL, 100.0),
        entries.noted(CALL, entry(0), SEALER),
        entries.opened(OTHER, 101.0),
        entries.alive(103.0, WALL),
    )
    second = content(
        entries.noted(CALL, entry(1, text='ü"\ud800', none=None), SEALER),
        entries.alive(107.5, WALL),
    )
    call, other = entries.gather([(4, first), (5, second)], SEALER)
    assert (call.call, call.first, call.last) == (CALL, 4, 5)
    assert call.entries == (entry(0), entry(1, text='ü"\ud800', none=None))
    assert (call.rows, call.settled, other.entries) == (None, False, ())
    left = call.unfinished()
    assert (left.id, left.seen_s) == (CALL, 7.5)


def test_heartbeats_of_another_process_are_ignored() -> None:
    dead_letters = content(entries.opened(CALL, 100.0), entries.alive(102.0, WALL))
    later = content(entries.alive(5_000.0, WALL), epoch="later")
    (call,) = entries.gather([(1, dead_letters), (2, later)], SEALER)
    assert call.unfinished().seen_s == 2.0


def test_an_entry_that_was_written_again_counts_once_and_the_last_counts() -> None:
    frames = content(
        entries.opened(CALL, 1.0),
        entries.noted(CALL, entry(0, dialect=""), SEALER),
        entries.opened(CALL, 2.0),
        entries.noted(CALL, entry(0, dialect="twilio"), SEALER),
        entries.noted(CALL, entry(1), SEALER),
        entries.noted(CALL, entry(0, dialect="twilio"), SEALER),
    )
    (call,) = entries.gather([(1, frames)], SEALER)
    assert call.began == 2.0
    assert call.entries == (entry(0, dialect="twilio"), entry(1))


def test_pending_callbacks_stay_encrypted() -> None:
    kind, payload = entries.ended(CALL, [ROW])
    assert b"sealed" not in payload
    (call,) = entries.gather([(1, content((kind, payload)))], SEALER)
    assert call.rows == [ROW]


def test_a_settled_call_is_settled_and_others_can_be_left_out() -> None:
    frames = content(
        entries.opened(CALL, 1.0),
        entries.settled(CALL),
        entries.opened(OTHER, 1.0),
    )
    assert [found.settled for found in entries.gather([(1, frames)], SEALER)] == [True, False]
    assert [found.call for found in entries.gather([(1, frames)], SEALER, only={OTHER})] == [OTHER]


def test_numbers_of_kinds_stay_what_they_are() -> None:
    assert [(kind.name, kind.value) for kind in entries.Kind] == [
        ("OPENED", 1),
        ("NOTED", 2),
        ("ENDED", 3),
        ("SETTLED", 4),
        ("ALIVE", 5),
        ("ANSWERED", 6),
        ("FOLDED", 7),
        ("INPUT", 8),
    ]
    assert json.loads(entries.opened(CALL, 1.5)[1]) == [CALL, 1.5]
