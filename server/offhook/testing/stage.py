"""Whole calls over the real engine core, the real links and a virtual network, in virtual time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from offhook_engine import World, events_of

from offhook.base.accounts import Application, Party
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import ApplicationId
from offhook.base.records import CallRecord
from offhook.calls.music import HOLD_MUSIC
from offhook.dialects.base import Dialect
from offhook.engine.media import EngineMedia
from offhook.flow.call_dispatcher import CallDispatcher, Limits
from offhook.flow.ports import Dependencies
from offhook.links.hub import Hub
from offhook.links.json.links import Links
from offhook.links.limits import Limits as LinkLimits
from offhook.testing.chance import LoopClock, SeededIds
from offhook.testing.loop import VirtualLoop
from offhook.testing.memory import ACCOUNT, Counts, Notebook, OneAccount, Shelf
from offhook.testing.phone import Line, Phone
from offhook.testing.sounds import HummingVoice
from offhook.testing.web import HOME, ScriptedWeb

SERVER: Final = "10.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How datagrams fare between the server and one browser, both ways.

    Attributes:
        loss: The share that is lost, 0.0 to 1.0.
        delay_ms: How long each takes.
        jitter_ms: By how much that varies.
        reorder: The share that is overtaken.
        blocked: Nothing gets through.
    """

    loss: float = 0.0
    delay_ms: float = 10.0
    jitter_ms: float = 0.0
    reorder: float = 0.0
    blocked: bool = False


class Stage:
    """A server, a customer's web server, and people with browsers. Use it as an asynchronous context.

    Attributes:
        world: The virtual network.
        web: The customer's web server.
        voice: Who speaks texts.
        shelf: What is kept.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        seed: int = 0,
        limits: Limits | None = None,
        application: Mapping[str, str] | None = None,
    ) -> None:
        """Nobody is there yet.

        Args:
            dialect: How the one application speaks.
            seed: Of the network's chance, and of all ids.
            limits: Those of the reception.
            application: Fields of the application that are not as usual.
        """
        self.world = World(seed)
        self.web = ScriptedWeb()
        self.voice = HummingVoice()
        self.shelf = Shelf()
        self.counts = Counts()
        self._people: list[Phone] = []
        ids = SeededIds(seed)
        self._engine = self.world.engine(SERVER, lite=True)
        self.media = EngineMedia(self._engine, 1, self._tell)
        self.hub = Hub(deliver=self._tell, on_invite=self._arrive, ids=ids)
        clock = LoopClock()
        self.notes = Notebook()
        self._links = Links(
            router=self.hub, clock=clock, ids=ids, limits=LinkLimits(), feedback_store=self.notes
        )
        directory = OneAccount()
        known: dict[str, str] = {"answer_url": f"{HOME}/answer", "hangup_url": f"{HOME}/ended"}
        self._application = directory.add(
            Application(
                id=ApplicationId(ids.hex32()),
                account=ACCOUNT,
                name="the application",
                dialect=dialect.name,
                **(known | dict(application or {})),
            )
        )
        self.dispatcher = CallDispatcher(
            Dependencies(
                media=self.media,
                signal=self.hub,
                web=self.web,
                directory=directory,
                speech=self.voice,
                records=self.shelf,
                metrics=self.counts,
                clock=clock,
                ids=ids,
                dialects={dialect.name: dialect},
                hold_music=HOLD_MUSIC,
            ),
            limits,
        )

    async def __aenter__(self) -> Self:
        """Begin: from now on time passes on the network too."""
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop):
            raise TypeError("a stage needs a VirtualLoop")
        loop.live_in(self.world, self._news)
        await self.dispatcher.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, when the last call is over."""
        await self.dispatcher.__aexit__(kind, error, trace)

    def answers(self, xml: str) -> None:
        """What the application says when a call begins."""
        self.web.page("/answer", f"<Response>{xml}</Response>")

    async def person(
        self,
        name: str,
        *,
        hz: float = 0.0,
        token: Mapping[str, str] | None = None,
        network: Network | None = None,
    ) -> Phone:
        """Somebody with a browser, connected and reachable.

        Args:
            name: The client name; several browsers may have the same.
            hz: The tone that is heard from them; 0 for silence.
            token: What their token wants the application to know.
            network: How it is connected.
        """
        party = Party(
            account=ACCOUNT, name=name, application=self._application, parameters=token or {}
        )
        address = f"10.0.1.{len(self._people) + 1}"
        engine = self.world.engine(address, lite=False)
        self._path(address, network or Network())
        phone = Phone(self._links, party, engine, Line(hz=hz))
        self._people.append(phone)
        phone.connect()
        await asyncio.sleep(0.1)
        phone.register()
        await asyncio.sleep(0.1)
        return phone

    def connect(self, phone: Phone, network: Network) -> None:
        """From now on that browser is connected so."""
        self._path(self._address(phone), network)

    def rebind(self, phone: Phone) -> None:
        """The browser's NAT forgets: its datagrams come from another port from now on."""
        self.world.rebind(self._address(phone))

    def journal(self, record: CallRecord) -> list[str]:
        """The journal as comparable lines."""
        return [
            f"{entry.at:.6f} {entry.event} {entry.leg or '-'} {sorted(entry.details.items())}"
            for entry in record.journal
        ]

    def _address(self, phone: Phone) -> str:
        return f"10.0.1.{self._people.index(phone) + 1}"

    def _path(self, address: str, network: Network) -> None:
        for source, destination in ((address, SERVER), (SERVER, address)):
            self.world.path(
                source,
                destination,
                loss=network.loss,
                delay_ms=network.delay_ms,
                jitter_ms=network.jitter_ms,
                reorder=network.reorder,
                blocked=network.blocked,
            )

    def _tell(self, event: LegEvent) -> None:
        self.dispatcher.post(event)

    def _arrive(self, invited: Invited) -> None:
        self.dispatcher.invited(invited)

    def _news(self) -> None:
        self.media.handle(events_of(self._engine))
        for phone in self._people:
            phone.news()
