"""One conference: a task with an inbox, which carries out what its state machine decides."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol

from offhook.base.conferences import (
    Announced,
    ConferenceMessage,
    Ending,
    Enter,
    Finish,
    Report,
    SoundDocument,
    Tone,
)
from offhook.base.errors import NotFound, OffhookError, UsageError
from offhook.base.events import ConferenceEntered, LegEvent
from offhook.base.ids import CallId, LegId
from offhook.base.media import Sound, Tones
from offhook.base.media import Tone as Beep
from offhook.base.records import Callback
from offhook.base.url_options import apply_url_options
from offhook.base.web import Signing, WebRequest
from offhook.calls.conference import Conference
from offhook.calls.conference_commands import (
    Command,
    Notify,
    PlayKeys,
    PlaySound,
    SendReport,
)
from offhook.flow.conference_sounds import ConferenceSounds
from offhook.flow.ports import Dependencies
from offhook.flow.webhook_request import new_nonce

log = logging.getLogger("offhook.flow")

_TONES: Final = {
    Tone.ENTER: Tones("enter-tone", (Beep((660.0,), 0.15), Beep((880.0,), 0.15))),
    Tone.EXIT: Tones("exit-tone", (Beep((880.0,), 0.15), Beep((660.0,), 0.15))),
}
_TONE_S: Final = 0.1
_PATIENCE_S: Final = 600.0
"""Reports come in order: one that its server does not take holds up the later ones for no longer."""
_ROWS: Final = (697.0, 770.0, 852.0, 941.0)
_COLUMNS: Final = (1_209.0, 1_336.0, 1_477.0, 1_633.0)
_KEYPAD: Final = ("123A", "456B", "789C", "*0#D")
"""The frequencies of keys (ITU-T Q.23)."""
_KEY: Final = {
    key: Beep((_ROWS[row], _COLUMNS[column]), 0.1)
    for row, keys in enumerate(_KEYPAD)
    for column, key in enumerate(keys)
}
_PAUSE: Final = Beep((), 0.06)


@dataclass(frozen=True, slots=True)
class Requested:
    """A program's request, which gets a result."""

    message: ConferenceMessage | Finish
    done: Callable[[OffhookError | None], None]


Message = ConferenceMessage | Finish | Announced | Requested


class Host(Protocol):
    """What a conference needs of all of them, as `flow.conferences.Conferences`."""

    @property
    def deps(self) -> Dependencies:
        """What it needs of the world."""
        ...

    @property
    def paused(self) -> bool:
        """Whether members of before a restart are still to be named."""
        ...

    def post(self, event: LegEvent) -> None:
        """Post an event to the call of its leg."""
        ...

    def closed(self, task: "ConferenceTask", waiting: list[Message]) -> None:
        """A conference is over; what waits is for the next one of that name."""
        ...

    def forget(self, leg: LegId, task: "ConferenceTask") -> None:
        """A leg is no member any more."""
        ...


