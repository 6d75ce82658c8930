"""Reads the call record out of a journal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from offhook.base.causes import Cause
from offhook.base.events import HungUp
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.journal.call_entries import (
    CallStarted,
    DialEnded,
    LegAnswered,
    LegEnded,
    LegStarted,
)
from offhook.base.journal.entry import Entry, Epoch
from offhook.base.journal.inputs import Input
from offhook.base.journal.media_entries import MediaReported
from offhook.base.media import MediaReport
from offhook.base.records import CallRecord, DialRecord, LegRecord
from offhook.calls import outcome
from offhook.calls.leg import Direction, EndedBy


@dataclass(slots=True)
class _Part:
    direction: str
    peer: str
    began: float
    answered: float | None = None
    ended: float | None = None
    cause: Cause = Cause.FAILED
    by: str = "server"
    media: MediaReport | None = None


@dataclass(slots=True)
class _Story:
    began: CallStarted | None = None
    last: float = 0.0
    dial: DialRecord | None = None
    served_since: bool = False


def fold(journal: Iterable[Entry]) -> CallRecord:
    """The record of the call whose journal this is; while it lives, as if it failed now.

    Raises:
        ValueError: the journal does not begin with `call-started`.
    """
    entries = tuple(journal)
    story = _Story()
    parts: dict[LegId, _Part] = {}
    for entry in entries:
        _read(entry, story, parts)
    if story.began is None:
        raise ValueError("a journal must begin with call-started")
    return _record(story.began, story, parts, entries)


def close_open_legs(
    journal: Iterable[Entry],
    at: float,
    cause: Cause,
    inputs: Iterable[Input] = (),
    epoch: Epoch | None = None,
) -> tuple[Entry, ...]:
    """The journal of a call that nothing more is known of, with an end for each leg that has none.

    A leg whose hang-up was received ended with that one.

    Args:
        journal: What was written; numbers may be missing.
        at: Seconds after the call's beginning at which it ended, if that is later than its entries.
        cause: Why those legs ended.
        inputs: What parties did; the call's task may not have come to the last of it.
        epoch: Of the owner that ends it; the last one by default.
    """
    entries = list(journal)
    epoch = entries[-1].epoch if epoch is None else epoch
    ended = {entry.leg for entry in entries if isinstance(entry.body, LegEnded)}
    hung_up = {each.event.leg: each for each in inputs if isinstance(each.event, HungUp)}
    began = [entry.leg for entry in entries if isinstance(entry.body, LegStarted)]
    at = max([at, *(entry.at for entry in entries)])
    for leg in began:
        if leg is None or leg in ended:
            continue
        received = hung_up.get(leg)
        if received is not None and isinstance(received.event, HungUp):
            body = LegEnded(cause=str(received.event.cause), by=str(EndedBy.PEER))
            entries.append(_next(entries, received.at, body, leg, epoch))
        else:
            body = LegEnded(cause=str(cause), by=str(EndedBy.SERVER))
            entries.append(_next(entries, at, body, leg, epoch))
    return tuple(entries)


def _next(entries: list[Entry], at: float, body: LegEnded, leg: LegId, epoch: Epoch) -> Entry:
    return Entry(number=entries[-1].number + 1, at=at, body=body, leg=leg, epoch=epoch)


def _read(entry: Entry, story: _Story, parts: dict[LegId, _Part]) -> None:
    part = None if entry.leg is None else parts.get(entry.leg)
    match entry.body:
        case CallStarted() as started:
            story.began = started
        case LegStarted(direction=direction, pii_peer=peer) if entry.leg is not None:
            parts[entry.leg] = _Part(direction, peer, entry.at)
        case DialEnded() as dial:
            story.dial, story.served_since = outcome.read(dial, entry.leg), False
        case LegAnswered() if part is not None:
            part.answered = entry.at
        case LegEnded(cause=cause, by=by) if part is not None:
            part.ended, part.cause, part.by = entry.at, Cause(cause), by
        case MediaReported() if part is not None:
            part.media = MediaReport.from_json(entry.details)
        case _:
            pass
    if parts and outcome.served(entry, next(iter(parts))):
        story.served_since = True
    story.last = max(story.last, entry.at)


def _record(
    began: CallStarted, story: _Story, parts: Mapping[LegId, _Part], entries: tuple[Entry, ...]
) -> CallRecord:
    start = datetime.fromisoformat(began.at)

    def wall(at: float) -> datetime:
        return start + timedelta(seconds=at)

    legs = tuple(
        LegRecord(
            id=id,
            direction=part.direction,
            peer=part.peer,
            started_at=wall(part.began),
            answered_at=None if part.answered is None else wall(part.answered),
            ended_at=wall(story.last if part.ended is None else part.ended),
            cause=part.cause,
            ended_by=part.by,
            media=part.media,
        )
        for id, part in parts.items()
    )
    # The first leg is the call: it is answered, and it ends, when that leg is and does.
    first = legs[0]
    return CallRecord(
        id=CallId(first.id),
        account=AccountId(began.account),
        application=ApplicationId(began.application),
        dialect=began.dialect,
        direction=began.direction,
        caller=began.pii_caller,
        callee=began.pii_callee,
        started_at=start,
        answered_at=first.answered_at,
        ended_at=first.ended_at,
        cause=first.cause,
        hung_up_by=outcome.hung_up_by(
            first.cause,
            first.ended_by,
            None if story.served_since else story.dial,
            inbound=began.direction == str(Direction.INBOUND),
        ),
        dialled=story.dial,
        legs=legs,
        journal=entries,
    )
