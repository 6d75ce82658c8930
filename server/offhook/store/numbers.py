"""Numbers: which application decides on calls to a telephone number."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from offhook.base.clock import Clock
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId, ApplicationId
from offhook.store import pagination, validation
from offhook.store.applications import must_have_account, must_have_application
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
        self._clock = clock

    async def create(
        self,
        account: AccountId,
        digits: str,
        *,
        alias: str = "",
        application: ApplicationId | None = None,
    ) -> Number:
        """Gives the account a number.

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
        async with self._database.write() as connection:
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
        """The account that owns the number: for calls from outside."""
        query = select(numbers).where(numbers.c.digits == digits.removeprefix("+"))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _number(row)

    async def get(self, account: AccountId, digits: str) -> Number:
        """The number.

        Raises:
            NotFound: it is not the account's.
        """
        async with self._database.read_for(account) as connection:
            row = (await connection.execute(_one(account, digits))).one_or_none()
        if row is None:
            raise _not_found(digits)
        return _number(row)

    async def change(
        self,
        account: AccountId,
        digits: str,
        *,
        alias: str | None = None,
        application: ApplicationId | None = None,
        no_application: bool = False,
    ) -> Number:
        """Changes what is named, and only that.

        Raises:
            UsageError: a field is wrong.
            NotFound: the number or the application is not the account's.
        """
        changes: dict[str, Any] = {}
        if alias is not None:
            changes["alias"] = validation.optional_label("alias", alias)
        if application is not None or no_application:
            changes["application"] = None if no_application else application
        async with self._database.write() as connection:
            row = (await connection.execute(_one(account, digits))).one_or_none()
            if row is None:
                raise _not_found(digits)
            await must_have_application(connection, account, application)
            if changes:
                change = update(numbers).where(numbers.c.digits == row.digits).values(**changes)
                await connection.execute(change)
            return _number((await connection.execute(_one(account, digits))).one())

    async def list(self, account: AccountId, *, after: str = "", limit: int = 50) -> Page[Number]:
        """The account's numbers, in the order of their digits read as text.

        Args:
            account: Whose.
            after: The `next` of the page before.
            limit: 1 to 1000.

        Raises:
            UsageError: `after` or `limit` makes no sense.
        """
        column = numbers.c.digits
        return await pagination.of_account(
            self._database, account, column, _number, after=after, limit=limit
        )

    async def delete(self, account: AccountId, digits: str) -> None:
        """Takes the number from the account.

        Raises:
            NotFound: it is not the account's.
        """
        bare = digits.removeprefix("+")
        gone = (
            delete(numbers)
            .where(numbers.c.account == account, numbers.c.digits == bare)
            .returning(numbers.c.digits)
        )
        async with self._database.write() as connection:
            if (await connection.execute(gone)).one_or_none() is None:
                raise _not_found(digits)


def _one(account: AccountId, digits: str) -> Select[Any]:
    bare = digits.removeprefix("+")
    return select(numbers).where(numbers.c.account == account, numbers.c.digits == bare)


def _not_found(digits: str) -> NotFound:
    return NotFound(f"there is no number {digits!r} in this account")


def _number(row: Row[Any]) -> Number:
    return Number(
        digits=row.digits,
        account=AccountId(row.account),
        alias=row.alias,
        application=None if row.application is None else ApplicationId(row.application),
    )
