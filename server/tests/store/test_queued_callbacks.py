"""Callbacks that are queued while calls run survive the process, once each, and keep their numbers."""

from pathlib import Path
from typing import Any

import pytest
from offhook.base.errors import Unavailable
from offhook.base.ids import AccountId, CallId
from offhook.base.records import Callback
from offhook.base.web import WebLimits, WebRequest
from offhook.store.accounts import Account
from offhook.store.journal import JournalFile
from offhook.store.queued_callbacks import QueuedCallbacks
from offhook.store.store import Store

LIMITS = WebLimits(
    connect_s=1, read_s=1, total_s=1, retries=0, retry_on=frozenset(), redirects=0, body_bytes=1000
)
ORDER = CallId("c" * 32)


def callback(account: AccountId, number: int, order: CallId = ORDER) -> Callback:
    request = WebRequest(
        method="POST", url="http://a.example/", limits=LIMITS, account=account, patience_s=60.0
    )
    return Callback(key=f"{order}-{number}", call=order, order=number, request=request)


def process(store: Store, folder: Path, number: int) -> tuple[JournalFile, QueuedCallbacks]:
    """A process of the server, which has taken up what the one before has left."""
    journal = JournalFile(folder, f"{number:032x}")
    queued = QueuedCallbacks(journal, store.outbox, store.steady)
    for _ in queued.recover(journal.earlier()):
        pass
    return journal, queued


async def test_one_that_no_database_has_is_stored_once_by_the_next_process(
    store: Store, account: Account, tmp_path: Path
) -> None:
    journal, queued = process(store, tmp_path / "journal", 1)
    queued.queue(callback(account.id, 1))
    assert await queued.store_some()
    queued.queue(callback(account.id, 2))
    journal.close()
    journal, queued = process(store, tmp_path / "journal", 2)
    assert (queued.waiting, queued.last(ORDER)) == (1, 2)
    assert queued.needed is not None
    queued.queue(callback(account.id, queued.last(ORDER) + 1))
    await queued.stop()
    journal.close()
    journal, queued = process(store, tmp_path / "journal", 3)
    assert (queued.waiting, queued.last(ORDER)) == (0, 3)
    assert await store.outbox.waiting() == 3
    (first,) = await store.outbox.claim("us", most=9, for_s=60)
    assert (first.callback.order, first.callback.request.patience_s) == (1, 60.0)
    queued.forget(ORDER)
    journal.close()
    journal, queued = process(store, tmp_path / "journal", 4)
    assert (queued.last(ORDER), queued.needed) == (0, None)
    journal.close()


async def test_what_was_stored_is_not_stored_again(
    store: Store, account: Account, tmp_path: Path
) -> None:
    journal, queued = process(store, tmp_path / "journal", 1)
    rows = store.outbox.rows([callback(account.id, 1)])
    await store.outbox.add_rows(rows)
    queued.queue(callback(account.id, 1))
    assert await queued.store_some()
    assert await store.outbox.waiting() == 1
    journal.close()


async def test_it_waits_for_a_database_and_skips_what_that_refuses(
    store: Store, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, queued = process(store, tmp_path / "journal", 1)
    real, away = store.outbox.add_rows, True

    async def add_rows(rows: Any) -> None:
        if away:
            raise Unavailable("the database does not answer")
        await real(rows)

    monkeypatch.setattr(store.outbox, "add_rows", add_rows)
    queued.queue(callback(AccountId("MA" + "0" * 18), 1))
    queued.queue(callback(account.id, 2))
    assert not await queued.store_some()
    away = False
    assert await queued.store_some()
    assert (queued.waiting, await store.outbox.waiting()) == (0, 1)
    journal.close()


async def test_numbers_of_conferences_that_are_gone_are_forgotten(
    store: Store, account: Account, tmp_path: Path
) -> None:
    journal, queued = process(store, tmp_path / "journal", 1)
    other = CallId("d" * 32)
    queued.queue(callback(account.id, 1))
    queued.queue(callback(account.id, 4, other))
    queued.keep_only([other])
    assert (queued.last(ORDER), queued.last(other)) == (0, 4)
    queued.compact()
    queued.clear()
    assert queued.needed is None
    journal.close()
