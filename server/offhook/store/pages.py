"""Lists in pages, each of which knows where the next one begins."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Column, Row, select

from offhook.base.errors import UsageError
from offhook.base.ids import AccountId
from offhook.store.database import Database

T = TypeVar("T")
MOST: Final = 1000
_LONGEST_MARK: Final = 512


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list.

    Attributes:
        items: In the order of the list.
        next: Ask for the next page with this; empty on the last one.
    """

    items: tuple[T, ...]
    next: str = ""


def size(limit: int) -> int:
    """How many to show at once.

    Raises:
        UsageError: it is not 1 to 1000.
    """
    if not 1 <= limit <= MOST:
        raise UsageError(f"limit must be 1 to {MOST}, not {limit}")
    return limit


def page(found: Sequence[T], limit: int, mark: Callable[[T], Sequence[str]]) -> Page[T]:
    """The page out of what was found, of which one too many was asked for.

    Args:
        found: At most `limit` + 1 items.
        limit: How many belong on the page.
        mark: The words that say where an item is in the list.
    """
    items = tuple(found[:limit])
    return Page(items, write(mark(items[-1])) if len(found) > limit else "")


async def of_account(
    database: Database,
    account: AccountId,
    column: Column[str],
    shape: Callable[[Row[Any]], T],
    *,
    after: str,
    limit: int,
) -> Page[T]:
    """What an account has in the table of `column`, in that column's order.

    Args:
        database: Where it is.
        account: Whose.
        column: Text that no two rows of an account share.
        shape: Makes an item of a row.
        after: The `next` of the page before; empty for the first.
        limit: 1 to 1000.

    Raises:
        UsageError: `after` or `limit` makes no sense.
    """
    query = select(column.table).where(column.table.c.account == account)
    for last in read(after, 1):
        query = query.where(column > last)
    query = query.order_by(column).limit(size(limit) + 1)
    async with database.read_for(account) as connection:
        rows = (await connection.execute(query)).all()
    found = page(rows, limit, lambda row: [getattr(row, column.name)])
    return Page(tuple(shape(row) for row in found.items), found.next)


def write(words: Sequence[str]) -> str:
    """A place in a list, as text without meaning."""
    return base64.urlsafe_b64encode("\n".join(words).encode()).decode().rstrip("=")


def read(after: str, count: int) -> list[str]:
    """The `count` words in a place; nothing for the beginning of the list.

    Raises:
        UsageError: it is no place of such a list.
    """
    if not after:
        return []
    try:
        if len(after) > _LONGEST_MARK:
            raise ValueError
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True)
        words = text.decode().split("\n")
        if len(words) != count or "\0" in text.decode():
            raise ValueError
    except ValueError:
        raise UsageError("`after` must be the `next` of the page before") from None
    return words
