"""Cursor pagination of lists."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from offhook.base.errors import UsageError

T = TypeVar("T")
MAX_PAGE: Final = 1000
_MAX_CURSOR: Final = 512


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list.

    Attributes:
        items: In the order of the list.
        next: The cursor of the next page; empty on the last one.
    """

    items: tuple[T, ...]
    next: str = ""


def check_limit(limit: int) -> int:
    """How many to show at once.

    Raises:
        UsageError: it is not 1 to 1000.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise UsageError(f"limit must be 1 to {MAX_PAGE}, not {limit}")
    return limit


def page(found: Sequence[T], limit: int, cursor: Callable[[T], Sequence[str]]) -> Page[T]:
    """The page of what was found; one item more than `limit` shows that there is a next page.

    Args:
        found: At most `limit` + 1 items.
        limit: How many belong on the page.
        cursor: The values that locate an item in the list.
    """
    items = tuple(found[:limit])
    return Page(items, encode_cursor(cursor(items[-1])) if len(found) > limit else "")


def encode_cursor(fields: Sequence[str]) -> str:
    """A cursor: a position in a list, as opaque text."""
    return base64.urlsafe_b64encode("\n".join(fields).encode()).decode().rstrip("=")


def decode_cursor(after: str, count: int) -> list[str]:
    """The `count` values in a cursor; nothing for the beginning of the list.

    Raises:
        UsageError: it is not a cursor of such a list.
    """
    if not after:
        return []
    try:
        if len(after) > _MAX_CURSOR:
            raise ValueError
        text = base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True)
        fields = text.decode().split("\n")
        if len(fields) != count or "\0" in text.decode():
            raise ValueError
    except ValueError:
        raise UsageError("`after` must be the `next` of the page before") from None
    return fields


def decode_moment(field: str) -> datetime:
    """A time in a cursor, with its zone.

    Raises:
        UsageError: it is none.
    """
    try:
        moment = datetime.fromisoformat(field)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError("`after` must be the `next` of the page before")
    return moment
