"""Inputs of every kind are read as they were written."""

import json

import pytest
from offhook.base import events
from offhook.base.causes import Cause
from offhook.base.events import LegEvent
from offhook.base.ids import LegId, Sdp
from offhook.base.journal import inputs
from offhook.base.journal.call_entries import DigitReceived, LegEnded
from offhook.base.journal.entry import Entry, Epoch, JournalEntry
from offhook.base.journal.inputs import Input, is_input, read_event, settles, write_event

LEG = LegId("a" * 32)
OTHER = LegId("b" * 32)
INPUTS: list[LegEvent] = [
    events.Ringing(leg=LEG),
    events.Answered(leg=LEG),
    events.HungUp(leg=LEG, cause=Cause.REJECTED),
    events.DtmfReceived(leg=LEG, digit="#", seconds=0.25, signalled=True),
    events.Muted(leg=LEG, muted=True),
    events.MessageReceived(leg=LEG, content_type="text/plain", body='ü"\ud800\0'),
    events.TransferRequested(leg=LEG, ref=3, to="client:bob"),
    events.TransferRequested(leg=LEG, ref=4, other=OTHER),
    events.AttendedTransferRequested(leg=LEG, requester=OTHER, party=LEG, name="client:bob"),
    events.AttendedTransferAccepted(leg=LEG, party=None),
    events.AttendedTransferAccepted(leg=LEG, party=OTHER, name="client:bob"),
    events.AttendedTransferEnded(leg=LEG, cause=Cause.TRANSFERRED),
]


def kind(event: LegEvent) -> str:
    return type(event).__name__


def test_every_kind_is_tested_here() -> None:
    assert {type(event) for event in INPUTS} == set(inputs._KINDS.values())


@pytest.mark.parametrize("event", INPUTS, ids=kind)
def test_an_input_is_read_as_it_was_written(event: LegEvent) -> None:
    assert is_input(event)
    written = write_event(event)
    assert read_event(json.loads(json.dumps(written))) == event


def test_an_answer_is_written_without_its_description() -> None:
    written = write_event(events.Answered(leg=LEG, sdp=Sdp("v=0")))
    assert "v=0" not in json.dumps(written)
    assert read_event(written) == events.Answered(leg=LEG, sdp=None)


ENDED = LegEnded(cause="normal", by="peer")
DIGIT = DigitReceived(pii_digit="5", seconds=0.1, signalled=True)


@pytest.mark.parametrize(
    ("body", "epoch", "named", "digit_is_settled"),
    [
        (ENDED, Epoch(1), 3, True),
        (DIGIT, Epoch(2), 3, True),
        (ENDED, Epoch(2), 3, False),
        (DIGIT, Epoch(2), 2, True),
        (DIGIT, Epoch(2), 1, False),
        (DIGIT, Epoch(2), None, False),
    ],
)
def test_an_entry_settles_the_inputs_before_its_own(
    body: JournalEntry, epoch: Epoch, named: int | None, digit_is_settled: bool
) -> None:
    entry = Entry(number=0, at=0.0, body=body, input=named, epoch=epoch)
    pressed = events.DtmfReceived(leg=LEG, digit="5", seconds=0.1)
    assert settles(entry, Input(number=2, at=0.0, event=pressed)) is digit_is_settled
    hung_up = events.HungUp(leg=LEG, cause=Cause.NORMAL)
    assert settles(entry, Input(number=2, at=0.0, event=hung_up)) is (named in (2, 3))


def test_what_the_engine_reports_is_no_input() -> None:
    assert not is_input(events.MediaStarted(leg=LEG))
    assert not is_input(events.LinkLost(leg=LEG))


@pytest.mark.parametrize(
    "written",
    [{}, {"kind": "waved", "leg": "a"}, {"kind": "digit", "leg": "a"}, {"kind": ["digit"]}],
)
def test_what_is_no_input_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no event|validation error"):
        read_event(written)
