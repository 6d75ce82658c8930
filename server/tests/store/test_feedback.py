"""What people think of calls is kept, and found by their account alone."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from offhook.base.accounts import Party
from offhook.base.errors import NotFound
from offhook.base.feedback import Feedback
from offhook.base.ids import AccountId, LegId
from offhook.store.accounts import Account
from offhook.store.store import Store

EndCall = Callable[[AccountId], Awaitable[Any]]

SAID = Feedback(
    score=2,
    issues=("echo",),
    note="as in a church\0",
    log=("line",),
    at=datetime(2026, 1, 1, tzinfo=UTC),
)


def party(account: Account, name: str = "alice") -> Party:
    return Party(account=account.id, name=name, application=None)


async def test_feedback_on_an_ended_call_is_found_with_it(
    store: Store, account: Account, end_call: EndCall
) -> None:
    call = await end_call(account.id)
    await store.feedback.feedback(party(account, "bob"), call.bobs, Feedback(score=5), known=False)
    await store.feedback.feedback(party(account), call.alices, SAID, known=False)
    opinion, other = await store.feedback.of_call(account.id, call.id)
    assert (opinion.leg, opinion.party) == (call.alices, "alice")
    assert (opinion.feedback.score, list(opinion.feedback.issues)) == (2, ["echo"])
    assert opinion.feedback.note == "as in a church\ufffd"
    assert opinion.feedback.at == SAID.at
    assert (other.leg, other.party, other.feedback.score) == (call.bobs, "bob", 5)


async def test_the_last_word_counts(store: Store, account: Account, end_call: EndCall) -> None:
    call = await end_call(account.id)
    for score in (1, 5):
        feedback = Feedback(score=score)
        await store.feedback.feedback(party(account), call.alices, feedback, known=True)
    (opinion,) = await store.feedback.of_call(account.id, call.id)
    assert opinion.feedback.score == 5
    assert opinion.feedback.at is not None


async def test_only_participants_can_give_feedback(
    store: Store, account: Account, stranger: Account, end_call: EndCall
) -> None:
    call = await end_call(account.id)
    for somebody in (party(account, "mallory"), party(account, "bob"), party(stranger)):
        with pytest.raises(NotFound):
            await store.feedback.feedback(somebody, call.alices, SAID, known=False)


async def test_feedback_may_precede_the_call_record(
    store: Store, account: Account, end_call: EndCall
) -> None:
    await store.feedback.feedback(party(account), LegId("d" * 32), SAID, known=True)
    call = await end_call(account.id)
    assert len(await store.feedback.of_call(account.id, call.id)) == 1


async def test_other_accounts_calls_are_not_visible(
    store: Store, account: Account, stranger: Account, end_call: EndCall
) -> None:
    call = await end_call(account.id)
    with pytest.raises(NotFound):
        await store.feedback.of_call(stranger.id, call.id)
