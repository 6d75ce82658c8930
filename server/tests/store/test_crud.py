"""Rows of an account are found, listed and deleted by their key, and only by that account."""

import pytest
from offhook.base.errors import NotFound
from offhook.store.accounts import Account
from offhook.store.crud import AccountTable
from offhook.store.numbers import Number
from offhook.store.store import Store
from offhook.store.tables import numbers
from sqlalchemy import Row


def digits(row: Row[Number]) -> str:
    return row.digits


@pytest.fixture
async def table(store: Store, account: Account) -> AccountTable[str]:
    for number in range(3):
        await store.numbers.create(account.id, f"+1555123000{number}")
    return AccountTable(store.database, numbers.c.digits, "number", digits)


async def test_a_row_is_found_by_its_account_only(
    table: AccountTable[str], account: Account, stranger: Account
) -> None:
    assert await table.get(account.id, "15551230001") == "15551230001"
    assert await table.find(account.id, "15551230009") is None
    assert await table.find(stranger.id, "15551230001") is None
    with pytest.raises(NotFound, match="there is no number '15551230001' in this account"):
        await table.get(stranger.id, "15551230001")


async def test_rows_are_listed_in_pages(
    table: AccountTable[str], account: Account, stranger: Account
) -> None:
    first = await table.list(account.id, after="", limit=2)
    second = await table.list(account.id, after=first.next, limit=2)
    assert first.items + second.items == ("15551230000", "15551230001", "15551230002")
    assert second.next == ""
    assert (await table.list(stranger.id, after="", limit=2)).items == ()


async def test_a_row_is_deleted_once_and_by_its_account_only(
    table: AccountTable[str], account: Account, stranger: Account
) -> None:
    with pytest.raises(NotFound):
        await table.delete(stranger.id, "15551230001")
    await table.delete(account.id, "15551230001")
    with pytest.raises(NotFound):
        await table.delete(account.id, "15551230001")
    assert len((await table.list(account.id, after="", limit=9)).items) == 2
