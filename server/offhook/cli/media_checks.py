"""The media checks of `offhook doctor`: the engine's ports, its STUN server, TURN servers, microphones."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final

from offhook.auth.ice import turn_credentials
from offhook.base.config import Config
from offhook.base.errors import OffhookError
from offhook.base.events import LegEvent
from offhook.base.ids import CallId, LegId
from offhook.base.records import CallRecord
from offhook.cli.findings import Finding, Status, ok
from offhook.cli.stun import NoAnswer, Refused, Server, own_address, relay
from offhook.engine.engine import EngineSettings, MediaEngine, stun_urls
from offhook.runtime.adapters import SystemClock

_CODECS: Final = ("opus", "PCMU", "PCMA", "telephone-event")
_CREDENTIALS_S: Final = 60


async def media(config: Config) -> AsyncIterator[Finding]:
    """Whether the engine can listen and send, and answers STUN binding requests."""
    where = ", ".join(config.media_addresses)
    settings = EngineSettings(
        workers=config.workers,
        listen=config.media_addresses,
        port=config.media_port,
        announce=config.public_address,
    )
    try:
        engine = MediaEngine(settings, _discard)
    except OffhookError as error:
        hint = "Check media_listen and media_port; a running server uses its ports."
        yield Finding("media", Status.WARN, str(error), hint)
        if config.media_port:
            addresses = config.public_address or config.media_addresses
            for url in stun_urls(addresses, config.media_port):
                yield await _stun(url)
        return
    try:
        for finding in _engine(engine, where):
            yield finding
        for url in engine.stun:
            yield await _stun(url)
    finally:
        engine.shut_down()
    if not config.loopback and not config.public_address:
        hint = (
            "Behind a NAT, set public_address to the address at which browsers reach this server."
        )
        yield Finding("addresses", Status.WARN, f"browsers get {where}", hint)


async def relays(config: Config) -> AsyncIterator[Finding]:
    """Whether the configured TURN servers relay with our credentials."""
    until = int(SystemClock().wall().timestamp()) + _CREDENTIALS_S
    username, password = turn_credentials(config.turn_secret, "doctor", until)
    for url in config.turn_urls:
        try:
            relayed = await relay(Server.of(url), username, password)
        except NoAnswer as error:
            hint = "Check that the server is running and that no firewall blocks it."
            yield Finding(url, Status.FAIL, str(error), hint)
        except Refused as refusal:
            hint = "turn_secret must be the TURN server's static-auth-secret, and both clocks must be right."
            yield Finding(url, Status.FAIL, f"rejects the credentials: {refusal}", hint)
        except ValueError as error:
            yield Finding(url, Status.FAIL, str(error), "Write turn_urls as turn:host:port.")
        else:
            yield ok(url, f"relays at {relayed}")


def microphones(calls: Iterable[CallRecord]) -> Finding:
    """Whether a party of these calls, the newest first, sent nothing but silence (RFC 6464)."""
    what, total, measured = "microphones", 0, 0
    silent: dict[str, CallId] = {}
    for call in calls:
        total += 1
        for leg in call.legs:
            if leg.media is None or leg.media.received.level_dbov is None:
                continue
            measured += 1
            if leg.media.received.is_silent:
                silent.setdefault(leg.peer, call.id)
    if not silent:
        return ok(what, f"none silent; recent calls: {total}, legs with an audio level: {measured}")
    peers = ", ".join(f"{peer} in call {call}" for peer, call in silent.items())
    hint = (
        "Their browsers sent packets of silence: the microphone is muted in the operating system or on the "
        "device, or another one is chosen. `offhook calls show ID` shows the call."
    )
    return Finding(what, Status.WARN, f"silence from {peers}", hint)


def _engine(engine: MediaEngine, where: str) -> Iterator[Finding]:
    leg = LegId("0" * 32)
    engine.media.open(leg, CallId("0" * 32))
    offer = engine.media.offer(leg)
    engine.media.close(leg)
    ports = ", ".join(str(port) for port in engine.ports)
    yield ok("media", f"{where}, port {ports} for UDP and TCP")
    missing = [codec for codec in _CODECS if codec not in offer]
    if missing:
        hint = "Reinstall offhook-engine: its build is incomplete."
        yield Finding("codecs", Status.FAIL, f"{', '.join(missing)} missing", hint)
    else:
        yield ok("codecs", ", ".join(_CODECS))


async def _stun(url: str) -> Finding:
    try:
        seen = await own_address(Server.of(url))
    except (NoAnswer, Refused) as error:
        hint = (
            "Allow UDP to that port. Some routers do not let a machine reach its own public address: "
            "then test from another network."
        )
        return Finding(url, Status.WARN, f"{error}, from this machine", hint)
    return ok(url, f"answers; this machine's address there is {seen}")


def _discard(_event: LegEvent) -> None:
    """Ignore events: this engine carries no call."""
