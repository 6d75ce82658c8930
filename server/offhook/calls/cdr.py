"""Reads the call record out of a journal."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from offhook.base.causes import Cause
from offhook.base.events import HungUp
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.media import MediaReport
from offhook.base.records import CallRecord, DialRecord, Entry, LegRecord
from offhook.calls import outcome
from offhook.calls.leg import Direction, EndedBy

_RECEIVED: Final = "hangup-received"
_BEYOND: Final = 1 << 30
"""Numbers from here on are of entries that the call's own journal does not have."""
_FORMER: Final = {
    "call-began": "call-started",
    "leg-began": "leg-started",
    "hang-up-received": "hangup-received",
}
"""Events by their former names, which the journal of a server before its upgrade has."""


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
    began: Entry | None = None
    last: float = 0.0
    dial: DialRecord | None = None
    served_since: bool = False


def fold(journal: Iterable[Entry]) -> CallRecord:
    """The record of the call whose journal this is; while it lives, as if it failed now.

    Raises:
        ValueError: the journal does not begin with `call-started`.
    """
    entries = _current(journal)
    story = _Story()
    parts: dict[LegId, _Part] = {}
    for entry in entries:
        _read(entry, story, parts)
    if story.began is None:
        raise ValueError("a journal must begin with call-started")
    return _record(story.began, story, parts, entries)


def hang_up_received(event: HungUp, at: float, count: int) -> Entry:
    """A hang-up is kept until the call's task has taken it: the page is notified at once.

    Args:
        event: The hang-up.
        at: Seconds after the call's beginning.
        count: How many of this call were received before.
    """
    details: dict[str, object] = {"cause": str(event.cause), "by": str(EndedBy.PEER)}
    number = _BEYOND + count
    return Entry(number=number, at=at, event=_RECEIVED, leg=event.leg, details=details)


def close_open_legs(journal: Iterable[Entry], at: float, cause: Cause) -> tuple[Entry, ...]:
    """The journal of a call that nothing more is known of, with an end for each leg that has none.

    A leg whose hang-up was received ended with that one.

    Args:
        journal: What was written; numbers may be missing.
        at: Seconds after the call's beginning at which it ended, if that is later than its entries.
        cause: Why those legs ended.
    """
    written = _current(journal)
    entries = [entry for entry in written if entry.event != _RECEIVED]
    ended = {entry.leg for entry in entries if entry.event == "leg-ended"}
    received = [e for e in written if e.event == _RECEIVED and e.leg not in ended]
    entries += [replace(entry, event="leg-ended") for entry in received]
    ended |= {entry.leg for entry in received}
    began = [entry.leg for entry in entries if entry.event == "leg-started"]
    at = max([at, *(entry.at for entry in entries)])
    details: dict[str, object] = {"cause": str(cause), "by": "server"}
    entries += [
        Entry(number=0, at=at, event="leg-ended", leg=leg, details=details)
        for leg in began
        if leg not in ended
    ]
    return tuple(replace(entry, number=number) for number, entry in enumerate(entries))


def _current(journal: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(
        replace(entry, event=_FORMER[entry.event]) if entry.event in _FORMER else entry
        for entry in journal
    )


def _read(entry: Entry, story: _Story, parts: dict[LegId, _Part]) -> None:
    if entry.event == "call-started":
        story.began = entry
    elif entry.event == "leg-started" and entry.leg is not None:
        details = entry.details
        parts[entry.leg] = _Part(str(details["direction"]), str(details["pii_peer"]), entry.at)
    elif entry.event == outcome.EVENT:
        story.dial, story.served_since = outcome.read(entry), False
    elif entry.leg is not None and entry.leg in parts and entry.event in _READERS:
        _READERS[entry.event](parts[entry.leg], entry)
    if parts and outcome.served(entry, next(iter(parts))):
        story.served_since = True
    story.last = max(story.last, entry.at)


def _answered(part: _Part, entry: Entry) -> None:
    part.answered = entry.at


def _ended(part: _Part, entry: Entry) -> None:
    part.ended = entry.at
    part.cause = Cause(str(entry.details["cause"]))
    part.by = str(entry.details["by"])


def _measured(part: _Part, entry: Entry) -> None:
    part.media = MediaReport.from_json(entry.details)


_READERS: Final[Mapping[str, Callable[[_Part, Entry], None]]] = {
    "leg-answered": _answered,
    "leg-ended": _ended,
    "media-reported": _measured,
}


def _record(
    began: Entry, story: _Story, parts: Mapping[LegId, _Part], entries: tuple[Entry, ...]
) -> CallRecord:
    start = datetime.fromisoformat(str(began.details["at"]))

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
        account=AccountId(str(began.details["account"])),
        application=ApplicationId(str(began.details["application"])),
        dialect=str(began.details["dialect"]),
        direction=str(began.details["direction"]),
        caller=str(began.details["pii_caller"]),
        callee=str(began.details["pii_callee"]),
        started_at=start,
        answered_at=first.answered_at,
        ended_at=first.ended_at,
        cause=first.cause,
        hung_up_by=outcome.hung_up_by(
            first.cause,
            first.ended_by,
            None if story.served_since else story.dial,
            inbound=began.details["direction"] == str(Direction.INBOUND),
        ),
        dialled=story.dial,
        legs=legs,
        journal=entries,
    )
