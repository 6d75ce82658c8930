"""Reads, lists and deletes rows that belong to an account: the same for every table that has them."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from sqlalchemy import Column, Row, Select, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from offhook.base.errors import NotFound, Unavailable, UsageError
from offhook.base.ids import AccountId
from offhook.store.database import Database
from offhook.store.pagination import Page, check_limit, decode_cursor, page

T = TypeVar("T")

_TRIES: Final = 8
"""New ids that are tried. Among a million rows, one of 14 digits is in use once in 90 million tries."""


class Unset(Enum):
    """The type of `UNSET`: an argument that was not given, where None is a value."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
MaybeUnset: TypeAlias = T | Literal[Unset.UNSET]


class AccountTable(Generic[T]):
    """Rows of one table, by their account and a key."""

    def __init__(
        self,
        database: Database,
        key: Column[str],
        noun: str,
        item: Callable[[Row[Any]], T],
        one: Callable[[AccountId, str], Select[Any]] | None = None,
    ) -> None:
        """The table of `key`.

        Args:
            database: Where it is.
            key: Text that no two rows of an account share, and by which lists are sorted.
            noun: What a row is, for messages.
            item: Makes an item of a row.
            one: Selects one row of an account, where the key alone does not.
        """
        self._database = database
        self._key = key
        self._noun = noun
        self._item = item
        self.one = one or self._by_key

    async def create(
        self, account: AccountId, key: str, add: Callable[[AsyncConnection], Awaitable[T]]
    ) -> T:
        """Add a row under an id of its own; one that is in use is replaced by another.

        Args:
            account: Whose.
            key: The row's key.
            add: Inserts the row under a new id, within a transaction.

        Raises:
            UsageError: the key is taken (`conflict`).
            Unavailable: every id that was tried is in use.
        """
        for _ in range(_TRIES):
            try:
                async with self._database.write_for(account) as connection:
                    return await add(connection)
            except IntegrityError:
                async with self._database.read() as connection:
                    same = await connection.execute(self._by_key(account, key))
                    if same.one_or_none() is not None:
                        raise self.taken(key) from None
        raise Unavailable(f"no free id was found for the {self._noun} {key!r}")

    async def find(self, account: AccountId, key: str) -> T | None:
        """The item, if the account has it."""
        async with self._database.read() as connection:
            row = (await connection.execute(self.one(account, key))).one_or_none()
        return None if row is None else self._item(row)

    async def get(self, account: AccountId, key: str) -> T:
        """The item.

        Raises:
            NotFound: the account has none.
        """
        async with self._database.read_for(account) as connection:
            return self._item(await self.row(connection, account, key))

    async def row(self, connection: AsyncConnection, account: AccountId, key: str) -> Row[Any]:
        """The row, within a transaction.

        Raises:
            NotFound: the account has none.
        """
        row = (await connection.execute(self.one(account, key))).one_or_none()
        if row is None:
            raise self.not_found(key)
        return row

    async def list(self, account: AccountId, *, after: str, limit: int) -> Page[T]:
        """The account's items in the order of their keys.

        Args:
            account: Whose.
            after: The `next` of the page before; empty for the first.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        key = self._key
        query = select(key.table).where(key.table.c.account == account)
        for last in decode_cursor(after, 1):
            query = query.where(key > last)
        query = query.order_by(key).limit(check_limit(limit) + 1)
        async with self._database.read_for(account) as connection:
            rows = (await connection.execute(query)).all()
        found = page(rows, limit, lambda row: [getattr(row, key.name)])
        return Page(tuple(self._item(row) for row in found.items), found.next)

    async def delete(self, account: AccountId, key: str) -> None:
        """Delete the row.

        Raises:
            NotFound: the account has none.
        """
        async with self._database.write_for(account) as connection:
            row = await self.row(connection, account, key)
            columns = self._key.table.primary_key.columns
            same = [column == getattr(row, column.name) for column in columns]
            await connection.execute(delete(self._key.table).where(*same))

    def not_found(self, key: str) -> NotFound:
        """The error for a missing row."""
        return NotFound(f"there is no {self._noun} {key!r} in this account")

    def taken(self, key: str) -> UsageError:
        """The error for a key that another row has."""
        return UsageError(f"there is an {self._noun} {key!r} already", code="conflict")

    def _by_key(self, account: AccountId, key: str) -> Select[Any]:
        table = self._key.table
        return select(table).where(table.c.account == account, self._key == key)
