"""Values about queues: who waits, who takes callers out of them, a place in one, and the events of calls."""

import hashlib
from dataclasses import dataclass

from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A caller who waits.

    Attributes:
        since: When it entered the queue, by the forward clock: the place in it.
        most: How many may wait in the queue.
        partner: The only agent that it is for: the one that it talked with before a restart.
    """

    leg: LegId
    account: AccountId
    queue: str
    since: float
    most: int = 1_000
    partner: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """An agent who dials a queue.

    Attributes:
        since: When it dialled, by the forward clock.
        url: A document for the caller before the two are bridged; empty for none.
        method: `GET` or `POST`.
        partner: The only caller that it is for: the one that it talked with before a restart.
    """

    leg: LegId
    account: AccountId
    queue: str
    since: float
    url: str = ""
    method: str = "POST"
    partner: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A caller's place in a queue.

    Attributes:
        position: From 1.
        size: How many wait.
        most: How many may.
        average_s: Seconds that those who were taken had waited, on average.
    """

    position: int
    size: int
    most: int
    average_s: float


def queue_id(account: AccountId, queue: str) -> str:
    """32 hex digits, the same for a name of an account at all times."""
    return hashlib.sha256(f"{account}\0{queue}".encode()).hexdigest()[:32]


# Events between a caller who waits in a queue and an agent who takes it.


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTaken(LegEvent):
    """The caller was taken out of its queue.

    Attributes:
        agent: The leg of the agent who gets it.
        url: A document for the caller before the two are bridged; empty for none.
        method: `GET` or `POST`.
    """

    agent: LegId
    url: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueGiven(LegEvent):
    """The agent gets a caller, once that is ready.

    Attributes:
        caller: Its leg.
        waited_s: How long it had waited.
    """

    caller: LegId
    waited_s: float


class QueueReady(LegEvent):
    """The caller that the agent gets is ready to be bridged."""


class QueueJoined(LegEvent):
    """The agent has bridged itself with the caller."""


class QueueParted(LegEvent):
    """The party at the other end is gone: the agent that took the caller, or the caller that it got."""
