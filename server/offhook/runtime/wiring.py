"""Builds what calls need: media, links, requests, speech, records and the dispatcher."""

import hashlib
from collections.abc import Container, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from socket import gethostname
from typing import NamedTuple

from offhook.api.listen.descriptors import raise_limit
from offhook.base.clock import Clock
from offhook.base.config import Config
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import Ids, LegId
from offhook.base.records import UnfinishedCall
from offhook.calls.cdr import fold
from offhook.calls.music import HOLD_MUSIC
from offhook.dialects.registry import DialectPlugin, signer
from offhook.egress.audio_cache import AudioCache
from offhook.egress.decoding import AudioDecodePool
from offhook.egress.disk_cache import DiskCache
from offhook.egress.policy import Policy
from offhook.engine.engine import EngineSettings, MediaEngine
from offhook.engine.sources import decoded
from offhook.flow.call_dispatcher import CallDispatcher
from offhook.flow.limits import Limits
from offhook.flow.ports import Dependencies
from offhook.flow.taken_call import live_legs
from offhook.insights.metrics import Metrics
from offhook.links.router import Router
from offhook.links.simulated.carrier import SimulatedCarrier
from offhook.runtime.adapters import BaseUrl, CountedWeb, random_fraction
from offhook.runtime.carrier import build_carrier
from offhook.speech.process import WorkerPool
from offhook.speech.voice import Voice
from offhook.storage.local_files import LocalFiles
from offhook.store.durable import DurableCalls
from offhook.store.store import Store
from offhook.webhooks.client import WebhookClient
from offhook.webhooks.outbox_worker import OutboxWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What every part of a server is built from.

    Attributes:
        instance: This process among those that ran on the same data.
        policy: Which addresses requests may go to.
        files: Where the sound of recordings is.
        base_url: Where people reach the server.
    """

    config: Config
    store: Store
    clock: Clock
    ids: Ids
    instance: str
    dialects: Mapping[str, DialectPlugin]
    metrics: Metrics
    policy: Policy
    files: LocalFiles
    base_url: BaseUrl = field(default_factory=BaseUrl)


class CallParts(NamedTuple):
    """The parts that calls run on."""

    records: DurableCalls
    outbox: OutboxWorker
    router: Router
    engine: MediaEngine
    dispatcher: CallDispatcher
    carrier: SimulatedCarrier | None
    unfinished: Sequence[UnfinishedCall]
    """Calls of an earlier process, which the dispatcher is to resume once the links are there again."""
    legs: Container[LegId]
    """Their legs that go on."""


class _EventSink:
    """Hands events on to the dispatcher, which is built after the parts that emit them."""

    dispatcher: CallDispatcher

    def deliver(self, event: LegEvent) -> None:
        self.dispatcher.post(event)

    def invited(self, invited: Invited) -> None:
        self.dispatcher.invited(invited)


async def build_calls(basis: Basis, stack: AsyncExitStack) -> CallParts:
    """Build them; the calls that an earlier process left open are for the dispatcher to resume.

    Args:
        basis: What they are built from.
        stack: Stops them, the last first.
    """
    config, store = basis.config, basis.store
    records = store.durable(config.data_dir / "journal", basis.instance, fold)
    stack.push_async_callback(records.stop)
    await store.enter()
    web = _web(basis, stack)
    outbox = OutboxWorker(
        records.deliveries, web, store.steady, random_fraction, name=_node(config)
    )
    store.outbox.on_added(outbox.wake)
    events = _EventSink()
    router = Router(events.deliver, events.invited, basis.ids)
    engine = MediaEngine(_engine_settings(config), events.deliver)
    engine.listen()
    stack.callback(engine.stop)
    voice = _voice(config, basis.clock, stack)
    deps = Dependencies(
        media=engine.media,
        signal=router,
        web=web,
        directory=store,
        speech=voice,
        records=records,
        metrics=basis.metrics,
        clock=basis.clock,
        ids=basis.ids,
        dialects={name: plugin.create(config.hosts) for name, plugin in basis.dialects.items()},
        hold_music=HOLD_MUSIC if config.hold_music == "built-in" else None,
        recordings=store.recordings,
        files=basis.files,
        base_url=basis.base_url,
        first_epoch=records.first_epoch,
    )
    unfinished = records.recover()
    limits = Limits(
        calls=config.max_calls,
        media_recovery_s=config.media_recovery_s,
        restart_wait_s=config.restart_wait_s,
    )
    events.dispatcher = await stack.enter_async_context(CallDispatcher(deps, limits))
    records.on_fenced = events.dispatcher.fence
    legs = live_legs(unfinished, basis.clock.wall(), config.restart_wait_s)
    carrier = build_carrier(config, store.numbers, router, voice, basis.clock, basis.ids, stack)
    return CallParts(records, outbox, router, engine, events.dispatcher, carrier, unfinished, legs)


def _node(config: Config) -> str:
    """This server among those that share its database; the same after a restart."""
    directory = f"{gethostname()}:{config.data_dir.resolve()}"
    return hashlib.sha256(directory.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _engine_settings(config: Config) -> EngineSettings:
    return EngineSettings(
        workers=config.workers,
        listen=config.media_addresses,
        port=config.media_port,
        announce=config.public_address,
        max_legs=8 * config.max_calls,
        speakers=config.conference_speakers,
    )


def _voice(config: Config, clock: Clock, stack: AsyncExitStack) -> Voice:
    """Synthesizes text; its process starts with the first one."""
    process = WorkerPool()
    stack.push_async_callback(process.close)
    return Voice(process, DiskCache(config.data_dir / "speech"), hold=clock.hold)


def _web(basis: Basis, stack: AsyncExitStack) -> CountedWeb:
    """Sends requests to users' URLs: the only part that does."""
    disk = DiskCache(basis.config.data_dir / "sounds")
    audio_cache = AudioCache(basis.clock, disk, AudioDecodePool(decoded, hold=basis.clock.hold))
    raise_limit()  # Before the client counts what it may use.
    client = WebhookClient(basis.policy, basis.clock, audio_cache, sign=signer(basis.dialects))
    stack.push_async_callback(client.close)
    return CountedWeb(client, basis.metrics)
