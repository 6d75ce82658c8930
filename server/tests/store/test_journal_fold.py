"""All entries of a call come to what its owner last knew of it."""

import base64
import json
from datetime import UTC, datetime

import pytest
from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.errors import UsageError
from offhook.base.ids import CallId, LegId
from offhook.base.journal.call_entries import ControlAccepted, DigitReceived, LegStarted
from offhook.base.journal.entry import FIRST, Entry, Epoch, JournalEntry, UnknownEntry
from offhook.base.journal.inputs import Input
from offhook.base.journal.media_entries import PlayEnded, PlayStarted
from offhook.base.journal.script_entries import DocumentReceived, DocumentRequested
from offhook.store import journal_entries as entries
from offhook.store.encryption import Cipher
from offhook.store.journal_entries import Frame
from offhook.store.journal_fold import gather
from offhook.store.segments import FORMER, Content

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
        entries.opened(CALL, FIRST, 100.0),
        entries.noted(CALL, entry(0), SEALER),
        entries.opened(OTHER, FIRST, 101.0),
        entries.alive(103.0, WALL),
    )
    second = content(
        entries.noted(CALL, entry(1, text='ü"\ud800', none=None), SEALER),
        entries.alive(107.5, WALL),
    )
    call, other = gather([(4, first), (5, second)], SEALER)
    assert (call.call, call.first, call.last) == (CALL, 4, 5)
    assert call.entries == (entry(0), entry(1, text='ü"\ud800', none=None))
    assert (call.rows, call.settled, other.entries) == (None, False, ())
    left = call.unfinished(FIRST)
    assert (left.id, left.seen_s) == (CALL, 7.5)


def test_heartbeats_of_another_process_are_ignored() -> None:
    dead_letters = content(entries.opened(CALL, FIRST, 100.0), entries.alive(102.0, WALL))
    later = content(entries.alive(5_000.0, WALL), epoch="later")
    (call,) = gather([(1, dead_letters), (2, later)], SEALER)
    assert call.unfinished(FIRST).seen_s == 2.0


def test_an_entry_that_was_written_again_counts_once_and_the_last_counts() -> None:
    frames = content(
        entries.opened(CALL, FIRST, 1.0),
        entries.noted(CALL, entry(0, dialect=""), SEALER),
        entries.opened(CALL, FIRST, 2.0),
        entries.noted(CALL, entry(0, dialect="twilio"), SEALER),
        entries.noted(CALL, entry(1), SEALER),
        entries.noted(CALL, entry(0, dialect="twilio"), SEALER),
    )
    (call,) = gather([(1, frames)], SEALER)
    assert call.began == 2.0
    assert call.entries == (entry(0, dialect="twilio"), entry(1))


def test_pending_callbacks_stay_encrypted() -> None:
    kind, payload = entries.ended(CALL, FIRST, [ROW])
    assert b"sealed" not in payload
    (call,) = gather([(1, content((kind, payload)))], SEALER)
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
    (call,) = gather([(1, content((kind, payload)))], SEALER)
    assert call.entries == (written,)
    with pytest.raises(UsageError, match="cannot decrypt"):
        tuple(gather([(1, content((kind, payload)))], Cipher(b"x" * 32)))


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
    (call,) = gather([(1, content(*frames))], SEALER)
    assert call.unfinished(FIRST).inputs == tuple(reversed(received))


def test_a_sealed_entry_of_one_call_is_not_read_as_that_of_another() -> None:
    _, payload = entries.noted(CALL, entry(0, secret_x="y"), SEALER)
    moved = json.dumps([OTHER, *json.loads(payload)[1:]]).encode()
    with pytest.raises(UsageError, match="cannot decrypt"):
        tuple(gather([(1, content((entries.Kind.NOTED, moved)))], SEALER))


def test_a_settled_call_is_settled_and_others_can_be_left_out() -> None:
    frames = content(
        entries.opened(CALL, FIRST, 1.0),
        entries.settled(CALL, FIRST),
        entries.opened(OTHER, FIRST, 1.0),
    )
    assert [found.settled for found in gather([(1, frames)], SEALER)] == [True, False]
    assert [found.call for found in gather([(1, frames)], SEALER, only={OTHER})] == [OTHER]


