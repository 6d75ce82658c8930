"""Callbacks reach their server at least once and in order, whatever happens to either side."""

import asyncio
import contextlib
import itertools
import random
import signal
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from offhook.base.clock import no_hold
from offhook.base.errors import Unavailable
from offhook.base.ids import AccountId, CallId
from offhook.base.records import Callback, Due
from offhook.base.web import WebFailure, WebFault, WebLimits, WebReply, WebRequest
from offhook.runtime.adapters import RandomIds, SystemClock
from offhook.store.store import Store
from offhook.webhooks.outbox_worker import KEY_HEADER, OutboxWorker, RetryPolicy

pytestmark = pytest.mark.real_time
LIMITS = WebLimits(
    connect_s=20.0,
    read_s=20.0,
    total_s=20.0,
    retries=0,
    retry_on=frozenset(),
    redirects=0,
    body_bytes=1000,
)


def callback(
    call: str, order: int, base: str = "http://a.example", account: str = "MA1"
) -> Callback:
    request = WebRequest(
        method="POST",
        url=f"{base}/{call}/{order}",
        form=(("From", "alice"),),
        headers={"X-Signature": "s"},
        limits=LIMITS,
        account=AccountId(account),
        call=CallId(call),
    )
    return Callback(key=f"{call}-{order}", call=CallId(call), order=order, request=request)


@dataclass
class PendingCallback:
    """One row of the outbox below."""

    callback: Callback
    queued_at: float = 0.0
    tries: int = 0
    due_at: float = 0.0
    dead_letters: str = ""
    gone: bool = False


@dataclass
class InMemoryOutbox:
    """An outbox in memory, on a clock of its own."""

    rows: list[PendingCallback] = field(default_factory=list[PendingCallback])
    at: float = 0.0
    away: int = 0
    busy: int = 0

    def _open(self) -> list[PendingCallback]:
        return [row for row in self.rows if not row.gone and not row.dead_letters]

    def _first(self) -> list[PendingCallback]:
        first: dict[str, PendingCallback] = {}
        for row in sorted(self._open(), key=lambda row: row.callback.order):
            first.setdefault(row.callback.call, row)
        return list(first.values())

    def _row(self, key: str) -> PendingCallback:
        return next(row for row in self.rows if row.callback.key == key)

    async def claim(
        self, by: str, *, most: int, for_s: float, choose: Any, without: Any
    ) -> Sequence[PendingCallback]:
        if self.away:
            self.away -= 1
            raise Unavailable("the database is away")
        ripe = [row for row in self._first() if row.due_at <= self.at]
        ripe = [row for row in ripe if row.callback.request.account not in without]
        asked = [
            Due(
                row.callback.key,
                row.callback.request.account,
                row.callback.request.url.split("/")[2],
            )
            for row in ripe
        ]
        keys = list(choose(asked))[:most]
        due = [row for row in ripe if row.callback.key in keys]
        for row in due:
            row.due_at = self.at + for_s
        self.busy += len(due)
        return due

    async def release(self, by: str) -> None:
        for row in self._open():
            row.due_at = min(row.due_at, self.at)

    async def mark_delivered(self, key: str) -> None:
        self.busy -= 1
        if self.away:
            self.away -= 1
            raise Unavailable("the database is away")
        self._row(key).gone = True

    async def mark_failed(self, key: str, reason: str, *, retry_in_s: float) -> None:
        self.busy -= 1
        row = self._row(key)
        row.tries += 1
        row.due_at = self.at + retry_in_s

    async def mark_dead(self, key: str, reason: str) -> None:
        self.busy -= 1
        self._row(key).dead_letters = reason

    async def next_due_in_s(self) -> float | None:
        due = [row.due_at - self.at for row in self._first()]
        if not due:
            return None
        if self.busy:
            return max(0.0, min(due))
        # The simulated time advances as fast as the worker waits, once nothing is under way.
        self.at += max(0.0, min(due))
        return 0.0

    def now(self) -> float:
        return self.at

    def wall(self) -> Any:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(self.at, UTC)

    async def sleep(self, seconds: float) -> None:
        assert seconds == RetryPolicy().pace_s, (
            "but for its pace the worker waits for its own events"
        )
        await asyncio.sleep(0)

    def hold(self, reason: str) -> AbstractContextManager[object]:
        return no_hold(reason)


