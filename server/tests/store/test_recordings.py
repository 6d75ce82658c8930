"""Recordings are kept from their beginning to their end, and belong to their account."""

from dataclasses import replace
from datetime import timedelta

import pytest
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import CallId, RecordingId
from offhook.base.recordings import Recording, RecordingNotice, RecordingSource, RecordingState
from offhook.base.records import Callback
from offhook.base.web import Signing, WebLimits, WebRequest
from offhook.store.accounts import Account
from offhook.store.store import Store
from offhook.testing.deterministic import ManualClock

CALL = CallId("c" * 32)


def recording(account: Account, clock: ManualClock, number: int = 1) -> Recording:
    return Recording(
        id=RecordingId(f"{number:032x}"),
        account=account.id,
        call=CALL,
        source=RecordingSource.RECORD_VERB,
        channels=1,
        started_at=clock.wall() + timedelta(seconds=number),
    )


def ended(begun: Recording) -> Recording:
    return replace(begun, state=RecordingState.COMPLETED, duration_s=4.02, size_bytes=64_400)


async def test_a_recording_is_found_while_it_runs_and_after_its_end(
    store: Store, account: Account, clock: ManualClock
) -> None:
    begun = recording(account, clock)
    await store.recordings.begin(begun)
    assert await store.recordings.get(account.id, begun.id) == begun
    assert await store.recordings.running() == [begun]
    assert await store.recordings.finish(ended(begun))
    assert await store.recordings.get(account.id, begun.id) == ended(begun)
    assert await store.recordings.running() == []


async def test_an_end_counts_once(store: Store, account: Account, clock: ManualClock) -> None:
    begun = recording(account, clock)
    await store.recordings.begin(begun)
    assert await store.recordings.finish(ended(begun))
    later = replace(begun, state=RecordingState.FAILED, reason="again")
    assert not await store.recordings.finish(later)
    assert await store.recordings.get(account.id, begun.id) == ended(begun)


async def test_the_same_beginning_again_changes_nothing(
    store: Store, account: Account, clock: ManualClock
) -> None:
    begun = recording(account, clock)
    await store.recordings.begin(begun)
    await store.recordings.finish(ended(begun))
    await store.recordings.begin(begun)
    assert await store.recordings.get(account.id, begun.id) == ended(begun)


async def test_callbacks_are_kept_with_the_end_and_once(
    store: Store, account: Account, clock: ManualClock
) -> None:
    notice = RecordingNotice(
        url="https://user:secret@app.example/status", states=frozenset(RecordingState)
    )
    begun = replace(recording(account, clock), notice=notice)
    await store.recordings.begin(begun)
    assert (await store.recordings.get(account.id, begun.id)).notice == notice
    request = WebRequest(
        method="POST",
        url=notice.url,
        form=(("a", "b"),),
        signing=Signing(dialect="twilio", secret="s", nonce="1" * 20),
        limits=WebLimits(
            connect_s=1.0,
            read_s=1.0,
            total_s=1.0,
            retries=0,
            retry_on=frozenset(),
            redirects=0,
            body_bytes=1,
        ),
        account=account.id,
    )
    callback = Callback(key="one", call=CallId(begun.id), order=2, request=request)
    await store.recordings.add_callbacks([replace(callback, key="zero", order=1)])
    await store.recordings.add_callbacks([replace(callback, key="zero", order=1)])
    assert await store.recordings.finish(ended(begun), [callback])
    assert not await store.recordings.finish(ended(begun), [callback])
    assert await store.outbox.waiting() == 2


async def test_no_account_reaches_anothers(
    store: Store, account: Account, stranger: Account, clock: ManualClock
) -> None:
    begun = recording(account, clock)
    await store.recordings.begin(begun)
    await store.recordings.finish(ended(begun))
    with pytest.raises(NotFound):
        await store.recordings.get(stranger.id, begun.id)
    with pytest.raises(NotFound):
        await store.recordings.delete(stranger.id, begun.id)
    assert (await store.recordings.list(stranger.id)).items == ()
    assert not await store.recordings.finish(replace(begun, account=stranger.id))


async def test_lists_are_paged_newest_first_and_by_call(
    store: Store, account: Account, clock: ManualClock
) -> None:
    all_of_them = [recording(account, clock, n) for n in range(1, 6)]
    for each in all_of_them:
        await store.recordings.begin(each)
    await store.recordings.begin(replace(recording(account, clock, 9), call=CallId("d" * 32)))
    found: list[Recording] = []
    after = ""
    while True:
        page = await store.recordings.list(account.id, call=CALL, after=after, limit=2)
        found.extend(page.items)
        after = page.next
        if not after:
            break
    assert found == all_of_them[::-1]
    assert len((await store.recordings.list(account.id)).items) == 6


async def test_a_recording_that_runs_cannot_be_deleted(
    store: Store, account: Account, clock: ManualClock
) -> None:
    begun = recording(account, clock)
    await store.recordings.begin(begun)
    with pytest.raises(UsageError, match="stop it first"):
        await store.recordings.delete(account.id, begun.id)
    await store.recordings.finish(ended(begun))
    assert await store.recordings.delete(account.id, begun.id) == ended(begun)
    with pytest.raises(NotFound):
        await store.recordings.get(account.id, begun.id)


async def test_old_ones_are_found_oldest_first_without_those_that_run(
    store: Store, account: Account, clock: ManualClock
) -> None:
    rows = [recording(account, clock, n) for n in range(1, 5)]
    for each in rows:
        await store.recordings.begin(each)
    for each in rows[:3]:
        await store.recordings.finish(ended(each))
    moment = rows[3].started_at + timedelta(days=1)
    assert await store.recordings.before(moment, 2) == [ended(row) for row in rows[:2]]
    await store.recordings.forget(await store.recordings.before(moment, 9))
    assert await store.recordings.before(moment, 9) == []
    assert await store.recordings.running() == [rows[3]]
