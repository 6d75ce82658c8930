"""Which ways pages have to our sound: the ports of the engine, its STUN, an operator's TURN."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

from offhook.auth.ice import turn_credentials
from offhook.base.config import Config
from offhook.base.errors import OffhookError
from offhook.base.events import LegEvent
from offhook.base.ids import CallId, LegId
from offhook.cli.findings import Finding, State, well
from offhook.cli.stun import NoAnswer, Refused, Server, how_we_look, relay
from offhook.engine.engine import EngineRoom, EngineSettings, stun_urls
from offhook.opening import SystemClock

_CODECS: Final = ("opus", "PCMU", "PCMA", "telephone-event")
_CREDENTIALS_S: Final = 60


async def media(config: Config) -> AsyncIterator[Finding]:
    """Whether the engine can listen and speak, and answers pages that ask how they look."""
    where = ", ".join(config.media_addresses)
    settings = EngineSettings(
        workers=config.workers,
        listen=config.media_addresses,
        port=config.media_port,
        announce=config.public_address,
    )
    try:
        room = EngineRoom(settings, _unheard)
    except OffhookError as error:
        cure = "Look at media_listen and media_port; a running server holds its ports itself."
        yield Finding("media", State.LOOK, str(error), cure)
        if config.media_port:
            told = config.public_address or config.media_addresses
            for url in stun_urls(told, config.media_port):
                yield await _stun(url)
        return
    try:
        for finding in _engine(room, where):
            yield finding
        for url in room.stun:
            yield await _stun(url)
    finally:
        room.shut_down()
    if not config.loopback and not config.public_address:
        cure = "Behind a NAT, public_address must say where browsers reach the media."
        yield Finding("addresses", State.LOOK, f"browsers are told {where}", cure)


async def relays(config: Config) -> AsyncIterator[Finding]:
    """Whether the TURN servers that pages are told of relay with our credentials."""
    until = int(SystemClock().wall().timestamp()) + _CREDENTIALS_S
    username, password = turn_credentials(config.turn_secret, "doctor", until)
    for url in config.turn_urls:
        try:
            relayed = await relay(Server.of(url), username, password)
        except NoAnswer as error:
            cure = "Look whether that server runs, and whether a firewall stands in between."
            yield Finding(url, State.AMISS, str(error), cure)
        except Refused as refusal:
            cure = "turn_secret must be the server's static-auth-secret, and both clocks right."
            yield Finding(url, State.AMISS, f"refuses us: {refusal}", cure)
        except ValueError as error:
            yield Finding(url, State.AMISS, str(error), "Write turn_urls as turn:host:port.")
        else:
            yield well(url, f"relays at {relayed}")


def _engine(room: EngineRoom, where: str) -> Iterator[Finding]:
    leg = LegId("0" * 32)
    room.media.open(leg, CallId("0" * 32))
    offer = room.media.offer(leg)
    room.media.close(leg)
    ports = ", ".join(str(port) for port in room.ports)
    yield well("media", f"{where}, port {ports} for UDP and TCP")
    missing = [codec for codec in _CODECS if codec not in offer]
    if missing:
        cure = "Install offhook-engine again: its build is not whole."
        yield Finding("codecs", State.AMISS, f"{', '.join(missing)} missing", cure)
    else:
        yield well("codecs", ", ".join(_CODECS))


async def _stun(url: str) -> Finding:
    try:
        seen = await how_we_look(Server.of(url))
    except (NoAnswer, Refused) as error:
        cure = (
            "Let UDP through to that port. Some routers let no machine reach its own public address: "
            "then try it from elsewhere."
        )
        return Finding(url, State.LOOK, f"{error}, asked from this machine", cure)
    return well(url, f"answers, and sees this machine as {seen}")


def _unheard(_event: LegEvent) -> None:
    """Nobody listens: the engine is looked at only."""
