"""Dispatches calls: from an invitation to an application, a call and its task."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from offhook.base.address import client
from offhook.base.causes import Cause
from offhook.base.commands import End
from offhook.base.control import ControlAction, ControlRequest
from offhook.base.errors import NotFound, OffhookError, Unavailable
from offhook.base.events import HungUp, Invited, LegEvent
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.calls.call import Call, Origin
from offhook.calls.call_control import CallControl, Ports
from offhook.calls.cdr import hang_up_received
from offhook.calls.journal import Journal
from offhook.calls.leg import Direction
from offhook.calls.liveness import LivenessMonitor
from offhook.flow.call_task import CallTask
from offhook.flow.driver import Driver
from offhook.flow.inbox import Inbox, Stop
from offhook.flow.live import LiveCall, snapshot
from offhook.flow.ports import Dependencies
from offhook.flow.preflight import PREFLIGHT_S, preflight
from offhook.flow.webhook_request import RequestBuilder

if TYPE_CHECKING:
    from offhook.base.accounts import Application

log = logging.getLogger("offhook.flow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much at once, and for how long.

    Attributes:
        calls: Calls of this node.
        calls_per_account: Calls of one account.
        call_s: Seconds that a call may last.
        media_recovery_s: Seconds that a leg may be without a path for its media.
    """

    calls: int = 2_000
    calls_per_account: int = 1_000
    call_s: float = 14_400.0
    media_recovery_s: float = 30.0


@dataclass(slots=True)
class _Entry:
    call: CallId
    account: AccountId
    began: float
    written: bool
    """Whether the call is in the journal's file; one that only tries the network is not."""
    hang_ups: int = 0
    requests: int = 0
    """Control requests that wait."""
    control: CallControl | None = None
    inbox: Inbox = field(default_factory=Inbox)
    legs: set[LegId] = field(default_factory=set[LegId])


