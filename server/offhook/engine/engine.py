"""Starts and stops the compiled engine, and brings its events into the loop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from offhook_engine import Engine, events_of

from offhook.base.errors import Unavailable
from offhook.base.events import LegEvent
from offhook.engine.media import SPEAKERS, EngineMedia

log = logging.getLogger("offhook.engine")

_GAUGES: Final = ("tcp_connections", "workers_low_complexity")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the engine is reached.

    Attributes:
        workers: Threads, each with a UDP and a TCP port of its own; at least 1.
        listen: Addresses to bind.
        port: The first worker's port, the next worker has the next; 0 lets the system choose.
        announce: Addresses advertised to pages in place of `listen`.
        media_lost_s: Seconds without RTP after which `MediaLost` is reported.
        max_legs: Legs at once.
        lite: Answer ICE checks like a server; else send them like a browser.
        speakers: How many speakers of a conference are mixed at once.
    """

    workers: int = 1
    listen: tuple[str, ...] = ("127.0.0.1",)
    port: int = 0
    announce: tuple[str, ...] = ()
    media_lost_s: float = 5.0
    max_legs: int = 20_000
    lite: bool = True
    speakers: int = SPEAKERS


def stun_urls(addresses: Sequence[str], port: int) -> list[str]:
    """The engine's STUN at those addresses, as URLs (RFC 7064)."""
    hosts = (f"[{address}]" if ":" in address else address for address in addresses)
    return [f"stun:{host}:{port}" for host in hosts]


class MediaEngine:
    """One engine and its events."""

    def __init__(self, settings: EngineSettings, deliver: Callable[[LegEvent], None]) -> None:
        """Start its threads and bind its ports.

        Raises:
            Unavailable: an address or a port cannot be had.
        """
        try:
            self._engine = Engine(
                workers=settings.workers,
                listen=settings.listen,
                port=settings.port,
                announce=settings.announce,
                media_lost_s=settings.media_lost_s,
                max_legs=settings.max_legs,
                lite=settings.lite,
            )
        except (OSError, ValueError, RuntimeError) as error:
            where = ", ".join(settings.listen)
            message = f"cannot start the media engine on {where} port {settings.port}: {error}"
            raise Unavailable(message) from error
        self.media = EngineMedia(self._engine, self._engine.workers, deliver, settings.speakers)
        self._addresses = settings.announce or settings.listen

    @property
    def stun(self) -> list[str]:
        """The STUN URLs of the built-in STUN server: the first worker's own port."""
        return stun_urls(self._addresses, self._engine.ports[0])

    @property
    def ports(self) -> list[int]:
        """The workers' ports."""
        return self._engine.ports

    @property
    def fingerprint(self) -> str:
        """Of the certificate that media is encrypted with (RFC 8122)."""
        return self._engine.fingerprint

    def statistics(self) -> dict[str, int]:
        """Counters: legs, packets and bytes both ways, drops by cause."""
        return self._engine.statistics()

    def gauges(self) -> dict[str, int]:
        """Those of the counters that rise and fall."""
        counts = self.statistics()
        return {"legs": self.media.legs, **{name: counts[name] for name in _GAUGES}}

    def totals(self) -> dict[str, int]:
        """Those that only rise."""
        return {k: v for k, v in self.statistics().items() if k != "legs" and k not in _GAUGES}

    def listen(self) -> None:
        """Take events as they come, in the running loop."""
        asyncio.get_running_loop().add_reader(self._engine.fileno(), self._read)

    def stop(self) -> None:
        """Stop the threads; legs that are open are lost."""
        asyncio.get_running_loop().remove_reader(self._engine.fileno())
        self.shut_down()

    def shut_down(self) -> None:
        """Stop the threads of an engine that was never started to listen."""
        self._engine.shutdown()

    def _read(self) -> None:
        self.media.handle(events_of(self._engine))
