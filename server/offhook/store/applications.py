"""Applications: the URLs that decide what happens with a call."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from offhook.base.accounts import Application
from offhook.base.clock import Clock
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId, ApplicationId, Ids, NewId, hex_id
from offhook.store import validation
from offhook.store.crud import AccountTable
from offhook.store.database import Database
from offhook.store.pagination import Page
from offhook.store.sqlite_direct import Lookup
from offhook.store.tables import accounts, applications

_FIELDS: Final = tuple(field.name for field in fields(Application))
# Made once: used in every call.
_ONE: Final = Lookup(
    select(*(applications.c[field] for field in _FIELDS)).where(
        applications.c.account == bindparam("account"), applications.c.id == bindparam("id")
    )
)
_CHANGEABLE: Final = frozenset(_FIELDS) - {"id", "account"}


class Applications:
    """The applications of all accounts; each method takes the account."""

    def __init__(
        self, database: Database, ids: Ids, clock: Clock, dialects: Mapping[str, NewId]
    ) -> None:
        """Applications.

        Args:
            database: Where they are kept.
            ids: Where new ids come from.
            clock: For when they were made.
            dialects: The dialects there are, each with what makes the ids of its applications;
                any word when empty.
        """
        self._database = database
        self._table = AccountTable(
            database, applications.c.name, "application", _application, _by_id
        )
        self._ids = ids
        self._clock = clock
        self._dialects = dialects

    async def create(
        self, account: AccountId, *, name: str, dialect: str, answer_url: str, **rest: str
    ) -> Application:
        """A new application.

        Args:
            account: Whose.
            name: Unique within the account.
            dialect: Whose XML its URLs return.
            answer_url: Requested when a call begins.
            rest: The other fields of `Application`.

        Raises:
            UsageError: a field is wrong, or the name is taken (`conflict`).
            NotFound: there is no such account.
        """
        values = {"name": name, "dialect": dialect, "answer_url": answer_url, **rest}
        checked = self._checked(values)
        new_id = self._dialects.get(dialect, hex_id)

        async def add(connection: AsyncConnection) -> Application:
            await must_have_account(connection, account)
            id = ApplicationId(new_id(self._ids))
            made = Application(id=id, account=account, **checked)
            row = {field: getattr(made, field) for field in _FIELDS}
            await connection.execute(
                insert(applications).values(**row, created_at=self._clock.wall())
            )
            return made

        return await self._table.create(account, name, add)

    async def get(self, account: AccountId, id: ApplicationId) -> Application:
        """The application.

        Raises:
            NotFound: the account has none of this id.
        """
        return await self._table.get(account, id)

    async def find(self, account: AccountId, id: ApplicationId) -> Application | None:
        """The application, if the account has it."""
        rows = await self._database.find_for(account, _ONE, {"account": account, "id": id})
        return Application(**dict(zip(_FIELDS, rows[0], strict=True))) if rows else None

    async def named(self, account: AccountId, name: str) -> Application | None:
        """The application of this name, if the account has it."""
        query = select(applications).where(
            applications.c.account == account, applications.c.name == name
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _application(row)

    async def lookup(self, account: AccountId, wanted: str) -> Application:
        """The application of this name, or of this id; a name that looks like an id wins.

        Raises:
            NotFound: the account has neither.
        """
        named = await self.named(account, wanted)
        return named or await self.get(account, ApplicationId(wanted))

    async def change(self, account: AccountId, id: ApplicationId, **values: str) -> Application:
        """Change the fields that are given.

        Raises:
            UsageError: a field is wrong, or the new name is taken (`conflict`).
            NotFound: the account has none of this id.
        """
        checked = self._checked(values)
        async with self._database.write_for(account) as connection:
            if checked:
                change = update(applications).where(
                    applications.c.account == account, applications.c.id == id
                )
                try:
                    await connection.execute(change.values(**checked))
                except IntegrityError:
                    raise self._table.taken(values["name"]) from None
            return _application(await self._table.row(connection, account, id))

    async def list(
        self, account: AccountId, *, after: str = "", limit: int = 50
    ) -> Page[Application]:
        """The account's applications by name.

        Args:
            account: Whose.
            after: The `next` of the page before.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        return await self._table.list(account, after=after, limit=limit)

    async def delete(self, account: AccountId, id: ApplicationId) -> None:
        """Deletes the application; endpoints and numbers that it decided on have none then.

        Raises:
            NotFound: the account has none of this id.
        """
        await self._table.delete(account, id)

    def _checked(self, values: Mapping[str, str]) -> dict[str, Any]:
        for field, value in values.items():
            if field not in _CHANGEABLE:
                raise UsageError(f"an application has no field {field!r} that could be set")
            if field == "name":
                validation.label(field, value)
            elif field == "dialect":
                validation.dialect(value, frozenset(self._dialects))
            elif field == "answer_url":
                validation.url(field, value)
            elif field.endswith("_method"):
                validation.method(field, value)
            else:
                validation.optional_url(field, value)
        return dict(values)


async def must_have_account(connection: AsyncConnection, account: AccountId) -> None:
    """Check that the account exists.

    Raises:
        NotFound: it does not.
    """
    query = select(accounts.c.id).where(accounts.c.id == account)
    if (await connection.execute(query)).one_or_none() is None:
        raise NotFound(f"there is no account {account!r}")


async def must_have_application(
    connection: AsyncConnection, account: AccountId, id: ApplicationId | None
) -> None:
    """Check that the application, if one is named, belongs to the account.

    Raises:
        NotFound: it is not.
    """
    if (
        id is not None
        and (await connection.execute(_ONE.query, {"account": account, "id": id})).one_or_none()
        is None
    ):
        raise _not_found(id)


def _by_id(account: AccountId, id: str) -> Select[Any]:
    return select(applications).where(applications.c.account == account, applications.c.id == id)


def _not_found(id: str) -> NotFound:
    return NotFound(f"there is no application {id!r} in this account")


def _application(row: Row[Any]) -> Application:
    return Application(**{field: getattr(row, field) for field in _FIELDS})