_REQUESTS: Final = 20
"""Control requests of one call that may wait at once."""
_CONTROL_S: Final = 30.0
"""How long a control request may take, the loading of a sound included."""


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
        self._calls: dict[CallId, _Entry] = {}
        self._legs: dict[LegId, _Entry] = {}
        self._per_account: Counter[AccountId] = Counter()
        self._draining = False
        self._idle = asyncio.Event()
        self._idle.set()

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
        if self._tasks is not None:
            await self._tasks.__aexit__(kind, error, trace)

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return len(self._calls)

    def invited(self, invited: Invited) -> None:
        """A party wants to call. Never waits; a refusal goes out by `Signal.end`."""
        account = invited.party.account
        if CallId(invited.leg) in self._calls:
            log.error("invitation.repeated", extra={"call": invited.leg})
            return
        refusal = self._refusal(invited)
        if refusal is not None or self._tasks is None:
            cause = refusal or Cause.SHUTDOWN
            self._refuse(invited, cause)
            return
        call = CallId(invited.leg)
        entry = _Entry(call, account, self._deps.clock.now(), written=not invited.preflight)
        self._calls[call] = entry
        self._per_account[account] += 1
        self._idle.clear()
        self._leg_begun(entry, invited.leg)
        if not invited.preflight:
            # Its page gets an id with the next frame: from then on the call must not be lost.
            self._call(invited, invited.party.application or ApplicationId(""), "")
        self._tasks.create_task(self._run(invited, entry), name=f"call {call}")

    def post(self, event: LegEvent) -> None:
        """Post an event to the call of its leg. Events of unknown legs are dropped."""
        entry = self._legs.get(event.leg)
        if entry is None:
            return
        if isinstance(event, HungUp) and entry.written:
            # Its page is notified with the next frame, maybe before the call's task runs again.
            at = max(0.0, self._deps.clock.now() - entry.began)
            received = hang_up_received(event, at, entry.hang_ups)
            entry.hang_ups += 1
            self._deps.records.note(entry.call, received, required=True)
        entry.inbox.put(event)

    def stop(self, call: CallId, cause: Cause = Cause.NORMAL) -> bool:
        """End a call from outside. Returns whether there is such a call."""
        entry = self._calls.get(call)
        if entry is None:
            return False
        entry.inbox.put(Stop(cause))
        return True

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
        entry.inbox.put(ControlRequest(id=id, action=action, done=partial(_resolve, done)))
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

    async def drain(self, seconds: float) -> None:
        """Take no more calls; let those there are go on for `seconds`, then end them."""
        self._draining = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            for call in tuple(self._calls):
                self.stop(call, Cause.SHUTDOWN)
            await self._idle.wait()

    def _refusal(self, invited: Invited) -> Cause | None:
        if self._draining:
            return Cause.SHUTDOWN
        if invited.party.application is None and not invited.preflight:
            return Cause.FORBIDDEN
        full = len(self._calls) >= self._limits.calls
        if full or self._per_account[invited.party.account] >= self._limits.calls_per_account:
            return Cause.CONGESTION
        return None

    def _refuse(self, invited: Invited, cause: Cause) -> None:
        log.warning("call.refused", extra={"cause": cause, "pii_caller": invited.party.name})
        self._deps.metrics.count("calls_refused", {"cause": str(cause)})
        self._deps.signal.send(invited.leg, End(cause))

    def _leg_begun(self, entry: _Entry, leg: LegId) -> None:
        entry.legs.add(leg)
        self._legs[leg] = entry

    async def _run(self, invited: Invited, entry: _Entry) -> None:
        try:
            await (self._probe if invited.preflight else self._take)(invited, entry)
        except Exception:
            # A defect of ours costs one call, and is logged; the others are not affected.
            log.exception("call.crashed", extra={"call": invited.leg})
            self._deps.metrics.count("calls_crashed")
            self._deps.signal.send(invited.leg, End(Cause.FAILED))
        finally:
            self._deps.records.drop(CallId(invited.leg))
            self._forget(CallId(invited.leg), entry)

    async def _take(self, invited: Invited, entry: _Entry) -> None:
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
            application=application, dialect=dialect, secret=secret, invited=invited
        )
        watch = LivenessMonitor(control.now(), self._limits.call_s, self._limits.media_recovery_s)
        attendance = CallTask(control, self._deps, entry.inbox, watch, requests)
        await attendance.run()

    async def _probe(self, invited: Invited, entry: _Entry) -> None:
        control = self._control(invited, ApplicationId(""), "", entry)
        watch = LivenessMonitor(control.now(), PREFLIGHT_S)
        await preflight(Driver(control, self._deps, entry.inbox, watch))

    def _control(
        self, invited: Invited, application: ApplicationId, dialect: str, entry: _Entry
    ) -> CallControl:
        ports = Ports(
            signal=self._deps.signal,
            media=self._deps.media,
            clock=self._deps.clock,
            ids=self._deps.ids,
            on_leg=lambda leg: self._leg_begun(entry, leg),
            post=self.post,
            hold_music=self._deps.hold_music,
            near=invited.near,
        )
        return CallControl(self._call(invited, application, dialect), ports, invited.sdp)

    def _call(self, invited: Invited, application: ApplicationId, dialect: str) -> Call:
        """The call, written down unless it only tries the network."""
        clock, records = self._deps.clock, self._deps.records
        origin = Origin(
            id=CallId(invited.leg),
            account=invited.party.account,
            application=application,
            dialect=dialect,
            direction=Direction.INBOUND,
            caller=str(client(invited.party.name)),
            callee=invited.to,
            wall=clock.wall().isoformat(),
        )
        now = clock.now()
        if invited.preflight:
            return Call(origin, now)
        journal = Journal(now, sink=partial(records.note, origin.id))
        records.begin(origin.id, now, journal)
        return Call(origin, now, journal)

    def _forget(self, call: CallId, entry: _Entry) -> None:
        del self._calls[call]
        for leg in entry.legs:
            self._legs.pop(leg, None)
        self._per_account[entry.account] -= 1
        if self._per_account[entry.account] <= 0:
            del self._per_account[entry.account]
        self._deps.web.forget(call)
        if not self._calls:
            self._idle.set()


def _resolve(done: asyncio.Future[OffhookError | None], error: OffhookError | None) -> None:
    # The program may have given up meanwhile.
    if not done.done():
        done.set_result(error)
