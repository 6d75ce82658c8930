"""The calls that run, with their inboxes: where events and requests find their call."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from offhook.base.causes import Cause
from offhook.base.control import ControlAction, ControlRequest
from offhook.base.errors import NotFound, OffhookError, Unavailable
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, CallId, LegId
from offhook.base.journal.entry import Epoch
from offhook.base.journal.inputs import Input, is_input
from offhook.calls.call_control import CallControl
from offhook.flow.inbox import Inbox, Stop
from offhook.flow.live import LiveCall, snapshot
from offhook.flow.ports import Dependencies
from offhook.flow.queues import Queues

_REQUESTS: Final = 20
"""Control requests of one call that may wait at once."""
_CONTROL_S: Final = 30.0
"""How long a control request may take, the loading of a sound included."""


@dataclass(slots=True)
class RunningCall:
    """One call that runs.

    Attributes:
        epoch: With which this process has it.
        written: Whether it is in the journal's file; one that only tries the network is not.
        on_leg: Called with each new leg of the call, so that its events are routed here.
        inputs: How many inputs of its parties were received.
        requests: Control requests that wait.
        control: The call itself, once its application is known.
        task: Carries it out.
        fenced: Whether another owner has the call.
    """

    id: CallId
    account: AccountId
    began: float
    epoch: Epoch
    written: bool
    on_leg: Callable[[LegId], None]
    inputs: int = 0
    requests: int = 0
    control: CallControl | None = None
    task: asyncio.Task[None] | None = None
    fenced: bool = False
    inbox: Inbox = field(default_factory=Inbox)
    legs: set[LegId] = field(default_factory=set[LegId])


class RunningCalls:
    """All calls of this process."""

    def __init__(self, deps: Dependencies) -> None:
        """No call yet."""
        self._deps = deps
        self._calls: dict[CallId, RunningCall] = {}
        self._legs: dict[LegId, RunningCall] = {}
        self._per_account: Counter[AccountId] = Counter()
        self._idle = asyncio.Event()
        self._idle.set()
        self.queues = Queues(deps.clock, self.post)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._calls)

    def __contains__(self, call: CallId) -> bool:
        """Whether a call runs."""
        return call in self._calls

    def of(self, account: AccountId) -> int:
        """How many calls of an account there are."""
        return self._per_account[account]

    def add(
        self,
        call: CallId,
        account: AccountId,
        *,
        written: bool,
        began: float | None = None,
        epoch: Epoch | None = None,
    ) -> RunningCall:
        """A call begins, with a leg that has its id; or it began then, in an earlier process."""
        began = self._deps.clock.now() if began is None else began
        epoch = epoch or self._deps.first_epoch
        entry = RunningCall(call, account, began, epoch, written, partial(self._begin_leg, call))
        self._calls[call] = entry
        self._per_account[account] += 1
        self._idle.clear()
        entry.on_leg(LegId(call))
        return entry

    def remove(self, entry: RunningCall) -> None:
        """A call is over."""
        del self._calls[entry.id]
        for leg in entry.legs:
            self._legs.pop(leg, None)
            self.queues.leave(leg)
        self._per_account[entry.account] -= 1
        if self._per_account[entry.account] <= 0:
            del self._per_account[entry.account]
        self._deps.web.forget(entry.id)
        if not self._calls:
            self._idle.set()

    def post(self, event: LegEvent) -> None:
        """Post an event to the call of its leg. Events of unknown legs are dropped."""
        entry = self._legs.get(event.leg)
        if entry is None:
            return
        number: int | None = None
        if entry.written and is_input(event):
            # Its page may be notified before the call's task runs again.
            entry.inputs += 1
            number = entry.inputs
            self._deps.records.receive(entry.id, self._input(entry, event))
        entry.inbox.put(event, number)

    def _input(self, entry: RunningCall, event: LegEvent) -> Input:
        at = round(max(0.0, self._deps.clock.now() - entry.began), 6)
        journal = None if entry.control is None else entry.control.call.journal
        return Input(
            number=entry.inputs,
            at=at,
            event=event,
            # Before its application is known, a call has two entries: its own, and that of its first leg.
            after=1 if journal is None else journal.number,
            epoch=entry.epoch,
        )

    def stop(self, call: CallId, cause: Cause = Cause.NORMAL) -> bool:
        """End a call from outside. Returns whether there is such a call."""
        entry = self._calls.get(call)
        if entry is None:
            return False
        entry.inbox.put(Stop(cause))
        return True

    def stop_all(self, cause: Cause) -> None:
        """End all calls."""
        for call in tuple(self._calls):
            self.stop(call, cause)

    def fence(self, call: CallId) -> None:
        """Drop a call that another owner has, in silence: its parties hear of it from that one.

        Nothing is sent or written: no hang-up, no end, no record, no callback.
        """
        entry = self._calls.get(call)
        if entry is None or entry.fenced:
            return
        entry.fenced = True
        if entry.control is not None:
            entry.control.call.journal.fence()
        for leg in entry.legs:
            self._legs.pop(leg, None)
            self._deps.signal.forget(leg)
            self._deps.media.close(leg)
        if entry.task is not None:
            entry.task.cancel()
        self._deps.metrics.count("calls_fenced")

    async def idle(self) -> None:
        """Wait until no call is left."""
        await self._idle.wait()

    def live(self, account: AccountId) -> list[LiveCall]:
        """The account's calls that have not ended, the oldest first."""
        return [
            snapshot(entry.control.call, self._deps.clock.now())
            for entry in self._calls.values()
            if entry.account == account and entry.control is not None
        ]

    async def control(self, account: AccountId, call: CallId, action: ControlAction) -> str:
        """Carry out a request on a running call. Returns the request's id, once it took effect.

        Raises:
            NotFound: the account has no such call that runs.
            PeerError: the call's state does not allow it.
            UsageError: what it names cannot be had or used.
            Unavailable: the call has as many requests as it may, or did not come to it in time.
        """
        entry = self._calls.get(call)
        if entry is None or entry.account != account or entry.control is None:
            raise NotFound(f"no call {call} is running")
        if entry.requests >= _REQUESTS:
            raise Unavailable(f"{_REQUESTS} requests to this call wait already")
        done: asyncio.Future[OffhookError | None] = asyncio.get_running_loop().create_future()
        id = self._deps.ids.hex32()
        entry.requests += 1
        request = ControlRequest(
            id=id, action=action, done=partial(_resolve, done), withdrawn=done.cancelled
        )
        entry.inbox.put(request)
        try:
            async with asyncio.timeout(_CONTROL_S):
                error = await done
        except TimeoutError:
            raise Unavailable("the call did not carry out the request in time") from None
        finally:
            entry.requests -= 1
        if error is not None:
            raise error
        return id

    def _begin_leg(self, call: CallId, leg: LegId) -> None:
        entry = self._calls[call]
        entry.legs.add(leg)
        self._legs[leg] = entry


def _resolve(done: asyncio.Future[OffhookError | None], error: OffhookError | None) -> None:
    # A request that timed out is cancelled.
    if not done.done():
        done.set_result(error)
