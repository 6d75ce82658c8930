"""An API on a store of its own, asked without a socket."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from offhook.api.app import create_app
from offhook.api.assets import load
from offhook.api.dependencies import ApiDependencies, Socket
from offhook.auth.api import ApiAuth
from offhook.auth.limiter import Limiter
from offhook.auth.sign_in_links import SignInLinks
from offhook.base.conference_control import ConferenceAction, EndConference
from offhook.base.config import Config
from offhook.base.control import ControlAction
from offhook.base.errors import NotFound, OffhookError
from offhook.base.ids import AccountId, CallId, LegId, RecordingId
from offhook.base.recordings import Recording, RecordingSource, RecordingState
from offhook.egress.policy import Policy, refused_urls
from offhook.flow.live import LiveCall
from offhook.flow.live_conferences import LiveConference
from offhook.flow.outbound import OutboundCall
from offhook.storage.local_files import LocalFiles
from offhook.store.store import Store
from offhook.testing.deterministic import ManualClock, SeededIds


@pytest.fixture
def anyio_backend() -> str:
    """The store works in threads, for which virtual time does not wait."""
    return "asyncio"


@dataclass
class EchoServer:
    """Says back what a page says, and where it came from."""

    addresses: list[str] = field(default_factory=list)

    async def serve(self, socket: Socket, address: str) -> None:
        self.addresses.append(address)
        while (text := await socket.receive()) is not None:
            if text == "close":
                await socket.close(4401, "enough")
                return
            await socket.send(f"you said {text}")


class RunningConferences:
    """One conference of any account, and what was requested of it."""

    def __init__(self) -> None:
        self.conference: LiveConference | None = None
        self.actions: list[ConferenceAction] = []

    def live(self, account: AccountId) -> list[LiveConference]:
        del account
        return [] if self.conference is None else [self.conference]

    def find(self, account: AccountId, id: str) -> LiveConference:
        for each in self.live(account):
            if id in (each.id, each.name):
                return each
        raise NotFound(f"there is no conference {id!r} now")

    async def control(self, account: AccountId, id: str, action: ConferenceAction) -> None:
        self.find(account, id)
        self.actions.append(action)
        if isinstance(action, EndConference):
            self.conference = None


@dataclass
class RunningCalls:
    """The calls that run: remembers what is requested of them."""

    calls: list[LiveCall] = field(default_factory=list)
    requested: list[tuple[AccountId, CallId, ControlAction]] = field(default_factory=list)
    begun: list[OutboundCall] = field(default_factory=list)
    error: OffhookError | None = None

    def live(self, account: AccountId) -> list[LiveCall]:
        del account
        return self.calls

    async def begin(self, outbound: OutboundCall) -> LiveCall:
        if self.error is not None:
            raise self.error
        self.begun.append(outbound)
        return self.calls[0]

    async def control(self, account: AccountId, call: CallId, action: ControlAction) -> str:
        if self.error is not None:
            raise self.error
        self.requested.append((account, call, action))
        return "c" * 32


@dataclass
class SimulatedTelephones:
    """Telephones without a carrier: remembers which were to call."""

    begun: list[tuple[Any, ...]] = field(default_factory=list)

    def numbers(self) -> list[tuple[str, str]]:
        return [("+12025550103", "is busy")]

    def call(self, account: AccountId, application: Any, caller: str, to: str, steps: Any) -> LegId:
        self.begun.append((account, application, caller, to, steps))
        return LegId("b" * 32)


@dataclass
class ApiHarness:
    """What a test asks."""

    deps: ApiDependencies
    app: Any
    account: AccountId
    secret: str
    clock: ManualClock
    failures: dict[str, str]
    files: LocalFiles

    def client(self, id: str | None = None, secret: str | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        auth = (id or self.account, self.secret if secret is None else secret)
        return httpx.AsyncClient(transport=transport, base_url="http://here", auth=auth)


def built(folder: Path) -> Path:
    """A page as the build leaves it."""
    (folder / "assets").mkdir(parents=True)
    for name in ("noise", "sounds"):
        (folder / "sdk" / name).mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>offhook</title>")
    (folder / "assets/softphone-1234.js").write_text("let a = 1;")
    (folder / "sdk/offhook.js").write_text("var Offhook = {};")
    (folder / "sdk/plivo.js").write_text("var Plivo = {};" * 200)
    (folder / "sdk/noise/worklet.js").write_text("registerProcessor();")
    (folder / "sdk/noise/rnnoise.wasm").write_bytes(b"\0asm" + bytes(4_000))
    (folder / "sdk/noise/LICENSE").write_text("BSD")
    (folder / "sdk/sounds/ringing.wav").write_bytes(bytes(range(250)) * 8)
    return folder


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables made, for tests to copy."""
    folder = tmp_path_factory.mktemp("fresh")

    async def make() -> None:
        url = f"sqlite:///{folder / 'a.db'}"
        ids, clock = SeededIds(), ManualClock()
        await (await Store.open(url, folder / "node.key", ids=ids, clock=clock)).close()

    asyncio.run(make())
    return folder


