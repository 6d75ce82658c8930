"""What the API depends on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from offhook.auth.api import ApiAuth
from offhook.auth.sign_in_links import SignInLinks
from offhook.base.accounts import Application
from offhook.base.clock import Clock
from offhook.base.config import Config
from offhook.store.store import Store


class Socket(Protocol):
    """An accepted WebSocket, as the link sees it."""

    async def receive(self) -> str | None:
        """The next text; nothing when it is closed."""
        ...

    async def send(self, text: str) -> None:
        """Send, waiting as long as the other side does not read."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close it, if it is not closed already, waiting like `send`."""
        ...

    def signed_in(self) -> None:
        """Its page has signed in: it no longer counts as unauthenticated."""
        ...

    def abort(self) -> None:
        """End it at once; what was not sent is lost."""
        ...


class LinkServer(Protocol):
    """Serves the link on accepted sockets."""

    async def serve(self, socket: Socket, address: str) -> None:
        """Serve the link until the socket is closed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """Everything the API needs.

    Attributes:
        health: The health checks by name; empty text for one that passes, else what is wrong.
        metrics: All figures as Prometheus reads them, with their content type.
        sign_in: What short links stand for.
        url_warnings: Why URLs of an application will be refused, and what helps; empty when none will.
    """

    store: Store
    auth: ApiAuth
    link_server: LinkServer
    clock: Clock
    config: Config
    health: Callable[[], Awaitable[Mapping[str, str]]]
    metrics: Callable[[], tuple[bytes, str]]
    sign_in: SignInLinks
    url_warnings: Callable[[Application], list[str]]