class ConferenceTask:
    """One conference."""

    def __init__(self, conference: Conference, host: Host) -> None:
        """It begins with `run`."""
        self.conference = conference
        self._host = host
        self._deps = host.deps
        self._began = host.deps.clock.now()
        self._inbox: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._playing: set[asyncio.Task[None]] = set()
        self._sounds: ConferenceSounds | None = None
        self._secret: str | None = None

    def put(self, message: Message) -> None:
        """Put a message into its inbox."""
        self._inbox.append(message)
        self.wake()

    def wake(self) -> None:
        """Look into the inbox."""
        self._wake.set()

    @property
    def age_s(self) -> float:
        """How long it has lasted."""
        return max(0.0, self._deps.clock.now() - self._began)

    async def run(self) -> None:
        """Take what comes, until it is over."""
        conference = self.conference
        try:
            self._secret = await self._deps.directory.secret(conference.account)
        except OffhookError as error:
            # It goes on, without a callback.
            log.warning("conference.unsigned", extra={"id": conference.id, "reason": str(error)})
        self._sounds = ConferenceSounds(
            self._deps, conference.account, conference.id, self._secret or ""
        )
        try:
            await self._take_messages()
        finally:
            for task in tuple(self._playing):
                task.cancel()
            self._host.closed(self, list(self._inbox))
            self._deps.records.forget_order(CallId(conference.id))

    def announce(self, url: str, sound: Sound) -> None:
        """Play a sound to all members; its end is reported."""
        self._play(self._announce(url, sound))

    async def load(self, url: str, dialect: str) -> Sound:
        """The sound file at `url`.

        Raises:
            UsageError: it cannot be had or played.
        """
        sounds, known = self._sounds, self._deps.dialects.get(dialect)
        if sounds is None or known is None:
            raise UsageError("the conference has just begun, or is over")
        return await sounds.load(url, known)

    async def _announce(self, url: str, sound: Sound) -> None:
        failure = ""
        try:
            if self._sounds is not None:
                await self._sounds.play(sound)
        except OffhookError as error:
            failure = str(error)
        self.put(Announced(url=url, failure=failure))

    def _play(self, playing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(playing)
        self._playing.add(task)
        task.add_done_callback(self._playing.discard)

    async def _take_messages(self) -> None:
        while not self.conference.over:
            while (message := self._next()) is not None and not self.conference.over:
                try:
                    self._take(message)
                except Exception:
                    # A defect of ours must not leave all members where they are for good.
                    log.exception("conference.crashed", extra={"id": self.conference.id})
            if not self.conference.over:
                await self._rest()

    def _next(self) -> Message | None:
        """The next message; while members of before a restart are to be named, those alone."""
        if not self._host.paused:
            return self._inbox.popleft() if self._inbox else None
        named = next(
            (each for each in self._inbox if isinstance(each, Enter) and each.resumed), None
        )
        if named is not None:
            self._inbox.remove(named)
        return named

    async def _rest(self) -> None:
        """Wait for a message, or until it has lasted as long as it may."""
        longest_s = self.conference.longest_s
        left_s = longest_s - self.age_s if longest_s else None
        with suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                await self._wake.wait()
        self._wake.clear()
        if longest_s and self.age_s >= longest_s:
            self._inbox.append(Finish(ending=Ending.TIME_LIMIT))

    def _take(self, message: Message) -> None:
        if isinstance(message, Requested):
            self._take(message.message)
            message.done(None)
            return
        if isinstance(message, Enter) and message.resumed is not None:
            began = self._deps.clock.now() - message.resumed.age_s
            self._began = min(self._began, began)
        before = set(self.conference.legs)
        for command in self.conference.handle(message):
            self._carry_out(command)
        for leg in before - set(self.conference.legs):
            self._host.forget(leg, self)

    def _carry_out(self, command: Command) -> None:
        match command:
            case Notify(ConferenceEntered() as event):
                self._host.post(replace(event, age_s=self.age_s))
            case Notify(event):
                self._host.post(event)
            case PlaySound(sound, dialect):
                self._play_sound(sound, dialect)
            case PlayKeys(digits):
                keys = [part for key in digits if key in _KEY for part in (_KEY[key], _PAUSE)]
                if keys:
                    self._play_soon(Tones("keys", tuple(keys)))
            case SendReport():
                self._report(command)

    def _play_sound(self, sound: Tone | SoundDocument, dialect: str) -> None:
        if isinstance(sound, Tone):
            self._play_soon(_TONES[sound])
            return
        known = self._deps.dialects.get(dialect)
        if known is not None and self._sounds is not None:
            self._play(self._sounds.play_document(sound, known))

    def _play_soon(self, sound: Sound) -> None:
        # Members that were just notified of its start join it within this time.
        play = partial(self._deps.media.play_to_members, self.conference.id, sound)
        asyncio.get_running_loop().call_later(_TONE_S, play)

    def _report(self, command: SendReport) -> None:
        """Queue a request: it is written before anything else happens, and sent in order."""
        conference, deps = self.conference, self._deps
        dialect = deps.dialects.get(command.dialect)
        if dialect is None or self._secret is None:
            return
        order = CallId(conference.id)
        sequence = deps.records.last_order(order) + 1
        report = Report(
            kind=conference.kind,
            happening=command.happening,
            account=conference.account,
            conference=conference.id,
            name=conference.name,
            sequence=sequence,
            at=deps.clock.wall(),
            requests=command.requests,
            dialect=command.dialect,
            member=command.member,
            number=command.number,
            leaving=command.leaving,
            ending=command.ending,
            standing=command.standing,
            digits=command.digits,
            age_s=self.age_s,
            announced=command.announced,
            failure=command.failure,
        )
        url, limits = apply_url_options(command.requests.url, dialect.limits, dialect.widest)
        request = WebRequest(
            method=command.requests.method,
            url=url,
            form=dialect.conference_parameters(report),
            signing=Signing(dialect=dialect.name, secret=self._secret, nonce=new_nonce(deps.ids)),
            limits=limits,
            account=conference.account,
            patience_s=_PATIENCE_S,
        )
        key = f"{conference.id}-{sequence}"
        deps.records.queue(Callback(key=key, call=order, order=sequence, request=request))


def no_such_member(member: str) -> NotFound:
    """The error about a member that there is not."""
    return NotFound(f"the conference has no member {member!r}")
