"""The conferences of this process: each is a task with an inbox, and knows calls by their legs."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from offhook.base.conferences import ConferenceMessage, Enter, Report, Tone
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, ConferenceId, LegId
from offhook.base.media import Tone as Beep
from offhook.base.media import Tones
from offhook.base.url_options import apply_url_options
from offhook.base.web import Signing, WebFailure, WebRequest
from offhook.calls.conference import Command, Conference, Notify, PlayTone, SendReport
from offhook.flow.ports import Dependencies
from offhook.flow.webhook_request import new_nonce

log = logging.getLogger("offhook.flow")

_TONES: Final = {
    Tone.ENTER: Tones("enter-tone", (Beep((660.0,), 0.15), Beep((880.0,), 0.15))),
    Tone.EXIT: Tones("exit-tone", (Beep((880.0,), 0.15), Beep((660.0,), 0.15))),
}
_TONE_S: Final = 0.1
_REPORTS: Final = 1_000
"""Requests about one conference that may wait; those that have waited longest are given up."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Conferences:
    """All conferences, as `offhook.calls.ports.Conferences`: by account and name while they last."""

    def __init__(self, deps: Dependencies, post: Callable[[LegEvent], None], spawn: Spawn) -> None:
        """No conference yet.

        Args:
            deps: What they need of the world.
            post: Posts an event to the call that has its leg.
            spawn: Begins a task.
        """
        self._deps = deps
        self._post = post
        self._spawn = spawn
        self._named: dict[tuple[AccountId, str], _ConferenceTask] = {}
        self._of: dict[LegId, _ConferenceTask] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._named)

    def send(self, message: ConferenceMessage) -> None:
        """Put a message into the inbox of its conference."""
        if isinstance(message, Enter):
            task = self._task(message)
            self._of[message.member.leg] = task
            task.put(message)
        elif (task := self._of.get(message.leg)) is not None:
            task.put(message)

    def _task(self, message: Enter) -> "_ConferenceTask":
        key = message.account, message.name
        known = self._named.get(key)
        if known is not None:
            return known
        resumed = message.resumed
        id = ConferenceId(self._deps.ids.hex32()) if resumed is None else resumed.conference
        task = _ConferenceTask(Conference(id, message.account, message.name), self)
        self._named[key] = task
        self._spawn(task.run())
        return task

    # For the tasks.

    @property
    def deps(self) -> Dependencies:
        """What a conference needs of the world."""
        return self._deps

    def post(self, event: LegEvent) -> None:
        """Post an event to the call of its leg."""
        self._post(event)

    def closed(self, task: "_ConferenceTask", waiting: list[ConferenceMessage]) -> None:
        """A conference is over; what waits is for the next one of that name."""
        conference = task.conference
        self._named.pop((conference.account, conference.name), None)
        self._of = {leg: other for leg, other in self._of.items() if other is not task}
        for message in waiting:
            if isinstance(message, Enter):
                self.send(message)

    def forget(self, leg: LegId, task: "_ConferenceTask") -> None:
        """A leg is no member any more."""
        if self._of.get(leg) is task:
            del self._of[leg]


class _ConferenceTask:
    """One conference."""

    def __init__(self, conference: Conference, all: Conferences) -> None:
        self.conference = conference
        self._all = all
        self._inbox: deque[ConferenceMessage] = deque()
        self._reports: deque[Report] = deque(maxlen=_REPORTS)
        self._wake = asyncio.Event()
        self._reported = asyncio.Event()
        self._sequence = 0

    def put(self, message: ConferenceMessage) -> None:
        self._inbox.append(message)
        self._wake.set()

    async def run(self) -> None:
        """Take what comes, until it is over and all was reported."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_reports())
            await self._take_messages()

    async def _take_messages(self) -> None:
        try:
            while not self.conference.over:
                while self._inbox and not self.conference.over:
                    message = self._inbox.popleft()
                    try:
                        self._take(message)
                    except Exception:
                        # A defect of ours must not leave all members where they are for good.
                        log.exception("conference.crashed", extra={"id": self.conference.id})
                if not self.conference.over:
                    await self._wake.wait()
                    self._wake.clear()
        finally:
            self._all.closed(self, list(self._inbox))
            self._reported.set()

    def _take(self, message: ConferenceMessage) -> None:
        before = set(self.conference.legs)
        for command in self.conference.handle(message):
            self._carry_out(command)
        for leg in before - set(self.conference.legs):
            self._all.forget(leg, self)

    def _carry_out(self, command: Command) -> None:
        match command:
            case Notify(event):
                self._all.post(event)
            case PlayTone(tone):
                # Those who have just been told that it started join it within this time.
                play = partial(self._all.deps.media.play_to_members, self.conference.id)
                asyncio.get_running_loop().call_later(_TONE_S, play, _TONES[tone])
            case SendReport():
                self._report(command)

    def _report(self, command: SendReport) -> None:
        self._sequence += 1
        conference = self.conference
        report = Report(
            happening=command.happening,
            account=conference.account,
            conference=conference.id,
            name=conference.name,
            sequence=self._sequence,
            at=self._all.deps.clock.wall(),
            requests=command.requests,
            dialect=command.dialect,
            member=command.member,
            number=command.number,
            leaving=command.leaving,
            ending=command.ending,
            muted=command.muted,
            digits=command.digits,
        )
        self._reports.append(report)
        self._reported.set()

    async def _send_reports(self) -> None:
        """One after the other, in order."""
        while True:
            while self._reports:
                report = self._reports.popleft()
                try:
                    await self._send(report)
                except Exception:
                    log.exception("conference.report", extra={"id": self.conference.id})
            if self.conference.over:
                return
            await self._reported.wait()
            self._reported.clear()

    async def _send(self, report: Report) -> None:
        deps = self._all.deps
        dialect = deps.dialects.get(report.dialect)
        secret = await deps.directory.secret(report.account)
        if dialect is None or secret is None:
            return
        url, limits = apply_url_options(report.requests.url, dialect.limits, dialect.widest)
        request = WebRequest(
            method=report.requests.method,
            url=url,
            form=dialect.conference_parameters(report),
            signing=Signing(dialect=dialect.name, secret=secret, nonce=new_nonce(deps.ids)),
            limits=limits,
            account=report.account,
        )
        try:
            await deps.web.fetch(request)
        except WebFailure as error:
            facts = {"id": self.conference.id, "reason": str(error)}
            log.warning("conference.callback", extra=facts)
