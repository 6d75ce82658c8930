"""A real server in a process of its own, and a customer's web server that the test directs."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from caller import Browser
from click.testing import CliRunner, Result
from offhook.cli.main import main

OFFHOOK = [str(Path(sys.executable).with_name("offhook"))]


class Offhook:
    """`offhook serve`, as a person would start it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log.jsonl"
        self.started: dict[str, Any] = {}
        self._earlier: frozenset[str] = frozenset()
        self._process: subprocess.Popen[str] | None = None
        self._port = "0"

    def start(self, *flags: str, **settings: str) -> dict[str, Any]:
        """Start it and wait until it serves; on the same port each time."""
        command = [*OFFHOOK, "--data-dir", str(self.folder / "d")]
        command += ["serve", "--json", "--port", self._port, "--drain-s", "2", *flags]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OFFHOOK_")}
        environment |= {f"OFFHOOK_{name.upper()}": value for name, value in settings.items()}
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.log.read_text()
        self.started = json.loads(line)
        self._port = self.started["url"].rpartition(":")[2]
        return self.started

    @property
    def url(self) -> str:
        return self.started["url"]

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, gently or by force; returns its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(how)
        code = self._process.wait(15)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code

    def command(self, *words: str) -> Any:
        """What a command prints as JSON. It runs in this process, which has imported all of the program."""
        line = ["--data-dir", str(self.folder / "d"), *words, "--json"]
        # Commands run a loop of their own, which a thread with a running one cannot.
        done = _run_command(line)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def records(self) -> list[dict[str, Any]]:
        """The records of calls that have ended since the test began, the newest first."""
        listed = self.command("calls", "list", "--limit", "1000")
        return [record for record in listed if record["id"] not in self._earlier]

    async def begin_test(self) -> None:
        """Wait until the calls of earlier tests are over, and leave their records out of `records`."""
        await self.figures_when(lambda now: now["offhook_calls_active"] == 0)
        self._earlier = frozenset()
        self._earlier = frozenset(record["id"] for record in self.records())

    def token(self, person: str) -> str:
        """What lets a person of the demonstration in."""
        return self.started["people"][person].partition("#token=")[2]

    def browser(self, person: str, **auth: str) -> Browser:
        """A browser for a person of the demonstration, or by other credentials."""
        return Browser(self.url, auth or {"token": self.token(person)})

    async def figures(self) -> dict[str, float]:
        """What `/metrics` says."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/metrics") as reply:
            lines = [line for line in (await reply.text()).splitlines() if line[:1] != "#"]
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}

    async def figures_when(self, good: Callable[[dict[str, float]], bool]) -> dict[str, float]:
        """What `/metrics` says once it is `good`."""
        async with asyncio.timeout(10):
            while not good(figures := await self.figures()):  # noqa: ASYNC110  (no bell rings)
                await asyncio.sleep(0.1)
            return figures


def _run_command(words: list[str]) -> Result:
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(CliRunner().invoke(main, words)))
    thread.start()
    thread.join()
    (result,) = results
    return result


class Customer:
    """A customer's web server: pages by path, each a text or a function of the request."""

    def __init__(self) -> None:
        self.pages: dict[str, str | Callable[[web.Request], Awaitable[web.StreamResponse]]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append((request.path, {**request.query, **form}))
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        if callable(page):
            return await page(request)
        return web.Response(text=page, content_type="text/xml")

    def asks(self, path: str) -> list[dict[str, str]]:
        """The parameters of each request for `path`."""
        return [parameters for asked, parameters in self.asked if asked == path]


@asynccontextmanager
async def listening(customer: Customer) -> AsyncGenerator[None]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", customer.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    customer.url = f"http://{host}:{port}"
    try:
        yield
    finally:
        await runner.cleanup()


async def eventually(check: Callable[[], Any], *, within_s: float = 10.0) -> Any:
    """What `check` returns once it is something."""
    async with asyncio.timeout(within_s):
        while not (result := check()):  # noqa: ASYNC110  # other processes ring no bell
            await asyncio.sleep(0.05)
        return result
