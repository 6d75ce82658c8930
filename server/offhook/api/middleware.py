"""What holds for every HTTP request: an id, a bound on its size, headers that protect the page."""

import asyncio
import secrets
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import of_scope
from offhook.api.listen.pacing import Pacing
from offhook.base.error_catalog import error_spec

BODY_BYTES: Final = 65_536

_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"microphone=(self), camera=(), geolocation=()"),
    (
        b"content-security-policy",
        # The network that takes noise out of a voice is WebAssembly.
        b"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
        b"media-src 'self' blob:; img-src 'self' data:; object-src 'none'; "
        b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")


class ApiMiddleware:
    """Stands in front of the application."""

    def __init__(self, app: ASGIApp, *, tls: bool, bounds: Bounds | None = None) -> None:
        """Protect `app`; with `tls`, browsers must use TLS from now on (RFC 6797)."""
        self._app = app
        self._pacing = Pacing(bounds or Bounds())
        self._headers = (*_HEADERS, _STRICT_TRANSPORT) if tls else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        connection = of_scope(scope)
        if connection is not None:
            await self._pacing.turn(connection)
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = secrets.token_hex(8)
        if scope.get("method") == "HEAD":
            # RFC 9110 section 9.3.2: as GET, without the content, which the listener leaves out.
            scope = {**scope, "method": "GET"}
        meter = _Meter(receive)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                missing = [pair for pair in self._headers if pair[0] not in given]
                id = (b"x-request-id", scope["request_id"].encode())
                message["headers"] = [*message["headers"], *missing, id]
            await send(message)

        if connection is not None and not self._pacing.admits(
            connection, _address(scope), asyncio.get_running_loop().time()
        ):
            message = "too many requests of this address"
            response = _refusal(scope, "too-many-requests", message)
            response.headers["Retry-After"] = "1"
            await response(scope, receive, guarded)
        elif _declared(scope) > BODY_BYTES:
            message = f"a request may have at most {BODY_BYTES} bytes"
            await _refusal(scope, "too-large", message)(scope, receive, guarded)
        else:
            await self._app(scope, meter.receive, guarded)


class _Meter:
    """Counts what comes: a body need not say how long it is."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = BODY_BYTES

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413)
        return message


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 20:
            return int(value)
    return 0


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _refusal(scope: Scope, code: str, message: str) -> JSONResponse:
    row = error_spec(code)
    body = {
        "code": code,
        "message": message,
        "hint": row.hint,
        "request_id": scope["request_id"],
    }
    return JSONResponse(body, row.status or 400)
