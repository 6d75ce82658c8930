"""Drives one call: takes its inbox in order, and gives its verbs what they wait for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from offhook.base.causes import Cause
from offhook.base.control import ControlAction, ControlRequest, HangUpCall, RedirectCall
from offhook.base.errors import Unavailable
from offhook.base.events import HungUp, LegEvent
from offhook.base.ids import LegId, RecordingId
from offhook.base.journal.inputs import comes_first, is_input
from offhook.base.journal.script_entries import InnerReceived, InnerRequested
from offhook.base.media import Sound, UnplayableSound
from offhook.base.recording_events import RecordingKept
from offhook.base.web import WebFailure, WebReply, WebRequest
from offhook.calls.call_control import CallControl
from offhook.calls.leg import EndedBy, Leg
from offhook.calls.liveness import LivenessMonitor
from offhook.calls.transfer import TransferRefusals
from offhook.flow.controller import Controller
from offhook.flow.inbox import Inbox, Message, SoundLoaded, Stop
from offhook.flow.inner import InnerDocuments
from offhook.flow.ports import Dependencies
from offhook.flow.sounds import SoundLoader
from offhook.flow.webhook_request import RequestBuilder
from offhook.verbs.base import InnerRequest, Verb, Watch
from offhook.verbs.context import CallOver, Interrupted, Redirected

if TYPE_CHECKING:
    from offhook.calls.ports import CallListener

_Found = TypeVar("_Found", bound=WebReply | Sound)
_LONG_S: Final = 3_600.0
"""The longest wait between two looks at the clock; nothing depends on its length."""
_RECORDED_S: Final = 5.0
"""How long a recording may take to be written and kept."""


class Driver:
    """One call, seen by its verbs as `offhook.verbs.context.Context`.

    Everything below runs in the call's own task.
    """

    def __init__(
        self,
        control: CallControl,
        deps: Dependencies,
        inbox: Inbox,
        watch: LivenessMonitor,
        *,
        requests: RequestBuilder | None = None,
    ) -> None:
        """Drive `control` by what comes into `inbox`.

        Args:
            control: The call.
            deps: What it needs of the world.
            inbox: What happens to it.
            watch: Its time limits.
            requests: Writes requests to the call's application; nothing for a call without one.
        """
        self._control = control
        self._deps = deps
        self._inbox = inbox
        self._watch = watch
        secret = "" if requests is None else requests.secret
        self._sounds = SoundLoader(deps, control.call.origin, secret)
        self._inner = (
            None if requests is None else InnerDocuments(control, requests, self._fetch_inner)
        )
        self._controller: Controller | None = None
        self._given_up: list[LegEvent] = []
        self._listeners: Sequence[CallListener] = (watch, TransferRefusals(control))

    @property
    def control(self) -> CallControl:
        """The call with its legs."""
        return self._control

    @property
    def leg(self) -> Leg:
        """The leg that began the call."""
        return self._control.caller_leg

    @property
    def stops_on_digit(self) -> bool:
        """Keys stop nothing by themselves."""
        return False

    def answer(self) -> None:
        """Take the first leg's call."""
        self._control.answer()

    async def next(self, until: float | None = None, watch: Watch | None = None) -> LegEvent | None:
        """The next thing that happens; nothing once the clock shows `until`."""
        event = await self._next(until)
        if event is not None and watch is not None and watch(event):
            raise Interrupted
        return event

    async def _next(self, until: float | None) -> LegEvent | None:
        while True:
            self._check_deadlines()
            if self._control.call.over:
                raise CallOver
            if self._redirect_waits:
                raise Redirected
            if self._given_up:
                return self._given_up.pop(0)
            # The clock comes before the inbox: flooding it cannot put off a time limit.
            if until is not None and self._control.now() >= until:
                return None
            message = self._inbox.take()
            if message is None:
                await self._inbox.wait(self._wait_until(until))
            elif (
                self._handle(message)
                and isinstance(message, LegEvent)
                and not self._control.call.over
            ):
                return message

    async def attached(self, within_s: float) -> None:
        """Go on after a restart: come to what parties have done, and wait for the page of the anchor's party.

        Nothing else happens before: keys and messages come afterwards, and no time limit ends.

        Args:
            within_s: How long it may take, in seconds; 0 not to wait at all.
        """
        later: list[tuple[Message, int | None]] = []
        control = self._control
        until = control.now() + within_s
        while True:
            message = self._inbox.take()
            if message is not None and _is_urgent(message):
                self._handle(message)
            elif message is not None:
                later.append((message, self._inbox.cause))
            elif within_s and control.anchor.detached:
                await self._wait_for_page(until)
            else:
                break
        self._inbox.put_back(later)

    async def _wait_for_page(self, until: float) -> None:
        # The link of a page that stays away ends before that; a page that is back may never offer.
        if self._control.now() >= until:
            self._control.end(self._control.anchor, Cause.SERVER_RESTARTED)
        else:
            await self._inbox.wait(until - self._control.now())

    async def sound(self, url: str, watch: Watch | None = None) -> Sound:
        """The sound file at `url`."""
        return await self._run_while_handling(
            lambda: self._sounds.fetch(url), see_through=False, watch=watch
        )

    async def speech(
        self, text: str, *, language: str, voice: str, markup: bool, watch: Watch | None = None
    ) -> Sound:
        """`text`, spoken."""
        return await self._run_while_handling(
            lambda: self._sounds.speak(text, language=language, voice=voice, markup=markup),
            see_through=False,
            watch=watch,
        )

    async def fetch(self, request: WebRequest) -> WebReply:
        """Send a request to the application. It is not cancelled if the caller hangs up."""
        return await self._run_while_handling(
            lambda: self._deps.web.fetch(request), see_through=True
        )

    async def document(
        self,
        ask: InnerRequest,
        again: InnerRequested | None = None,
        watch: Watch | None = None,
    ) -> Sequence[Verb] | None:
        """The verbs of a document that runs within a verb."""
        return None if self._inner is None else await self._inner.verbs(ask, again, watch)

    def reread(self, received: InnerReceived) -> Sequence[Verb]:
        """The verbs of such a document that came before a restart."""
        return () if self._inner is None else self._inner.reread(received)

    async def _fetch_inner(self, request: WebRequest, watch: Watch | None) -> WebReply:
        return await self._run_while_handling(
            lambda: self._deps.web.fetch(request), see_through=False, watch=watch
        )

    async def settle(self, seconds: float) -> None:
        """Take what still comes until all media is closed, but no longer than `seconds`."""
        await self._handle_until(
            lambda: all(leg.media_closed for leg in self._control.call.legs), seconds
        )

    async def recorded(self, id: RecordingId) -> RecordingKept | None:
        """What became of a recording that ends, also once the call is over."""
        recordings = self._control.recordings
        await self._handle_until(lambda: recordings.kept(id) is not None, _RECORDED_S)
        return recordings.kept(id)

    async def _handle_until(self, done: Callable[[], bool], seconds: float) -> None:
        """Handle what comes until `done`, but no longer than `seconds`."""
        until = self._control.now() + seconds
        while not done():
            message = self._inbox.take()
            if message is not None:
                self._handle(message)
            elif self._control.now() < until:
                await self._inbox.wait(until - self._control.now())
            else:
                return

    def repeat(self, id: str, action: ControlAction) -> None:
        """Carry out a program's request once more, whose effect went with the media of before."""
        request = ControlRequest(
            id=id, action=action, done=lambda _error: None, withdrawn=lambda: False
        )
        self._controlled().handle(request)

    def take_redirect(self) -> RedirectCall | None:
        """Accept the redirect that has ended the verb."""
        return None if self._controller is None else self._controller.take_redirect()

    def close(self) -> None:
        """The call is over: requests that were not carried out fail."""
        while (message := self._inbox.take()) is not None:
            self._handle(message)
        if self._controller is not None:
            self._controller.close()

    async def _run_while_handling(
        self,
        work: Callable[[], Awaitable[_Found]],
        *,
        see_through: bool,
        watch: Watch | None = None,
    ) -> _Found:
        interrupted = False
        async with asyncio.TaskGroup() as group:
            begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            task = group.create_task(_outcome(work, begun))
            task.add_done_callback(lambda _task: self._inbox.wake())
            # It begins before anything else is looked at: a redirect that was accepted is followed.
            await begun
            while not task.done():
                self._check_deadlines()
                if self._gives_up(see_through=see_through):
                    task.cancel()
                    break
                message = self._inbox.take()
                if message is None:
                    await self._inbox.wait(self._wait_until(None))
                elif (
                    self._handle(message)
                    and watch is not None
                    and isinstance(message, LegEvent)
                    and watch(message)
                ):
                    interrupted = True
                    task.cancel()
                    break
        if self._control.call.over and (
            task.cancelled() or self._gives_up(see_through=see_through)
        ):
            raise CallOver
        if self._redirect_waits:
            raise Redirected
        if interrupted:
            raise Interrupted
        found = task.result()
        if isinstance(found, WebFailure | Unavailable | UnplayableSound):
            raise found
        return found

    @property
    def _redirect_waits(self) -> bool:
        return self._controller is not None and self._controller.redirect is not None

    def _gives_up(self, *, see_through: bool) -> bool:
        """Whether to stop waiting: the caller is gone, or another document takes over."""
        if self._redirect_waits and not self._control.call.over:
            return True
        # A server that stops does not wait for a slow application.
        shutdown = self._control.anchor.cause is Cause.SHUTDOWN
        return self._control.call.over and (shutdown or not see_through)

    def _wait_until(self, until: float | None) -> float:
        if self._control.call.over:
            return _LONG_S
        wakes = [self._watch.deadline] if until is None else [self._watch.deadline, until]
        return min(max(0.0, min(wakes) - self._control.now()), _LONG_S)

    def _handle(self, message: Message) -> bool:
        match message:
            case Stop(cause=cause):
                return self._control.end(self._control.anchor, cause)
            case ControlRequest():
                self._controlled().handle(message)
                return False
            case SoundLoaded():
                self._controlled().loaded(message)
                return False
            case HungUp(leg=id, cause=Cause.ENDPOINT_LOST) if self._is_detached(id):
                self._give_up(id, Cause.SERVER_RESTARTED)
                return False
            case _:
                pass
        if not self._control.take(message, self._inbox.cause):
            return False
        now = self._control.now()
        return not any(listener.handle(message, now) for listener in self._listeners)

    def _controlled(self) -> Controller:
        # Made with the first request: most calls never have one.
        if self._controller is None:
            dialect = self._deps.dialects[self._control.call.origin.dialect]
            self._controller = Controller(self._control, self._sounds, dialect, self._inbox.put)
        return self._controller

    def _check_deadlines(self) -> None:
        now = self._control.now()
        if now >= self._watch.limit:
            self._control.end(self._control.anchor, Cause.TIME_LIMIT)
        for id, cause in self._watch.gone(now):
            self._give_up(id, cause)

    def _is_detached(self, id: LegId) -> bool:
        """Whether the page of the leg has not come back since a restart of the server."""
        leg = self._control.call.leg(id)
        return leg is not None and leg.detached

    def _give_up(self, id: LegId, cause: Cause) -> None:
        leg = self._control.call.leg(id)
        if leg is not None and self._control.end(leg, cause, EndedBy.SERVER):
            self._given_up.append(HungUp(leg=id, cause=cause))


def _is_urgent(message: Message) -> bool:
    """Whether a verb that goes on has to find it done: how far legs are, and what is about their media."""
    match message:
        case Stop():
            return True
        case ControlRequest(action=action):
            return isinstance(action, HangUpCall)
        case LegEvent():
            return comes_first(message) or not is_input(message)
        case _:
            return False


async def _outcome(
    work: Callable[[], Awaitable[_Found]],
    begun: asyncio.Future[None],
) -> _Found | WebFailure | Unavailable | UnplayableSound:
    if not begun.done():
        begun.set_result(None)
    # A task group would wrap these, which are answers and no accidents.
    try:
        return await work()
    except (WebFailure, Unavailable, UnplayableSound) as error:
        return error
