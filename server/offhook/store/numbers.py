"""Numbers: which application decides on calls to a telephone number."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from offhook.base.clock import Clock
from offhook.base.errors import UsageError
from offhook.base.ids import AccountId, ApplicationId
from offhook.store import validation
from offhook.store.applications import must_have_account, must_have_application
from offhook.store.crud import UNSET, AccountTable, MaybeUnset
from offhook.store.database import Database
from offhook.store.pagination import Page
from offhook.store.tables import numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A telephone number that belongs to an account.

    Attributes:
        digits: E.164 without `+`; unique on this server.
        alias: A name for people.
        application: Decides on calls to it; nothing if calls to it are refused.
    """

    digits: str
    account: AccountId
    alias: str = ""
    application: ApplicationId | None = None


class Numbers:
    """The numbers of all accounts; each method takes the account."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._table = AccountTable(database, numbers.c.digits, "number", _number, _one)
        self._clock = clock

    async def create(
        self,
        account: AccountId,
        digits: str,
        *,
        alias: str = "",
        application: ApplicationId | None = None,
    ) -> Number:
        """Add a number to the account.

        Raises:
            UsageError: a field is wrong, or the number is taken, maybe by another account
                (`conflict`).
            NotFound: there is no such account, or it has no such application.
        """
        made = Number(
            digits=validation.digits(digits),
            account=account,
            alias=validation.optional_label("alias", alias),
            application=application,
        )
        async with self._database.write_for(account) as connection:
            await must_have_account(connection, account)
            await must_have_application(connection, account, application)
            try:
                await connection.execute(
                    insert(numbers).values(**asdict(made), created_at=self._clock.wall())
                )
            except IntegrityError:
                raise UsageError(f"+{made.digits} is taken already", code="conflict") from None
        return made

    async def owner(self, digits: str) -> Number | None:
        """The account that owns the number, for inbound calls."""
        query = select(numbers).where(numbers.c.digits == digits.removeprefix("+"))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _number(row)

    async def get(self, account: AccountId, digits: str) -> Number:
        """The number.

        Raises:
            NotFound: it is not the account's.
        """
        return await self._table.get(account, digits)

    async def change(
        self,
        account: AccountId,
        digits: str,
        *,
        alias: str | None = None,
        application: MaybeUnset[ApplicationId | None] = UNSET,
    ) -> Number:
        """Change the fields that are given; None for `application` removes it.

        Raises:
            UsageError: a field is wrong.
            NotFound: the number or the application is not the account's.
        """
        changes: dict[str, Any] = {}
        if alias is not None:
            changes["alias"] = validation.optional_label("alias", alias)
        if application is not UNSET:
            changes["application"] = application
        async with self._database.write_for(account) as connection:
            row = await self._table.row(connection, account, digits)
            await must_have_application(connection, account, changes.get("application"))
            if changes:
                change = update(numbers).where(numbers.c.digits == row.digits).values(**changes)
                await connection.execute(change)
            return _number(await self._table.row(connection, account, digits))

    async def list(self, account: AccountId, *, after: str = "", limit: int = 50) -> Page[Number]:
        """The account's numbers, in the order of their digits read as text.

        Args:
            account: Whose.
            after: The `next` of the page before.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        return await self._table.list(account, after=after, limit=limit)

    async def delete(self, account: AccountId, digits: str) -> None:
        """Remove the number from the account.

        Raises:
            NotFound: it is not the account's.
        """
        await self._table.delete(account, digits)


def _one(account: AccountId, digits: str) -> Select[Any]:
    bare = digits.removeprefix("+")
    return select(numbers).where(numbers.c.account == account, numbers.c.digits == bare)


def _number(row: Row[Any]) -> Number:
    return Number(
        digits=row.digits,
        account=AccountId(row.account),
        alias=row.alias,
        application=None if row.application is None else ApplicationId(row.application),
    )
