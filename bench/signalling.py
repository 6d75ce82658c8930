"""A server under test, a web application that answers it, and pages that signal without media."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web
from offhook.auth.native_tokens import Grant, mint
from offhook.base.ids import ApplicationId
from peers import ENGINE_CORE, ROOT, cpu_s, resident_kb

PROGRAM = os.environ.get("TRY_PROGRAM", str(ROOT / ".venv/bin/offhook"))
"""The program that is measured: this build, or another to compare with."""
Respond = Callable[[web.Request], Awaitable[web.Response]]
_ADDRESSES = 200
"""Loopback addresses that pages come from, for a server limits the sockets of one address."""


class Server:
    """`offhook serve` in a process of its own, on one core."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="offhook-bench-")
        self._data = ["--data-dir", str(Path(self._folder.name) / "data")]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OFFHOOK_")}
        self._environment = environment
        account = self.command("init", "--name", "bench")
        self.account, self.secret = account["account"], account["secret"]
        command = [PROGRAM, *self._data, "serve", "--json", "--no-demo", "--port", "0"]
        if shutil.which("taskset") and (os.cpu_count() or 1) > ENGINE_CORE:
            command = ["taskset", "-c", str(ENGINE_CORE), *command]
        with (Path(self._folder.name) / "log").open("w") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
            )
        assert self._process.stdout
        self.url: str = json.loads(self._process.stdout.readline())["url"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait(5)
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time so far."""
        return cpu_s(self.pid)

    @property
    def resident_kb(self) -> int:
        return resident_kb(self.pid)

    def command(self, *words: str) -> dict[str, Any]:
        """What another command of the program prints."""
        line = [PROGRAM, *self._data, *words, "--json"]
        return dict(json.loads(subprocess.check_output(line, env=self._environment)))

    def token(self, name: str, application: str) -> str:
        grant = Grant(name=name, application=ApplicationId(application), lifetime_s=7_200)
        return mint(grant, issuer=self.account, secret=self.secret, now=time.time())


@asynccontextmanager
async def web_server(answer: Respond, ended: Respond) -> AsyncGenerator[str]:
    """A web server with a page for the document and one for callbacks; gives its URL."""
    application = web.Application()
    application.router.add_post("/answer", answer)
    application.router.add_post("/ended", ended)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Application:
    """A web server that connects any caller with any callee, and takes callbacks."""

    def __init__(self) -> None:
        self.callbacks: set[str] = set()
        self._came = asyncio.Event()
        self._stack = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> Self:
        self.url = await self._stack.enter_async_context(web_server(self._answer, self._ended))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        to = str(form["To"]).rpartition(":")[2]
        dial = f'<Dial answerOnBridge="true"><Client>{to}</Client></Dial>'
        return web.Response(text=f"<Response>{dial}</Response>", content_type="text/xml")

    async def _ended(self, request: web.Request) -> web.Response:
        self.callbacks.add(str((await request.post())["CallSid"]))
        self._came.set()
        return web.Response(status=204)

    async def until(self, calls: int, seconds: float) -> None:
        """Wait until so many calls were called back for, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self.callbacks) < calls:
                    self._came.clear()
                    await self._came.wait()


class Page:
    """A page that signals over a WebSocket; nothing stands behind its session descriptions."""

    def __init__(self, url: str, token: str, http: aiohttp.ClientSession) -> None:
        self._url, self._token, self._http = url, token, http
        self._sent = self._received = 0
        self.frame: Callable[[dict[str, Any]], None] = lambda _frame: None

    async def open(self) -> None:
        """Log in, again after a moment where the server asks for patience."""
        hello = {"type": "hello", "version": 1, "auth": {"token": self._token}}
        first: dict[str, Any] = {}
        for _ in range(100):
            try:
                self._socket = await self._http.ws_connect(
                    f"{self._url}/link",
                    protocols=("offhook.link.1",),
                    origin=self._url,
                    max_msg_size=1_000_000,
                )
                await self._socket.send_str(json.dumps(hello))
                first = json.loads((await self._socket.receive()).data)
            except (aiohttp.ClientError, TypeError):
                first = {"type": "refused"}
            if first["type"] == "welcome":
                self._reader = asyncio.create_task(self._read())
                return
            await asyncio.sleep(0.2)
        raise RuntimeError(f"no page gets in: {first}")

    async def _read(self) -> None:
        async for message in self._socket:
            frame = json.loads(message.data)
            if "seq" in frame:
                self._received = frame["seq"]
                if self._received % 4 == 0 or frame["type"] == "ended":
                    await self._aside("ack")
            elif frame["type"] == "ping":
                await self._aside("pong")
            self.frame(frame)

    async def _aside(self, kind: str) -> None:
        await self._socket.send_str(json.dumps({"type": kind, "received": self._received}))

    async def say(self, kind: str, **fields: object) -> None:
        """Send a numbered frame."""
        self._sent += 1
        await self._socket.send_str(json.dumps({"type": kind, "seq": self._sent, **fields}))

    async def close(self) -> None:
        self._reader.cancel()
        await self._socket.close()


class Pages:
    """The pages of a measurement, from many addresses of loopback."""

    def __init__(self) -> None:
        self._https: list[aiohttp.ClientSession] = []
        self._all: list[Page] = []

    async def __aenter__(self) -> Self:
        for number in range(_ADDRESSES):
            source = (f"127.0.{5 + number // 250}.{1 + number % 250}", 0)
            connector = aiohttp.TCPConnector(limit=0, local_addr=source)
            self._https.append(aiohttp.ClientSession(connector=connector))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*(page.close() for page in self._all), return_exceptions=True)
        for http in self._https:
            await http.close()

    async def open(self, url: str, token: str) -> Page:
        """One more page, from the next address."""
        page = Page(url, token, self._https[len(self._all) % len(self._https)])
        await page.open()
        self._all.append(page)
        return page


def offer() -> str:
    """A browser's offer."""
    fingerprint = ":".join(f"{octet:02X}" for octet in secrets.token_bytes(32))
    return "\r\n".join(
        (
            "v=0",
            "o=- 1 2 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 110",
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{secrets.token_hex(4)}",
            f"a=ice-pwd:{secrets.token_hex(12)}",
            f"a=fingerprint:sha-256 {fingerprint}",
            "a=setup:actpass",
            "a=mid:0",
            "a=sendrecv",
            "a=rtcp-mux",
            "a=rtpmap:111 opus/48000/2",
            "a=fmtp:111 minptime=10;useinbandfec=1",
            "a=rtpmap:110 telephone-event/48000",
            "",
        )
    )


def answer() -> str:
    """A browser's answer to any offer with Opus in it."""
    return offer().replace("a=setup:actpass", "a=setup:active")
