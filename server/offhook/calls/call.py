"""A call: its legs, who is bridged with whom, and its journal. It stays small for ever."""

from collections.abc import Iterable
from dataclasses import dataclass

from offhook.base.causes import Cause
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
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
    """

    id: CallId
    account: AccountId
    application: ApplicationId
    dialect: str
    direction: Direction
    caller: str
    callee: str
    wall: str


class Call:
    """What the customer sees as one call.

    Attributes:
        caller_leg: The leg that began it: of the caller, or of the party that a program called.
        anchor: The leg that the call lives for: the first, until its party connects the other end with
            another party and leaves.
    """

    def __init__(self, origin: Origin, now: float, journal: Journal | None = None) -> None:
        """A call with one leg and an empty journal."""
        self.origin = origin
        self.journal = Journal(now) if journal is None else journal
        self._legs: dict[LegId, Leg] = {}
        self._bridged: dict[LegId, LegId] = {}
        self.journal.note(
            now,
            "call-started",
            details={
                "account": origin.account,
                "application": origin.application,
                "dialect": origin.dialect,
                "direction": str(origin.direction),
                "at": origin.wall,
                "pii_caller": origin.caller,
                "pii_callee": origin.callee,
            },
            required=True,
        )
        peer = origin.caller if origin.direction is Direction.INBOUND else origin.callee
        self.caller_leg = self.add(LegId(origin.id), origin.direction, peer, now)
        self.anchor = self.caller_leg

    def add(self, id: LegId, direction: Direction, peer: str, now: float) -> Leg:
        """One more party."""
        leg = Leg(id=id, direction=direction, peer=peer)
        self._legs[id] = leg
        details: dict[str, object] = {"direction": str(direction), "pii_peer": peer}
        self.journal.note(now, "leg-started", id, details, required=True)
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

    def take(self, event: LegEvent, now: float) -> bool:
        """Let `event` happen: move its leg and write it down.

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
            self.journal.note(now, entry.name, leg.id, entry.details, required=entry.required)
        if leg.up and leg.up_at is None:
            leg.up_at = now
        return True

    def answer(self, leg: Leg, now: float) -> None:
        """We took the call of `leg`."""
        if leg.step(Step.ANSWERED):
            leg.up_at = now
            self.journal.note(now, "leg-answered", leg.id, required=True)

    def end(self, leg: Leg, cause: Cause, by: EndedBy, now: float) -> bool:
        """`leg` is over. Returns whether it was not before."""
        if not leg.step(Step.ENDED):
            return False
        leg.cause, leg.ended_by = cause, by
        details: dict[str, object] = {"cause": str(cause), "by": str(by)}
        self.journal.note(now, "leg-ended", leg.id, details, required=True)
        return True

    def bridge(self, a: LegId, b: LegId, now: float) -> None:
        """Bridge the two legs."""
        self._bridged[a], self._bridged[b] = b, a
        self.journal.note(now, "legs-bridged", a, {"with": b})

    def unbridge(self, id: LegId, now: float) -> LegId | None:
        """Unbridge the leg from its partner. Returns the partner."""
        other = self._bridged.pop(id, None)
        if other is not None:
            self._bridged.pop(other, None)
            self.journal.note(now, "legs-unbridged", id, {"from": other})
        return other

    def bridged_with(self, id: LegId) -> LegId | None:
        """The leg's partner."""
        return self._bridged.get(id)
