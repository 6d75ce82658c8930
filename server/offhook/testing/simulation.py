"""Whole calls over the real engine core, the real links and a virtual network, in virtual time."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from offhook_engine import SimEngine, World, events_of

from offhook.base.accounts import Application, Party
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import ApplicationId
from offhook.base.journal.entry import FIRST, Epoch
from offhook.base.records import CallRecord
from offhook.calls.music import HOLD_MUSIC
from offhook.dialects.base import Dialect
from offhook.engine.media import EngineMedia
from offhook.flow.call_dispatcher import CallDispatcher
from offhook.flow.limits import Limits
from offhook.flow.ports import Dependencies, Records, Web
from offhook.links.json.links import Links
from offhook.links.limits import Limits as LinkLimits
from offhook.links.ports import LinkLog
from offhook.links.router import Router
from offhook.links.simulated.behaviour import Behaviour
from offhook.links.simulated.carrier import SimulatedCarrier
from offhook.links.simulated.phone import SimulatedPhone
from offhook.testing.deterministic import LoopClock, SeededIds
from offhook.testing.link_journal import LinkJournal
from offhook.testing.loop import VirtualLoop
from offhook.testing.memory import (
    ACCOUNT,
    InMemoryDirectory,
    InMemoryFeedback,
    InMemoryMetrics,
    InMemoryRecords,
)
from offhook.testing.outbox import Delivering
from offhook.testing.simulated_browser import BrowserOptions, SimulatedBrowser
from offhook.testing.sounds import ToneSpeech
from offhook.testing.spectrum import purity
from offhook.testing.web import ORIGIN, ScriptedWeb

SERVER: Final = "10.0.0.1"
CARRIER: Final = "10.0.2.1"
_LEAST: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Network conditions between the server and one browser, in both directions.

    Attributes:
        loss: Share of datagrams lost, 0.0 to 1.0.
        delay_ms: One-way delay.
        jitter_ms: Range of the delay.
        reorder: Share of datagrams that are overtaken.
        blocked: Whether everything is dropped.
    """

    loss: float = 0.0
    delay_ms: float = 10.0
    jitter_ms: float = 0.0
    reorder: float = 0.0
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What a process of the server is built on.

    Attributes:
        address: Its host on the virtual network.
        records: Where its calls are written.
        web: What its requests go to.
        log: Where its links are written.
        instance: Its name among the processes.
        lives: Whether it has not died.
        first_epoch: Of calls that begin in it.
    """

    address: str
    records: Records
    web: Web
    log: LinkLog
    instance: str = ""
    lives: Callable[[], bool] = lambda: True
    first_epoch: Epoch = FIRST


class Simulation:
    """A server, a customer's web server and simulated browsers. Use it as an asynchronous context.

    Attributes:
        world: The virtual network.
        web: The customer's web server.
        application: The one application.
        directory: The account, its application and its numbers.
        speech: Speech synthesis.
        records: Call records and callbacks.
        metrics: Counters.
        feedback: Feedback and samples of pages.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        seed: int = 0,
        limits: Limits | None = None,
        application: Mapping[str, str] | None = None,
        complexity: int = _LEAST,
    ) -> None:
        """Make the server; there is no browser yet.

        Args:
            dialect: Dialect of the one application.
            seed: Seed of the network's randomness and of all ids.
            limits: Limits of the dispatcher.
            application: Fields of the application that differ from the default.
            complexity: Of all voice encoders, 0, 2 or 5 (what the server uses): encoding at 5 takes a third
                of the time of a story, and few stories are about the quality of voice.
        """
        self.world = World(seed)
        self._complexity = complexity
        self.web = ScriptedWeb()
        self.speech = ToneSpeech()
        self.records = InMemoryRecords()
        self.metrics = InMemoryMetrics()
        self.feedback = InMemoryFeedback()
        self._browsers: list[SimulatedBrowser] = []
        self._telephones: EngineMedia | None = None
        self._networks: dict[str, Network] = {}
        self._ids = SeededIds(seed)
        self._clock = LoopClock()
        self._dialect = dialect
        self._limits = limits
        self.directory = InMemoryDirectory()
        known: dict[str, str] = {"answer_url": f"{ORIGIN}/answer", "hangup_url": f"{ORIGIN}/ended"}
        self.application = Application(
            id=ApplicationId(self._ids.hex32()),
            account=ACCOUNT,
            name="the application",
            dialect=dialect.name,
            **(known | dict(application or {})),
        )
        self.directory.add(self.application)
        self._build(self._process())

    def _process(self) -> Process:
        """What the server's process is built on."""
        log = LinkJournal(self._clock).process()
        return Process(address=SERVER, records=self.records, web=self.web, log=log)

    def _build(self, process: Process) -> None:
        """Make the parts of the server's process."""
        self._address_of_server = process.address
        self._delivering = Delivering(self.records.outbox, process.web, self._clock)
        self._engine = self.world.engine(process.address, lite=True, complexity=self._complexity)

        def deliver(event: LegEvent) -> None:
            if process.lives():
                dispatcher.post(event)

        def invite(invited: Invited) -> None:
            if process.lives():
                dispatcher.invited(invited)

        self.media = EngineMedia(self._engine, 1, deliver)
        self._router = Router(deliver, invite, self._ids)
        self._links = Links(
            router=self._router,
            clock=self._clock,
            ids=self._ids,
            limits=LinkLimits(),
            feedback_store=self.feedback,
            log=process.log,
            instance=process.instance,
        )
        dispatcher = self.dispatcher = CallDispatcher(
            Dependencies(
                media=self.media,
                signal=self._router,
                web=process.web,
                directory=self.directory,
                speech=self.speech,
                records=process.records,
                metrics=self.metrics,
                clock=self._clock,
                ids=self._ids,
                dialects={self._dialect.name: self._dialect},
                hold_music=HOLD_MUSIC,
                first_epoch=process.first_epoch,
            ),
            self._limits,
        )

    async def __aenter__(self) -> Self:
        """Start the dispatcher and attach the network to the virtual clock."""
        self._attach_world()
        await self.dispatcher.__aenter__()
        await self._delivering.__aenter__()
        return self

    def _attach_world(self) -> None:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop):
            raise TypeError("a simulation needs a VirtualLoop")
        loop.attach_world(self.world, self._on_media)

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

    def set_answer(self, xml: str) -> None:
        """Set the document that every call begins with, without its root element."""
        self.web.page("/answer", f"<Response>{xml}</Response>")

    async def add_browser(
        self,
        name: str,
        *,
        hz: float = 0.0,
        syllables: bool = False,
        token: Mapping[str, str] | None = None,
        network: Network | None = None,
    ) -> SimulatedBrowser:
        """Add a browser that is connected and registered.

        Args:
            name: The client name; several browsers may have the same.
            hz: Frequency of the tone that it sends; 0 for silence.
            syllables: Whether the tone comes and goes, as speech does.
            token: Parameters of its token for the application.
            network: Its network conditions.
        """
        party = Party(
            account=ACCOUNT, name=name, application=self.application.id, parameters=token or {}
        )
        address = f"10.0.1.{len(self._browsers) + 1}"
        engine = self.world.engine(address, lite=False, complexity=self._complexity)
        self._set_path(address, network or Network())
        browser = self._make_browser(party, engine, BrowserOptions(hz=hz, syllables=syllables))
        self._browsers.append(browser)
        browser.connect()
        await asyncio.sleep(0.1)
        browser.register()
        await asyncio.sleep(0.1)
        return browser

    def add_carrier(self, *behaviours: Behaviour) -> SimulatedCarrier:
        """Let numbers be called: those that every server has, and these."""
        self._telephone_engine = self.world.engine(CARRIER, lite=False)
        self._set_path(CARRIER, Network())
        media = EngineMedia(self._telephone_engine, 1, lambda event: carrier.handle(event))
        carrier = SimulatedCarrier(
            router=self._router,
            media=media,
            speech=self.speech,
            owners=self.directory,
            clock=self._clock,
            ids=self._ids,
        )
        for behaviour in behaviours:
            carrier.set(behaviour)
        self._telephones = media
        self._router.attach(carrier)
        return carrier

    def telephone_level_db(self, phone: SimulatedPhone, hz: float, seconds: float = 0.4) -> float:
        """Level of a tone in what a telephone received last, relative to everything else, in dB."""
        if self._telephones is None:
            raise LookupError("there is no carrier")
        number = self._telephones.number_of(phone.media_leg)
        return purity(*self._telephone_engine.captured(number, seconds), hz)

    def _make_browser(
        self, party: Party, engine: SimEngine, options: BrowserOptions
    ) -> SimulatedBrowser:
        return SimulatedBrowser(self._links, party, engine, options)

    def set_network(self, browser: SimulatedBrowser, network: Network) -> None:
        """Change the network conditions of a browser."""
        self._set_path(self._address(browser), network)

    def rebind(self, browser: SimulatedBrowser) -> None:
        """Rebind the browser's NAT: its datagrams come from another port from now on."""
        self.world.rebind(self._address(browser))

    @property
    def legs(self) -> int:
        """How many legs are bound to browsers."""
        return len(self._router.bindings)

    def journal(self, record: CallRecord) -> list[str]:
        """The journal as comparable lines."""
        return [
            f"{entry.at:.6f} {entry.event} {entry.leg or '-'} {sorted(entry.details.items())}"
            for entry in record.journal
        ]

    def _address(self, browser: SimulatedBrowser) -> str:
        return f"10.0.1.{self._browsers.index(browser) + 1}"

    def _set_path(self, address: str, network: Network) -> None:
        self._networks[address] = network
        self._apply(address, network)

    def _apply(self, address: str, network: Network) -> None:
        server = self._address_of_server
        for source, destination in ((address, server), (server, address)):
            self.world.path(
                source,
                destination,
                loss=network.loss,
                delay_ms=network.delay_ms,
                jitter_ms=network.jitter_ms,
                reorder=network.reorder,
                blocked=network.blocked,
            )

    def _on_media(self) -> None:
        self.media.handle(events_of(self._engine))
        for browser in self._browsers:
            browser.handle_media_events()
        if self._telephones is not None:
            self._telephones.handle(events_of(self._telephone_engine))
