"""`/link`: the WebSocket of pages, and from which origins they may come."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from offhook.api.listen.connection import of_scope

if TYPE_CHECKING:
    from offhook.api.dependencies import ApiDependencies

SUBPROTOCOL: Final = "offhook.link.1"
_PORTS: Final = {"http": 80, "https": 443}
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_REFUSED: Final = 4403
router = APIRouter()


async def link(ws: WebSocket) -> None:
    """One page's socket, from the handshake to its end (`docs/reference/link.md`)."""
    api: ApiDependencies = ws.app.state.deps
    offered = ws.scope.get("subprotocols", [])
    origin = ws.headers.get("origin")
    config = api.config
    host = ws.headers.get("host", "")
    if not welcome(origin, host, config.allowed_origins, loopback=config.loopback):
        # Closed before it is accepted: the browser sees the handshake refused with 403.
        await ws.close(_REFUSED, "origin")
        return
    if SUBPROTOCOL not in offered:
        await ws.close(_REFUSED, "subprotocol")
        return
    await ws.accept(SUBPROTOCOL)
    # Nothing reads them any more, and the socket may be open for days.
    ws.scope["headers"].clear()
    await api.link_server.serve(PageSocket(ws), ws.client.host if ws.client else "")


# A route of the lower framework: nothing is injected here, and the upper one keeps 4 kB for each socket.
router.add_websocket_route("/link", link)


def welcome(
    origin: str | None, host: str, allowed: Sequence[str], *, loopback: bool = False
) -> bool:
    """Whether a page from `origin` may log in here (RFC 6455 §10.2).

    There are no cookies, so a foreign page could only use credentials that it has. It is
    refused all the same, so that a page's owner decides where its people log in.

    Args:
        origin: The `Origin` header; nothing if it is no browser.
        host: The `Host` header.
        allowed: Further origins; `*` for all.
        loopback: Whether only this machine can reach the server; then pages of all its web
            servers may log in, as its developer wants.
    """
    if "*" in allowed:
        return True
    if origin is None:
        return False
    if origin in allowed:
        return True
    theirs = _place(origin)
    if theirs is None:
        return False
    if loopback and theirs[0] in _LOCAL:
        return True
    return theirs == _place(f"{urlsplit(origin).scheme}://{host}")


def _place(origin: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(origin)
        default = _PORTS.get(parts.scheme)
        if not parts.hostname or default is None or parts.username is not None:
            return None
        return parts.hostname, parts.port or default
    except ValueError:
        return None


class PageSocket:
    """The accepted socket, as `api.deps.Socket`."""

    def __init__(self, ws: WebSocket) -> None:
        """A socket that was accepted."""
        self._ws = ws
        self._connection = of_scope(ws.scope)
        self._texts = None if self._connection is None else self._connection.texts

    async def receive(self) -> str | None:
        """The next text; what is no text reads as empty, which is no frame."""
        if self._texts is not None:
            return await self._texts.receive_text()
        if self._ws.client_state is WebSocketState.DISCONNECTED:
            return None
        message = await self._ws.receive()
        if message["type"] == "websocket.disconnect":
            return None
        return message.get("text") or ""

    def write(self, text: str) -> bool:
        """Send at once, if the other side reads; what a closed socket loses is sent again on the next one."""
        try:
            # Six layers of the framework stand between here and there.
            return self._texts is not None and self._texts.write_text(text)
        except OSError:
            return True

    async def send(self, text: str) -> None:
        """Send; what a closed socket loses is sent again on the next one."""
        try:
            await self._ws.send_text(text)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return

    async def close(self, code: int, reason: str) -> None:
        """Close it, if it is not closed already."""
        try:
            await self._ws.close(code, reason)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return

    def signed_in(self) -> None:
        """Report it to the listener, which has a reserve for authenticated connections."""
        if self._connection is not None:
            self._connection.sign_in()

    def abort(self) -> None:
        """End the connection at once."""
        if self._connection is not None:
            self._connection.abort()
