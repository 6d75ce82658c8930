"""Headers that protect, and bodies that are too large."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Connection
from offhook.api.middleware import BODY_BYTES, ApiMiddleware


@pytest.mark.parametrize("path", ["/", "/sdk/offhook.js", "/health", "/v1/account", "/nothing"])
@pytest.mark.threat("stored-scripts")
async def test_every_answer_protects_the_page(api: Any, path: str) -> None:
    async with api.client() as client:
        headers = (await client.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    # WebAssembly may run, no text may become a script.
    assert "'unsafe-" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert len(headers["x-request-id"]) == 16
    assert "strict-transport-security" not in headers


async def test_responses_over_tls_have_hsts(api: Any) -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": []}
    await ApiMiddleware(app, tls=True)(scope, api, send)
    assert b"strict-transport-security" in dict(sent[0]["headers"])


async def test_a_declared_body_size_over_the_limit_is_rejected(api: Any) -> None:
    async with api.client() as client:
        reply = await client.post("/v1/endpoints", content=b"x" * (BODY_BYTES + 1))
    assert (reply.status_code, reply.json()["code"]) == (413, "too-large")


async def test_an_undeclared_body_size_over_the_limit_is_rejected(api: Any) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b"x" * 1000

    async with api.client() as client:
        reply = await client.post("/v1/endpoints", content=endless())
    assert reply.status_code == 413


async def test_only_unauthenticated_requests_are_rate_limited() -> None:
    served = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal served
        served += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def ask(middleware: ApiMiddleware, connection: Connection) -> tuple[int, Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "headers": [], "client": ("192.0.2.1", 1)}
        await middleware({**scope, "state": {"connection": connection}}, None, send)  # type: ignore[arg-type]
        return sent[0]["status"], dict(sent[0]["headers"])

    middleware = ApiMiddleware(
        app, tls=False, bounds=Bounds(requests_per_s=0.001, requests_burst=5)
    )
    connection, page = Connection("192.0.2.1", proxy=False), Connection("192.0.2.1", proxy=False)
    page.sign_in()
    assert [(await ask(middleware, connection))[0] for _ in range(7)] == [200] * 5 + [429] * 2
    assert (await ask(middleware, connection))[1][b"retry-after"] == b"1"
    assert served == 5
    assert [(await ask(middleware, page))[0] for _ in range(20)] == [200] * 20
