"""Listens: an application on a socket of its own, with TLS or without."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from offhook.api.listen.acceptor import Acceptor
from offhook.api.listen.admission import Admission
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection
from offhook.api.listen.descriptors import for_connections, raise_limit
from offhook.api.listen.http import BoundedHttp
from offhook.base.config import Config
from offhook.base.errors import Unavailable, UsageError

log = logging.getLogger("offhook.listen")

_LONGEST_FRAME: Final = 65_536
_GOODBYES_S: Final = 3
_MOST_WAITING: Final = 2048


class _Server(uvicorn.Server):
    """uvicorn's server, with another way of accepting, and without signal handlers."""

    def __init__(self, config: uvicorn.Config, acceptor: Acceptor, make: "_Make") -> None:
        super().__init__(config)
        self._acceptor = acceptor
        self._make = make

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        """Accept by the acceptor; nothing is left to the loop's own server."""
        self.servers = []
        self._acceptor.start(lambda connection: self._make(self, connection))
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, let what is being served end, then cut what is left."""
        self._acceptor.stop()
        await super().shutdown(sockets)
        await self._acceptor.close()


_Make = Callable[[_Server, Connection], asyncio.Protocol]


class Listener:
    """One application, listening."""

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        *,
        tls_cert: str = "",
        tls_key: str = "",
        proxies: Sequence[str] = (),
        bounds: Bounds | None = None,
        most_connections: int = 768,
    ) -> None:
        """Bind; `run` serves.

        Args:
            app: What is served.
            host: An address of this machine.
            port: 0 lets the system choose.
            tls_cert: Certificate chain, a PEM file; empty for plain HTTP.
            tls_key: Its private key, a PEM file.
            proxies: Who may say, by `X-Forwarded-For`, on whose behalf it asks.
            bounds: What a peer may take.
            most_connections: Connections at once; as many descriptors must be free.

        Raises:
            Unavailable: the port is taken, or the address is not ours.
            UsageError: a file is missing.
        """
        for name, path in (("tls_cert", tls_cert), ("tls_key", tls_key)):
            if path and not Path(path).is_file():
                raise UsageError(f"{name}: there is no file {path}")
        self._socket = _bind(host, port)
        self._scheme = "https" if tls_cert else "http"
        self._bounds = bounds or Bounds()
        self.admission = Admission(self._bounds, most_connections)
        config = uvicorn.Config(
            app,
            ws_max_size=_LONGEST_FRAME,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            lifespan="off",
            timeout_graceful_shutdown=_GOODBYES_S,
            ssl_certfile=tls_cert or None,
            ssl_keyfile=tls_key or None,
        )
        config.load()
        acceptor = Acceptor(
            self._socket, self.admission, self._bounds, proxies=frozenset(proxies), tls=config.ssl
        )
        self._server = _Server(config, acceptor, self._protocol)

    @classmethod
    def of_config(cls, app: ASGIApp, config: Config) -> "Listener":
        """The listener that the settings ask for; raises the limit on descriptors first.

        Raises:
            Unavailable: the port is taken, or the address is not ours.
            UsageError: a file is missing.
        """
        most = for_connections(raise_limit())
        if config.max_connections > most:
            extra = {"wanted": config.max_connections, "most": most}
            log.warning("connections.limited", extra=extra)
        return cls(
            app,
            config.listen,
            config.port,
            tls_cert=config.tls_cert,
            tls_key=config.tls_key,
            proxies=config.trusted_proxies,
            bounds=Bounds(per_source=config.max_connections_per_address),
            most_connections=connections(config),
        )

    def _protocol(self, server: _Server, connection: Connection) -> asyncio.Protocol:
        return BoundedHttp(
            server.config,
            server.server_state,
            connection=connection,
            admission=self.admission,
            bounds=self._bounds,
            loop=asyncio.get_running_loop(),
        )

    @property
    def url(self) -> str:
        """Where it listens, as a browser on this machine would ask."""
        host, port = str(self._socket.getsockname()[0]), self._socket.getsockname()[1]
        anywhere: dict[str, str] = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (a name)
        host = anywhere.get(host, host)
        return f"{self._scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    async def run(self) -> None:
        """Serve until `stop`."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Take no more connections; those there are end soon."""
        self._server.should_exit = True


def connections(config: Config) -> int:
    """How many connections there may be at once; raises the limit on descriptors first."""
    most = for_connections(raise_limit())
    return min(config.max_connections or most, most)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted ones inherit it. Without it the system buffers megabytes for each sender.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LONGEST_FRAME)
        bound.bind((host, port))
        # From here on who connects waits in line, and is not refused, until we accept.
        bound.listen(_MOST_WAITING)
    except OSError as error:
        bound.close()
        raise Unavailable(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            "choose another with --port, or stop what is there"
        ) from error
    bound.setblocking(False)
    return bound
