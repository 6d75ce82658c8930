"""Accounts: who owns everything else, and what their requests are signed with."""

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update

from offhook.base.clock import Clock
from offhook.base.errors import NotFound
from offhook.base.ids import AccountId
from offhook.store import pagination
from offhook.store.database import Database
from offhook.store.encryption import Cipher
from offhook.store.pagination import Page
from offhook.store.sqlite_direct import Lookup
from offhook.store.tables import accounts
from offhook.store.validation import label

_LETTERS: Final = string.ascii_uppercase + string.digits
_ID_LETTERS: Final = 18
_SECRET_BYTES: Final = 32
"""43 characters once written: long enough to sign with HMAC-SHA-256 (RFC 7518 §3.2)."""
# Made once: used for every request of every call.
_SECRET: Final = Lookup(select(accounts.c.secret).where(accounts.c.id == bindparam("id")))


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant: owns calls, endpoints, applications, keys and numbers."""

    id: AccountId
    name: str
    created_at: datetime


class Accounts:
    """All accounts of this server."""

    def __init__(self, database: Database, cipher: Cipher, clock: Clock) -> None:
        self._database = database
        self._cipher = cipher
        self._clock = clock

    async def create(self, name: str) -> tuple[Account, str]:
        """A new account and its secret.

        Raises:
            UsageError: the name is empty or too long.
        """
        letters = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LETTERS))
        account = Account(AccountId(f"MA{letters}"), label("name", name), self._clock.wall())
        secret = new_secret()
        async with self._database.write() as connection:
            await connection.execute(
                insert(accounts).values(
                    id=account.id,
                    name=account.name,
                    secret=self._cipher.encrypt(secret, _context(account.id)),
                    created_at=account.created_at,
                )
            )
        return account, secret

    async def get(self, id: AccountId) -> Account:
        """The account.

        Raises:
            NotFound: there is none of this id.
        """
        async with self._database.read() as connection:
            found = await connection.execute(select(accounts).where(accounts.c.id == id))
            return _account(_must(found.one_or_none(), id))

    async def secret(self, id: AccountId) -> str | None:
        """What the account signs with; nothing if there is no such account."""
        return self._secret(id, await self._database.find_for(id, _SECRET, {"id": id}))

    async def signer(self, id: AccountId) -> str | None:
        """As `secret`, for a token that nothing has been checked of: it is not charged to the account."""
        return self._secret(id, await self._database.find(_SECRET, {"id": id}))

    def _secret(self, id: AccountId, rows: Sequence[tuple[Any, ...]]) -> str | None:
        return self._cipher.decrypt(rows[0][0], _context(id)) if rows else None

    async def change_secret(self, id: AccountId) -> str:
        """Gives the account a new secret; the old one is invalid at once.

        Raises:
            NotFound: there is no such account.
        """
        secret = new_secret()
        change = update(accounts).where(accounts.c.id == id)
        async with self._database.write_for(id) as connection:
            changed = await connection.execute(
                change.values(secret=self._cipher.encrypt(secret, _context(id))).returning(
                    accounts.c.id
                )
            )
            _must(changed.one_or_none(), id)
        return secret

    async def list(self, *, after: str = "", limit: int = 50) -> Page[Account]:
        """Accounts by id.

        Args:
            after: The `next` of the page before.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        query = select(accounts).order_by(accounts.c.id).limit(pagination.check_limit(limit) + 1)
        for id in pagination.decode_cursor(after, 1):
            query = query.where(accounts.c.id > id)
        async with self._database.read() as connection:
            found = [_account(row) for row in await connection.execute(query)]
        return pagination.page(found, limit, lambda account: [account.id])

    async def delete(self, id: AccountId) -> None:
        """Deletes the account with everything it owns, calls and pending callbacks included.

        Raises:
            NotFound: there is no such account.
        """
        gone = delete(accounts).where(accounts.c.id == id).returning(accounts.c.id)
        async with self._database.write() as connection:
            _must((await connection.execute(gone)).one_or_none(), id)


def new_secret() -> str:
    """256 random bits, as 43 letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def _context(id: str) -> str:
    return f"account-secret:{id}"


def _must(row: Row[Any] | None, id: str) -> Row[Any]:
    if row is None:
        raise NotFound(f"there is no account {id!r}")
    return row


def _account(row: Row[Any]) -> Account:
    return Account(AccountId(row.id), row.name, row.created_at)
