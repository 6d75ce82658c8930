"""Accepts connections, does their TLS handshakes, and enforces their deadlines."""

import asyncio
import errno
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Container
from typing import Final

from offhook.api.listen.admission import Admission
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection, Cut
from offhook.base.network import source_of
from offhook.base.turns import Turns

log = logging.getLogger("offhook.listen")

_SWEEP_S: Final = 0.5
_PAUSE_S: Final = 0.1
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_HANDSHAKE_RECORD: Final = 0x16
"""First byte of a TLS record with a handshake (RFC 8446 section 5.1)."""

Make = Callable[[Connection], asyncio.Protocol]


class Acceptor:
    """Accepts on one socket. A loop's own server would show a connection only after its handshake."""

    def __init__(
        self,
        listening: socket.socket,
        admission: Admission,
        bounds: Bounds,
        *,
        proxies: Container[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Nothing is accepted before `start`.

        Args:
            listening: Bound, listening and not blocking.
            admission: Decides whom to accept.
            bounds: How many in one turn, and for how long.
            proxies: Addresses that send requests of many and have no bound of their own.
            tls: The TLS context; nothing for plain HTTP.
        """
        self._listening = listening
        self._admission = admission
        self._bounds = bounds
        self._proxies = proxies
        self._tls = tls
        self._handshakes = Turns(bounds.handshakes_per_turn)
        self._opening: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._logged: Counter[Cut] = Counter()
        self._logged_at = 0.0
        self._paused: asyncio.TimerHandle | None = None

    def start(self, make: Make) -> None:
        """Accept; `make` makes the protocol of a connection."""
        self._loop = asyncio.get_running_loop()
        self._make = make
        self._logged_at = self._loop.time()
        self._sweep()
        self._resume()

    def stop(self) -> None:
        """Accept no more. Connections continue, and their deadlines are enforced."""
        self._pause()

    async def close(self) -> None:
        """Enforce no more deadlines; abort connections that are still open."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self._admission.abort_all()
        for task in tuple(self._opening):
            task.cancel()
        if self._opening:
            await asyncio.wait(self._opening)

    def _resume(self) -> None:
        self._paused = None
        self._loop.add_reader(self._listening.fileno(), self._accept)

    def _pause(self) -> None:
        if self._paused is not None:
            self._paused.cancel()
        self._loop.remove_reader(self._listening.fileno())

    def _accept(self) -> None:
        for _ in range(self._bounds.per_turn):
            try:
                accepted, peer = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._exhausted()
                    return
                # The peer closed before it was accepted (accept(2)); others wait behind it.
                continue
            self._open(accepted, str(peer[0]))

    def _exhausted(self) -> None:
        """No descriptor is left: close one connection, and accept again after a pause."""
        self._admission.evict_one()
        self._loop.remove_reader(self._listening.fileno())
        self._paused = self._loop.call_later(_PAUSE_S, self._resume)

    def _open(self, accepted: socket.socket, address: str) -> None:
        proxy = address in self._proxies
        connection = self._admission.admit(source_of(address), self._loop.time(), proxy=proxy)
        if connection is None:
            accepted.close()
            return
        accepted.setblocking(False)
        task = self._loop.create_task(self._connect(accepted, connection))
        connection.handshake = task
        self._opening.add(task)

        def opened(_: object) -> None:
            self._opening.discard(task)
            if connection.transport is None:
                accepted.close()
                self._admission.closed(connection)

        task.add_done_callback(opened)

    async def _connect(self, accepted: socket.socket, connection: Connection) -> None:
        try:
            if self._tls is None:
                await self._loop.connect_accepted_socket(lambda: self._make(connection), accepted)
                return
            await self._first_record(accepted)
            await self._handshakes.take()
            await self._loop.connect_accepted_socket(
                lambda: self._make(connection),
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=self._bounds.head_s,
                ssl_shutdown_timeout=self._bounds.linger_s,
            )
        except OSError:
            # Errors of TLS, too: `SSLError` is an `OSError`.
            self._admission.tally[Cut.HANDSHAKE] += 1

    async def _first_record(self, accepted: socket.socket) -> None:
        """Wait for the peer's first byte: until then TLS gets no memory, and the loop no work.

        Raises:
            ssl.SSLError: it is no TLS handshake, or the peer closed.
        """
        readable = self._loop.create_future()
        number = accepted.fileno()
        self._loop.add_reader(number, _settle, readable)
        try:
            await readable
        finally:
            self._loop.remove_reader(number)
        first = accepted.recv(1, socket.MSG_PEEK)
        if not first or first[0] != _HANDSHAKE_RECORD:
            raise ssl.SSLError("not a TLS handshake")

    def _sweep(self) -> None:
        now = self._loop.time()
        self._admission.sweep(now)
        tally = self._admission.tally
        if now - self._logged_at >= self._bounds.log_s and tally != self._logged:
            # One line for all of them: what a client sends must not fill the log.
            new = tally - self._logged
            log.warning("connections.refused", extra={reason.value: n for reason, n in new.items()})
            self._logged, self._logged_at = Counter(tally), now
        self._sweeping = self._loop.call_later(_SWEEP_S, self._sweep)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
