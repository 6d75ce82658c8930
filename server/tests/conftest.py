"""What tests of several packages share: virtual time, the dialects, and a user's web server on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import hypothesis
import pytest
from aiohttp import web
from offhook.base.ids import AccountId, CallId
from offhook.base.web import Parameters, WebLimits, WebRequest
from offhook.dialects.base import Dialect
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.egress.audio_cache import AudioCache
from offhook.egress.decoding import AudioDecodePool
from offhook.egress.disk_cache import DiskCache
from offhook.egress.policy import Policy
from offhook.engine.sources import decoded
from offhook.testing.deterministic import ManualClock
from offhook.testing.loop import VirtualLoop
from offhook.webhooks.client import WebhookClient

# How long an example takes says how busy the machine is, and nothing of what is tested.
hypothesis.settings.register_profile("offhook", deadline=None)
hypothesis.settings.load_profile("offhook")


# So long that only an endless wait reaches them, however busy the machine is.
LIMITS = WebLimits(
    connect_s=20.0,
    read_s=20.0,
    total_s=30.0,
    retries=0,
    retry_on=frozenset(),
    redirects=5,
    body_bytes=100_000,
)


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """Tests jump through time, but for those marked `real_time`."""
    real = request.node.get_closest_marker("real_time") is not None
    return "asyncio", {} if real else {"loop_factory": VirtualLoop}


@pytest.fixture
def dialects() -> dict[str, Dialect]:
    """Both dialects, ready for a harness."""
    return {"twilio": Twilio(), "plivo": Plivo()}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]
Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """A web server whose every path a test scripts.

    Attributes:
        base: `http://127.0.0.1:port`.
        asked: What arrived: method, path with query, headers, form.
    """

    base: str = ""
    asked: list[tuple[str, str, dict[str, str], list[tuple[str, str]]]] = field(
        default_factory=list[tuple[str, str, dict[str, str], list[tuple[str, str]]]]
    )
    pages: dict[str, Respond] = field(default_factory=dict[str, Respond])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = [(name, str(value)) for name, value in (await request.post()).items()]
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append((request.method, request.path_qs, headers, form))
        page = self.pages.get(request.path)
        return web.Response(status=404) if page is None else await page(request)

    def says(
        self,
        path: str,
        text: str | bytes = "<Response/>",
        *,
        status: int = 200,
        after: Callable[[], None] = lambda: None,
        **headers: str,
    ) -> str:
        """Lets `path` do `after` and answer; its URL."""
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        spelled.setdefault("Content-Type", "text/xml; charset=utf-8")
        body = text.encode() if isinstance(text, str) else text

        async def page(_request: web.Request) -> web.StreamResponse:
            after()
            return web.Response(status=status, body=body, headers=spelled)

        self.pages[path] = page
        return self.base + path

    def sends(self, path: str, to: str, status: int = 302) -> str:
        """Lets `path` redirect; its URL."""
        return self.says(path, "", status=status, Location=to)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def raw_site() -> AsyncIterator[Callable[[Raw], Awaitable[str]]]:
    """Starts servers that write on a bare socket what a test wants; returns their URLs."""
    servers: list[asyncio.Server] = []
    talks: set[asyncio.Task[None]] = set()

    async def start(talk: Raw) -> str:
        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(
                ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                await talk(reader, writer)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talks.add(asyncio.create_task(one(reader, writer)))

        servers.append(await asyncio.start_server(accept, "127.0.0.1", 0))
        return f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}/"

    yield start
    for server in servers:
        server.close()
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


@pytest.fixture
async def client(clock: ManualClock, tmp_path: Path) -> AsyncIterator[WebhookClient]:
    made = WebhookClient(
        Policy(loopback=True),
        clock,
        AudioCache(clock, DiskCache(tmp_path / "sounds"), AudioDecodePool(decoded)),
    )
    yield made
    await made.close()


def _request(
    url: str,
    *,
    method: str = "POST",
    form: Parameters = (("From", "alice"), ("To", "bob & co")),
    call: str | None = None,
    **limits: object,
) -> WebRequest:
    return WebRequest(
        method=method,
        url=url,
        form=form,
        headers={"X-Signature": "signed"},
        limits=replace(LIMITS, **limits),
        account=AccountId("MA1"),
        call=None if call is None else CallId(call),
    )


@pytest.fixture
def request_to() -> Callable[..., WebRequest]:
    """Makes requests with generous limits by default."""
    return _request
