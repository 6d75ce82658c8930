"""A server that dies at any moment and is started again, with the remote ends that outlive it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from offhook.base.commands import Command, Invite
from offhook.base.events import (
    Answered,
    HungUp,
    Invited,
    LegEvent,
    PageReattached,
    RenegotiationReason,
    Reoffered,
)
from offhook.base.ids import CallId, LegId, Sdp
from offhook.base.journal.entry import Entry, Epoch
from offhook.base.journal.inputs import Input, is_input, read_event, write_event
from offhook.base.media import Sound
from offhook.base.ownership import DirectoryLock, claim
from offhook.base.records import Callback, CallRecord, UnfinishedCall
from offhook.base.web import WebReply, WebRequest
from offhook.calls.folded import fold_call
from offhook.calls.leg import Leg, State, Step
from offhook.dialects.base import Dialect
from offhook.flow.call_dispatcher import CallDispatcher
from offhook.flow.ports import Dependencies
from offhook.testing.deterministic import LoopClock, SeededIds
from offhook.testing.fake_media import FakeMedia
from offhook.testing.fake_signal import CallState, FakeLeg, FakeSignal
from offhook.testing.life import Life, RecordingsOf
from offhook.testing.memory import (
    InMemoryDirectory,
    InMemoryMetrics,
    InMemoryRecordings,
    InMemoryRecords,
)
from offhook.testing.outbox import Delivering
from offhook.testing.sounds import ToneSpeech
from offhook.testing.web import ScriptedWeb

_STATES: Final[Mapping[State, CallState]] = {
    State.NEW: CallState.TRYING,
    State.RINGING: CallState.RINGING,
    State.UP: CallState.UP,
    State.ENDED: CallState.ENDED,
}
_FURTHER: Final = (CallState.TRYING, CallState.RINGING, CallState.UP, CallState.ENDED)


class RecordsOf:
    """What is written is kept; a server that is dead writes nothing."""

    def __init__(
        self, kept: InMemoryRecords, life: Life, on_written: Callable[[], None] = lambda: None
    ) -> None:
        """Those of one life.

        Args:
            kept: What outlives it.
            life: The life.
            on_written: Called with each write: what was held back until then is written, too.
        """
        self._kept = kept
        self._life = life
        self._on_written = on_written

    def begin(self, call: CallId, began: float, written: Iterable[Entry], epoch: Epoch) -> None:
        """A call begins."""
        if not self._life.over:
            self._kept.begin(call, began, written, epoch)

    def note(self, call: CallId, entry: Entry) -> None:
        """One entry more."""
        if self._life.over:
            return
        self._kept.note(call, entry)
        # The call's first entry and that of its first leg are written together.
        if entry.body.is_numbered() and entry.number > 0:
            self._on_written()
            self._life.moment(entry.event)

    def receive(self, call: CallId, entry: Input) -> None:
        """One input more."""
        if self._life.over:
            return
        self._kept.receive(call, entry)
        self._on_written()
        self._life.moment(f"input {type(entry.event).__name__}")

    def drop(self, call: CallId) -> None:
        """Discard the call."""
        if not self._life.over:
            self._kept.drop(call)

    def queue(self, callback: Callback) -> None:
        """A callback more."""
        if not self._life.over:
            self._kept.queue(callback)
            self._on_written()
            self._life.moment(f"queued {callback.order}")

    def last_order(self, call: CallId) -> int:
        """The number of the last one under that id."""
        return self._kept.last_order(call)

    def forget_order(self, call: CallId) -> None:
        """No more under that id."""
        if not self._life.over:
            self._kept.forget_order(call)

    def keep(self, record: CallRecord, callbacks: Sequence[Callback], epoch: Epoch) -> None:
        """The call has ended."""
        if not self._life.over:
            self._kept.keep(record, callbacks, epoch)
            self._on_written()
            self._kept.drop(record.id)


class WebOf:
    """A server that is dead sends nothing, and what is answered to it is lost."""

    def __init__(self, web: ScriptedWeb, life: Life) -> None:
        """The web of one life."""
        self._web = web
        self._life = life
        self.forget = web.forget

    async def fetch(self, request: WebRequest) -> WebReply:
        """Ask, unless the life ends before or after."""
        await self._pass(f"before {request.url}")
        reply = await self._web.fetch(request)
        await self._pass(f"after {request.url}")
        return reply

    async def fetch_sound(self, request: WebRequest) -> Sound:
        """Load a sound, unless the life is over."""
        await self._pass("")
        return await self._web.fetch_sound(request)

    async def _pass(self, what: str) -> None:
        if what:
            self._life.moment(what)
        if self._life.over:
            await asyncio.Event().wait()


class RestartingServer:
    """Use `run` with what people do; the server dies in the middle, and its outcome can be compared.

    Attributes:
        web: The customer's web server.
        records: What the server has written: it outlives it.
        recordings: The same of recordings.
        signal: The remote ends.
        life: The current one.
        restarts: How often the server was started again.
    """

    def __init__(self, dialect: Dialect, *, ends_at: int = 0, away_s: float = 2.0) -> None:
        """A server that speaks one dialect.

        Args:
            dialect: That of its applications.
            ends_at: The moment of its death, from 1; 0 for none.
            away_s: Seconds until it is started again.
        """
        self.web = ScriptedWeb()
        self.records = InMemoryRecords()
        self.recordings = InMemoryRecordings()
        self.directory = InMemoryDirectory()
        self.ids = SeededIds(1)
        self.signal = _RemoteEnds(self.ids)
        self.life = Life(ends_at)
        self.restarts = 0
        self._dialect = dialect
        self._away_s = away_s
        self._unheard: list[LegEvent | Invited] = []
        self.signal.on_event = self._receive
        self.signal.on_invite = self._receive
        self._start()

    @property
    def _lock(self) -> DirectoryLock:
        return DirectoryLock("n" * 32, self.restarts + 1)

    def _start(self) -> None:
        life = self.life
        media = FakeMedia(lambda event: None if life.over else self.dispatcher.post(event))
        self.media = media
        web = WebOf(self.web, life)
        self._delivering = Delivering(self.records.outbox, web, LoopClock())
        media.recorder.on_written = self.recordings.write
        life.on_end = media.recorder.cut_off
        recordings = RecordingsOf(self.recordings, life)
        self.dispatcher = CallDispatcher(
            Dependencies(
                media=media,
                signal=_SignalOf(self.signal, life),
                web=web,
                directory=self.directory,
                speech=ToneSpeech(),
                records=RecordsOf(self.records, life),
                metrics=InMemoryMetrics(),
                clock=LoopClock(),
                ids=self.ids,
                dialects={self._dialect.name: self._dialect},
                recordings=recordings,
                files=recordings,
                base_url=lambda: "https://calls.example",
                first_epoch=self._lock.first,
            )
        )

    async def run(
        self, story: Callable[["RestartingServer"], Coroutine[object, object, None]]
    ) -> None:
        """Let people do something, which calls of theirs end, whatever happens to the server."""
        loop = asyncio.get_running_loop()
        dying = loop.create_task(self.life.ended.wait())
        async with asyncio.TaskGroup() as group:
            lives = group.create_task(self._live())
            await asyncio.sleep(0)
            people = loop.create_task(story(self), name="people")
            whole = loop.create_task(self._until_idle(people))
            await asyncio.wait((whole, dying), return_when=asyncio.FIRST_COMPLETED)
            if self.life.over:
                await _cancel(whole)
                await _cancel(lives)
                await asyncio.sleep(self._away_s)
                self.life = Life()
                self.restarts += 1
                self._start()
                lives = group.create_task(self._live())
                await asyncio.sleep(0)
                await self._take_up()
                whole = loop.create_task(self._until_idle(people))
            await whole
            await _cancel(lives)
        dying.cancel()

    async def _live(self) -> None:
        async with self.dispatcher, self._delivering:
            await asyncio.Event().wait()

    async def _until_idle(self, people: asyncio.Task[None]) -> None:
        await asyncio.wait((people,))
        people.result()
        await self.dispatcher.idle()
        await self._delivering.drained()

    async def _take_up(self) -> None:
        left = unfinished(self.records, self._away_s, self._lock)
        legs = [leg for each in left for leg in fold_call(each.id, each.entries, 0.0).legs]
        answered = {
            entry.event.leg
            for each in left
            for entry in each.inputs
            if isinstance(entry.event, Answered)
        }
        for leg in legs:
            # Its link knows it before the call's task.
            if leg.id in answered and not leg.ended:
                leg.step(Step.ANSWERED)
        await self.dispatcher.resume(left)
        await asyncio.sleep(0.05)
        self.signal.reattach(legs)
        unheard, self._unheard = self._unheard, []
        for event in unheard:
            self._receive(event)

    def _receive(self, event: LegEvent | Invited) -> None:
        """What a remote end does reaches the server; what it has not written is said again."""
        life = self.life
        if life.over:
            if isinstance(event, Invited) or (is_input(event) and not isinstance(event, Answered)):
                self._unheard.append(event)
            return
        if isinstance(event, Invited):
            self.dispatcher.invited(event)
            if life.over and CallId(event.leg) not in self.records.written:
                self._unheard.append(event)
            return
        self.dispatcher.post(event)


def unfinished(
    records: InMemoryRecords, away_s: float, lock: DirectoryLock
) -> list[UnfinishedCall]:
    """What a process that died so many seconds ago left, claimed by the one that has the lock now."""
    died = asyncio.get_running_loop().time() - away_s
    return [
        UnfinishedCall(
            id=call,
            entries=tuple(entries),
            inputs=_once(records.inputs.get(call, ())),
            seen_s=max(0.0, died - records.began[call]),
            epoch=epoch,
        )
        for call, entries in records.written.items()
        if (epoch := claim(entries[-1].epoch, lock)) is not None
    ]


def _once(inputs: Iterable[Input]) -> tuple[Input, ...]:
    """Inputs as they are read: by their number, as those that wait are written again, and without SDP."""
    read = (replace(each, event=read_event(write_event(each.event))) for each in inputs)
    return tuple({each.number: each for each in read}.values())


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))


class _SignalOf:
    """The signalling of one life."""

    def __init__(self, ends: "_RemoteEnds", life: Life) -> None:
        self._ends = ends
        self._life = life
        self.has_route = ends.has_route
        self.forget = ends.forget
        self.reaches = ends.reaches

    def send(self, leg: LegId, command: Command) -> None:
        if not self._life.over:
            self._ends.send(leg, command)


class _RemoteEnds(FakeSignal):
    """Remote ends that keep their calls while there is no server.

    Attributes:
        reattaches: Whether their pages come back.
    """

    reattaches = True

    def send(self, leg: LegId, command: Command) -> None:
        known = self._legs.get(leg)
        if isinstance(command, Invite) and known is not None:
            # A call that rings gets its offer replaced; what was answered meanwhile is answered again.
            known.invitation = command
            if known.state is CallState.UP:
                known.answer()
            return
        super().send(leg, command)

    def reattach(self, legs: Sequence[Leg]) -> None:
        """Each page compares its calls with those of the server, and offers its media again."""
        if not self.reattaches:
            return
        of_server = {leg.id: leg for leg in legs}
        for leg, remote in self._legs.items():
            theirs = of_server.get(leg)
            if theirs is None or theirs.ended:
                if remote.state is not CallState.ENDED:
                    remote.cause = None if theirs is None else theirs.cause
                    remote.set_state(CallState.ENDED)
            elif remote.state is CallState.ENDED:
                cause = remote.cause
                if cause is not None:
                    self.on_event(HungUp(leg=leg, cause=cause))
            else:
                self._attach(remote, theirs)

    def _attach(self, remote: FakeLeg, theirs: Leg) -> None:
        state = _STATES[theirs.state]
        if remote.invitation is None or theirs.up:
            if _FURTHER.index(state) > _FURTHER.index(remote.state):
                remote.set_state(state)
            self.on_event(PageReattached(leg=remote.leg))
            reason = RenegotiationReason.ATTACH
            offer = Sdp("offer after the restart")
            self.on_event(Reoffered(leg=remote.leg, number=1, sdp=offer, reason=reason))
