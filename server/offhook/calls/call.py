"""A call: its legs, who is bridged with whom, and its journal. It stays small for ever."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from offhook.base.causes import Cause
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.journal import call_entries as entries
from offhook.calls.journal import Journal
from offhook.calls.journal_entries import describe, step_of
from offhook.calls.leg import Direction, EndedBy, Leg, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known when a call begins.

    Attributes:
        application: Decides on the call.
        dialect: That of the application.
        direction: Who began it, as the platform sees it.
        caller: The caller's address in canonical form.
        callee: Who was called, as the caller named it.
        wall: When, as people read it: ISO 8601 in UTC.
        parameters: What the application gets with every request.
        headers: Custom headers of the call.
        outbound: How a program wants it to begin, as JSON values; nothing for a call that a party began.
    """

    id: CallId
    account: AccountId
    application: ApplicationId
    dialect: str
    direction: Direction
    caller: str
    callee: str
    wall: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    outbound: Mapping[str, object] | None = None


@dataclass(slots=True)
class LegTables:
    """Which legs of a call hear each other, and for which one it lives.

    Attributes:
        bridged: The partner of each bridged leg.
        joined: Legs that hear a leg of another call, and which.
    """

    anchor: LegId
    bridged: dict[LegId, LegId] = field(default_factory=dict[LegId, LegId])
    joined: dict[LegId, LegId] = field(default_factory=dict[LegId, LegId])


class Call:
    """What the customer sees as one call.

    Attributes:
        caller_leg: The leg that began it: of the caller, or of the party that a program called.
        anchor: The leg that the call lives for: the first, until its party connects the other end with
            another party and leaves.
        joined: Legs that hear a leg of another call since an attended transfer, and which.
    """

    caller_leg: Leg
    anchor: Leg

    def __init__(self, origin: Origin, now: float, journal: Journal | None = None) -> None:
        """A call with one leg and an empty journal."""
        self.origin = origin
        self.journal = Journal(now) if journal is None else journal
        self._legs: dict[LegId, Leg] = {}
        self._bridged: dict[LegId, LegId] = {}
        self.joined: dict[LegId, LegId] = {}
        if not len(self.journal):
            self._begin(now)

    @classmethod
    def resumed(
        cls, origin: Origin, journal: Journal, legs: Sequence[Leg], state: "LegTables"
    ) -> "Call":
        """A call as an earlier process left it."""
        call = cls(origin, 0.0, journal)
        call._legs = {leg.id: leg for leg in legs}
        call._bridged, call.joined = state.bridged, state.joined
        call.caller_leg = call._legs[LegId(origin.id)]
        call.anchor = call._legs[state.anchor]
        return call

    def _begin(self, now: float) -> None:
        origin = self.origin
        self.journal.note(
            now,
            entries.CallStarted(
                account=origin.account,
                application=origin.application,
                dialect=origin.dialect,
                direction=str(origin.direction),
                at=origin.wall,
                pii_caller=origin.caller,
                pii_callee=origin.callee,
                secret_parameters=origin.parameters or None,
                secret_headers=origin.headers or None,
                secret_outbound=origin.outbound,
            ),
        )
        peer = origin.caller if origin.direction is Direction.INBOUND else origin.callee
        self.caller_leg = self.add(LegId(origin.id), origin.direction, peer, now)
        self.anchor = self.caller_leg

    def add(
        self, id: LegId, direction: Direction, peer: str, now: float, target: int | None = None
    ) -> Leg:
        """One more party; `target` is which of those that a verb dials, from 0."""
        leg = Leg(id=id, direction=direction, peer=peer)
        self._legs[id] = leg
        body = entries.LegStarted(direction=str(direction), pii_peer=peer, target=target)
        self.journal.note(now, body, id)
        return leg

    def leg(self, id: LegId) -> Leg | None:
        """The leg, if it is one of this call."""
        return self._legs.get(id)

    @property
    def legs(self) -> Iterable[Leg]:
        """All legs, the first leg first."""
        return tuple(self._legs.values())

    @property
    def over(self) -> bool:
        """Whether the party that it lives for is gone."""
        return self.anchor.ended

    def take(self, event: LegEvent, now: float, cause: int | None = None) -> bool:
        """Let `event` happen: move its leg and write it down.

        Args:
            event: What happens.
            now: The time, by the forward clock.
            cause: The number of the input that the event is.

        Returns:
            Whether it changed anything; what comes too late does not.
        """
        leg = self._legs.get(event.leg)
        if leg is None:
            return False
        step = step_of(event)
        if step is not None and not leg.step(step):
            return False
        entry = describe(event, leg)
        if entry is not None:
            self.journal.note(now, entry, leg.id, cause)
        if leg.up and leg.up_at is None:
            leg.up_at = now
        return True

    def answer(self, leg: Leg, now: float) -> None:
        """We took the call of `leg`."""
        if leg.step(Step.ANSWERED):
            leg.up_at = now
            self.journal.note(now, entries.LegAnswered(), leg.id)

    def end(self, leg: Leg, cause: Cause, by: EndedBy, now: float) -> bool:
        """`leg` is over. Returns whether it was not before."""
        if not leg.step(Step.ENDED):
            return False
        leg.cause, leg.ended_by = cause, by
        self.journal.note(now, entries.LegEnded(cause=str(cause), by=str(by)), leg.id)
        return True

    def live_for(self, leg: Leg, now: float) -> None:
        """From now on the call lives for `leg`."""
        self.anchor = leg
        self.journal.note(now, entries.AnchorChanged(), leg.id)

    def bridge(self, a: LegId, b: LegId, now: float) -> None:
        """Bridge the two legs."""
        self._bridged[a], self._bridged[b] = b, a
        self.journal.note(now, entries.LegsBridged(with_=b), a)

    def unbridge(self, id: LegId, now: float) -> LegId | None:
        """Unbridge the leg from its partner. Returns the partner."""
        other = self._bridged.pop(id, None)
        if other is not None:
            self._bridged.pop(other, None)
            self.journal.note(now, entries.LegsUnbridged(from_=other), id)
        return other

    def join(self, id: LegId, other: LegId, now: float) -> None:
        """Let the leg hear one of another call."""
        self.joined[id] = other
        self.journal.note(now, entries.LegsJoined(with_=other), id)

    def part(self, id: LegId, now: float) -> None:
        """Let it not hear that one any more."""
        other = self.joined.pop(id, None)
        if other is not None:
            self.journal.note(now, entries.LegsUnbridged(from_=other), id)

    def bridged_with(self, id: LegId) -> LegId | None:
        """The leg's partner."""
        return self._bridged.get(id)
