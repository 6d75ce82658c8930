"""A simulation whose server dies at chosen moments and is started again on what it has written."""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self, cast

from offhook.base.accounts import Party
from offhook.base.errors import Refused
from offhook.base.ownership import DirectoryLock
from offhook.base.records import UnfinishedCall
from offhook.dialects.base import Dialect
from offhook.flow.taken_call import live_legs
from offhook.links.json.socket_server import Login, SocketServer
from offhook.links.limits import Limits as LinkLimits
from offhook.testing.deterministic import LoopClock
from offhook.testing.life import Life
from offhook.testing.link_journal import LinkJournal
from offhook.testing.restarting import RecordsOf, WebOf, unfinished
from offhook.testing.simulated_browser import BrowserOptions
from offhook.testing.simulation import Network, Process, Simulation
from offhook_engine import SimEngine
from sdk_browser import SdkBrowser

_BACK_S: Final = 0.3
_LONGEST_S: Final = 900.0
"""No story takes longer. The server's timers go on, so that a story which waits in vain would not end."""


class RestartingSimulation(Simulation):
    """Its people go on as if nothing happened; `settle` waits until server and calls have come to rest.

    Attributes:
        life: The server's current life.
        restarts: How often it was started again.
        back_s: Seconds after a restart at which the page of a name comes back; nothing if it never does.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        deaths: Sequence[int] = (),
        away_s: float = 2.0,
        seed: int = 0,
        application: Mapping[str, str] | None = None,
    ) -> None:
        """Make the server of the first life.

        Args:
            dialect: Dialect of the one application.
            deaths: The moment of its death of each life that ends, from 1.
            away_s: Seconds until it is started again.
            seed: Seed of the network's randomness and of all ids.
            application: Fields of the application that differ from the default.
        """
        self.restarts = 0
        self.back_s: dict[str, float | None] = {}
        self._deaths = list(deaths)
        self._away_s = away_s
        self._links_journal = LinkJournal(LoopClock())
        self._dead: list[SimEngine] = []
        self._serving = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._limit: asyncio.Timeout | None = None
        super().__init__(dialect, seed=seed, application=application)

    def _process(self) -> Process:
        journal = self._links_journal
        life = self.life = Life(self._deaths.pop(0) if self._deaths else 0, on_end=self._die)
        self._log = journal.process()
        return Process(
            address=f"10.0.0.{self.restarts + 1}",
            records=RecordsOf(self.records, life, journal.retry),
            web=WebOf(self.web, life),
            log=self._log,
            instance=f"instance-{self.restarts + 1}",
            lives=lambda: not life.over,
            first_epoch=self._lock.first,
        )

    @property
    def _lock(self) -> DirectoryLock:
        return DirectoryLock("n" * 32, self.restarts + 1)

    def _make_browser(self, party: Party, engine: SimEngine, options: BrowserOptions) -> SdkBrowser:
        return SdkBrowser(self._links, party, engine, options)

    @property
    def people(self) -> Sequence[SdkBrowser]:
        """All browsers."""
        return cast("Sequence[SdkBrowser]", self._browsers)

    def kill(self) -> None:
        """The server dies now."""
        self.life.end()

    async def serving(self) -> None:
        """Wait until it was started again."""
        await self._serving.wait()

    async def settle(self) -> None:
        """Wait until the server runs and has no call."""
        while True:
            await self._serving.wait()
            await self.dispatcher.idle()
            if self._serving.is_set():
                return

    async def __aenter__(self) -> Self:
        """Start the server, and go on with starting it whenever it has died."""
        self._attach_world()
        self._limit = await asyncio.timeout(_LONGEST_S).__aenter__()
        self._running = asyncio.create_task(self._run())
        await self._serving.wait()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the last call to end, unless the story has failed."""
        try:
            if kind is None:
                await self.settle()
                await self._delivering.drained()
        except asyncio.CancelledError as late:
            kind, error, trace = type(late), late, late.__traceback__
            raise
        finally:
            await self._end(kind, error, trace)

    async def _end(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        left = [f"{call.name} {call.state}" for each in self.people for call in each.live]
        if self._running is not None:
            await _cancel(self._running)
        for each in self.people:
            each.close()
        if self._limit is None:
            return
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError:
            raise AssertionError(
                f"not over after {_LONGEST_S:.0f} s; calls of pages: {left}"
            ) from error

    def _die(self) -> None:
        self._serving.clear()
        self._links_journal.stop()
        for browser in self.people:
            browser.lose_server()
        for address in self._networks:
            self._apply(address, Network(blocked=True))
        self._dead.append(self._engine)

    async def _run(self) -> None:
        left: Sequence[UnfinishedCall] = ()
        while True:
            living = asyncio.create_task(self._live(left))
            try:
                await self.life.ended.wait()
            finally:
                await _cancel(living)
            await asyncio.sleep(self._away_s)
            self.restarts += 1
            left = unfinished(self.records, self._away_s, self._lock)
            self._build(self._process())
            for address, network in self._networks.items():
                self._apply(address, network)
            sockets = SocketServer(
                links=self._links, authenticate=_refuse, clock=self._clock, limits=LinkLimits()
            )
            wait_s = LinkLimits().resume_s
            legs = live_legs(left, self._clock.wall(), wait_s)
            sockets.revive(self._log.take(wait_s), legs)

    async def _live(self, left: Sequence[UnfinishedCall]) -> None:
        """One life: pages that come back, and what the store does once a second."""
        log, journal = self._log, self._links_journal
        async with self.dispatcher, self._delivering, asyncio.TaskGroup() as pages:
            await self.dispatcher.resume(left)
            for browser in self.people:
                pages.create_task(self._return(browser))
            self._serving.set()
            while True:
                await asyncio.sleep(1.0)
                log.compact()
                journal.retry()

    async def _return(self, browser: SdkBrowser) -> None:
        after_s = self.back_s.get(browser.name, _BACK_S)
        if after_s is not None:
            await asyncio.sleep(after_s)
            browser.come_back(self._links)

    def _on_media(self) -> None:
        for engine in self._dead:
            engine.events()
        super()._on_media()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.result()


async def _refuse(login: Login, address: str) -> Party:
    """No socket is served: pages enter their links themselves."""
    raise Refused(f"{login} of {address}", code="hello-expected")
