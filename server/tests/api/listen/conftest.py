"""A real listener on loopback, and a small application behind it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import of_scope
from offhook.api.serve import Listener
from offhook.testing.attack import Target
from offhook.testing.loop import VirtualLoop

BIG = b"x" * 20_000_000


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """Virtual time, but for tests marked `real_time`; those have the loop that serves."""
    real = request.node.get_closest_marker("real_time") is not None
    return "asyncio", {"loop_factory": uvloop.new_event_loop if real else VirtualLoop}


@dataclass
class App:
    """Answers requests with what they sent; keeps a WebSocket until it is told to close."""

    asked: list[Any] = field(default_factory=list[Any])
    bodies: list[bytes] = field(default_factory=list[bytes])
    texts: list[str] = field(default_factory=list[str])
    accepts: asyncio.Event = field(default_factory=asyncio.Event)
    takes: bool = True
    signs_in: bool = False
    chatter: str = ""
    closes: bool = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope)
        if scope["type"] == "websocket":
            await self._talk(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        self.bodies.append(body)
        content = BIG if scope["path"] == "/big" else body
        length = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": content})

    async def _talk(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "offhook.link.1"})
        if self.signs_in:
            connection = of_scope(scope)
            assert connection is not None
            connection.sign_in()
        self.accepts.set()
        if not self.takes:
            await asyncio.Event().wait()
        while (message := await receive())["type"] == "websocket.receive":
            self.texts.append(message.get("text") or "")
            while self.chatter:
                await send({"type": "websocket.send", "text": self.chatter})
            if self.closes:
                await send({"type": "websocket.close", "code": 4401})
                return


@dataclass
class Served:
    listener: Listener
    app: App
    target: Target

    @property
    def open(self) -> int:
        return len(self.listener.admission)


Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture
def serve() -> Serve:
    """Serves `App` on loopback with the bounds that are given."""

    @asynccontextmanager
    async def serving(
        app: App | None = None,
        bounds: Bounds | None = None,
        host: str = "127.0.0.1",
        **options: Any,
    ) -> AsyncGenerator[Served]:
        listener = Listener(app := app or App(), host, 0, bounds=bounds, **options)
        port = int(listener.url.rpartition(":")[2])
        async with asyncio.timeout(600), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(listener.run())
            yield Served(listener, app, Target(host=host, port=port))
            listener.stop()
            await running

    return serving
