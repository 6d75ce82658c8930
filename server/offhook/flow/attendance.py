"""One call from its first moment to its record: what its task does."""

import logging
from typing import Final

from offhook.base.causes import Cause
from offhook.base.records import CallRecord
from offhook.calls.call_control import CallControl
from offhook.calls.cdr import fold
from offhook.calls.leg import EndedBy
from offhook.calls.liveness import LivenessMonitor
from offhook.flow.asking import Asker
from offhook.flow.closing import owed_for
from offhook.flow.driver import Driver
from offhook.flow.inbox import Inbox
from offhook.flow.ports import Rooms
from offhook.flow.script import Script
from offhook.verbs.context import CallOver

log = logging.getLogger("offhook.flow")

_SETTLE_S: Final = 2.0
"""How long the engine may take to tell the last figures of a leg."""


class Attendance:
    """Takes care of one call."""

    def __init__(
        self, control: CallControl, rooms: Rooms, inbox: Inbox, watch: LivenessMonitor, asker: Asker
    ) -> None:
        """Nothing happens before `run`."""
        self._control = control
        self._rooms = rooms
        self._asker = asker
        self._driver = Driver(control, rooms, inbox, watch, secret=asker.secret)

    async def run(self) -> None:
        """Let the call happen; then keep what remains of it."""
        labels = {"dialect": self._asker.dialect.name}
        self._rooms.metrics.count("calls_started", labels)
        cause = Cause.FAILED
        try:
            cause = await Script(self._driver, self._asker, self._rooms.ids).run()
        except CallOver:
            cause = self._control.anchor.cause or Cause.NORMAL
        except Exception:
            # The record is still owed to the customer, and says that the call failed.
            log.exception("script.crashed", extra={"call": self._control.call.origin.id})
            self._control.note("call-crashed")
        finally:
            self._hang_up(cause)
        await self._driver.settle(_SETTLE_S)
        labels["cause"] = str(self._keep().cause)
        self._rooms.metrics.count("calls_ended", labels)

    def _hang_up(self, cause: Cause) -> None:
        first, *others = self._control.call.legs
        self._control.end(first, cause)
        for leg in others:
            self._control.end(leg, cause, EndedBy.OTHER_LEG)

    def _keep(self) -> CallRecord:
        record = fold(self._control.call.journal)
        asker = self._asker
        owed = owed_for(record, asker.dialect, asker.application, asker.secret, self._rooms.ids)
        self._rooms.records.keep(record, owed)
        return record
