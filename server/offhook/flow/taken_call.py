"""A call that was up when an earlier server process died, as it goes on: computed from its journal alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from offhook.base.control import ControlAction
from offhook.base.events import LegEvent, TransferRequested
from offhook.base.ids import LegId
from offhook.base.journal import call_entries as calls
from offhook.base.journal.entry import Entry, Epoch
from offhook.base.journal.inputs import Input, comes_first, settles
from offhook.base.journal.media_entries import PlayEnded, PlayStarted
from offhook.base.records import UnfinishedCall
from offhook.calls.folded import FoldedCall, fold_call
from offhook.calls.transfer import NO_REF
from offhook.flow.limits import TOO_LATE_S
from offhook.flow.position import Position, position, read_action


@dataclass(slots=True, kw_only=True)
class TakenCall:
    """A call that goes on.

    Attributes:
        call: Its legs.
        began: When it began, by the forward clock of this process.
        position: Where it is in its documents.
        inputs: What its parties did that it has not come to, with the numbers.
        plays: What programs had it play that was not over, with the requests' ids.
        received: The highest number of an input.
        epoch: With which it goes on.
        wait_s: How long its links wait for their pages.
    """

    call: FoldedCall
    entries: Sequence[Entry]
    began: float
    position: Position
    inputs: Sequence[tuple[LegEvent, int | None]]
    plays: Mapping[str, ControlAction]
    received: int
    epoch: Epoch
    wait_s: float


def live_legs(
    left: Iterable[UnfinishedCall], wall: datetime, too_late_s: float = TOO_LATE_S
) -> frozenset[LegId]:
    """The legs of calls that go on: what their links have of them is kept.

    Args:
        left: What an earlier process has left.
        wall: The date and time.
        too_late_s: Seconds without a server after which calls have ended.
    """
    legs: set[LegId] = set()
    for each in left:
        try:
            taken = take_up(each, 0.0, wall, too_late_s)
        except (ValueError, KeyError, TypeError):
            # The dispatcher logs it when it comes to it.
            continue
        if taken is not None:
            legs |= {leg.id for leg in taken.call.legs if not leg.ended}
    return frozenset(legs)


def take_up(
    left: UnfinishedCall, now: float, wall: datetime, too_late_s: float = TOO_LATE_S
) -> TakenCall | None:
    """The call as it goes on; nothing if its server was away for too long.

    Args:
        left: What its process wrote.
        now: The forward clock.
        wall: The date and time.
        too_late_s: Seconds without a server after which calls have ended, and that links wait for pages.

    Raises:
        ValueError: the journal cannot be understood.
    """
    entries = left.entries
    if not entries or not isinstance(started := entries[0].body, calls.CallStarted):
        raise ValueError("a journal must begin with call-started")
    seen_s = max(left.seen_s, entries[-1].at, *(each.at for each in left.inputs), 0.0)
    if left.seen is None:
        away_s = (wall - datetime.fromisoformat(started.at)).total_seconds() - seen_s
    else:
        # The last sign of life: a clock that was set meanwhile counts for no more than a second of it.
        away_s = (wall - left.seen).total_seconds() - (seen_s - left.seen_s)
    away_s = max(0.0, away_s)
    if away_s > too_late_s:
        return None
    began = now - seen_s - away_s
    resumed = calls.CallResumed(seen_s=round(seen_s, 6), away_s=round(away_s, 6))
    at = round(seen_s + away_s, 6)
    number = entries[-1].number + 1
    entries = (*entries, Entry(number=number, at=at, body=resumed, epoch=left.epoch))
    return TakenCall(
        call=fold_call(left.id, entries, began),
        entries=entries,
        began=began,
        position=position(entries),
        inputs=_open_inputs(entries, left.inputs),
        plays=_open_plays(entries),
        received=max(
            *(each.number for each in left.inputs),
            *(entry.input for entry in entries if entry.input is not None),
            0,
            0,
        ),
        wait_s=too_late_s,
        epoch=left.epoch,
    )


def _open_inputs(
    entries: Sequence[Entry], inputs: Iterable[Input]
) -> Sequence[tuple[LegEvent, int | None]]:
    """What the call's task has not come to."""
    named = [entry for entry in entries if entry.input is not None]
    inputs = [each for each in inputs if not any(settles(entry, each) for entry in named)]
    if any(isinstance(entry.body, calls.JournalFull) for entry in entries):
        # What a full journal leaves out was taken, as far as anybody knows: twice would be wrong.
        inputs = [each for each in inputs if comes_first(each.event)]
    waiting = [(_unreferenced(each.event), each.number) for each in inputs]
    return [*((event, None) for event in _open_transfers(entries)), *waiting]


def _unreferenced(event: LegEvent) -> LegEvent:
    """Without the number of the page's frame: the page counts from 1 again, and was notified."""
    return replace(event, ref=NO_REF) if isinstance(event, TransferRequested) else event


def _open_plays(entries: Sequence[Entry]) -> Mapping[str, ControlAction]:
    """What programs had played: what was played to the same leg later took its place."""
    playing: dict[LegId, tuple[str, int, ControlAction]] = {}
    for entry in entries:
        leg = entry.leg
        if leg is None:
            continue
        match entry.body:
            case calls.ControlAccepted(play=play) as accepted if play is not None:
                action = read_action(accepted)
                if action is not None:
                    playing[leg] = accepted.id, play, action
            case PlayEnded(play=play) if leg in playing and playing[leg][1] == play:
                del playing[leg]
            case PlayStarted() | calls.LegEnded():
                playing.pop(leg, None)
            case _:
                pass
    return {id: action for id, _, action in playing.values()}


def _open_transfers(entries: Sequence[Entry]) -> Iterable[LegEvent]:
    """Transfers that were begun, and neither carried out nor refused."""
    waiting: dict[LegId, LegEvent] = {}
    for entry in entries:
        match entry.body:
            case calls.TransferRequested(pii_to=to, with_=other) if entry.leg is not None:
                other = None if other is None else LegId(other)
                event = TransferRequested(leg=entry.leg, ref=NO_REF, to=to, other=other)
                waiting[entry.leg] = event
            case calls.TransferFailed() | calls.LegEnded() if entry.leg is not None:
                waiting.pop(entry.leg, None)
            case _:
                pass
    return waiting.values()
