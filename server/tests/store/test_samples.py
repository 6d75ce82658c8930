"""What pages measured is written when there is time, bounded, and kept for a while."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from offhook.base.accounts import Party
from offhook.base.errors import NotFound, Unavailable, UsageError
from offhook.base.ids import AccountId
from offhook.store import pagination
from offhook.store import samples as room
from offhook.store.accounts import Account
from offhook.store.store import Store

EndCall = Callable[[AccountId], Awaitable[Any]]


def party(account: Account, name: str = "alice") -> Party:
    return Party(account=account.id, name=name, application=None)


async def test_samples_are_listed_by_leg_in_order_of_arrival(
    store: Store, account: Account, end_call: EndCall
) -> None:
    call = await end_call(account.id)
    for second in range(3):
        for leg in (call.bobs, call.alices):
            store.samples.add(party(account), leg, [{"at": second, "mos": float("nan")}])
    assert store.samples.waiting == 6
    page = await store.samples.of_call(account.id, call.id)
    assert [(piece.leg, piece.position) for piece in page.items] == [
        (leg, position) for leg in (call.alices, call.bobs) for position in range(3)
    ]
    assert [piece.samples for piece in page.items[:3]] == [
        [{"at": second, "mos": None}] for second in range(3)
    ]
    assert store.samples.waiting == 0


async def test_samples_of_a_long_call_are_paginated(
    store: Store, account: Account, end_call: EndCall
) -> None:
    call = await end_call(account.id)
    for second in range(7):
        store.samples.add(party(account), call.alices, [{"at": second}])
        store.samples.add(party(account, "bob"), call.bobs, [{"at": 100 + second}])
    reported: list[int] = []
    after, turned = "", 0
    while turned == 0 or after:
        page = await store.samples.of_call(account.id, call.id, after=after, limit=4)
        reported += [sample["at"] for piece in page.items for sample in piece.samples]
        after, turned = page.next, turned + 1
    assert reported == [*range(7), *range(100, 107)]
    assert turned == 4
    for wrong in ("nonsense", pagination.encode_cursor(["a", "b"])):
        with pytest.raises(UsageError, match="`after` must be"):
            await store.samples.of_call(account.id, call.id, after=wrong)


async def test_a_page_cannot_fill_the_store(
    store: Store, account: Account, end_call: EndCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_PER_LEG", 50)
    call = await end_call(account.id)
    for second in range(9):
        store.samples.add(party(account), call.alices, [{"at": second}])
    # [{"at":0}] has ten letters.
    assert len((await store.samples.of_call(account.id, call.id)).items) == 5


async def test_a_bounded_number_of_samples_waits_for_the_database(
    store: Store,
    account: Account,
    end_call: EndCall,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(room, "_WAITING", 200)
    call = await end_call(account.id)
    with monkeypatch.context() as patch:

        def silent() -> None:
            raise Unavailable("no answer")

        patch.setattr(store.database, "write", silent)
        for second in range(10, 90):
            store.samples.add(party(account), call.alices, [{"at": second}])
            if second % 10 == 0:
                await store.samples.write()
        # [{"at":10}] has eleven letters.
        assert store.samples.waiting == 18
    assert "samples.delayed" in caplog.messages
    page = await store.samples.of_call(account.id, call.id)
    assert [piece.samples[0]["at"] for piece in page.items] == [*range(72, 90)]


async def test_samples_of_a_deleted_account_do_not_block_others(
    store: Store,
    account: Account,
    stranger: Account,
    end_call: EndCall,
    caplog: pytest.LogCaptureFixture,
) -> None:
    call = await end_call(account.id)
    store.samples.add(party(account), call.alices, [{"at": 1}])
    store.samples.add(party(stranger), call.bobs, [{"at": 2, "who": "somebody"}])
    store.samples.add(party(account), call.alices, [{"at": 3}])
    await store.accounts.delete(stranger.id)
    with caplog.at_level(logging.INFO):
        page = await store.samples.of_call(account.id, call.id)
    assert [piece.samples for piece in page.items] == [[{"at": 1}], [{"at": 3}]]
    assert caplog.messages.count("samples.refused") == 1
    assert "somebody" not in caplog.text


async def test_old_samples_are_deleted(
    store: Store, account: Account, clock: Any, end_call: EndCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_AT_ONCE", 1)
    call = await end_call(account.id)
    for second in range(25):
        store.samples.add(party(account), call.alices, [{"at": second}])
    await store.samples.write()
    clock.advance(3 * 86_400)
    store.samples.add(party(account), call.alices, [{"at": 99}])
    await store.samples.write()
    await store.samples.forget(4)
    assert len((await store.samples.of_call(account.id, call.id)).items) == 26
    await store.samples.forget(2)
    page = await store.samples.of_call(account.id, call.id)
    assert [piece.samples for piece in page.items] == [[{"at": 99}]]


async def test_other_accounts_calls_are_not_visible(
    store: Store, account: Account, stranger: Account, end_call: EndCall
) -> None:
    call = await end_call(account.id)
    store.samples.add(party(account), call.alices, [{"at": 1}])
    with pytest.raises(NotFound):
        await store.samples.of_call(stranger.id, call.id)
