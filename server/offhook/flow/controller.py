"""Carries out what programs request of a running call, in the call's own task."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from offhook.base.conferences import SetMuted
from offhook.base.control import (
    ControlRequest,
    HangUpCall,
    MuteLeg,
    PlayInto,
    RedirectCall,
    SendDigitsTo,
    SpeakInto,
    StopPlaying,
    kind_of,
)
from offhook.base.errors import OffhookError, PeerError, Unavailable, UsageError
from offhook.base.ids import LegId, PlayId
from offhook.base.journal.call_entries import ControlAccepted, ControlFailed
from offhook.base.media import Sound, UnplayableSound
from offhook.base.web import WebFailure
from offhook.calls.call_control import CallControl
from offhook.calls.leg import Leg
from offhook.dialects.base import Dialect
from offhook.flow.inbox import SoundLoaded
from offhook.flow.position import write_action
from offhook.flow.sounds import SoundLoader
from offhook.flow.webhook_request import check_document
from offhook.verbs.base import Purpose

_LOADING: Final = 8
"""Sounds that one call may be loading at once by control requests."""


@dataclass(slots=True)
class Controller:
    """The control of one call.

    Attributes:
        post: Puts a message into the call's inbox.
        redirect: The redirect that waits for the current verb to end.
    """

    control: CallControl
    sounds: SoundLoader
    dialect: Dialect
    post: Callable[[SoundLoaded], None]
    redirect: ControlRequest | None = None
    _loading: dict[asyncio.Task[None], ControlRequest] = field(
        default_factory=dict[asyncio.Task[None], ControlRequest]
    )

    def handle(self, request: ControlRequest) -> None:
        """Carry out a request. It is done when this returns, but for sounds that must be loaded first."""
        try:
            self._check(request)
            self._carry_out(request)
        except OffhookError as error:
            self._fail(request, error)

    def loaded(self, message: SoundLoaded) -> None:
        """Play a sound that was loaded."""
        request, sound = message.request, message.sound
        if isinstance(sound, OffhookError):
            self._fail(request, sound)
            return
        try:
            self._check(request)
            leg = self._leg(message.leg)
            play = self.control.play(leg, sound, message.times)
            if play is None:
                raise UsageError("the sound cannot be played", code="bad-request")
        except OffhookError as error:
            self._fail(request, error)
            return
        self._done(request, leg, play)

    def take_redirect(self) -> RedirectCall | None:
        """Accept the redirect that waits: its document is next."""
        request, self.redirect = self.redirect, None
        if request is None or not isinstance(request.action, RedirectCall):
            return None
        self._done(request, None)
        return request.action

    def close(self) -> None:
        """The call is over: nothing that waits takes effect any more."""
        for task, request in tuple(self._loading.items()):
            task.cancel()
            self._fail(request, _over())
        self._loading.clear()
        waiting, self.redirect = self.redirect, None
        if waiting is not None:
            self._fail(waiting, _over())

    def _check(self, request: ControlRequest) -> None:
        if self.control.call.over:
            raise _over()
        if request.withdrawn():
            raise Unavailable("the program no longer waited for it")

    def _carry_out(self, request: ControlRequest) -> None:
        match request.action:
            case HangUpCall(cause=cause):
                # The journal has the request before what it causes.
                self._note(request, None)
                self.control.end(self.control.anchor, cause)
                request.done(None)
            case RedirectCall(document=document):
                self._redirect(request, document)
            case PlayInto() | SpeakInto():
                self._load(request, request.action)
            case StopPlaying(leg=id):
                leg = self._leg(id)
                self.control.stop(leg)
                self._done(request, leg)
            case MuteLeg(muted=muted, leg=id):
                leg = self._leg(id)
                self.control.mute(leg, muted=muted)
                # A conference that the leg is in notifies applications of it.
                self.control.conferences.send(SetMuted(leg=leg.id, muted=muted))
                self._done(request, leg)
            case SendDigitsTo(digits=digits, leg=id):
                leg = self._leg(id)
                if self.control.press(leg, digits) is None:
                    raise UsageError("these digits cannot be sent", code="bad-request")
                self._done(request, leg)

    def _redirect(self, request: ControlRequest, document: str | None) -> None:
        if self.control.caller_leg.ended:
            raise PeerError(
                "the party for which the documents run has left the call", code="wrong-state"
            )
        check_document(self.dialect, document, Purpose.REDIRECT)
        # The later redirect wins: the earlier one had no document yet.
        earlier, self.redirect = self.redirect, request
        if earlier is not None:
            self._fail(earlier, PeerError("a later redirect took its place", code="wrong-state"))

    def _load(self, request: ControlRequest, action: PlayInto | SpeakInto) -> None:
        self._leg(action.leg)
        if len(self._loading) >= _LOADING:
            raise Unavailable("the call is loading as many sounds as it may")
        task = asyncio.get_running_loop().create_task(self._run(request, action))
        self._loading[task] = request
        task.add_done_callback(lambda task: self._loading.pop(task, None))

    async def _run(self, request: ControlRequest, action: PlayInto | SpeakInto) -> None:
        found: Sound | OffhookError
        try:
            found = await self._sound(action)
        except WebFailure as failure:
            found = UsageError(f"the sound could not be fetched: {failure}", code="bad-request")
        except UnplayableSound as error:
            found = UsageError(f"{error.name} cannot be played: {error}", code="bad-request")
        except OffhookError as error:
            found = error
        self.post(SoundLoaded(request, action.leg, action.times, found))

    async def _sound(self, action: PlayInto | SpeakInto) -> Sound:
        if isinstance(action, PlayInto):
            return await self.sounds.fetch(action.url)
        return await self.sounds.speak(
            action.text, language=action.language, voice=action.voice, markup=action.markup
        )

    def _leg(self, id: LegId | None) -> Leg:
        """The leg that a request names, while it is up or gets early media.

        Raises:
            PeerError: there is no such leg, or it has no media.
        """
        leg = self.control.caller_leg if id is None else self.control.call.leg(id)
        if leg is None:
            raise PeerError(f"the call has no leg {id}", code="no-such-call")
        if leg.ended or not leg.agreed:
            raise PeerError(f"the leg {leg.id} is {leg.state}", code="wrong-state")
        return leg

    def _note(self, request: ControlRequest, leg: Leg | None, play: PlayId | None = None) -> None:
        kind, action = str(kind_of(request.action)), write_action(request.action)
        entry = ControlAccepted(id=request.id, kind=kind, play=play, secret_action=action)
        self.control.note(entry, None if leg is None else leg.id)

    def _done(self, request: ControlRequest, leg: Leg | None, play: PlayId | None = None) -> None:
        self._note(request, leg, play)
        request.done(None)

    def _fail(self, request: ControlRequest, error: OffhookError) -> None:
        kind = str(kind_of(request.action))
        entry = ControlFailed(id=request.id, kind=kind, code=error.code, reason=str(error))
        self.control.note(entry)
        request.done(error)


def _over() -> PeerError:
    return PeerError("the call is over", code="wrong-state")
