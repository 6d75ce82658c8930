"""All entries of a call come to what its process last knew of it."""

import base64
import json
from datetime import UTC, datetime

import pytest
from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.errors import UsageError
from offhook.base.ids import CallId, LegId
from offhook.base.journal.call_entries import ControlAccepted, DigitReceived, LegStarted
from offhook.base.journal.entry import Entry, JournalEntry, UnknownEntry
from offhook.base.journal.inputs import Input
from offhook.base.journal.script_entries import DocumentReceived, DocumentRequested
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


SEALED: list[tuple[JournalEntry, str]] = [
    (
        DocumentReceived(
            status=200,
            took_ms=1,
            verbs=["speak"],
            purpose="answer",
            secret_document={"body": "<Say>canary</Say>"},
        ),
        "canary",
    ),
    (
        DocumentRequested(
            purpose="answer",
            method="POST",
            pii_url="https://a.example/?name=canary",
            nonce="1",
            secret_question={"url": "https://joe:password@a.example/?name=canary"},
        ),
        "canary password joe",
    ),
    (ControlAccepted(id="r", kind="redirect", secret_action={"document": "canary"}), "canary"),
    (DigitReceived(pii_digit="#", seconds=0.1, signalled=True), "#"),
    (LegStarted(direction="inbound", pii_peer="client:canary"), "canary"),
    (UnknownEntry(name="new", json={"pii_x": "canary", "secret_y": "password"}), "canary password"),
]


@pytest.mark.threat("secrets-in-sight")
@pytest.mark.parametrize(("body", "hidden"), SEALED, ids=lambda each: getattr(each, "event", ""))
def test_secrets_and_personal_data_of_an_entry_are_sealed(body: JournalEntry, hidden: str) -> None:
    written = Entry(number=0, at=1.0, body=body, leg=LegId(CALL), input=3)
    kind, payload = entries.noted(CALL, written, SEALER)
    assert [word for word in hidden.split() if word.encode() in payload] == []
    assert body.event.encode() in payload, "what happened is readable"
    (call,) = entries.gather([(1, content((kind, payload)))], SEALER)
    assert call.entries == (written,)
    with pytest.raises(UsageError, match="cannot decrypt"):
        tuple(entries.gather([(1, content((kind, payload)))], Cipher(b"x" * 32)))


@pytest.mark.threat("secrets-in-sight")
def test_what_parties_do_is_sealed_and_read_in_order() -> None:
    leg = LegId(CALL)
    received = [
        Input(number=2, at=2.5, event=events.DtmfReceived(leg=leg, digit="#", seconds=0.1)),
        Input(
            number=1,
            at=1.5,
            event=events.MessageReceived(leg=leg, content_type="text/plain", body="canary"),
        ),
    ]
    frames = [entries.received(CALL, each, SEALER) for each in received]
    for _, payload in frames:
        assert b"#" not in payload
        assert b"canary" not in payload
    (call,) = entries.gather([(1, content(*frames))], SEALER)
    assert call.unfinished().inputs == tuple(reversed(received))


def test_a_sealed_entry_of_one_call_is_not_read_as_that_of_another() -> None:
    _, payload = entries.noted(CALL, entry(0, secret_x="y"), SEALER)
    moved = json.dumps([OTHER, *json.loads(payload)[1:]]).encode()
    with pytest.raises(UsageError, match="cannot decrypt"):
        tuple(entries.gather([(1, content((entries.Kind.NOTED, moved)))], SEALER))


@pytest.mark.parametrize("name", ["hangup-received", "hang-up-received"])
def test_a_hang_up_that_an_older_server_wrote_is_an_input(name: str) -> None:
    row = [CALL, 1 << 30, 4.5, name, CALL, {"cause": "busy", "by": "peer"}]
    frame = entries.Kind.NOTED, json.dumps(row).encode()
    (call,) = entries.gather([(1, content(frame))], SEALER)
    ended = events.HungUp(leg=LegId(CALL), cause=Cause.BUSY)
    assert call.unfinished().inputs == (Input(number=1, at=4.5, event=ended),)
    assert call.entries == ()


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


def test_an_input_of_another_version_costs_no_call() -> None:
    sealed = SEALER.encrypt('{"kind": "gesture", "leg": "x"}', f"journal:{CALL}")
    payload = json.dumps([CALL, 1, 0.5, base64.b64encode(sealed).decode()]).encode()
    (call,) = entries.gather(
        [(1, content(entries.opened(CALL, 1.0), (entries.Kind.INPUT, payload)))], SEALER
    )
    assert call.inputs == {}
