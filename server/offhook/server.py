"""The composition root: builds the parts, plugs adapters into ports, starts, drains, stops."""

import asyncio
import itertools
import logging
import random
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from offhook.api import first
from offhook.api.app import create_app
from offhook.api.demo import Demo, Person, demo_app
from offhook.api.dependencies import ApiDependencies
from offhook.api.first import Standing
from offhook.api.listen.descriptors import raise_limit
from offhook.api.serve import Listener, connections
from offhook.auth.api import ApiAuth
from offhook.auth.ice import IceServers
from offhook.auth.limiter import Limiter
from offhook.auth.logins import Logins
from offhook.auth.sign_in_links import SignInLinks
from offhook.auth.tokens import Tokens
from offhook.base.accounts import Application, Endpoint, Party
from offhook.base.causes import Cause
from offhook.base.config import Config
from offhook.base.errors import Unavailable
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import AccountId, ApplicationId
from offhook.base.media import Sound
from offhook.base.web import WebFailure, WebReply, WebRequest
from offhook.calls.cdr import fold
from offhook.calls.music import HOLD_MUSIC
from offhook.dialects.registry import DialectPlugin, plugins, signer
from offhook.egress.audio_cache import AudioCache
from offhook.egress.decoding import AudioDecodePool
from offhook.egress.disk_cache import DiskCache
from offhook.egress.policy import Policy, refused_urls
from offhook.engine.engine import EngineSettings, MediaEngine
from offhook.engine.sources import decoded
from offhook.flow.call_dispatcher import CallDispatcher
from offhook.flow.call_dispatcher import Limits as CallLimits
from offhook.flow.closing import close_unfinished
from offhook.flow.ports import Dependencies
from offhook.insights import metrics as figures
from offhook.insights.metrics import Metrics
from offhook.links.json.frames import PasswordLogin, TokenLogin
from offhook.links.json.links import Links
from offhook.links.json.socket_server import KeyLogin, Login, SocketServer
from offhook.links.limits import Limits as LinkLimits
from offhook.links.router import Router
from offhook.opening import RandomIds, SystemClock, open_store
from offhook.speech.process import WorkerPool
from offhook.speech.voice import Voice
from offhook.store import directory
from offhook.store.store import Store
from offhook.webhooks.client import WebhookClient
from offhook.webhooks.outbox_worker import OutboxWorker

log = logging.getLogger("offhook.server")

_NOTES_S: Final = 5.0
_FORGET_EACH: Final = 720
"""Turns between looks for samples that are too old: an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a server tells when it serves.

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


class _CountedWeb:
    """The way out, counted."""

    def __init__(self, client: WebhookClient, metrics: Metrics) -> None:
        self._client = client
        self._metrics = metrics
        self.forget = client.forget

    async def fetch(self, request: WebRequest) -> WebReply:
        try:
            reply = await self._client.fetch(request)
        except WebFailure as failure:
            self._metrics.count("webhooks", {"outcome": failure.fault.value})
            raise
        self._metrics.count("webhooks", {"outcome": "answered"})
        return reply

    async def fetch_sound(self, request: WebRequest) -> Sound:
        return await self._client.fetch_sound(request)


class _Directory:
    """Who is who, as `auth.grants.Directory`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def application(self, account: AccountId, id: ApplicationId) -> Application | None:
        return await self._store.applications.find(account, id)

    async def endpoint(self, account: AccountId, name: str) -> Endpoint | None:
        return await self._store.endpoints.find(account, name)


