"""A queue with one reader, for things there is one of for every page and socket."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class LightQueue(Generic[T]):
    """As `asyncio.Queue` without a bound: a list and a future, where that has three deques and an event.

    It takes 0.2 kB where that takes 2.4, and a wait that may end by itself needs no timeout around it.
    """

    __slots__ = ("_items", "_waiter", "_woken")

    def __init__(self) -> None:
        """Nothing is in it."""
        self._items: list[T] = []
        self._waiter: asyncio.Future[None] | None = None
        self._woken = False

    def __len__(self) -> int:
        """How many items wait."""
        return len(self._items)

    def empty(self) -> bool:
        """Whether none does."""
        return not self._items

    def put_nowait(self, item: T) -> None:
        """One item more."""
        self._items.append(item)
        self._resolve()

    def wake(self) -> None:
        """End the wait of `get_within` without an item; the next one if none is pending."""
        self._woken = True
        self._resolve()

    async def get(self) -> T:
        """The oldest item, once there is one."""
        while not self._items:
            await self._wait()
        return self._items.pop(0)

    async def get_within(self, seconds: float) -> T | None:
        """The oldest item; nothing if none comes within `seconds`, or before `wake`.

        Other tasks run before it returns nothing for want of time.
        """
        if not self._items and not self._woken:
            timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._resolve)
            try:
                await self._wait()
            finally:
                timer.cancel()
        self._woken = False
        return self._items.pop(0) if self._items else None

    def _resolve(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
