"""What a web server has answered is never sent again because the database was away at that moment."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
from offhook.base.errors import Unavailable
from offhook.base.ids import AccountId, CallId
from offhook.base.records import Callback
from offhook.base.web import WebFailure, WebFault, WebLimits, WebReply, WebRequest
from offhook.calls.cdr import fold
from offhook.store.accounts import Account
from offhook.store.durable import DurableCalls
from offhook.store.store import Store
from offhook.testing.deterministic import ManualClock
from offhook.webhooks.outbox_worker import KEY_HEADER, OutboxWorker, RetryPolicy

LIMITS = WebLimits(
    connect_s=1, read_s=1, total_s=1, retries=0, retry_on=frozenset(), redirects=0, body_bytes=1000
)
CALL = CallId("c" * 32)
CLAIM_S = 60.0
FIRST, SECOND = f"{CALL}-0", f"{CALL}-1"


def callback(account: AccountId, order: int) -> Callback:
    request = WebRequest(
        method="POST", url="http://a.example/", limits=LIMITS, account=account, call=CALL
    )
    return Callback(key=f"{CALL}-{order}", call=CALL, order=order, request=request)


class Switch:
    """Puts the database away, and back."""

    def __init__(self, store: Store, patch: pytest.MonkeyPatch) -> None:
        self.away = False
        for name in ("read", "write", "fetch", "change"):
            real = getattr(store.database, name)
            patch.setattr(store.database, name, self._unless_away(real))

    def _unless_away(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*values: Any) -> Any:
            if self.away:
                raise Unavailable("the database does not answer")
            return real(*values)

        return asked


class Web:
    """A web server that answers as told; the database goes away while it does."""

    def __init__(self, switch: Switch, answers: Sequence[WebFailure | None]) -> None:
        self._switch = switch
        self._answers = list(answers)
        self.asked: list[str] = []

    async def fetch(self, request: WebRequest) -> WebReply:
        self.asked.append(request.headers[KEY_HEADER])
        answer = None
        if self._answers:
            self._switch.away = True
            answer = self._answers.pop(0)
        if answer is not None:
            raise answer
        return WebReply(url=request.url, status=200, content_type="", body=b"", took_ms=1)

    def forget(self, call: CallId) -> None:
        """It knows no cookies."""


@pytest.fixture
def switch(store: Store, monkeypatch: pytest.MonkeyPatch) -> Switch:
    return Switch(store, monkeypatch)


@pytest.fixture
async def records(store: Store, tmp_path: Path) -> DurableCalls:
    return store.durable(tmp_path / "journal", "e" * 32, fold)


def status(code: int) -> WebFailure:
    return WebFailure(WebFault.STATUS, "http://a.example/", status=code)


async def _until(done: Any) -> None:
    with anyio.fail_after(20):
        while not done():  # noqa: ASYNC110  (threads of a database)
            await anyio.sleep(0.005)


def _sending(
    records: DurableCalls, web: Web, clock: ManualClock, name: str = "one", **retry: float
) -> OutboxWorker:
    policy = RetryPolicy(**{"poll_s": 0.01, "claim_s": CLAIM_S, **retry})  # type: ignore[arg-type]
    return OutboxWorker(records.deliveries, web, clock, lambda: 1.0, name=name, retry=policy)


@pytest.mark.parametrize(
    ("answer", "give_up_s", "then"),
    [
        (None, 86_400.0, {"first": "delivered"}),
        (status(500), 86_400.0, {"first": "failed"}),
        (status(410), 86_400.0, {"first": "dead"}),
        (status(500), 1.0, {"first": "dead"}),
    ],
    ids=["delivered", "failed", "gone", "given up"],
)
@pytest.mark.threat("lost-records")
async def test_a_delivery_counts_if_the_database_fails_during_it(
    store: Store,
    account: Account,
    clock: ManualClock,
    switch: Switch,
    records: DurableCalls,
    answer: WebFailure | None,
    give_up_s: float,
    then: dict[str, str],
) -> None:
    await store.outbox.add([callback(account.id, 0), callback(account.id, 1)])
    web = Web(switch, [answer])
    sender = _sending(records, web, clock, give_up_s=give_up_s, initial_s=4 * CLAIM_S)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(records.run)
        tasks.start_soon(sender.run)
        await _until(lambda: switch.away and records.deliveries.failure)
        assert (web.asked, records.deliveries.waiting) == ([FIRST], 1)
        # The claim ends by itself while the database is away.
        clock.advance(2 * CLAIM_S)
        switch.away = False
        if then["first"] == "failed":
            await _until(lambda: not records.deliveries.waiting)
            clock.advance(CLAIM_S)
            await anyio.sleep(0.1)
            assert web.asked == [FIRST], "its pause is not over"
            clock.advance(2 * CLAIM_S)
            await _until(lambda: len(web.asked) == 3)
            assert web.asked == [FIRST, FIRST, SECOND]
        else:
            await _until(lambda: len(web.asked) == 2)
            assert web.asked == [FIRST, SECOND]
        await _until(lambda: not records.deliveries.waiting)
        tasks.cancel_scope.cancel()
    dead_letters = (await store.outbox.dead_letters(account.id)).items
    assert [owed.callback.key for owed in dead_letters] == (
        [FIRST] if then["first"] == "dead" else []
    )
    assert [owed.tries for owed in dead_letters] == [1] * len(dead_letters)
    assert await store.outbox.waiting() == 0
    assert records.deliveries.failure == ""
    await records.stop()


async def _runs(records: DurableCalls, worker: OutboxWorker, done: Callable[[], bool]) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(records.run)
        tasks.start_soon(worker.run)
        await _until(done)
        tasks.cancel_scope.cancel()


async def test_a_server_that_starts_takes_no_callback_that_another_one_is_sending(
    store: Store, account: Account, clock: ManualClock, switch: Switch, tmp_path: Path
) -> None:
    await store.outbox.add([callback(account.id, 0)])
    claimed = await store.outbox.claim("one", most=1, for_s=CLAIM_S)
    assert [each.callback.key for each in claimed] == [FIRST]
    other = store.durable(tmp_path / "other", "f" * 32, fold)
    web = Web(switch, [])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_sending(other, web, clock, "two").run)
        await anyio.sleep(0.1)
        assert web.asked == []
        clock.advance(CLAIM_S + 1)
        await _until(lambda: web.asked)
        tasks.cancel_scope.cancel()
    assert web.asked == [FIRST]
    await other.stop()


async def test_servers_that_lost_their_database_for_longer_than_a_claim_repeat_one_token(
    store: Store, account: Account, clock: ManualClock, switch: Switch, tmp_path: Path
) -> None:
    await store.outbox.add([callback(account.id, 0), callback(account.id, 1)])
    one, two = (
        store.durable(tmp_path / name, letter * 32, fold)
        for name, letter in (("one", "1"), ("two", "2"))
    )
    web = Web(switch, [None])
    await _runs(one, _sending(one, web, clock, "one"), lambda: bool(one.deliveries.failure))
    assert (web.asked, one.deliveries.waiting) == ([FIRST], 1)
    clock.advance(CLAIM_S + 1)
    switch.away = False
    # The other server is the first that comes back to the database.
    await _runs(
        two,
        _sending(two, web, clock, "two"),
        lambda: web.asked[1:] == [FIRST, SECOND] and not two.deliveries.waiting,
    )
    assert await store.outbox.waiting() == 0
    await _runs(one, _sending(one, web, clock, "one"), lambda: not one.deliveries.waiting)
    assert web.asked == [FIRST, FIRST, SECOND]
    await two.stop()
    await one.stop()


@pytest.mark.parametrize("answer", [None, status(500), status(410)], ids=["200", "500", "410"])
@pytest.mark.threat("lost-records")
async def test_a_delivery_counts_if_database_and_process_fail(
    store: Store,
    account: Account,
    clock: ManualClock,
    switch: Switch,
    records: DurableCalls,
    tmp_path: Path,
    answer: WebFailure | None,
) -> None:
    await store.outbox.add([callback(account.id, 0)])
    web = Web(switch, [answer])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_sending(records, web, clock, initial_s=4 * CLAIM_S).run)
        await _until(lambda: records.deliveries.waiting)
        tasks.cancel_scope.cancel()
    records._journal._held.release()
    switch.away = False
    clock.advance(2 * CLAIM_S)
    again = store.durable(tmp_path / "journal", "f" * 32, fold)
    assert again.recover() == []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_sending(again, web, clock).run)
        await anyio.sleep(0.1)
        assert web.asked == [FIRST], "not even before the database knows"
        tasks.start_soon(again.run)
        await _until(lambda: not again.deliveries.waiting)
        await anyio.sleep(0.1)
        assert web.asked == [FIRST]
        tasks.cancel_scope.cancel()
    assert await store.outbox.waiting() == (1 if answer and answer.status == 500 else 0)
    assert len((await store.outbox.dead_letters(account.id)).items) == (
        1 if answer and answer.status == 410 else 0
    )
    await again.stop()


async def test_a_stored_outcome_is_not_replayed_by_the_next_process(
    store: Store, account: Account, records: DurableCalls, tmp_path: Path
) -> None:
    await store.outbox.add([callback(account.id, 0)])
    await records.deliveries.mark_dead(FIRST, "gone")
    await records.stop()
    await store.outbox.retry(account.id, FIRST)
    again = store.durable(tmp_path / "journal", "f" * 32, fold)
    again.recover()
    assert again.deliveries.waiting == 0
    await again.stop()
    assert await store.outbox.waiting() == 1


async def test_segments_with_outcomes_stay_until_the_database_has_them(
    store: Store, account: Account, switch: Switch, records: DurableCalls, tmp_path: Path
) -> None:
    await store.outbox.add([callback(account.id, 0)])
    switch.away = True
    await records.deliveries.mark_delivered(FIRST)
    await records.stop()
    again = store.durable(tmp_path / "journal", "f" * 32, fold)
    again.recover()
    assert again.deliveries.waiting == 1
    assert again.figures()["pending_outcomes"] == 1
    switch.away = False
    await again.stop()
    assert await store.outbox.waiting() == 0


async def test_a_rejected_outcome_does_not_block_others(
    store: Store,
    account: Account,
    records: DurableCalls,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await store.outbox.add([callback(account.id, 0), callback(account.id, 1)])
    real = store.outbox.settle

    async def refuses(outcomes: Any) -> None:
        if any(each.key == FIRST for each in outcomes):
            raise ZeroDivisionError
        await real(outcomes)

    monkeypatch.setattr(store.outbox, "settle", refuses)
    for key in (FIRST, SECOND):
        await records.deliveries.mark_delivered(key)
    await records.stop()
    assert await store.outbox.waiting() == 1
    assert caplog.text.count("outcome.refused") == 1
