"""Listens: an application on a socket of its own, with TLS or without."""

import contextlib
import socket
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from offhook.base.errors import Unavailable, UsageError

_LONGEST_FRAME: Final = 65_536
_GOODBYES_S: Final = 3
_MOST_WAITING: Final = 2048


class _Quiet(uvicorn.Server):
    """Leaves signals to whoever runs the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield


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
    ) -> None:
        """Bind; `run` serves.

        Args:
            app: What is served.
            host: An address of this machine.
            port: 0 lets the system choose.
            tls_cert: Certificate chain, a PEM file; empty for plain HTTP.
            tls_key: Its private key, a PEM file.
            proxies: Who may say, by `X-Forwarded-For`, on whose behalf it asks.

        Raises:
            Unavailable: the port is taken, or the address is not ours.
            UsageError: a file is missing.
        """
        for name, path in (("tls_cert", tls_cert), ("tls_key", tls_key)):
            if path and not Path(path).is_file():
                raise UsageError(f"{name}: there is no file {path}")
        self._socket = _bind(host, port)
        self._scheme = "https" if tls_cert else "http"
        config = uvicorn.Config(
            app,
            ws="websockets-sansio",
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
            backlog=_MOST_WAITING,
            timeout_graceful_shutdown=_GOODBYES_S,
            ssl_certfile=tls_cert or None,
            ssl_keyfile=tls_key or None,
        )
        self._server = _Quiet(config)

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


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
