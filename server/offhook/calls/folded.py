"""A call as its journal left it: what a server that was restarted begins with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.journal import call_entries as calls
from offhook.base.journal.entry import Entry, JournalEntry
from offhook.calls.call import LegTables, Origin
from offhook.calls.leg import Direction, EndedBy, Leg, Step


@dataclass(slots=True, kw_only=True)
class FoldedCall:
    """A call without its media.

    Attributes:
        legs: In the order in which they began; each that is not over is detached.
        tables: Which legs hear each other.
        muted: Legs that a program has muted.
    """

    origin: Origin
    legs: Sequence[Leg]
    tables: LegTables
    muted: frozenset[LegId]


@dataclass(slots=True)
class _State:
    legs: dict[LegId, Leg] = field(default_factory=dict[LegId, Leg])
    tables: LegTables | None = None
    muted: set[LegId] = field(default_factory=set[LegId])


def fold_call(id: CallId, journal: Sequence[Entry], began: float) -> FoldedCall:
    """The call.

    Args:
        id: Of the call.
        journal: Its entries, in order.
        began: When it began, by the forward clock of this process.

    Raises:
        ValueError: the journal does not begin with the call and its first leg.
    """
    if not journal or not isinstance(journal[0].body, calls.CallStarted):
        raise ValueError("a journal must begin with call-started")
    state = _State()
    for entry in journal:
        if entry.leg is not None:
            _take(state, entry.body, entry.leg, began + entry.at)
    if state.tables is None:
        raise ValueError("a call has at least one leg")
    return FoldedCall(
        origin=_origin(id, journal[0].body),
        legs=tuple(state.legs.values()),
        tables=state.tables,
        muted=frozenset(state.muted),
    )


def _origin(id: CallId, started: calls.CallStarted) -> Origin:
    return Origin(
        id=id,
        account=AccountId(started.account),
        application=ApplicationId(started.application),
        dialect=started.dialect,
        direction=Direction(started.direction),
        caller=started.pii_caller,
        callee=started.pii_callee,
        wall=started.at,
        parameters=started.secret_parameters or {},
        headers=started.secret_headers or {},
        outbound=started.secret_outbound,
    )


def _take(state: _State, body: JournalEntry, id: LegId, at: float) -> None:
    match body:
        case calls.LegStarted(direction=direction, pii_peer=peer):
            leg = Leg(id=id, direction=Direction(direction), peer=peer, detached=True)
            state.legs[id] = leg
            state.tables = state.tables or LegTables(id)
        case _ if id in state.legs and state.tables is not None:
            _move(state.legs[id], body, at)
            _connect(state.tables, body, id)
            _mute(state.muted, body, id)
        case _:
            pass


def _move(leg: Leg, body: JournalEntry, at: float) -> None:
    match body:
        case calls.LegRinging():
            leg.step(Step.RANG)
        case calls.LegAnswered():
            leg.step(Step.ANSWERED)
            leg.up_at = leg.up_at or at
        case calls.LegEnded(cause=cause, by=by):
            leg.step(Step.ENDED)
            leg.cause, leg.ended_by = Cause(cause), EndedBy(by)
            # Its media went with the process.
            leg.media_closed, leg.detached = True, False
        case _:
            pass


def _connect(tables: LegTables, body: JournalEntry, id: LegId) -> None:
    match body:
        case calls.LegsBridged(with_=partner):
            tables.bridged[id], tables.bridged[LegId(partner)] = LegId(partner), id
        case calls.LegsUnbridged(from_=partner):
            tables.joined.pop(id, None)
            tables.bridged.pop(id, None)
            tables.bridged.pop(LegId(partner), None)
        case calls.LegsJoined(with_=other):
            tables.joined[id] = LegId(other)
        case calls.LegEnded():
            # A leg that was joined with one of another call stays so: that call is to be notified.
            other = tables.bridged.pop(id, None)
            if other is not None:
                tables.bridged.pop(other, None)
        case calls.AnchorChanged():
            tables.anchor = id
        case _:
            pass


def _mute(muted: set[LegId], body: JournalEntry, id: LegId) -> None:
    match body:
        case calls.LegMuted(by=by) if by is not None:
            muted.add(id)
        case calls.LegUnmuted(by=by) if by is not None:
            muted.discard(id)
        case _:
            pass
