"""One party's part in a call: its states, and what is known about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from offhook.base.causes import Cause
from offhook.base.ids import LegId, Sdp
from offhook.base.media import MediaReport


class State(StrEnum):
    """How far a leg is."""

    NEW = "new"
    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


class Step(StrEnum):
    """What moves a leg."""

    RANG = "rang"
    ANSWERED = "answered"
    ENDED = "ended"


class Direction(StrEnum):
    """Who began."""

    INBOUND = "inbound"
    """The party called us."""
    OUTBOUND = "outbound"
    """We called the party."""


class EndedBy(StrEnum):
    """Who ended a leg."""

    PEER = "peer"
    SERVER = "server"
    OTHER_LEG = "other-leg"


_NEXT: Final[Mapping[tuple[State, Step], State]] = {
    (State.NEW, Step.RANG): State.RINGING,
    (State.NEW, Step.ANSWERED): State.UP,
    (State.NEW, Step.ENDED): State.ENDED,
    (State.RINGING, Step.ANSWERED): State.UP,
    (State.RINGING, Step.ENDED): State.ENDED,
    (State.UP, Step.ENDED): State.ENDED,
}


def after(state: State, step: Step) -> State | None:
    """The state a leg is in once `step` has happened to it; nothing if that changes nothing.

    A late event is no error: an answer and a cancellation may cross on the wire.
    """
    return _NEXT.get((state, step))


@dataclass(slots=True, kw_only=True)
class Leg:
    """One party's part in a call.

    Attributes:
        peer: Its address in canonical form.
        offer: Its first offer, until we have answered it.
        answer: Our answer to its offer, until it was sent.
        agreed: Whether its media is agreed upon.
        rang: Whether its device ever rang.
        up_at: When it was answered, by the forward clock.
        cause: Why it ended.
        report: The engine's last word on its media.
        detached: Its media was that of a server process before this one: its page has to offer again.
        hides_keys: No reader of the journal sees which keys its party presses.
    """

    id: LegId
    direction: Direction
    peer: str
    state: State = State.NEW
    offer: Sdp | None = None
    answer: Sdp | None = None
    agreed: bool = False
    rang: bool = False
    up_at: float | None = None
    cause: Cause | None = None
    ended_by: EndedBy | None = None
    report: MediaReport | None = None
    media_closed: bool = False
    detached: bool = False
    hides_keys: bool = False

    def step(self, step: Step) -> bool:
        """Move. Returns whether that changed anything."""
        moved = after(self.state, step)
        if moved is None:
            return False
        self.state = moved
        if step is Step.RANG:
            self.rang = True
        return True

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state is State.ENDED

    @property
    def up(self) -> bool:
        """Whether it is answered and not over."""
        return self.state is State.UP
