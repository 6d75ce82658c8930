"""What people think of calls and what pages measured is kept, bounded, and found by its account alone."""

from datetime import UTC, datetime

import pytest
from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.errors import NotFound
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.opinions import Feedback
from offhook.base.records import CallRecord, LegRecord
from offhook.store import opinions as room
from offhook.store.accounts import Account
from offhook.store.store import Store

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

SAID = Feedback(
    score=2,
    issues=("echo",),
    note="as in a church\0",
    log=("line",),
    at=datetime(2026, 1, 1, tzinfo=UTC),
)


def record(account: AccountId, number: int = 1) -> CallRecord:
    id = f"{number:032x}"
    leg = LegRecord(
        id=LegId(id),
        direction="inbound",
        peer="client:alice",
        started_at=BEGAN,
        answered_at=None,
        ended_at=BEGAN,
        cause=Cause.NORMAL,
        ended_by="peer",
        media=None,
    )
    return CallRecord(
        id=CallId(id),
        account=account,
        application=ApplicationId("a" * 32),
        dialect="plivo",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        started_at=BEGAN,
        answered_at=None,
        ended_at=BEGAN,
        cause=Cause.NORMAL,
        legs=(leg,),
        journal=(),
    )


def party(account: Account, name: str = "alice") -> Party:
    return Party(account=account.id, name=name, application=None)


async def kept(store: Store, account: AccountId, number: int = 1) -> tuple[CallId, LegId]:
    call = record(account, number)
    await store.keep(call, ())
    return call.id, call.legs[0].id


async def test_feedback_on_an_ended_call_is_found_with_it(store: Store, account: Account) -> None:
    call, leg = await kept(store, account.id)
    await store.opinions.feedback(party(account), leg, SAID, known=False)
    (opinion,) = await store.opinions.of_call(account.id, call)
    assert (opinion.leg, opinion.party) == (leg, "alice")
    assert (opinion.feedback.score, list(opinion.feedback.issues)) == (2, ["echo"])
    assert opinion.feedback.note == "as in a church\ufffd"
    assert opinion.feedback.at == SAID.at


async def test_the_last_word_counts(store: Store, account: Account) -> None:
    call, leg = await kept(store, account.id)
    for score in (1, 5):
        await store.opinions.feedback(party(account), leg, Feedback(score=score), known=True)
    (opinion,) = await store.opinions.of_call(account.id, call)
    assert opinion.feedback.score == 5
    assert opinion.feedback.at is not None


async def test_only_whoever_was_in_a_call_has_a_say(store: Store, account: Account) -> None:
    _, leg = await kept(store, account.id)
    elsewhere = Party(account=AccountId("MA" + "X" * 18), name="alice", application=None)
    for stranger in (party(account, "mallory"), elsewhere):
        with pytest.raises(NotFound):
            await store.opinions.feedback(stranger, leg, SAID, known=False)


async def test_feedback_may_come_before_the_record(store: Store, account: Account) -> None:
    leg = record(account.id).legs[0].id
    await store.opinions.feedback(party(account), leg, SAID, known=True)
    call, _ = await kept(store, account.id)
    assert len(await store.opinions.of_call(account.id, call)) == 1


async def test_samples_are_written_in_order_when_there_is_time(
    store: Store, account: Account
) -> None:
    call, leg = await kept(store, account.id)
    for second in range(3):
        store.opinions.samples(party(account), leg, [{"at": second, "mos": float("nan")}])
    assert store.opinions.waiting == 3
    found = await store.opinions.samples_of(account.id, call)
    assert found == {leg: [{"at": second, "mos": None} for second in range(3)]}
    assert store.opinions.waiting == 0


async def test_a_page_cannot_fill_the_store(
    store: Store, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_PER_LEG", 5)
    call, leg = await kept(store, account.id)
    for second in range(9):
        store.opinions.samples(party(account), leg, [{"at": second}])
    assert len((await store.opinions.samples_of(account.id, call))[leg]) == 5


async def test_nothing_is_told_of_other_accounts_calls(store: Store, account: Account) -> None:
    call, _ = await kept(store, account.id)
    with pytest.raises(NotFound):
        await store.opinions.of_call(AccountId("MA" + "X" * 18), call)
    with pytest.raises(NotFound):
        await store.opinions.samples_of(AccountId("MA" + "X" * 18), call)
