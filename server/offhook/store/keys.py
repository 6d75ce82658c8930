"""API keys: further secrets of an account, each of which can be revoked by itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from offhook.base.clock import Clock
from offhook.base.ids import AccountId, Ids
from offhook.store import validation
from offhook.store.accounts import new_secret
from offhook.store.applications import must_have_account
from offhook.store.crud import AccountTable
from offhook.store.database import Database
from offhook.store.encryption import Cipher
from offhook.store.pagination import Page
from offhook.store.tables import keys


@dataclass(frozen=True, slots=True)
class Key:
    """An API key: `SK` and 32 lower-case hex digits. Its secret was shown once."""

    id: str
    account: AccountId
    name: str
    created_at: datetime


class ApiKeys:
    """The API keys of all accounts; each method takes the account."""

    def __init__(self, database: Database, cipher: Cipher, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._table = AccountTable(database, keys.c.id, "key", _key)
        self._cipher = cipher
        self._ids = ids
        self._clock = clock

    async def create(self, account: AccountId, name: str) -> tuple[Key, str]:
        """A new key and its secret, which is never shown again.

        Raises:
            UsageError: the name is empty or too long.
            NotFound: there is no such account.
        """
        id = f"SK{self._ids.hex32()}"
        made = Key(id, account, validation.label("name", name), self._clock.wall())
        secret = new_secret()
        async with self._database.write_for(account) as connection:
            await must_have_account(connection, account)
            await connection.execute(
                insert(keys).values(
                    id=id,
                    account=account,
                    name=name,
                    secret=self._cipher.encrypt(secret, _context(id)),
                    created_at=made.created_at,
                )
            )
        return made, secret

    async def signer(self, id: str) -> tuple[AccountId, str] | None:
        """Whose key this is, and its secret; nothing if there is no such key."""
        query = select(keys.c.account, keys.c.secret).where(keys.c.id == id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return AccountId(row.account), self._cipher.decrypt(row.secret, _context(id))

    async def list(self, account: AccountId, *, after: str = "", limit: int = 50) -> Page[Key]:
        """The account's keys by id.

        Args:
            account: Whose.
            after: The `next` of the page before.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        return await self._table.list(account, after=after, limit=limit)

    async def delete(self, account: AccountId, id: str) -> None:
        """Delete the key; tokens that it signed are invalid from now on.

        Raises:
            NotFound: the account has none of this id.
        """
        await self._table.delete(account, id)


def _context(id: str) -> str:
    return f"key-secret:{id}"


def _key(row: Row[Any]) -> Key:
    return Key(row.id, AccountId(row.account), row.name, row.created_at)
