"""A call dispatcher whose every dependency is a fake: signalling, media, web server, one account."""

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from offhook.base.accounts import Application, Party
from offhook.base.ids import ApplicationId
from offhook.base.media import Sound
from offhook.dialects.base import Dialect
from offhook.flow.call_dispatcher import CallDispatcher
from offhook.flow.limits import Limits
from offhook.flow.ports import Dependencies
from offhook.testing.deterministic import LoopClock, SeededIds
from offhook.testing.fake_media import FakeMedia
from offhook.testing.fake_signal import FakeLeg, FakeSignal
from offhook.testing.memory import (
    ACCOUNT,
    InMemoryDirectory,
    InMemoryMetrics,
    InMemoryRecordings,
    InMemoryRecords,
)
from offhook.testing.outbox import Delivering
from offhook.testing.sounds import ToneSpeech
from offhook.testing.web import ORIGIN, ScriptedWeb

ANSWER: Final = "/answer"
SERVER: Final = "https://calls.example"
"""Where people reach the server."""


class UnitHarness:
    """A dispatcher and its fakes. Use it as an asynchronous context."""

    def __init__(
        self,
        dialects: Mapping[str, Dialect],
        *,
        limits: Limits | None = None,
        hold_music: Sound | None = None,
        **application: str,
    ) -> None:
        """Make one application for each dialect, all of which request `/answer`.

        Args:
            dialects: By name; the first is the default.
            limits: Those of the dispatcher.
            hold_music: What a held party gets.
            application: Further fields of the applications, such as `fallback_url`.
        """
        ids = SeededIds(1)
        self.web = ScriptedWeb()
        self.speech = ToneSpeech()
        self.records = InMemoryRecords()
        self.metrics = InMemoryMetrics()
        self.signal = FakeSignal(ids)
        self.media = FakeMedia(lambda event: self.dispatcher.post(event))
        self.recordings = InMemoryRecordings()
        self.media.recorder.on_written = self.recordings.write
        self.directory = InMemoryDirectory()
        self._applications = {
            dialect: self.directory.add(
                _application(ApplicationId(ids.hex32()), dialect, application)
            )
            for dialect in dialects
        }
        self.deps = Dependencies(
            media=self.media,
            signal=self.signal,
            web=self.web,
            directory=self.directory,
            speech=self.speech,
            records=self.records,
            metrics=self.metrics,
            clock=LoopClock(),
            ids=ids,
            dialects=dialects,
            hold_music=hold_music,
            recordings=self.recordings,
            files=self.recordings,
            base_url=lambda: SERVER,
        )
        self.dispatcher = CallDispatcher(self.deps, limits)
        self.signal.on_invite, self.signal.on_event = self.dispatcher.invited, self.dispatcher.post
        self._delivering = Delivering(self.records.outbox, self.web, self.deps.clock)

    async def __aenter__(self) -> Self:
        """Start the dispatcher, and to send what is queued."""
        await self.dispatcher.__aenter__()
        await self._delivering.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the last call to end, and for what is queued."""
        try:
            await self.dispatcher.__aexit__(kind, error, trace)
            if kind is None:
                await self._delivering.drained()
        finally:
            await self._delivering.__aexit__()

    def party(self, name: str = "alice", dialect: str | None = None, **token: str) -> Party:
        """A party that may call through the application of that dialect, with the token's parameters."""
        chosen = dialect or next(iter(self._applications))
        return Party(
            account=ACCOUNT, name=name, application=self._applications[chosen], parameters=token
        )

    def set_answer(self, xml: str) -> None:
        """Set the document that every call begins with, without its root element."""
        self.web.page(ANSWER, f"<Response>{xml}</Response>")

    def call(
        self, to: str = "bob", dialect: str | None = None, *, sdp: str = "offer", **parameters: str
    ) -> FakeLeg:
        """Begin a call from alice."""
        return self.signal.call(self.party(dialect=dialect), to, sdp=sdp, parameters=parameters)

    async def bridged_call(self, xml: str, dialect: str | None = None) -> tuple[FakeLeg, FakeLeg]:
        """Begin a call from alice that bob answers; returns both legs once they are bridged."""
        self.signal.register("bob")
        self.set_answer(xml)
        alice = self.call(dialect=dialect)
        bob = await self.signal.next_invite("bob")
        bob.ring()
        bob.answer()
        await self.media.wait_bridged(alice.leg)
        return alice, bob

    def journal(self, number: int = 0) -> list[str]:
        """The events of a record's journal, in order."""
        return [entry.event for entry in self.records.records[number].journal]


def _application(id: ApplicationId, dialect: str, more: Mapping[str, str]) -> Application:
    usual = Application(
        id=id,
        account=ACCOUNT,
        name=f"application {dialect}",
        dialect=dialect,
        answer_url=ORIGIN + ANSWER,
        hangup_url=f"{ORIGIN}/ended",
    )
    return replace(usual, **more)
