"""Dispatches calls: from an invitation to an application, a call and its task."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import End
from offhook.base.errors import NotFound, Unavailable
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.recording_events import RecordingWritten
from offhook.base.records import UnfinishedCall
from offhook.calls.call import Call, Origin
from offhook.calls.call_control import CallControl, Ports
from offhook.calls.journal import Journal
from offhook.calls.leg import Direction
from offhook.calls.liveness import LivenessMonitor
from offhook.flow.call_task import CallTask
from offhook.flow.conferences import Conferences
from offhook.flow.driver import Driver
from offhook.flow.limits import Limits
from offhook.flow.live import LiveCall, snapshot
from offhook.flow.outbound import OutboundCall
from offhook.flow.ports import Dependencies
from offhook.flow.preflight import PREFLIGHT_S, preflight
from offhook.flow.recordings import RecordingKeeper
from offhook.flow.running import RunningCall, RunningCalls
from offhook.flow.takeover import Takeover
from offhook.flow.webhook_request import RequestBuilder, check_document
from offhook.verbs.base import Purpose

if TYPE_CHECKING:
    from offhook.base.accounts import Application

log = logging.getLogger("offhook.flow")

_WRITTEN_S: Final = 5.0
"""How long recordings have to be written once the last call is over and the server stops."""


class CallDispatcher:
    """Where calls begin. Use it as an asynchronous context: calls live as long as it does."""

    def __init__(self, deps: Dependencies, limits: Limits | None = None) -> None:
        """No call yet.

        Args:
            deps: All that calls need of the world.
            limits: How much at once.
        """
        self._deps = deps
        self._limits = limits or Limits()
        self._tasks: asyncio.TaskGroup | None = None
        self._running = RunningCalls(deps)
        self.queues = self._running.queues
        self._draining = False
        self.stop = self._running.stop
        self.live = self._running.live
        self.control = self._running.control
        self.idle = self._running.idle
        self.conferences = Conferences(deps, self.post, self._spawn)
        self.recordings = RecordingKeeper(deps, self.post, self._spawn)
        self._conference_tasks: set[asyncio.Task[None]] = set()

    def post(self, event: LegEvent) -> None:
        """Post an event to the call of its leg, or to who keeps recordings."""
        if isinstance(event, RecordingWritten):
            self.recordings.handle(event)
        else:
            self._running.post(event)

    async def __aenter__(self) -> Self:
        """Open."""
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, once all calls are over."""
        if self._tasks is None:
            return
        if error is None:
            await self._running.idle()
            if len(self.recordings):
                asyncio.get_running_loop().call_later(_WRITTEN_S, self.recordings.close)
        await self._tasks.__aexit__(kind, error, trace)

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return len(self._running)

    def invited(self, invited: Invited) -> None:
        """A party wants to call. Never waits; a refusal goes out by `Signal.send`."""
        account = invited.party.account
        if CallId(invited.leg) in self._running:
            log.error("invitation.repeated", extra={"call": invited.leg})
            return
        refusal = self._refusal(invited)
        if refusal is not None or self._tasks is None:
            cause = refusal or Cause.SHUTDOWN
            self._refuse(invited, cause)
            return
        call = CallId(invited.leg)
        entry = self._running.add(call, account, written=not invited.preflight)
        if not invited.preflight:
            # Its page gets an id with the next frame: from then on the call must not be lost.
            self._call(invited, invited.party.application or ApplicationId(""), "")
        work = (self._probe if invited.preflight else self._take)(invited, entry)
        self._run(work, entry)

    async def begin(self, outbound: OutboundCall) -> LiveCall:
        """Begin a call: its party rings, and once it answers the documents run for it.

        Raises:
            NotFound: there is no such account.
            UsageError: the call's own document is invalid.
            Unavailable: there are as many calls as are allowed, or the server stops.
        """
        application, account = outbound.application, outbound.account
        dialect = self._deps.dialects.get(application.dialect)
        if dialect is None:
            raise Unavailable(f"there is no dialect {application.dialect!r} here")
        check_document(dialect, outbound.document, Purpose.ANSWER)
        secret = await self._deps.directory.secret(account)
        if secret is None:
            raise NotFound(f"there is no account {account}")
        if self._draining or self._tasks is None:
            raise Unavailable("the server is stopping and takes no more calls")
        if not self._has_room(account):
            raise Unavailable("there are as many calls as are allowed at once")
        call = CallId(self._deps.ids.hex32())
        entry = self._running.add(call, account, written=True)
        origin = Origin(
            id=call,
            account=account,
            application=application.id,
            dialect=application.dialect,
            direction=Direction.OUTBOUND,
            caller=outbound.caller,
            callee=str(outbound.to),
            wall=self._deps.clock.wall().isoformat(),
            parameters=outbound.parameters,
            outbound=outbound.write(),
        )
        control = entry.control = CallControl(self._written(origin), self.ports(entry))
        requests = RequestBuilder(
            application=application,
            dialect=dialect,
            secret=secret,
            base_url=self._deps.base_url,
        )
        task = CallTask(control, self._deps, entry.inbox, self._liveness(), requests, outbound)
        self.start(task, entry)
        return snapshot(control.call, control.now())

    async def resume(self, left: Iterable[UnfinishedCall]) -> None:
        """Take up the calls that were up when an earlier process died; close those that cannot go on.

        Raises:
            Unavailable: the directory does not answer; the calls stay in the journal.
        """
        self.conferences.pause()
        try:
            await Takeover(self._deps, self._limits, self._running, self).resume(left)
        finally:
            self.conferences.go_on()
        await self.recordings.recover(self._running.__contains__)

    async def drain(self, seconds: float) -> None:
        """Take no more calls; let those there are go on for `seconds`, then end them."""
        self._draining = True
        try:
            async with asyncio.timeout(seconds):
                await self._running.idle()
        except TimeoutError:
            self._running.stop_all(Cause.SHUTDOWN)
            await self._running.idle()

    def start(self, task: CallTask, entry: RunningCall) -> None:
        """Let a call go on by itself."""
        self._run(task.run(), entry)

    def fence(self, calls: Iterable[CallId]) -> None:
        """Another start of this node has these calls: drop them in silence, and take no more."""
        self._draining = True
        for call in tuple(calls):
            self._running.fence(call)
        # Their members are those calls: nothing of them is to be reported.
        for task in self._conference_tasks:
            task.cancel()

    def _run(self, work: Coroutine[None, None, None], entry: RunningCall) -> None:
        if self._tasks is not None:
            entry.task = self._tasks.create_task(self._guard(work, entry), name=f"call {entry.id}")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if self._tasks is None:
            work.close()
        else:
            task = self._tasks.create_task(work)
            self._conference_tasks.add(task)
            task.add_done_callback(self._conference_tasks.discard)

    def _refusal(self, invited: Invited) -> Cause | None:
        if self._draining:
            return Cause.SHUTDOWN
        if invited.party.application is None and not invited.preflight:
            return Cause.FORBIDDEN
        return None if self._has_room(invited.party.account) else Cause.CONGESTION

    def _has_room(self, account: AccountId) -> bool:
        running = self._running
        return self._limits.admits(len(running), running.of(account))

    def _refuse(self, invited: Invited, cause: Cause) -> None:
        log.warning("call.refused", extra={"cause": cause, "pii_caller": invited.party.name})
        self._deps.metrics.count("calls_refused", {"cause": str(cause)})
        self._deps.signal.send(invited.leg, End(cause))

    async def _guard(self, work: Coroutine[None, None, None], entry: RunningCall) -> None:
        try:
            await work
        except asyncio.CancelledError:
            if entry.fenced:
                return
            # The server fails: what was written is for the next start to go on with.
            raise
        except Exception:
            if entry.fenced:
                return
            # A defect of ours costs one call, and is logged; the others are not affected.
            log.exception("call.crashed", extra={"call": entry.id})
            self._deps.metrics.count("calls_crashed")
            self._deps.signal.send(LegId(entry.id), End(Cause.FAILED))
            self._deps.records.drop(entry.id)
        else:
            self._deps.records.drop(entry.id)
        finally:
            for leg in entry.legs:
                self.conferences.gone(leg)
            self._running.remove(entry)
            self.recordings.call_over(entry.id)

    async def _take(self, invited: Invited, entry: RunningCall) -> None:
        party = invited.party
        application: Application | None = None
        secret: str | None = None
        if party.application is not None:
            application = await self._deps.directory.application(party.account, party.application)
            secret = await self._deps.directory.secret(party.account)
        if application is None or secret is None:
            self._refuse(invited, Cause.FORBIDDEN)
            return
        dialect = self._deps.dialects.get(application.dialect)
        if dialect is None:
            raise Unavailable(f"there is no dialect {application.dialect!r} here")
        control = self._control(invited, application.id, application.dialect, entry)
        entry.control = control
        requests = RequestBuilder(
            application=application,
            dialect=dialect,
            secret=secret,
            base_url=self._deps.base_url,
        )
        task = CallTask(control, self._deps, entry.inbox, self._liveness(), requests)
        await task.run()

    def _liveness(self) -> LivenessMonitor:
        limits = self._limits
        return LivenessMonitor(self._deps.clock.now(), limits.call_s, limits.media_recovery_s)

    async def _probe(self, invited: Invited, entry: RunningCall) -> None:
        control = self._control(invited, ApplicationId(""), "", entry)
        watch = LivenessMonitor(control.now(), PREFLIGHT_S)
        await preflight(Driver(control, self._deps, entry.inbox, watch))

    def _control(
        self, invited: Invited, application: ApplicationId, dialect: str, entry: RunningCall
    ) -> CallControl:
        ports = self.ports(entry, invited.near)
        return CallControl(self._call(invited, application, dialect), ports, invited.sdp)

    def ports(self, entry: RunningCall, near: LegId | None = None) -> Ports:
        """What the call acts through."""
        return Ports(
            signal=self._deps.signal,
            media=self._deps.media,
            clock=self._deps.clock,
            ids=self._deps.ids,
            on_leg=entry.on_leg,
            post=self.post,
            hold_music=self._deps.hold_music,
            near=near,
            conferences=self.conferences,
            queues=self.queues,
            recordings=self.recordings,
        )

    def _call(self, invited: Invited, application: ApplicationId, dialect: str) -> Call:
        """The call, written down unless it only tries the network."""
        clock = self._deps.clock
        origin = Origin(
            id=CallId(invited.leg),
            account=invited.party.account,
            application=application,
            dialect=dialect,
            direction=Direction.INBOUND,
            caller=str(invited.caller or client(invited.party.name)),
            callee=invited.to,
            wall=clock.wall().isoformat(),
            # The token's parameters were written by the application itself: a page cannot change them.
            parameters={**invited.parameters, **invited.party.parameters},
            headers=invited.headers,
        )
        return Call(origin, clock.now()) if invited.preflight else self._written(origin)

    def _written(self, origin: Origin) -> Call:
        records, now = self._deps.records, self._deps.clock.now()
        epoch = self._deps.first_epoch
        journal = Journal(now, epoch=epoch, sink=partial(records.note, origin.id))
        records.begin(origin.id, now, journal, epoch)
        return Call(origin, now, journal)
