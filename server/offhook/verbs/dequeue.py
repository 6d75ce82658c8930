"""Bridges the caller with the one who has waited longest in a queue."""

from dataclasses import dataclass

from offhook.base.events import DtmfReceived
from offhook.base.ids import LegId
from offhook.base.journal.script_entries import QueueDialled
from offhook.base.media import Tones
from offhook.base.queues import QueueGiven, QueueJoined, QueueParted, QueueReady, Taking, queue_id
from offhook.verbs.base import (
    Context,
    Continuation,
    Continue,
    Outcome,
    Progress,
    RequestNext,
)
from offhook.verbs.context import CallOver
from offhook.verbs.enqueue import COMES_BACK_S, partner_of
from offhook.verbs.playing import FOR_EVER
from offhook.verbs.results import DequeueResult


@dataclass(slots=True)
class _Taken:
    """The caller that an agent got.

    Attributes:
        waited_s: How long it had waited.
        began: Since when the two are bridged; nothing before.
    """

    caller: LegId
    waited_s: float
    began: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dequeue:
    """Take a caller out of a queue, and talk.

    Attributes:
        queue: Its name.
        ring_s: Seconds to wait for a caller.
        limit_s: Seconds the two may talk.
        ringback: What is heard meanwhile.
        url: A document for the caller before the two are bridged; empty for none.
        method: `GET` or `POST`.
        star_ends: The key `*` ends the conversation.
        then: Whom to ask when it is over; nothing to go on with the next verb.
    """

    queue: str
    ring_s: float
    limit_s: float
    ringback: Tones
    url: str = ""
    method: str = "POST"
    star_ends: bool = False
    then: Continuation | None = None

    async def run(self, call: Context) -> Outcome:
        """Wait for a caller, and talk."""
        return await self._follow(call, self.ring_s)

    async def resume(self, call: Context, progress: Progress) -> Outcome:
        """Go on with the conversation, or wait for what is left."""
        partner = partner_of(call.leg.id, progress)
        if partner is None:
            return await self._follow(call, self.ring_s - progress.elapsed_s)
        call.control.part(call.leg)
        return await self._follow(call, COMES_BACK_S, partner)

    async def _follow(self, call: Context, left_s: float, partner: LegId | None = None) -> Outcome:
        call.answer()
        control = call.control
        control.note(QueueDialled(queue=self.queue))
        control.play(call.leg, self.ringback, FOR_EVER)
        began = control.now()
        taken: _Taken | None = None
        before = None if partner is None else _Taken(partner, 0.0)
        try:
            taken = await self._take(call, began, began + left_s, partner)
        except CallOver:
            if self.then is None:
                raise
            return self._outcome(call, before)
        finally:
            if taken is None:
                control.queues.leave(call.leg.id)
        control.stop(call.leg)
        if taken is None:
            return self._outcome(call, before)
        control.post(QueueJoined(leg=taken.caller))
        control.join(call.leg, taken.caller)
        taken.began = control.now()
        return await self._finish(call, taken)

    async def _take(
        self, call: Context, since: float, until: float, partner: LegId | None
    ) -> _Taken | None:
        """The caller who is ready to talk; nothing if there was none in time."""
        control = call.control
        agent = Taking(
            leg=call.leg.id,
            account=control.call.origin.account,
            queue=self.queue,
            since=since,
            # A caller who has heard it does not hear it again.
            url="" if partner is not None else self.url,
            method=self.method,
            partner=partner,
        )
        control.queues.dial(agent)
        given: _Taken | None = None
        while True:
            event = await call.next(until if given is None else None)
            match event:
                case None:
                    return None
                case QueueGiven(leg=leg, caller=caller, waited_s=waited_s) if leg == call.leg.id:
                    given = _Taken(caller, waited_s)
                case QueueReady(leg=leg) if leg == call.leg.id and given is not None:
                    return given
                case QueueParted(leg=leg) if leg == call.leg.id:
                    # That caller is gone; the place among the agents is kept.
                    given = None
                    control.queues.dial(agent)
                case _:
                    pass

    async def _finish(self, call: Context, taken: _Taken) -> Outcome:
        control = call.control
        began = control.now() if taken.began is None else taken.began
        try:
            await self._talk(call, began + self.limit_s)
        except CallOver:
            if self.then is None:
                raise
        finally:
            control.part(call.leg)
            control.queues.leave(call.leg.id)
        return self._outcome(call, taken)

    async def _talk(self, call: Context, until: float) -> None:
        while (event := await call.next(until)) is not None:
            match event:
                case QueueParted(leg=leg) if leg == call.leg.id:
                    return
                case DtmfReceived(leg=leg, digit="*") if leg == call.leg.id and self.star_ends:
                    return
                case _:
                    pass

    def _outcome(self, call: Context, taken: _Taken | None) -> Outcome:
        if self.then is None:
            return Continue()
        now = call.control.now()
        account = call.control.call.origin.account
        duration_s = 0.0 if taken is None or taken.began is None else now - taken.began
        result = DequeueResult(
            queue=queue_id(account, self.queue),
            caller=None if taken is None else taken.caller,
            waited_s=0.0 if taken is None else taken.waited_s,
            duration_s=duration_s,
        )
        return RequestNext(self.then, result=result)