class Server:
    """One server, from its first moment to its last."""

    def __init__(self, config: Config) -> None:
        """Nothing happens before `run`."""
        self._config = config
        self._clock = SystemClock()
        self._ids = RandomIds()
        self._instance = self._ids.hex32()
        self._dialects: Mapping[str, DialectPlugin] = plugins()
        self._metrics = Metrics()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()

    def stop(self) -> None:
        """Stop when the calls there are have ended; asked again, at once."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def run(self, ready: Callable[[Ready], None]) -> None:
        """Serve until `stop`, or a signal says so.

        Args:
            ready: Called once everything listens.

        Raises:
            UsageError: a setting makes no sense.
            Unavailable: a port, the database or the engine cannot be had.
        """
        async with AsyncExitStack() as stack:
            directory.make(self._config.data_dir, self._config.database_file)
            lock = stack.enter_context(directory.locked(self._config.data_dir))
            store = await open_store(self._config)
            stack.push_async_callback(store.close)
            dispatcher = await self._calls(stack, store)
            main = self._main
            loop = asyncio.get_running_loop()
            for name in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(name, self.stop)
                stack.callback(loop.remove_signal_handler, name)
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._sender.run())
                noting = tasks.create_task(_write_notes(store, self._config.samples_days))
                keeping = tasks.create_task(self._records.run())
                serving = [main, *await self._demo(store)]
                served = [tasks.create_task(listener.run()) for listener in serving]
                lock.serves_at(first.urls(self._config, main.url)[0])
                ready(
                    Ready(
                        urls=first.urls(self._config, main.url),
                        media_ports=self._engine.ports,
                        people=self._people,
                        standing=await first.account(store, tuple(self._dialects)),
                    )
                )
                log.info("server.started", extra={"url": main.url, "media": self._engine.ports})
                await self._stop.wait()
                await self._drain(dispatcher)
                for listener in serving:
                    listener.stop()
                await asyncio.wait(served)
                sending.cancel()
                noting.cancel()
                keeping.cancel()
        log.info("server.stopped")

    async def _drain(self, dispatcher: CallDispatcher) -> None:
        log.info("server.draining", extra={"calls": dispatcher.calls})
        async with asyncio.TaskGroup() as tasks:
            draining = tasks.create_task(dispatcher.drain(self._config.drain_s))
            hurrying = tasks.create_task(self._hurry.wait())
            await asyncio.wait((draining, hurrying), return_when=asyncio.FIRST_COMPLETED)
            if not draining.done():
                draining.cancel()
                await asyncio.wait((draining,))
                await dispatcher.drain(0)
            hurrying.cancel()
        self._host.links.end_all(Cause.SHUTDOWN)

    async def _calls(self, stack: AsyncExitStack, store: Store) -> CallDispatcher:
        """Build what calls need."""
        config = self._config
        self._records = store.durable(config.data_dir / "journal", self._instance, fold)
        stack.push_async_callback(self._records.stop)
        web = self._web(stack, store)
        router = Router(self._tell, self._arrive, self._ids)
        self._engine = MediaEngine(
            EngineSettings(
                workers=config.workers,
                listen=config.media_addresses,
                port=config.media_port,
                announce=config.public_address,
                max_legs=8 * config.max_calls,
            ),
            self._tell,
        )
        self._engine.listen()
        stack.callback(self._engine.stop)
        deps = Dependencies(
            media=self._engine.media,
            signal=router,
            web=web,
            directory=store,
            speech=self._voice(stack),
            records=self._records,
            metrics=self._metrics,
            clock=self._clock,
            ids=self._ids,
            dialects={name: plugin.create(config.hosts) for name, plugin in self._dialects.items()},
            hold_music=HOLD_MUSIC if config.hold_music == "built-in" else None,
        )
        await close_unfinished(self._records.recover(), deps)
        limits = CallLimits(calls=config.max_calls, media_recovery_s=config.media_recovery_s)
        dispatcher = CallDispatcher(deps, limits)
        self._dispatcher = await stack.enter_async_context(dispatcher)
        self._door(store, router)
        self._figures(router)
        return dispatcher

    def _voice(self, stack: AsyncExitStack) -> Voice:
        """Who says text; its process begins with the first word."""
        process = WorkerPool()
        stack.push_async_callback(process.close)
        return Voice(process, DiskCache(self._config.data_dir / "speech"))

    def _web(self, stack: AsyncExitStack, store: Store) -> _CountedWeb:
        """The one way out, and who sends what is owed."""
        self._policy = Policy.of(self._config.webhook_allow, loopback=self._config.loopback)
        disk = DiskCache(self._config.data_dir / "sounds")
        audio_cache = AudioCache(self._clock, disk, AudioDecodePool(decoded))
        raise_limit()  # Before the client counts what it may use.
        client = WebhookClient(self._policy, self._clock, audio_cache, sign=signer(self._dialects))
        stack.push_async_callback(client.close)
        web = _CountedWeb(client, self._metrics)
        self._sender = OutboxWorker(self._records.deliveries, web, store.steady, random.random)
        store.outbox.on_added(self._sender.wake)
        return web

    def _door(self, store: Store, router: Router) -> None:
        """Where pages and programs come in."""
        limiter = Limiter(self._clock)
        formats = [plugin.tokens for plugin in self._dialects.values()]
        tokens = Tokens(store, _Directory(store), self._clock, formats)
        logins = Logins(store.endpoints, tokens, limiter)
        self._sign_in = SignInLinks(self._clock, self._ids, limiter)

        async def authenticate(login: Login, address: str) -> Party:
            match login:
                case TokenLogin(token=token):
                    return await logins.by_token(token, address)
                case PasswordLogin(endpoint=endpoint, password=password):
                    return await logins.by_password(endpoint, password, address)
                case KeyLogin(link=link, party=party):
                    return await logins.by_key(link, party, address)

        limits = LinkLimits(
            media_recovery_s=self._config.media_recovery_s, links=connections(self._config)
        )
        ice = IceServers(
            self._clock,
            stun=self._config.stun_urls,
            turn=self._config.turn_urls,
            secret=self._config.turn_secret,
            ttl_s=self._config.turn_ttl_s,
        )
        links = Links(
            router=router,
            clock=self._clock,
            ids=self._ids,
            limits=limits,
            feedback_store=store.feedback,
            ice_servers=ice.of,
            instance=self._instance,
        )
        self._host = SocketServer(
            links=links, authenticate=authenticate, clock=self._clock, limits=limits
        )
        app = create_app(
            ApiDependencies(
                store=store,
                auth=ApiAuth(store, limiter),
                sign_in=self._sign_in,
                link_server=self._host,
                live_calls=self._dispatcher,
                clock=self._clock,
                config=self._config,
                health=store.health,
                metrics=lambda: (self._metrics.text(), figures.CONTENT_TYPE),
                url_warnings=lambda application: refused_urls(application, self._policy),
            )
        )
        self._main = Listener.of_config(app, self._config)

    def _figures(self, router: Router) -> None:
        """What there is to see."""
        links, engine = self._host.links, self._engine
        self._metrics.gauges("calls", lambda: {"active": self._dispatcher.calls})
        self._metrics.gauges("media", engine.gauges)
        self._metrics.gauges("journal", self._records.figures)
        self._metrics.totals("journal", lambda: {"dropped_entries": self._records.dropped})
        self._metrics.gauges(
            "links",
            lambda: {
                "open": len(links),
                "connected": links.connected,
                "registered": len(router.registrations),
            },
        )
        self._metrics.totals(
            "links",
            lambda: {
                "calls": router.calls,
                "invitations": router.forking.invitations,
                "lost": router.continuity.losses,
                "resumed": router.continuity.returns,
                "denied": self._host.denied,
            },
        )
        self._metrics.gauges("connections", self._main.admission.gauges)
        self._metrics.totals("connections_refused", self._main.admission.totals)
        self._metrics.totals("media", engine.totals)

    async def _demo(self, store: Store) -> list[Listener]:
        """The demonstration, if it is wanted and its web server is reachable on loopback only."""
        self._people: list[Person] = []
        if not (self._config.demo and self._config.loopback):
            return []
        # The dialects in this order give alice the more widely known one.
        names = tuple(sorted(self._dialects, reverse=True))
        demo = Demo(store, self._clock, names, self._sign_in)
        account = await demo.account()
        new = account is None and not (await store.accounts.list(limit=1)).items
        if account is None and not new:
            return []
        pages = {name: plugin.demo for name, plugin in self._dialects.items()}
        listener = Listener(demo_app(pages), "127.0.0.1", 0)
        if account is None:
            account = await demo.make(listener.url)
        await demo.refresh(account.id, listener.url)
        self._people = await demo.people(account.id)
        return [listener]

    def _tell(self, event: LegEvent) -> None:
        self._dispatcher.post(event)

    def _arrive(self, invited: Invited) -> None:
        self._dispatcher.invited(invited)


async def _write_notes(store: Store, days: float) -> None:
    """What pages measure goes to the database in batches: nothing waits for it."""
    for turn in itertools.count():
        await asyncio.sleep(_NOTES_S)
        await store.samples.write()
        if turn % _FORGET_EACH == 0:
            try:
                await store.samples.forget(days)
            except Unavailable as error:
                log.warning("samples.not-deleted", extra={"error": str(error)})
