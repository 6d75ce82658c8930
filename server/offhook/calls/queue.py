"""A queue: callers who wait for an agent, and agents who wait for a caller. No IO, no clock of its own."""

from dataclasses import dataclass

from offhook.base.ids import LegId
from offhook.base.queues import Place, Taking, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """An agent gets a caller."""

    caller: Waiting
    agent: Taking


@dataclass(frozen=True, slots=True)
class Parted:
    """The party at the other end of a pair is gone: this leg is to be notified."""

    leg: LegId


Command = Paired | Parted


class Queue:
    """One queue of an account.

    | what happens | no one at the other end | a party waits there |
    |---|---|---|
    | a caller enters | waits | is given to the agent who has waited longest |
    | an agent dials | waits | gets the caller who has waited longest |
    | one of a pair leaves | the other is notified | |
    """

    def __init__(self) -> None:
        """Empty."""
        self._callers: list[Waiting] = []
        self._agents: list[Taking] = []
        self._pairs: dict[LegId, LegId] = {}
        self._taken = 0
        self._waited_s = 0.0

    @property
    def idle(self) -> bool:
        """Whether it has no party at either end, and no pair."""
        return not (self._callers or self._agents or self._pairs)

    def enter(self, caller: Waiting) -> tuple[bool, tuple[Command, ...]]:
        """A caller enters, in the place of the time that it has. False if there is no room."""
        if len(self._callers) >= caller.most:
            return False, ()
        self._callers.append(caller)
        self._callers.sort(key=lambda each: each.since)
        return True, self._pair(caller.since)

    def dial(self, agent: Taking) -> tuple[Command, ...]:
        """An agent dials, in the place of the time that it has."""
        self._agents.append(agent)
        self._agents.sort(key=lambda each: each.since)
        return self._pair(agent.since)

    def leave(self, leg: LegId) -> tuple[Command, ...]:
        """A caller or an agent leaves: from the queue, or from the other end."""
        self._callers = [each for each in self._callers if each.leg != leg]
        self._agents = [each for each in self._agents if each.leg != leg]
        other = self._pairs.pop(leg, None)
        if other is None:
            return ()
        del self._pairs[other]
        return (Parted(other),)

    def place(self, leg: LegId) -> Place | None:
        """Where the caller is; nothing if it does not wait."""
        for position, caller in enumerate(self._callers, 1):
            if caller.leg == leg:
                average_s = self._waited_s / self._taken if self._taken else 0.0
                size = len(self._callers)
                return Place(position=position, size=size, most=caller.most, average_s=average_s)
        return None

    def _pair(self, now: float) -> tuple[Command, ...]:
        pairs: list[Command] = []
        while (pair := self._next_pair()) is not None:
            caller, agent = pair
            self._callers.remove(caller)
            self._agents.remove(agent)
            self._pairs[caller.leg], self._pairs[agent.leg] = agent.leg, caller.leg
            self._taken += 1
            self._waited_s += max(0.0, now - caller.since)
            pairs.append(Paired(caller=caller, agent=agent))
        return tuple(pairs)

    def _next_pair(self) -> tuple[Waiting, Taking] | None:
        """The first agent and the first caller that fit; those who know each other come first."""
        fitting = [
            (caller, agent)
            for agent in self._agents
            for caller in self._callers
            if caller.partner in (None, agent.leg) and agent.partner in (None, caller.leg)
        ]
        known = (pair for pair in fitting if pair[0].partner or pair[1].partner)
        return next(known, fitting[0] if fitting else None)
