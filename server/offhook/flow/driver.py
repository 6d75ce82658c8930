"""Drives one call: takes its inbox in order, and gives its verbs what they wait for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from urllib.parse import urldefrag

from offhook.base.causes import Cause
from offhook.base.errors import Unavailable
from offhook.base.events import HungUp, LegEvent
from offhook.base.media import Sound, UnplayableSound
from offhook.base.web import Signing, WebFailure, WebReply, WebRequest
from offhook.calls.call_control import CallControl
from offhook.calls.leg import EndedBy
from offhook.calls.liveness import LivenessMonitor
from offhook.calls.transfer import refuse
from offhook.flow.inbox import Inbox, Message, Stop
from offhook.flow.ports import Dependencies
from offhook.flow.webhook_request import new_nonce
from offhook.verbs.context import CallOver

_Found = TypeVar("_Found", bound=WebReply | Sound)
_LONG_S: Final = 3_600.0
"""The longest wait between two looks at the clock; nothing depends on its length."""


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
        secret: str = "",
    ) -> None:
        """Drive `control` by what comes into `inbox`.

        Args:
            control: The call.
            deps: What it needs of the world.
            inbox: What happens to it.
            watch: Its time limits.
            secret: What requests for sounds are signed with.
        """
        self._control = control
        self._deps = deps
        self._inbox = inbox
        self._watch = watch
        self._secret = secret
        self._given_up: list[LegEvent] = []

    @property
    def control(self) -> CallControl:
        """The call with its legs."""
        return self._control

    def warn(self, event: str, message: str, **details: object) -> None:
        """Write a line into the journal for the application's author."""
        self._control.note(event, None, message=message, **details)

    async def next(self, until: float | None = None) -> LegEvent | None:
        """The next thing that happens; nothing once the clock shows `until`."""
        while True:
            self._check_deadlines()
            if self._control.call.over:
                raise CallOver
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

    async def sound(self, url: str) -> Sound:
        """The sound file at `url`."""
        origin = self._control.call.origin
        limits = self._deps.dialects[origin.dialect].sound_limits
        nonce = new_nonce(self._deps.ids)
        request = WebRequest(
            method="GET",
            url=urldefrag(url).url,
            limits=limits,
            signing=Signing(dialect=origin.dialect, secret=self._secret, nonce=nonce),
            account=origin.account,
            call=origin.id,
        )
        return await self._run_while_handling(
            lambda: self._deps.web.fetch_sound(request), see_through=False
        )

    async def speech(self, text: str, *, language: str, voice: str, markup: bool) -> Sound:
        """`text`, spoken."""
        account = self._control.call.origin.account
        return await self._run_while_handling(
            lambda: self._deps.speech.synthesize(
                text, language=language, voice=voice, markup=markup, account=account
            ),
            see_through=False,
        )

    async def fetch(self, request: WebRequest) -> WebReply:
        """Send a request to the application. It is not cancelled if the caller hangs up."""
        return await self._run_while_handling(
            lambda: self._deps.web.fetch(request), see_through=True
        )

    async def settle(self, seconds: float) -> None:
        """Take what still comes until all media is closed, but no longer than `seconds`."""
        until = self._control.now() + seconds
        while not all(leg.media_closed for leg in self._control.call.legs):
            message = self._inbox.take()
            if message is not None:
                self._handle(message)
            elif self._control.now() < until:
                await self._inbox.wait(until - self._control.now())
            else:
                return

    async def _run_while_handling(
        self, work: Callable[[], Awaitable[_Found]], *, see_through: bool
    ) -> _Found:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_outcome(work))
            task.add_done_callback(lambda _task: self._inbox.wake())
            while not task.done():
                self._check_deadlines()
                if self._gives_up(see_through=see_through):
                    task.cancel()
                    break
                message = self._inbox.take()
                if message is None:
                    await self._inbox.wait(self._wait_until(None))
                else:
                    self._handle(message)
        if task.cancelled() or self._gives_up(see_through=see_through):
            raise CallOver
        found = task.result()
        if isinstance(found, WebFailure | Unavailable | UnplayableSound):
            raise found
        return found

    def _gives_up(self, *, see_through: bool) -> bool:
        """Whether work for a caller who is gone is not worth waiting for."""
        # A server that stops does not wait for a slow application.
        shutdown = self._control.anchor.cause is Cause.SHUTDOWN
        return self._control.call.over and (shutdown or not see_through)

    def _wait_until(self, until: float | None) -> float:
        if self._control.call.over:
            return _LONG_S
        wakes = [self._watch.deadline] if until is None else [self._watch.deadline, until]
        return min(max(0.0, min(wakes) - self._control.now()), _LONG_S)

    def _handle(self, message: Message) -> bool:
        if isinstance(message, Stop):
            return self._control.end(self._control.anchor, message.cause)
        if not self._control.take(message):
            return False
        self._watch.handle(message, self._control.now())
        return not refuse(self._control, message)

    def _check_deadlines(self) -> None:
        now = self._control.now()
        if now >= self._watch.limit:
            self._control.end(self._control.anchor, Cause.TIME_LIMIT)
        for id, cause in self._watch.gone(now):
            leg = self._control.call.leg(id)
            if leg is not None and self._control.end(leg, cause, EndedBy.SERVER):
                self._given_up.append(HungUp(leg=id, cause=cause))


async def _outcome(
    work: Callable[[], Awaitable[_Found]],
) -> _Found | WebFailure | Unavailable | UnplayableSound:
    # A task group would wrap these, which are answers and no accidents.
    try:
        return await work()
    except (WebFailure, Unavailable, UnplayableSound) as error:
        return error
