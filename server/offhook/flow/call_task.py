"""One call from its first moment to its record: what its task does."""

import logging
from typing import Final

from offhook.base.causes import Cause
from offhook.base.journal.call_entries import CallCrashed
from offhook.base.records import CallRecord
from offhook.calls.call_control import CallControl
from offhook.calls.cdr import fold
from offhook.calls.leg import EndedBy
from offhook.calls.liveness import LivenessMonitor
from offhook.flow.closing import callbacks_for
from offhook.flow.driver import Driver
from offhook.flow.inbox import Inbox
from offhook.flow.machine import judged
from offhook.flow.outbound import OutboundCall, reach, reach_again
from offhook.flow.ports import Dependencies
from offhook.flow.script import Script
from offhook.flow.taken_call import TakenCall
from offhook.flow.webhook_request import RequestBuilder, WebhookRequest
from offhook.verbs.context import CallOver

log = logging.getLogger("offhook.flow")

_OFFER_S: Final = 30.0
"""How long a page that is back after a restart has for its offer."""
_SETTLE_S: Final = 2.0
"""How long the engine may take for the last report of a leg."""


class CallTask:
    """Takes care of one call."""

    def __init__(
        self,
        control: CallControl,
        deps: Dependencies,
        inbox: Inbox,
        watch: LivenessMonitor,
        requests: RequestBuilder,
        outbound: OutboundCall | None = None,
        taken: TakenCall | None = None,
    ) -> None:
        """Nothing happens before `run`.

        Args:
            control: The call.
            deps: What it needs of the world.
            inbox: What happens to it.
            watch: Its time limits.
            requests: Writes the requests to its application.
            outbound: How it begins, if a program began it.
            taken: Where it goes on, if an earlier server process had it.
        """
        self._outbound = outbound
        self._taken = taken
        self._control = control
        self._deps = deps
        self._requests = requests
        self._driver = Driver(control, deps, inbox, watch, requests=requests)

    async def run(self) -> None:
        """Let the call happen; then keep what remains of it."""
        labels = {"dialect": self._requests.dialect.name}
        event = "calls_started" if self._taken is None else "calls_resumed"
        self._deps.metrics.count(event, labels)
        cause = Cause.FAILED
        try:
            cause = await self._talk()
        except CallOver:
            cause = self._control.anchor.cause or Cause.NORMAL
        except Exception:
            # The customer still gets a record, with the cause `failed`.
            log.exception("script.crashed", extra={"call": self._control.call.origin.id})
            self._control.note(CallCrashed())
        # Not if it was cancelled: the server fails, or another owner has the call, which goes on there.
        self._hang_up(cause)
        await self._driver.settle(_SETTLE_S)
        self._driver.close()
        labels["cause"] = str(self._keep().cause)
        self._deps.metrics.count("calls_ended", labels)

    async def _talk(self) -> Cause:
        script = Script(self._driver, self._requests)
        if self._taken is not None:
            return await self._go_on(script, self._taken)
        if self._outbound is None:
            return await script.run()
        first = await reach(self._driver, script, self._outbound)
        return await script.run(await judged(self._driver, script, self._outbound, first))

    async def _go_on(self, script: Script, taken: TakenCall) -> Cause:
        first: WebhookRequest | None = None
        self._control.signal_again()
        if self._outbound is not None and self._control.caller_leg.up_at is None:
            # Its party rings, and is invited again at once.
            await self._driver.attached(0.0)
            first = await reach_again(self._driver, script, self._outbound)
            first = await judged(self._driver, script, self._outbound, first)
        else:
            await self._driver.attached(taken.wait_s + _OFFER_S)
            first = None if self._outbound is None else self._outbound.first
        for id, action in taken.plays.items():
            self._driver.repeat(id, action)
        return await script.resume(taken.position, first)

    def _hang_up(self, cause: Cause) -> None:
        first, *others = self._control.call.legs
        self._control.end(first, cause)
        for leg in others:
            self._control.end(leg, cause, EndedBy.OTHER_LEG)

    def _keep(self) -> CallRecord:
        record = fold(self._control.call.journal)
        requests = self._requests
        callbacks = callbacks_for(record, requests.dialect, requests.application, requests.secret)
        self._deps.records.keep(record, callbacks, self._control.call.journal.epoch)
        return record
