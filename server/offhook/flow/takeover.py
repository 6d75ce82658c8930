"""Takes calls up that were up when an earlier server process died."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Protocol

from offhook.base.causes import Cause
from offhook.base.commands import End
from offhook.base.errors import OffhookError, Unavailable
from offhook.base.records import UnfinishedCall
from offhook.calls.call import Call, Origin
from offhook.calls.call_control import CallControl, Ports
from offhook.calls.journal import Journal
from offhook.calls.liveness import LivenessMonitor
from offhook.dialects.base import Dialect
from offhook.flow.call_task import CallTask
from offhook.flow.closing import close_unfinished
from offhook.flow.limits import Limits
from offhook.flow.outbound import OutboundCall
from offhook.flow.ports import Dependencies
from offhook.flow.position import Position, read_document
from offhook.flow.running import RunningCall, RunningCalls
from offhook.flow.taken_call import TakenCall, take_up
from offhook.flow.webhook_request import RequestBuilder
from offhook.verbs.base import Expected, Progress

log = logging.getLogger("offhook.flow")


def expect(control: CallControl, at: Position, dialect: Dialect) -> None:
    """Let the verb that runs say what is to be known of it before its page is back."""
    if at.document is None or at.started is None:
        return
    document = dialect.parse(read_document(at.document), at.purpose)
    verb = document.verbs[at.index]
    if isinstance(verb, Expected):
        verb.expect(control, Progress(entries=at.entries, now=control.at()))


class Host(Protocol):
    """What lets calls run, as `flow.call_dispatcher.CallDispatcher`."""

    def ports(self, entry: RunningCall) -> Ports:
        """What a call acts through."""
        ...

    def start(self, task: CallTask, entry: RunningCall) -> None:
        """Let a call go on by itself."""
        ...


class Takeover:
    """Begins the tasks of calls that go on, and closes those that do not."""

    def __init__(
        self, deps: Dependencies, limits: Limits, running: RunningCalls, host: Host
    ) -> None:
        """No call is taken up before `resume`.

        Args:
            deps: All that calls need of the world.
            limits: For how long a call may be without a server.
            running: The calls that run.
            host: Lets them run.
        """
        self._deps = deps
        self._limits = limits
        self._running = running
        self._host = host

    async def resume(self, left: Iterable[UnfinishedCall]) -> None:
        """Take up the calls that an earlier process left; close those that cannot go on.

        Raises:
            Unavailable: the directory does not answer; the calls stay in the journal.
        """
        for unfinished in left:
            try:
                clock = self._deps.clock
                taken = take_up(unfinished, clock.now(), clock.wall(), self._limits.restart_wait_s)
            except (ValueError, KeyError, TypeError):
                log.exception("call.unreadable", extra={"call": unfinished.id})
                taken = None
            if taken is None or not await self._begin(taken):
                await close_unfinished([unfinished], self._deps)
                for leg in () if taken is None else taken.call.legs:
                    self._deps.signal.send(leg.id, End(Cause.SERVER_RESTARTED))

    async def _begin(self, taken: TakenCall) -> bool:
        """Whether the call goes on; one that another version wrote in a way of its own does not."""
        try:
            return await self._go_on(taken)
        except (ValueError, KeyError, TypeError, OffhookError) as error:
            if isinstance(error, Unavailable):
                raise
            log.exception("call.unreadable", extra={"call": taken.call.origin.id})
            return False

    async def _go_on(self, taken: TakenCall) -> bool:
        """Begin the task of a call that goes on. False if there is nothing to go on with."""
        origin, account = taken.call.origin, taken.call.origin.account
        application = await self._deps.directory.application(account, origin.application)
        secret = await self._deps.directory.secret(account)
        if application is None or secret is None:
            return False
        origin = replace(origin, dialect=application.dialect)
        dialect = self._deps.dialects.get(origin.dialect)
        if dialect is None:
            return False
        outbound = None if origin.outbound is None else OutboundCall.read(origin, application)
        entry = self._entry(taken)
        call = self._restored(taken, origin)
        control = CallControl(call, self._host.ports(entry), muted=taken.call.muted)
        entry.control = control
        entry.inbox.put_back(taken.inputs)
        expect(control, taken.position, dialect)
        requests = RequestBuilder(
            application=application,
            dialect=dialect,
            secret=secret,
            base_url=self._deps.base_url,
        )
        limits = self._limits
        watch = LivenessMonitor(taken.began, limits.call_s, limits.media_recovery_s)
        task = CallTask(control, self._deps, entry.inbox, watch, requests, outbound, taken)
        self._host.start(task, entry)
        log.warning("call.resumed", extra={"call": origin.id})
        return True

    def _entry(self, taken: TakenCall) -> RunningCall:
        origin = taken.call.origin
        entry = self._running.add(
            origin.id, origin.account, written=True, began=taken.began, epoch=taken.epoch
        )
        entry.inputs = taken.received
        for leg in taken.call.legs:
            entry.on_leg(leg.id)
        return entry

    def _restored(self, taken: TakenCall, origin: Origin) -> Call:
        """The call, written into this process's part of the journal."""
        records = self._deps.records
        journal = Journal(
            taken.began,
            epoch=taken.epoch,
            sink=partial(records.note, origin.id),
            entries=taken.entries,
        )
        records.begin(origin.id, taken.began, journal, taken.epoch)
        return Call.resumed(origin, journal, taken.call.legs, taken.call.tables)
