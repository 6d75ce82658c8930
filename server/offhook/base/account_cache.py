"""A cache in bounded memory that accounts share: the one that fills it loses its own entries first."""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[_Value]):
    account: str
    size_bytes: int
    value: _Value


class AccountCache(Generic[_Value]):
    """Values by key, the least recently used of an account first to go."""

    def __init__(self, most_bytes: int) -> None:
        """A cache.

        Args:
            most_bytes: How much it keeps. When it is too much, the account that has most of it
                loses what it has not used for longest.
        """
        self._most_bytes = most_bytes
        self._used: Counter[str] = Counter()
        self._entries: OrderedDict[str, _Entry[_Value]] = OrderedDict()

    @property
    def used_bytes(self) -> int:
        """How much is kept."""
        return self._used.total()

    def used_by(self, account: str) -> int:
        """How many bytes of it an account is charged for."""
        return self._used[account]

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._entries)

    def get(self, key: str) -> _Value | None:
        """What is kept under a key; from now on the most recently used."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(self, key: str, value: _Value, *, account: str, size_bytes: int) -> None:
        """Keep a value in place of the one under this key, unless it is larger than the cache.

        Args:
            key: What it is found by.
            value: What is kept.
            account: Who is charged for it.
            size_bytes: How much memory it takes.
        """
        self._drop(key)
        if size_bytes > self._most_bytes:
            return
        self._entries[key] = _Entry(account, size_bytes, value)
        self._used[account] += size_bytes
        while self._used.total() > self._most_bytes:
            (largest, _), *_ = self._used.most_common(1)
            self._drop(next(k for k, entry in self._entries.items() if entry.account == largest))

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._used[entry.account] -= entry.size_bytes
            if not self._used[entry.account]:
                del self._used[entry.account]