@dataclass
class Web:
    """A user's server: takes what `faults` lets through."""

    outbox: InMemoryOutbox
    faults: dict[str, list[WebFailure]] = field(default_factory=dict[str, list[WebFailure]])
    took: list[tuple[str, str, float]] = field(default_factory=list[tuple[str, str, float]])
    tried: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    async def fetch(self, request: WebRequest) -> WebReply:
        await asyncio.sleep(0)
        self.tried.append((request.url, self.outbox.at))
        path = request.url.removeprefix("http://a.example")
        if self.faults.get(path):
            fault = self.faults[path]
            raise fault.pop(0)
        self.took.append((path, request.headers[KEY_HEADER], self.outbox.at))
        return WebReply(url=request.url, status=200, content_type="", body=b"", took_ms=1)

    def forget(self, call: CallId) -> None:
        """It knows no cookies."""


def failure(status: int = 500) -> WebFailure:
    return WebFailure(WebFault.STATUS, "http://a.example/", status=status)


async def _until(outbox: InMemoryOutbox, web: Web, done: Any, **retry: float) -> None:
    retry.setdefault("poll_s", 0.01)
    sender = OutboxWorker(outbox, web, outbox, lambda: 1.0, name="one", retry=RetryPolicy(**retry))  # type: ignore[arg-type]
    task = asyncio.ensure_future(sender.run())
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.001)
            assert not task.done(), task.exception()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_each_call_gets_its_callbacks_in_order() -> None:
    outbox = InMemoryOutbox(
        [PendingCallback(callback(call, order)) for order in (2, 0, 1) for call in ("a", "b", "c")]
    )
    web = Web(outbox)
    await _until(outbox, web, lambda: len(web.took) == 9)
    for call in "abc":
        mine = [path for path, _, _ in web.took if path.startswith(f"/{call}/")]
        assert mine == [f"/{call}/0", f"/{call}/1", f"/{call}/2"]


async def test_retries_back_off_and_block_only_their_call() -> None:
    outbox = InMemoryOutbox(
        [
            PendingCallback(callback("a", 0)),
            PendingCallback(callback("a", 1)),
            PendingCallback(callback("b", 0)),
        ]
    )
    web = Web(outbox, {"/a/0": [failure(), failure(404), failure(503), failure()]})
    retry = RetryPolicy()
    await _until(outbox, web, lambda: len(web.took) == 3)
    tries = [at for url, at in web.tried if url.endswith("/a/0")]
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses == pytest.approx([5, 10, 20, 40])
    assert web.took[0][0] == "/b/0"
    assert [path for path, _, _ in web.took[1:]] == ["/a/0", "/a/1"]
    assert retry.delay_s(1, 0.0) == 2.5
    assert retry.delay_s(100, 1.0) == 3600


async def test_every_try_carries_the_same_key() -> None:
    outbox = InMemoryOutbox([PendingCallback(callback("a", 0))])
    web = Web(outbox)
    await _until(outbox, web, lambda: bool(web.took))
    assert web.took[0][1] == "a-0"


async def test_a_callback_becomes_a_dead_letter_after_a_day() -> None:
    outbox = InMemoryOutbox([PendingCallback(callback("a", 0)), PendingCallback(callback("a", 1))])
    web = Web(outbox, {"/a/0": [failure()] * 100})
    await _until(outbox, web, lambda: bool(web.took))
    assert (outbox.rows[0].dead_letters or "").startswith("status 500: ")
    assert 82_000 < outbox.at <= 86_400
    assert 25 < len(web.tried) < 45, len(web.tried)
    assert web.took[0][0] == "/a/1"


@pytest.mark.parametrize(
    "hopeless", [WebFailure(WebFault.BAD_URL, ""), failure(410)], ids=["no url", "gone"]
)
async def test_permanent_failures_are_not_retried(hopeless: WebFailure) -> None:
    outbox = InMemoryOutbox([PendingCallback(callback("a", 0)), PendingCallback(callback("a", 1))])
    web = Web(outbox, {"/a/0": [hopeless]})
    await _until(outbox, web, lambda: bool(web.took))
    assert (len(web.tried), outbox.at) == (2, 0.0)
    assert outbox.rows[0].dead_letters


