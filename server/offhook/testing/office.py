"""A small office for unit tests: telephones, a quiet engine, a scripted web server, one account."""

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from offhook.base.accounts import Application, Party
from offhook.base.ids import ApplicationId
from offhook.base.media import Sound
from offhook.dialects.base import Dialect
from offhook.flow.call_dispatcher import CallDispatcher, Limits
from offhook.flow.ports import Dependencies
from offhook.testing.chance import LoopClock, SeededIds
from offhook.testing.desk import Desk, Line
from offhook.testing.engine import QuietEngine
from offhook.testing.memory import ACCOUNT, Counts, OneAccount, Shelf
from offhook.testing.sounds import HummingVoice
from offhook.testing.web import HOME, ScriptedWeb

ANSWER: Final = "/answer"


class Office:
    """Everything a call needs, in memory. Use it as an asynchronous context."""

    def __init__(
        self,
        dialects: Mapping[str, Dialect],
        *,
        limits: Limits | None = None,
        hold_music: Sound | None = None,
        **application: str,
    ) -> None:
        """An office with one application for each dialect, all of which ask `/answer`.

        Args:
            dialects: By name; the first is the one that is meant where none is named.
            limits: Those of the reception.
            hold_music: What a party hears that is held.
            application: What else is to be said of the applications, such as `fallback_url`.
        """
        ids = SeededIds(1)
        self.web = ScriptedWeb()
        self.voice = HummingVoice()
        self.shelf = Shelf()
        self.counts = Counts()
        self.desk = Desk(ids)
        self.engine = QuietEngine(lambda event: self.dispatcher.post(event))
        self.directory = OneAccount()
        self._applications = {
            dialect: self.directory.add(
                _application(ApplicationId(ids.hex32()), dialect, application)
            )
            for dialect in dialects
        }
        self.deps = Dependencies(
            media=self.engine,
            signal=self.desk,
            web=self.web,
            directory=self.directory,
            speech=self.voice,
            records=self.shelf,
            metrics=self.counts,
            clock=LoopClock(),
            ids=ids,
            dialects=dialects,
            hold_music=hold_music,
        )
        self.dispatcher = CallDispatcher(self.deps, limits)
        self.desk.invited, self.desk.tell = self.dispatcher.invited, self.dispatcher.post

    async def __aenter__(self) -> Self:
        """Open."""
        await self.dispatcher.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, when the last call is over."""
        await self.dispatcher.__aexit__(kind, error, trace)

    def party(self, name: str = "alice", dialect: str | None = None, **token: str) -> Party:
        """Somebody who may call through the application of that dialect, and what the token says."""
        chosen = dialect or next(iter(self._applications))
        return Party(
            account=ACCOUNT, name=name, application=self._applications[chosen], parameters=token
        )

    def answers(self, xml: str) -> None:
        """What the applications say when a call begins."""
        self.web.page(ANSWER, f"<Response>{xml}</Response>")

    def dials(
        self, to: str = "bob", dialect: str | None = None, *, sdp: str = "offer", **parameters: str
    ) -> Line:
        """Alice calls."""
        return self.desk.call(self.party(dialect=dialect), to, sdp=sdp, parameters=parameters)

    async def talk(self, xml: str, dialect: str | None = None) -> tuple[Line, Line]:
        """Alice calls, bob's telephone rings and he answers."""
        self.desk.register("bob")
        self.answers(xml)
        alice = self.dials(dialect=dialect)
        bob = await self.desk.rings("bob")
        bob.ring()
        bob.answer()
        await self.engine.bridged(alice.leg)
        return alice, bob

    def journal(self, number: int = 0) -> list[str]:
        """The events of a record's journal, in order."""
        return [entry.event for entry in self.shelf.records[number].journal]


def _application(id: ApplicationId, dialect: str, more: Mapping[str, str]) -> Application:
    usual = Application(
        id=id,
        account=ACCOUNT,
        name=f"application {dialect}",
        dialect=dialect,
        answer_url=HOME + ANSWER,
        hangup_url=f"{HOME}/ended",
    )
    return replace(usual, **more)
