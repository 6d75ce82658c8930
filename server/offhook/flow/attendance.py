"""One call from its first moment to its record: what its task does."""

import asyncio
import logging
from typing import Final

from offhook.base.causes import Cause
from offhook.base.errors import Unavailable
from offhook.base.records import CallRecord
from offhook.calls.cdr import fold
from offhook.calls.leg import EndedBy
from offhook.calls.live import Live
from offhook.calls.watch import Watch
from offhook.flow.asking import Asker
from offhook.flow.driver import Driver
from offhook.flow.inbox import Inbox
from offhook.flow.ports import Rooms
from offhook.flow.script import Script
from offhook.verbs.context import CallOver

log = logging.getLogger("offhook.flow")

_SETTLE_S: Final = 2.0
"""How long the engine may take to tell the last figures of a leg."""
_KEEP_TRIES: Final = 5
_KEEP_PAUSE_S: Final = 1.0


class Attendance:
    """Takes care of one call."""

    def __init__(self, live: Live, rooms: Rooms, inbox: Inbox, watch: Watch, asker: Asker) -> None:
        """Nothing happens before `run`."""
        self._live = live
        self._rooms = rooms
        self._asker = asker
        self._driver = Driver(live, rooms, inbox, watch, secret=asker.secret)

    async def run(self) -> None:
        """Let the call happen; then keep what remains of it."""
        labels = {"dialect": self._asker.dialect.name}
        self._rooms.metrics.count("calls_began", labels)
        cause = Cause.FAILED
        try:
            cause = await Script(self._driver, self._asker, self._rooms.ids).run()
        except CallOver:
            cause = self._live.anchor.cause or Cause.NORMAL
        except Exception:
            # The record is still owed to the customer, and says that the call failed.
            log.exception("script.crashed", extra={"call": self._live.call.origin.id})
            self._live.note("crashed")
        finally:
            self._hang_up(cause)
        await self._driver.settle(_SETTLE_S)
        record = fold(self._live.call.journal)
        labels["cause"] = str(record.cause)
        self._rooms.metrics.count("calls_ended", labels)
        await self._keep(record)

    def _hang_up(self, cause: Cause) -> None:
        first, *others = self._live.call.legs
        self._live.end(first, cause)
        for leg in others:
            self._live.end(leg, cause, EndedBy.OTHER_LEG)

    async def _keep(self, record: CallRecord) -> None:
        nonce = f"{int(self._rooms.ids.hex32(), 16) % 10**20:020d}"
        owed = self._asker.dialect.callbacks(
            record, self._asker.application, secret=self._asker.secret, nonce=nonce
        )
        for attempt in range(_KEEP_TRIES):
            try:
                await self._rooms.records.keep(record, owed)
            except Unavailable:
                log.warning("record.delayed", extra={"call": record.id, "attempt": attempt})
                await self._pause(_KEEP_PAUSE_S * 2**attempt)
            else:
                return
        log.error("record.lost", extra={"call": record.id})

    async def _pause(self, seconds: float) -> None:
        never = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await never.wait()
        except TimeoutError:
            return