async def test_a_database_outage_loses_no_callback() -> None:
    outbox = InMemoryOutbox([PendingCallback(callback("a", order)) for order in range(5)], away=3)
    web = Web(outbox)

    async def goes_away(request: WebRequest) -> WebReply:
        if len(web.tried) == 2:
            outbox.away = 2
        return await Web.fetch(web, request)

    web.fetch = goes_away
    await _until(outbox, web, lambda: all(row.gone for row in outbox.rows), claim_s=1.0)
    seen = [key for _, key, _ in web.took]
    assert list(dict.fromkeys(seen)) == [f"a-{order}" for order in range(5)]
    assert len(seen) > 5


@pytest.mark.threat("webhook-amplification")
async def test_no_more_are_sent_at_once_than_is_allowed() -> None:
    outbox = InMemoryOutbox(
        [PendingCallback(callback(f"c{number}", 0, account=f"MA{number}")) for number in range(50)]
    )
    web = Web(outbox)
    busy = most = 0
    enough = asyncio.Event()

    async def waits_for_seven(request: WebRequest) -> WebReply:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        if busy == 7:
            enough.set()
        await enough.wait()
        reply = await Web.fetch(web, request)
        busy -= 1
        return reply

    web.fetch = waits_for_seven
    await _until(outbox, web, lambda: len(web.took) == 50, concurrency=7)
    assert most == 7


async def _while_they_hang(accounts: int, servers: int, each: int) -> tuple[Web, int]:
    """What the web of a victim took while many callbacks of others hang; how many those are."""
    rows = [
        PendingCallback(
            callback(f"h{account}-{server}-{n}", 0, f"http://s{server}.example", f"MH{account}")
        )
        for account in range(accounts)
        for server in range(servers)
        for n in range(each)
    ]
    outbox = InMemoryOutbox(rows)
    web = Web(outbox)
    hanging = 0

    async def fetch(request: WebRequest) -> WebReply:
        nonlocal hanging
        if request.account.startswith("MH"):
            hanging += 1
            await asyncio.Event().wait()
        return await Web.fetch(web, request)

    web.fetch = fetch
    sender = OutboxWorker(
        outbox, web, outbox, lambda: 1.0, name="one", retry=RetryPolicy(poll_s=60)
    )
    task = asyncio.ensure_future(sender.run())
    before = -1
    while hanging != before:
        before = hanging
        for _ in range(20):
            await asyncio.sleep(0)
    at = outbox.at
    for n in range(3):
        outbox.rows.append(PendingCallback(callback(f"v{n}", 0, account="MV")))
    sender.wake()
    async with asyncio.timeout(20):
        while len(web.took) < 3:  # noqa: ASYNC110  (the sender rings no bell)
            await asyncio.sleep(0)
    assert outbox.at == at
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return web, hanging