@pytest.fixture
async def api(tmp_path: Path, fresh: Path) -> AsyncIterator[ApiHarness]:
    clock, failures = ManualClock(), {"database": ""}
    limiter = Limiter(clock)
    for name in ("a.db", "node.key"):
        shutil.copy(fresh / name, tmp_path / name)
    url, key = f"sqlite:///{tmp_path / 'a.db'}", tmp_path / "node.key"
    store = await Store.open(url, key, ids=SeededIds(), clock=clock)

    async def health() -> dict[str, str]:
        return failures

    files = LocalFiles(tmp_path / "recordings", spare=0)
    deps = ApiDependencies(
        store=store,
        auth=ApiAuth(store, limiter),
        link_server=EchoServer(),
        live_calls=RunningCalls(),
        conferences=RunningConferences(),
        simulated=SimulatedTelephones(),
        files=files,
        clock=clock,
        config=Config(allowed_origins=("https://app.example",)),
        health=health,
        metrics=lambda: (b"offhook_calls 1\n", "text/plain; version=0.0.4"),
        sign_in=SignInLinks(clock, SeededIds(7), limiter),
        url_warnings=lambda application: refused_urls(application, Policy()),
    )
    app = create_app(deps)
    app.state.assets = load(built(tmp_path / "static"))
    account, secret = await store.accounts.create("default")
    yield ApiHarness(deps, app, account.id, secret, clock, failures, files)
    await store.close()


Made = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def make_application(api: ApiHarness) -> Made:
    async def make(name: str = "board", **changes: str) -> dict[str, Any]:
        wanted = {"name": name, "dialect": "neutral", "answer_url": "https://a.example/", **changes}
        async with api.client() as client:
            made = (await client.post("/v1/applications", json=wanted)).json()
        assert made.pop("warnings") == []
        return made

    return make


@pytest.fixture
def keep_recording(api: ApiHarness) -> Callable[..., Awaitable[Recording]]:
    """Keeps a recording of the account; unless it is to run, it has a sound of 1,024 octets."""

    async def keep(state: RecordingState = RecordingState.COMPLETED) -> Recording:
        begun = Recording(
            id=RecordingId("0123456789abcdef0123456789abcdef"),
            account=api.account,
            call=CallId("c" * 32),
            source=RecordingSource.RECORD_VERB,
            channels=1,
            started_at=api.clock.wall(),
        )
        await api.deps.store.recordings.begin(begun)
        if state is RecordingState.IN_PROGRESS:
            return begun
        sound = bytes(range(256)) * 4
        path = api.files.part(begun.key)
        path.parent.mkdir()
        path.write_bytes(sound)
        ended = replace(begun, state=state, duration_s=2.0, size_bytes=len(sound))
        await api.deps.store.recordings.finish(ended)
        return ended

    return keep
