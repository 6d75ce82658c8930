"""The lifecycle of a server: start, serve, drain, stop."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from offhook.api import first
from offhook.api.demo import Person
from offhook.api.first import Standing
from offhook.base.causes import Cause
from offhook.base.config import Config
from offhook.dialects.registry import plugins
from offhook.egress.policy import Policy
from offhook.flow.call_dispatcher import CallDispatcher
from offhook.insights import sampler
from offhook.insights.metrics import Metrics
from offhook.runtime import gauges
from offhook.runtime.adapters import RandomIds, SystemClock
from offhook.runtime.listening import Entrances, build_demo, build_listener
from offhook.runtime.store import open_store
from offhook.runtime.wiring import Basis, CallParts, build_calls
from offhook.storage import retention
from offhook.storage.local_files import LocalFiles
from offhook.store import directory
from offhook.store.directory import Lock

log = logging.getLogger("offhook.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a server reports once it serves.

    Attributes:
        urls: Where people reach it, the best first.
        media_ports: Where their sound goes.
        people: Those of the demonstration, with the tokens that let them in.
        standing: What it knows of its accounts.
    """

    urls: tuple[str, ...]
    media_ports: list[int]
    people: list[Person]
    standing: Standing

    @property
    def url(self) -> str:
        """The best of its URLs."""
        return self.urls[0]


class Server:
    """One server: serves until it is stopped or gets a signal."""

    def __init__(self, config: Config) -> None:
        """Nothing happens before `run`."""
        self._config = config
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()

    def stop(self) -> None:
        """Stop when the calls there are have ended; called again, at once."""
        if self._stop.is_set():
            self._stop_now.set()
        self._stop.set()

    async def run(self, ready: Callable[[Ready], None]) -> None:
        """Serve until `stop`, or SIGINT or SIGTERM.

        Args:
            ready: Called once everything listens.

        Raises:
            UsageError: a setting makes no sense.
            Unavailable: a port, the database or the engine cannot be had.
        """
        config = self._config
        async with AsyncExitStack() as stack:
            directory.make(config.data_dir, config.database_file)
            lock = stack.enter_context(directory.locked(config.data_dir))
            basis = await self._basis(stack)
            calls = await build_calls(basis, stack)
            entrances = build_listener(basis, calls)
            basis.base_url.text = first.urls(config, entrances.listener.url)[0]
            await calls.dispatcher.resume(calls.unfinished)
            gauges.register(basis.metrics, calls, entrances.sockets, entrances.listener)
            self._handle_signals(stack)
            await self._serve(basis, calls, entrances, lock, ready)
        log.info("server.stopped")

    async def _basis(self, stack: AsyncExitStack) -> Basis:
        store = await open_store(self._config)
        stack.push_async_callback(store.close)
        ids, clock = RandomIds(), SystemClock()
        return Basis(
            config=self._config,
            store=store,
            clock=clock,
            ids=ids,
            instance=ids.hex32(),
            dialects=plugins(),
            metrics=Metrics(),
            policy=Policy.of(self._config.webhook_allow, loopback=self._config.loopback),
            files=LocalFiles(self._config.data_dir / "recordings", hold=clock.hold),
        )

    def _handle_signals(self, stack: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self.stop)
            stack.callback(loop.remove_signal_handler, name)

    async def _serve(
        self,
        basis: Basis,
        calls: CallParts,
        entrances: Entrances,
        lock: Lock,
        ready: Callable[[Ready], None],
    ) -> None:
        """Run the parts until `stop`, then drain and stop them."""
        store, engine = basis.store, calls.engine
        urls = first.urls(self._config, entrances.listener.url)
        async with asyncio.TaskGroup() as tasks:
            loops = [
                tasks.create_task(calls.outbox.run()),
                tasks.create_task(
                    sampler.run(store.samples, basis.clock, self._config.samples_days)
                ),
                tasks.create_task(calls.records.run()),
                tasks.create_task(
                    retention.run(
                        store.recordings, basis.files, basis.clock, self._config.recordings_days
                    )
                ),
            ]
            demo, people = await build_demo(basis, entrances.sign_in)
            listeners = [entrances.listener, *demo]
            served = [tasks.create_task(listener.run()) for listener in listeners]
            lock.serves_at(urls[0])
            standing = await first.account(store, tuple(basis.dialects))
            ready(Ready(urls=urls, media_ports=engine.ports, people=people, standing=standing))
            log.info(
                "server.started",
                extra={"url": entrances.listener.url, "media": engine.ports},
            )
            await self._stop.wait()
            await self._drain(calls.dispatcher)
            entrances.sockets.links.end_all(Cause.SHUTDOWN)
            for listener in listeners:
                listener.stop()
            await asyncio.wait(served)
            for task in loops:
                task.cancel()

    async def _drain(self, dispatcher: CallDispatcher) -> None:
        """Wait for the calls to end, within the configured time or until `stop` is called again."""
        log.info("server.draining", extra={"calls": dispatcher.calls})
        async with asyncio.TaskGroup() as tasks:
            draining = tasks.create_task(dispatcher.drain(self._config.drain_s))
            stopping = tasks.create_task(self._stop_now.wait())
            await asyncio.wait((draining, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not draining.done():
                draining.cancel()
                await asyncio.wait((draining,))
                await dispatcher.drain(0)
            stopping.cancel()
