"""Pending callbacks leave in order, are claimed by one server at a time, and are never lost."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from offhook.base.errors import NotFound
from offhook.base.ids import AccountId, CallId
from offhook.base.records import Callback, Due
from offhook.base.web import WebLimits, WebRequest
from offhook.store.accounts import Account
from offhook.store.outcomes import Outcome, Result
from offhook.store.store import Store
from offhook.testing.deterministic import ManualClock
from sqlalchemy import text


def callback(account: AccountId, call: str, order: int, host: str = "a.example") -> Callback:
    limits = WebLimits(
        connect_s=1,
        read_s=1,
        total_s=1,
        retries=0,
        retry_on=frozenset(),
        redirects=0,
        body_bytes=1000,
    )
    request = WebRequest(
        method="POST",
        url=f"https://{host}/{call}/{order}",
        form=(("From", "+15551230000"),),
        limits=limits,
        account=account,
        call=CallId(call),
    )
    return Callback(key=f"{call}-{order}", call=CallId(call), order=order, request=request)


async def _claim(store: Store, by: str = "me", most: int = 100) -> list[str]:
    return [owed.callback.key for owed in await store.outbox.claim(by, most=most, for_s=60)]


async def test_only_the_first_of_each_call_can_be_claimed(store: Store, account: Account) -> None:
    await store.outbox.add([callback(account.id, call, n) for call in "ab" for n in (0, 1, 2)])
    assert sorted(await _claim(store)) == ["a-0", "b-0"]
    assert await _claim(store) == []
    await store.outbox.mark_delivered("a-0")
    assert await _claim(store) == ["a-1"]


async def test_claim_returns_what_was_added(store: Store, account: Account) -> None:
    owed = callback(account.id, "a", 0)
    await store.outbox.add([owed])
    (claimed,) = await store.outbox.claim("me", most=1, for_s=60)
    assert claimed.callback == owed
    assert claimed.tries == 0


async def test_a_failure_waits_its_time_and_holds_back_the_next(
    store: Store, account: Account, clock: ManualClock
) -> None:
    await store.outbox.add([callback(account.id, "a", n) for n in (0, 1)])
    assert await _claim(store) == ["a-0"]
    await store.outbox.mark_failed("a-0", "status 500", retry_in_s=10)
    assert await _claim(store) == []
    assert await store.outbox.next_due_in_s() == pytest.approx(10)
    clock.advance(10)
    assert await store.outbox.next_due_in_s() == 0
    (again,) = await store.outbox.claim("me", most=5, for_s=60)
    assert (again.callback.key, again.tries, again.reason) == ("a-0", 1, "status 500")


async def test_a_claim_expires_or_ends_when_its_server_restarts(
    store: Store, account: Account, clock: ManualClock
) -> None:
    await store.outbox.add([callback(account.id, "a", 0), callback(account.id, "b", 0)])
    assert await _claim(store, "one", most=1) == ["a-0"]
    assert await _claim(store, "two") == ["b-0"]
    await store.outbox.release("one")
    assert await _claim(store, "one") == ["a-0"]
    assert await _claim(store, "two") == []
    clock.advance(61)
    assert sorted(await _claim(store, "three")) == ["a-0", "b-0"]


async def test_a_backlog_of_one_account_does_not_hide_another(
    store: Store, account: Account, stranger: Account, clock: ManualClock
) -> None:
    line = [callback(account.id, f"c{n:03}", 0, "user:secret@Slow.example") for n in range(300)]
    await store.outbox.add(line)
    clock.advance(1)
    await store.outbox.add([callback(account.id, "d", 0, "quick.example:8080")])
    clock.advance(1)
    await store.outbox.add([callback(stranger.id, "e", 0)])
    seen: list[Due] = []

    def choose(due: Sequence[Due]) -> list[str]:
        seen.extend(due)
        return ["e-0", "d-0"]

    claimed = await store.outbox.claim("me", most=10, for_s=60, choose=choose)
    assert {owed.callback.key for owed in claimed} == {"d-0", "e-0"}
    # Accounts take turns, and of one account its servers.
    assert [one.key for one in seen[:4]] == ["c000-0", "e-0", "d-0", "c001-0"]
    assert len({one.server for one in seen if one.account == account.id}) == 2
    assert len(seen) <= 80


async def test_accounts_can_be_excluded_from_a_claim(
    store: Store, account: Account, stranger: Account
) -> None:
    await store.outbox.add([callback(account.id, f"c{n}", 0) for n in range(5)])
    await store.outbox.add([callback(stranger.id, "e", 0)])
    claimed = await store.outbox.claim("me", most=10, for_s=60, without=[account.id])
    assert [owed.callback.key for owed in claimed] == ["e-0"]


async def test_servers_that_claim_at_once_never_get_the_same(
    store: Store, account: Account
) -> None:
    await store.outbox.add([callback(account.id, f"c{n}", 0) for n in range(60)])
    claims = await asyncio.gather(*(_claim(store, f"s{n}", most=9) for n in range(8)))
    claimed = [key for claim in claims for key in claim]
    assert len(claimed) == len(set(claimed))
    claimed += await _claim(store)
    assert len(set(claimed)) == 60


async def test_dead_letters_can_be_listed_and_retried(
    store: Store, account: Account, stranger: Account
) -> None:
    reported: list[int] = []
    store.outbox.on_added(lambda: reported.append(1))
    await store.outbox.add([callback(account.id, "a", n) for n in (0, 1)])
    assert await _claim(store) == ["a-0"]
    await store.outbox.mark_dead("a-0", "x" * 1000)
    assert reported == [1, 1]
    assert await _claim(store) == ["a-1"]
    await store.outbox.mark_delivered("a-1")
    (dead_letters,) = (await store.outbox.dead_letters(account.id)).items
    assert (dead_letters.callback.key, dead_letters.tries, dead_letters.reason) == (
        "a-0",
        1,
        "x" * 256,
    )
    assert (await store.outbox.dead_letters(stranger.id)).items == ()
    assert await store.outbox.waiting() == 0
    assert await store.outbox.next_due_in_s() is None
    with pytest.raises(NotFound):
        await store.outbox.retry(stranger.id, "a-0")
    await store.outbox.retry(account.id, "a-0")
    assert await _claim(store) == ["a-0"]
    with pytest.raises(NotFound):
        await store.outbox.retry(account.id, "a-0")


async def test_an_undecryptable_callback_becomes_a_dead_letter(
    store: Store, account: Account
) -> None:
    await store.outbox.add([callback(account.id, call, 0) for call in "ab"])
    async with store.database.write() as connection:
        spoil = text("UPDATE outbox SET request = :rubbish WHERE key = 'a-0'")
        await connection.execute(spoil, {"rubbish": b"rubbish"})
    assert await _claim(store) == ["b-0"]
    assert await store.outbox.waiting() == 1


async def test_dead_letters_come_in_pages(store: Store, account: Account) -> None:
    await store.outbox.add([callback(account.id, call, 0) for call in "cab"])
    for key in ("a-0", "b-0", "c-0"):
        await store.outbox.mark_dead(key, "gone")
    first = await store.outbox.dead_letters(account.id, limit=2)
    rest = await store.outbox.dead_letters(account.id, limit=2, after=first.next)
    keys = [owed.callback.key for owed in (*first.items, *rest.items)]
    assert keys == ["a-0", "b-0", "c-0"]


async def test_names_and_numbers_are_not_readable_in_the_database(
    store: Store, account: Account
) -> None:
    await store.outbox.add([callback(account.id, "a", 0)])
    async with store.database.read() as connection:
        kept = (await connection.execute(text("SELECT request FROM outbox"))).scalar_one()
    assert b"5551230000" not in bytes(kept)
    assert b"a.example" not in bytes(kept)


@pytest.mark.threat("clock-jumps")
@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
async def test_a_clock_change_neither_delays_nor_expires_callbacks(
    store: Store, account: Account, clock: ManualClock, hours: int
) -> None:
    await store.outbox.add([callback(account.id, call, 0) for call in "ab"])
    assert await _claim(store) == ["a-0", "b-0"]
    await store.outbox.mark_failed("a-0", "503", retry_in_s=10)
    clock.start += timedelta(hours=hours)
    assert await store.outbox.next_due_in_s() == pytest.approx(10)
    clock.advance(10)
    (owed,) = await store.outbox.claim("me", most=10, for_s=60)
    assert owed.callback.key == "a-0"
    assert store.steady.wall().timestamp() - owed.queued_at == pytest.approx(10)


async def test_a_clock_set_back_before_a_start_delays_no_callback(
    store: Store, account: Account, clock: ManualClock
) -> None:
    await store.outbox.add([callback(account.id, "a", 0)])
    await _claim(store)
    await store.outbox.mark_failed("a-0", "503", retry_in_s=60)
    clock.advance(-86_400)
    await store.outbox.release("me")
    assert await _claim(store) == ["a-0"]


async def test_outcomes_that_are_kept_twice_count_once(
    store: Store, account: Account, clock: ManualClock
) -> None:
    await store.outbox.add([callback(account.id, call, 0) for call in "abc"])
    outcomes = [
        Outcome("a-0", Result.DELIVERED),
        Outcome("b-0", Result.FAILED, clock.wall().timestamp() + 10, "500"),
        Outcome("c-0", Result.DEAD, clock.wall().timestamp(), "410"),
    ]
    await store.outbox.settle(outcomes)
    await store.outbox.settle(outcomes)
    clock.advance(10)
    (owed,) = await store.outbox.claim("me", most=10, for_s=60)
    assert (owed.callback.key, owed.tries) == ("b-0", 1)
    (dead_letters,) = (await store.outbox.dead_letters(account.id)).items
    assert (dead_letters.callback.key, dead_letters.tries) == ("c-0", 1)
