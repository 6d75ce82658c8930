"""The queues of this process. They know calls by their legs, and post to them what happens.

Nothing in a queue waits, so that none needs a task: what is asked of it is done at once, in order.
"""

from collections.abc import Callable

from offhook.base.clock import Clock
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, LegId
from offhook.base.queues import Place, QueueGiven, QueueParted, QueueTaken, Taking, Waiting
from offhook.calls.queue import Command, Paired, Queue


class Queues:
    """All queues, as `offhook.calls.ports.Queues`: by account and name while they have members."""

    def __init__(self, clock: Clock, post: Callable[[LegEvent], None]) -> None:
        """No queue yet; `post` posts an event to the call that has its leg."""
        self._clock = clock
        self._post = post
        self._queues: dict[tuple[AccountId, str], Queue] = {}
        self._of: dict[LegId, tuple[AccountId, str]] = {}

    def __len__(self) -> int:
        """How many have members."""
        return sum(not queue.idle for queue in self._queues.values())

    def enter(self, caller: Waiting) -> bool:
        """A caller enters its queue. False if it is full."""
        entered, commands = self._queue(caller).enter(caller)
        if entered:
            self._of[caller.leg] = caller.account, caller.queue
        self._do(commands)
        return entered

    def dial(self, agent: Taking) -> None:
        """An agent dials a queue; `QueueGiven` follows once it has a caller."""
        self._of[agent.leg] = agent.account, agent.queue
        self._do(self._queue(agent).dial(agent))

    def leave(self, leg: LegId) -> None:
        """A caller or an agent leaves; the other end, if it has one, gets `QueueParted`."""
        key = self._of.pop(leg, None)
        if key is not None:
            self._do(self._queues[key].leave(leg))

    def place(self, leg: LegId) -> Place | None:
        """The caller's place in its queue, while it waits there."""
        key = self._of.get(leg)
        return None if key is None else self._queues[key].place(leg)

    def _queue(self, party: Waiting | Taking) -> Queue:
        # One that is empty is kept: it knows how long those have waited who were taken.
        return self._queues.setdefault((party.account, party.queue), Queue())

    def _do(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            if isinstance(command, Paired):
                caller, agent = command.caller, command.agent
                waited_s = max(0.0, self._clock.now() - caller.since)
                taken = QueueTaken(
                    leg=caller.leg, agent=agent.leg, url=agent.url, method=agent.method
                )
                self._post(taken)
                self._post(QueueGiven(leg=agent.leg, caller=caller.leg, waited_s=waited_s))
            else:
                self._of.pop(command.leg, None)
                self._post(QueueParted(leg=command.leg))
