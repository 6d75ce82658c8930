"""API keys stand for their account until they are taken back."""

import re

import pytest
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId
from offhook.store.accounts import Account
from offhook.store.store import Store


async def test_a_key_signs_for_its_account(store: Store, account: Account) -> None:
    key, secret = await store.keys.create(account.id, "build server")
    assert re.fullmatch(r"SK[0-9a-f]{32}", key.id)
    assert len(secret) >= 40
    assert await store.keys.signer(key.id) == (account.id, secret)
    assert await store.signer(key.id) == (account.id, secret)
    assert (await store.keys.list(account.id)).items == (key,)


async def test_a_deleted_key_no_longer_signs(
    store: Store, account: Account, stranger: Account
) -> None:
    key, _ = await store.keys.create(account.id, "ci")
    with pytest.raises(NotFound):
        await store.keys.delete(stranger.id, key.id)
    assert await store.keys.signer(key.id) is not None
    await store.keys.delete(account.id, key.id)
    assert await store.keys.signer(key.id) is None


async def test_a_key_needs_a_name_and_an_account(store: Store, account: Account) -> None:
    with pytest.raises(UsageError, match="name"):
        await store.keys.create(account.id, "")
    with pytest.raises(NotFound, match="account"):
        await store.keys.create(AccountId("MANOBODY"), "ci")


async def test_keys_come_in_pages(store: Store, account: Account) -> None:
    made = sorted([(await store.keys.create(account.id, "k"))[0].id for _ in range(3)])
    first = await store.keys.list(account.id, limit=2)
    rest = await store.keys.list(account.id, limit=2, after=first.next)
    assert [key.id for key in (*first.items, *rest.items)] == made
