"""Endpoints: who can log in, and how they prove it."""

from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from offhook.base.accounts import Endpoint
from offhook.base.clock import Clock
from offhook.base.digests import Digests
from offhook.base.ids import AccountId, ApplicationId, EndpointId, Ids
from offhook.store import validation
from offhook.store.applications import must_have_account, must_have_application
from offhook.store.crud import UNSET, AccountTable, MaybeUnset
from offhook.store.database import Database
from offhook.store.encryption import Cipher
from offhook.store.pagination import Page
from offhook.store.tables import endpoints

_FIELDS: Final = tuple(field.name for field in fields(Endpoint))
_ID_DIGITS: Final = 14
"""Endpoints have no dialect. The only vendor whose API has ids of endpoints writes them like this."""


class Endpoints:
    """The endpoints of all accounts; each method takes the account.

    A password is never kept. What is kept are its digests, which SIP needs, and because one who has
    one can log in by it, they are kept encrypted.
    """

    def __init__(self, database: Database, cipher: Cipher, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._table = AccountTable(database, endpoints.c.name, "endpoint", _endpoint, _one)
        self._cipher = cipher
        self._ids = ids
        self._clock = clock

    async def create(
        self,
        account: AccountId,
        *,
        name: str,
        digests: Digests,
        alias: str = "",
        application: ApplicationId | None = None,
    ) -> Endpoint:
        """A new endpoint.

        Args:
            account: Whose.
            name: Unique within the account; 1 to 128 of `A-Z a-z 0-9 _ - . @ +`.
            digests: What `auth.passwords.digests` makes of the name and the password.
            alias: A name for people.
            application: Decides on calls it makes.

        Raises:
            UsageError: a field is wrong, or the name is taken (`conflict`).
            NotFound: there is no such account, or it has no such application.
        """
        name = validation.endpoint_name(name)
        alias = validation.optional_label("alias", alias)

        async def add(connection: AsyncConnection) -> Endpoint:
            await must_have_account(connection, account)
            await must_have_application(connection, account, application)
            id = EndpointId(self._ids.digits(_ID_DIGITS))
            made = Endpoint(id=id, account=account, name=name, alias=alias, application=application)
            row = {field: getattr(made, field) for field in _FIELDS}
            row |= self._encrypted(id, digests)
            await connection.execute(insert(endpoints).values(**row, created_at=self._clock.wall()))
            return made

        return await self._table.create(account, name, add)

    async def get(self, account: AccountId, name: str) -> Endpoint:
        """The endpoint of this name, or of this id.

        Raises:
            NotFound: the account has none.
        """
        return await self._table.get(account, name)

    async def find(self, account: AccountId, name: str) -> Endpoint | None:
        """The endpoint of this name, or of this id, if the account has it."""
        return await self._table.find(account, name)

    async def credentials(
        self, account: AccountId | None, name: str
    ) -> tuple[Endpoint, Digests] | None:
        """The endpoint and its digests.

        Args:
            account: Whose; nothing when the name should be unique on this server.
            name: The name it logs in with.

        Returns:
            Nothing if there is none, or, without `account`, if there are several.
        """
        query = select(endpoints).where(endpoints.c.name == name).limit(2)
        if account is not None:
            query = query.where(endpoints.c.account == account)
        async with self._database.read() as connection:
            found = (await connection.execute(query)).all()
        if len(found) != 1:
            return None
        row = found[0]
        return _endpoint(row), self._decrypted(row)

    async def complete(self, endpoint: Endpoint, digests: Digests) -> None:
        """Keep the digests that were missing, unless the password is another by now.

        Raises:
            Unavailable: the database cannot be written.
        """
        async with self._database.write() as connection:
            one = select(endpoints).where(endpoints.c.id == endpoint.id)
            row = (await connection.execute(one)).one_or_none()
            if row is None or self._decrypted(row).sha256 != digests.sha256:
                return
            encrypted = self._encrypted(endpoint.id, digests)
            await connection.execute(
                update(endpoints).where(endpoints.c.id == endpoint.id).values(**encrypted)
            )

    def _encrypted(self, id: str, digests: Digests) -> dict[str, Any]:
        md5 = digests.md5
        return {
            "ha1": self._cipher.encrypt(digests.sha256, _context(id)),
            "ha1_md5": None if md5 is None else self._cipher.encrypt(md5, _context_md5(id)),
        }

    def _decrypted(self, row: Row[Any]) -> Digests:
        md5 = row.ha1_md5
        return Digests(
            sha256=self._cipher.decrypt(row.ha1, _context(row.id)),
            md5=None if md5 is None else self._cipher.decrypt(md5, _context_md5(row.id)),
        )

    async def change(
        self,
        account: AccountId,
        name: str,
        *,
        alias: str | None = None,
        application: MaybeUnset[ApplicationId | None] = UNSET,
        digests: Digests | None = None,
    ) -> Endpoint:
        """Change the fields that are given.

        Args:
            account: Whose.
            name: Its name, or its id.
            alias: A new name for people; empty for none.
            application: Its application; None for none, so that it may not call.
            digests: Those of a new password.

        Raises:
            UsageError: a field is wrong.
            NotFound: the account has no such endpoint, or no such application.
        """
        changes: dict[str, Any] = {}
        if alias is not None:
            changes["alias"] = validation.optional_label("alias", alias)
        if application is not UNSET:
            changes["application"] = application
        async with self._database.write_for(account) as connection:
            row = await self._table.row(connection, account, name)
            await must_have_application(connection, account, changes.get("application"))
            if digests is not None:
                changes |= self._encrypted(row.id, digests)
            if changes:
                change = update(endpoints).where(endpoints.c.id == row.id).values(**changes)
                await connection.execute(change)
            return _endpoint(await self._table.row(connection, account, row.id))

    async def list(self, account: AccountId, *, after: str = "", limit: int = 50) -> Page[Endpoint]:
        """The account's endpoints by name.

        Args:
            account: Whose.
            after: The `next` of the page before.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        return await self._table.list(account, after=after, limit=limit)

    async def delete(self, account: AccountId, name: str) -> None:
        """Deletes the endpoint of this name, or of this id.

        Raises:
            NotFound: the account has none.
        """
        await self._table.delete(account, name)


def _one(account: AccountId, name: str) -> Select[Any]:
    # A name may look like the id of another endpoint; then the name wins.
    named = select(endpoints).where(endpoints.c.account == account)
    return (
        named.where((endpoints.c.name == name) | (endpoints.c.id == name))
        .order_by((endpoints.c.name == name).desc())
        .limit(1)
    )


def _context(id: str) -> str:
    return f"endpoint-ha1:{id}"


def _context_md5(id: str) -> str:
    return f"endpoint-ha1-md5:{id}"


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=EndpointId(row.id),
        account=AccountId(row.account),
        name=row.name,
        alias=row.alias,
        application=None if row.application is None else ApplicationId(row.application),
    )
