"""Lets the caller wait in a queue until an agent takes it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from offhook.base.causes import Cause
from offhook.base.events import LegEvent
from offhook.base.ids import LegId
from offhook.base.journal.call_entries import LegsJoined
from offhook.base.journal.script_entries import QueueEntered, QueueLeft
from offhook.base.queues import QueueJoined, QueueParted, QueueReady, QueueTaken, Waiting, queue_id
from offhook.verbs.base import (
    Context,
    Continuation,
    Continue,
    End,
    InnerRequest,
    Outcome,
    Progress,
    Purpose,
    RequestNext,
)
from offhook.verbs.context import CallOver, Interrupted, Redirected
from offhook.verbs.inner import InnerEnd, InnerScript
from offhook.verbs.playing import FOR_EVER
from offhook.verbs.prompt import Prompting
from offhook.verbs.results import QueueResult, WaitResult

_AT_MOST_ONCE_S: Final = 1.0
"""A wait document that is over in no time is not requested more often."""

COMES_BACK_S: Final = 15.0
"""How long the other end of a conversation has, after a restart, to come back to it."""


class QueueEnd(StrEnum):
    """How a caller left a queue."""

    BRIDGED = "bridged"
    LEFT = "leave"
    FULL = "queue-full"
    FAILED = "error"
    HUNG_UP = "hangup"


def partner_of(leg: LegId, progress: Progress) -> LegId | None:
    """Whom the party of the leg talked with, before a restart."""
    for entry in reversed(progress.entries):
        if isinstance(entry.body, LegsJoined) and entry.leg == leg:
            return LegId(entry.body.with_)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Wait in a queue.

    Attributes:
        queue: Its name, one of the account's own.
        url: A document for those who wait, requested again whenever it is over; nothing for hold music,
            empty for silence.
        method: `GET` or `POST`.
        most: How many may wait in it.
        then: Whom to ask when it is over; nothing to go on with the next verb.
    """

    queue: str
    url: str | None = None
    method: str = "POST"
    most: int = 1_000
    then: Continuation | None = None

    async def run(self, call: Context) -> Outcome:
        """Wait, and be bridged."""
        call.answer()
        call.control.note(QueueEntered(queue=self.queue))
        return await self._enter(call, call.control.now())

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Go on with the conversation, or wait in the place of before."""
        call.answer()
        now = call.control.now()
        since = now - progress.elapsed_s
        partner = partner_of(call.leg.id, progress)
        if partner is not None:
            # Whether it goes on as well is known once it has come back.
            call.control.part(call.leg)
        return await self._enter(call, since, partner)

    async def _enter(self, call: Context, since: float, partner: LegId | None = None) -> Outcome:
        control = call.control
        waiting = Waiting(
            leg=call.leg.id,
            account=control.call.origin.account,
            queue=self.queue,
            since=since,
            most=self.most,
            partner=partner,
        )
        try:
            while True:
                if not control.queues.enter(waiting):
                    return self._ended(call, QueueEnd.FULL, since)
                end = await self._wait(call, since, waiting.partner)
                if end is None:
                    # The agent has hung up meanwhile.
                    return self._ended(call, QueueEnd.BRIDGED, since)
                waiting = replace(waiting, partner=None)
                if isinstance(end, QueueEnd):
                    return self._ended(call, end, since)
                if await self._is_ready(call, end, since):
                    return await self._talk(call, end.agent, since)
        finally:
            control.queues.leave(call.leg.id)

    async def _wait(
        self, call: Context, since: float, partner: LegId | None
    ) -> QueueTaken | QueueEnd | None:
        """How the wait ends; nothing if the partner of before has not come back."""
        taken: list[QueueTaken] = []

        def watch(event: LegEvent) -> bool:
            if isinstance(event, QueueTaken) and event.leg == call.leg.id:
                taken.append(event)
            return bool(taken)

        waiting = Prompting(call, watch, barge_in=False)
        try:
            if partner is None:
                return await self._entertain(waiting, since)
            until = call.control.now() + COMES_BACK_S
            while await waiting.next(until) is not None:
                pass
            return None
        except Interrupted:
            call.control.stop(call.leg)
            return taken[0]

    async def _entertain(self, call: Prompting, since: float) -> QueueEnd:
        """Let the caller hear what it is to hear. Ends when a wait document wants that."""
        control = call.control
        if not self.url:
            if self.url is None and control.hold_music is not None:
                control.play(call.leg, control.hold_music, FOR_EVER)
            while True:
                await call.next()
        script = InnerScript(call, control.now())
        while True:
            again = control.now() + _AT_MOST_ONCE_S
            place = control.queues.place(call.leg.id)
            waited = WaitResult(queue=self._id(call), waited_s=control.now() - since, place=place)
            ask = InnerRequest(
                url=self.url, method=self.method, purpose=Purpose.WAIT, result=waited
            )
            match await script.run(ask):
                case InnerEnd.LEFT:
                    return QueueEnd.LEFT
                case InnerEnd.HUNG_UP:
                    return QueueEnd.HUNG_UP
                case InnerEnd.FAILED:
                    return QueueEnd.FAILED
                case InnerEnd.ENDED:
                    pass
            while control.now() < again:
                await call.next(again)

    async def _is_ready(self, call: Context, taken: QueueTaken, since: float) -> bool:
        """Whether the agent is still there after the document that it has for the caller."""
        control = call.control
        gone: list[QueueParted] = []

        def watch(event: LegEvent) -> bool:
            if isinstance(event, QueueParted) and event.leg == call.leg.id:
                gone.append(event)
            return bool(gone)

        if taken.url:
            waited = WaitResult(
                queue=self._id(call), waited_s=control.now() - since, agent=taken.agent
            )
            ask = InnerRequest(
                url=taken.url, method=taken.method, purpose=Purpose.DEQUEUED, result=waited
            )
            own = Prompting(call, watch, barge_in=False)
            try:
                await InnerScript(own, control.now()).run(ask)
            except Interrupted:
                control.stop(call.leg)
                return False
        control.post(QueueReady(leg=taken.agent))
        while True:
            event = await call.next()
            if isinstance(event, QueueJoined | QueueParted) and event.leg == call.leg.id:
                return isinstance(event, QueueJoined)

    async def _talk(self, call: Context, agent: LegId, since: float) -> Outcome:
        control = call.control
        control.join(call.leg, agent)
        try:
            while True:
                event = await call.next()
                if isinstance(event, QueueParted) and event.leg == call.leg.id:
                    return self._ended(call, QueueEnd.BRIDGED, since)
        except (CallOver, Redirected):
            control.queues.leave(call.leg.id)
            raise
        finally:
            control.part(call.leg)

    def _ended(self, call: Context, end: QueueEnd, since: float) -> Outcome:
        waited_s = call.control.now() - since
        call.control.note(QueueLeft(queue=self.queue, result=str(end)))
        if end is QueueEnd.HUNG_UP:
            return End(Cause.NORMAL)
        if self.then is None:
            return Continue()
        result = QueueResult(queue=self._id(call), result=str(end), waited_s=waited_s)
        return RequestNext(self.then, result=result)

    def _id(self, call: Context | Prompting) -> str:
        return queue_id(call.control.call.origin.account, self.queue)