def test_an_input_of_another_version_costs_no_call() -> None:
    sealed = SEALER.encrypt('{"kind": "gesture", "leg": "x"}', f"journal:{CALL}")
    payload = json.dumps([CALL, 1, 0, 1, 0, 0.5, base64.b64encode(sealed).decode()]).encode()
    (call,) = gather(
        [(1, content(entries.opened(CALL, FIRST, 1.0), (entries.Kind.INPUT, payload)))], SEALER
    )
    assert call.inputs == ()


OLD, NEW = Epoch(1, 4), Epoch(2, 5)


def by(epoch: Epoch, number: int, detail: int = 0) -> Entry:
    body = UnknownEntry(name="x", json={"by": epoch.call})
    return Entry(number=number, at=1.0, body=body, detail=detail, epoch=epoch)


def hang_up(epoch: Epoch, number: int) -> Input:
    event = events.HungUp(leg=LegId(CALL), cause=Cause.BUSY)
    return Input(number=number, at=1.0, event=event, after=3, epoch=epoch)


EARLIER = [
    entries.opened(CALL, OLD, 1.0),
    *(entries.noted(CALL, by(OLD, number), SEALER) for number in range(3)),
    entries.received(CALL, hang_up(OLD, 1), SEALER),
]
"""What an owner wrote before it lost the call."""
TOO_LATE = [
    entries.noted(CALL, by(OLD, 2, 1), SEALER),
    entries.noted(CALL, by(OLD, 3), SEALER),
    entries.noted(CALL, by(OLD, 4), SEALER),
    entries.received(CALL, hang_up(OLD, 2), SEALER),
    entries.opened(CALL, OLD, 9.0),
    entries.ended(CALL, OLD, [ROW]),
    entries.settled(CALL, OLD),
]
"""What it wrote afterwards, without knowing."""
LATER = [
    entries.claimed(CALL, NEW, (2, 0), 1),
    entries.opened(CALL, NEW, 5.0),
    *(entries.noted(CALL, by(OLD, number), SEALER) for number in range(3)),
    entries.noted(CALL, by(NEW, 3), SEALER),
    entries.received(CALL, hang_up(NEW, 2), SEALER),
]


@pytest.mark.parametrize(
    "order",
    [(EARLIER, TOO_LATE, LATER), (EARLIER, LATER, TOO_LATE)],
    ids=["read before the claim", "read after it"],
)
def test_what_an_owner_writes_after_it_lost_the_call_has_no_effect(
    order: tuple[list[Frame], ...],
) -> None:
    segments = [(n, content(*frames, epoch=str(n))) for n, frames in enumerate(order)]
    (call,) = gather(segments, SEALER)
    assert call.entries == (by(OLD, 0), by(OLD, 1), by(OLD, 2), by(NEW, 3))
    assert call.inputs == (hang_up(OLD, 1), hang_up(NEW, 2))
    assert (call.rows, call.settled, call.began, call.epoch) == (None, False, 5.0, NEW)


def test_an_owner_that_claims_again_and_again_keeps_what_each_wrote() -> None:
    third = Epoch(3, 6)
    again = [
        entries.claimed(CALL, third, (3, 0), 2),
        entries.noted(CALL, by(third, 4), SEALER),
        entries.ended(CALL, third, [ROW]),
    ]
    (call,) = gather([(1, content(*EARLIER, *LATER, *again))], SEALER)
    assert [each.epoch.call for each in call.entries] == [1, 1, 1, 2, 3]
    assert (call.rows, call.epoch) == ([ROW], third)


def test_a_call_of_the_version_before_goes_on_with_the_numbers_it_had() -> None:
    def noted(number: int, event: str, **details: object) -> Frame:
        row = [CALL, number, float(number), event, CALL, details]
        return entries.Kind.NOTED, json.dumps(row).encode()

    former = [
        (entries.Kind.OPENED, json.dumps([CALL, 2.5]).encode()),
        noted(0, "leg-ringing"),
        noted(1, "play-started", play=7, sound="tones", times=1),
        noted(2, "play-ended", play=7, end="finished", detail=""),
    ]
    written = Content("e", tuple((int(kind), row) for kind, row in former), 0, version=FORMER)
    (call,) = gather([(1, written)], SEALER)
    assert call.began == 2.5
    assert [each.position for each in call.entries] == [(0, 0), (1, 0), (2, 0)]
    assert call.entries[1].body == PlayStarted(sound="tones", times=1)
    assert call.entries[2].body == PlayEnded(play=1, end="finished", detail="")
    assert call.epoch == Epoch(1, 0)