@pytest.mark.parametrize(("accounts", "servers"), [(1, 1), (1, 5), (1, 300), (10, 1), (10, 5)])
@pytest.mark.threat("noisy-neighbour")
async def test_callbacks_that_hang_delay_none_of_another_account(
    accounts: int, servers: int
) -> None:
    web, hanging = await _while_they_hang(accounts, servers, 300 // accounts // servers + 1)
    assert [path for path, _, _ in web.took] == ["/v0/0", "/v1/0", "/v2/0"]
    assert 0 < hanging < RetryPolicy().concurrency


async def test_callbacks_that_hang_delay_none_to_another_server_of_the_account() -> None:
    outbox = InMemoryOutbox(
        [PendingCallback(callback(f"h{n}", 0, "http://hangs.example")) for n in range(300)]
    )
    web = Web(outbox)

    async def fetch(request: WebRequest) -> WebReply:
        if "hangs" in request.url:
            await asyncio.Event().wait()
        return await Web.fetch(web, request)

    web.fetch = fetch
    outbox.rows += [PendingCallback(callback(f"c{n}", 0)) for n in range(5)]
    await _until(outbox, web, lambda: len(web.took) == 5)


async def test_a_change_wakes_an_idle_worker() -> None:
    outbox = InMemoryOutbox()
    web = Web(outbox)
    sender = OutboxWorker(
        outbox, web, outbox, lambda: 1.0, name="one", retry=RetryPolicy(poll_s=60)
    )
    task = asyncio.ensure_future(sender.run())
    await asyncio.sleep(0.01)
    outbox.rows.append(PendingCallback(callback("a", 0)))
    sender.wake()
    # Long before it would have looked of itself.
    async with asyncio.timeout(20):
        while not web.took:  # noqa: ASYNC110  (the sender rings no bell)
            await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


# --- the real thing: a process that is killed at any moment

_PROCESS = textwrap.dedent(
    """
    import asyncio, random, sys
    from pathlib import Path
    from offhook.runtime.adapters import RandomIds, SystemClock
    from offhook.store.store import Store
    from offhook.engine.sources import decoded
    from offhook.webhooks.client import WebhookClient
    from offhook.egress.decoding import AudioDecodePool
    from offhook.webhooks.outbox_worker import OutboxWorker, RetryPolicy
    from offhook.egress.policy import Policy
    from offhook.egress.disk_cache import DiskCache
    from offhook.egress.audio_cache import AudioCache

    async def main(folder):
        clock = SystemClock()
        url = f"sqlite:///{folder}/offhook.db"
        store = await Store.open(url, Path(folder) / "node.key", ids=RandomIds(), clock=clock)
        cache = AudioCache(clock, DiskCache(None), AudioDecodePool(decoded))
        client = WebhookClient(Policy(loopback=True), clock, cache)
        retry = RetryPolicy(initial_s=0.02, concurrency=72)
        worker = OutboxWorker(store.outbox, client, clock, random.random, name="one", retry=retry)
        print("ready", flush=True)
        await worker.run()

    asyncio.run(main(sys.argv[1]))
    """
)


class _Told:
    """Counts what the web server has taken."""

    def __init__(self) -> None:
        self._count = 0
        self._bell = asyncio.Event()

    def one(self) -> None:
        self._count += 1
        self._bell.set()

    async def more(self, count: int) -> None:
        wanted = self._count + count
        while self._count < wanted:
            self._bell.clear()
            await self._bell.wait()


async def test_repeated_kills_lose_no_callback(site: Any, tmp_path: Path) -> None:
    chance = random.Random(20261120)
    taken: defaultdict[str, list[int]] = defaultdict(list)
    keys: defaultdict[str, set[str]] = defaultdict(set)

    async def page(request: web.Request) -> web.Response:
        await asyncio.sleep(chance.uniform(0, 0.02))
        if chance.random() < 0.1:
            return web.Response(status=500)
        _, call, order = request.path.split("/")
        taken[call].append(int(order))
        keys[request.path].add(request.headers[KEY_HEADER])
        reported.one()
        return web.Response()

    reported = _Told()
    calls = [f"{number:032x}" for number in range(12)]
    url = f"sqlite:///{tmp_path}/offhook.db"
    store = await Store.open(url, tmp_path / "node.key", ids=RandomIds(), clock=SystemClock())
    account, _ = await store.accounts.create("Acme")
    for call in calls:
        for order in range(5):
            site.pages[f"/{call}/{order}"] = page
        owed = [callback(call, order, site.base) for order in range(5)]
        await store.outbox.add(
            [
                Callback(key=c.key, call=c.call, order=c.order, request=_for(c, account.id))
                for c in owed
            ]
        )
    kills = await _kill_until_done(store, tmp_path, iter([1, 5, 3, 8, 2]), reported)
    await store.close()
    assert kills == 6
    # None lost, in order, and whatever came twice came under the same key.
    for call in calls:
        assert list(dict.fromkeys(taken[call])) == list(range(5))
        assert taken[call] == sorted(taken[call])
    assert len(keys) == 60
    assert all(len(found) == 1 for found in keys.values())
    assert len({key for found in keys.values() for key in found}) == 60


def _for(owed: Callback, account: AccountId) -> WebRequest:
    from dataclasses import replace

    return replace(owed.request, account=account)


async def _kill_until_done(
    store: Store, folder: Path, lives: Iterator[int], reported: _Told
) -> int:
    """Lets sender after sender live until so many more callbacks have been taken; the last finishes."""
    kills = 0
    while await store.outbox.waiting():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _PROCESS, str(folder), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        async with asyncio.timeout(60):
            life = next(lives, None)
            if life is not None:
                await reported.more(life)
            while life is None and await store.outbox.waiting():  # noqa: ASYNC110  (another process's news)
                await asyncio.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        kills += 1
    return kills
