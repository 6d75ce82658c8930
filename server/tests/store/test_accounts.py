"""Accounts are made, found and gone; their secrets are never kept readable."""

import re

import pytest
from offhook.base.digests import Digests
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId
from offhook.store.store import Store
from sqlalchemy import text


async def test_a_new_account_has_an_id_and_a_long_secret_of_its_own(store: Store) -> None:
    one, secret = await store.accounts.create("Acme")
    two, other = await store.accounts.create("Acme")
    assert re.fullmatch(r"MA[A-Z0-9]{18}", one.id)
    assert len(secret) >= 40
    assert one.id != two.id
    assert secret != other
    assert await store.accounts.get(one.id) == one
    assert await store.accounts.secret(one.id) == secret
    assert await store.secret(one.id) == secret


@pytest.mark.threat("secrets-in-sight")
async def test_the_secret_is_not_readable_in_the_database(store: Store) -> None:
    _, secret = await store.accounts.create("Acme")
    async with store.database.read() as connection:
        kept = (await connection.execute(text("SELECT secret FROM accounts"))).scalar_one()
    assert secret.encode() not in bytes(kept)


async def test_a_changed_secret_replaces_the_old_one(store: Store) -> None:
    account, secret = await store.accounts.create("Acme")
    changed = await store.accounts.change_secret(account.id)
    assert changed != secret
    assert await store.accounts.secret(account.id) == changed


async def test_a_missing_account_is_reported(store: Store) -> None:
    missing = AccountId("MAXXXXXXXXXXXXXXXXXX")
    assert await store.accounts.secret(missing) is None
    with pytest.raises(NotFound, match="MAXX"):
        await store.accounts.get(missing)
    with pytest.raises(NotFound):
        await store.accounts.change_secret(missing)
    with pytest.raises(NotFound):
        await store.accounts.delete(missing)


@pytest.mark.parametrize("name", ["", " ", "a" * 129, "line\nbreak", "\u202egnp.exe", "a\0b"])
async def test_a_display_name_is_validated(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="1 to 128"):
        await store.accounts.create(name)


async def test_accounts_come_in_pages(store: Store) -> None:
    made = sorted([(await store.accounts.create(f"n{i}"))[0].id for i in range(5)])
    first = await store.accounts.list(limit=2)
    second = await store.accounts.list(limit=2, after=first.next)
    third = await store.accounts.list(limit=2, after=second.next)
    assert [a.id for page in (first, second, third) for a in page.items] == made
    assert third.next == ""


async def test_deleting_an_account_deletes_its_data(store: Store) -> None:
    account, _ = await store.accounts.create("Acme")
    other, _ = await store.accounts.create("Other")
    for owner in (account.id, other.id):
        await store.endpoints.create(owner, name="alice", digests=Digests(sha256="0" * 64))
        await store.applications.create(
            owner, name="app", dialect="plivo", answer_url="https://a.example/"
        )
        await store.keys.create(owner, "ci")
    await store.numbers.create(account.id, "+15551230000")
    await store.accounts.delete(account.id)
    assert (await store.endpoints.list(account.id)).items == ()
    assert (await store.keys.list(account.id)).items == ()
    assert await store.numbers.owner("15551230000") is None
    assert len((await store.endpoints.list(other.id)).items) == 1
