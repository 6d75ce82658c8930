"""A number belongs to one account at a time."""

import pytest
from offhook.base.errors import NotFound, UsageError
from offhook.store.accounts import Account
from offhook.store.store import Store


async def test_a_number_is_the_same_with_and_without_plus(store: Store, account: Account) -> None:
    made = await store.numbers.create(account.id, "+15551230000", alias="Front desk")
    assert made.digits == "15551230000"
    assert await store.numbers.get(account.id, "15551230000") == made
    assert await store.numbers.owner("+15551230000") == made
    assert await store.numbers.owner("15551239999") is None


async def test_a_number_in_use_is_not_moved(
    store: Store, account: Account, stranger: Account
) -> None:
    made = await store.numbers.create(account.id, "+15551230000")
    with pytest.raises(UsageError, match="taken") as refused:
        await store.numbers.create(stranger.id, "15551230000")
    assert refused.value.code == "conflict"
    for attempt in (
        store.numbers.get(stranger.id, made.digits),
        store.numbers.change(stranger.id, made.digits, alias="mine"),
        store.numbers.delete(stranger.id, made.digits),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await store.numbers.owner(made.digits) == made


@pytest.mark.parametrize("digits", ["", "+", "0123", "12a", "1" * 16, "+1 555", "٣٤٥", "++12"])
async def test_an_invalid_number_is_rejected(store: Store, account: Account, digits: str) -> None:
    with pytest.raises(UsageError, match="country code"):
        await store.numbers.create(account.id, digits)


async def test_only_named_fields_change_and_the_application_is_checked(
    store: Store, account: Account, stranger: Account
) -> None:
    mine, theirs = [
        await store.applications.create(
            owner.id, name="app", dialect="plivo", answer_url="https://a.example/"
        )
        for owner in (account, stranger)
    ]
    await store.numbers.create(account.id, "15551230000", alias="a")
    changed = await store.numbers.change(account.id, "15551230000", application=mine.id)
    assert (changed.alias, changed.application) == ("a", mine.id)
    with pytest.raises(NotFound, match="application"):
        await store.numbers.change(account.id, "15551230000", application=theirs.id)
    changed = await store.numbers.change(account.id, "15551230000", application=None, alias="")
    assert (changed.alias, changed.application) == ("", None)


async def test_they_come_in_pages_and_go(store: Store, account: Account) -> None:
    for digits in ("4930123", "15551", "4420123"):
        await store.numbers.create(account.id, digits)
    first = await store.numbers.list(account.id, limit=2)
    rest = await store.numbers.list(account.id, limit=2, after=first.next)
    found = [number.digits for number in (*first.items, *rest.items)]
    assert found == ["15551", "4420123", "4930123"]
    await store.numbers.delete(account.id, "+15551")
    with pytest.raises(NotFound):
        await store.numbers.get(account.id, "15551")
