"""A queue with one reader gives items in order, waits, and can be woken."""

import asyncio

import pytest
from offhook.base.light_queue import LightQueue


async def test_items_come_in_order() -> None:
    queue = LightQueue[int]()
    for number in range(3):
        queue.put_nowait(number)
    assert len(queue) == 3
    assert [await queue.get(), await queue.get_within(1.0), await queue.get()] == [0, 1, 2]
    assert queue.empty()


async def test_a_reader_waits_for_an_item() -> None:
    queue = LightQueue[str]()
    reader = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0.1)
    assert not reader.done()
    queue.put_nowait("late")
    assert await reader == "late"


async def test_a_wait_ends_by_itself() -> None:
    queue = LightQueue[str]()
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await queue.get_within(0.5) is None
    assert loop.time() - began == pytest.approx(0.5, abs=0.2)
    assert await queue.get_within(0.0) is None
    assert await queue.get_within(-1.0) is None


async def test_a_reader_without_time_lets_others_run() -> None:
    queue = LightQueue[str]()
    ran: list[int] = []
    asyncio.get_running_loop().call_soon(ran.append, 1)
    assert await queue.get_within(0.0) is None
    assert ran == [1]


async def test_an_item_ends_a_wait() -> None:
    queue = LightQueue[str]()
    asyncio.get_running_loop().call_later(0.1, queue.put_nowait, "item")
    assert await queue.get_within(60.0) == "item"


@pytest.mark.parametrize("waits", [True, False])
async def test_a_wake_ends_one_wait_without_an_item(waits: bool) -> None:
    queue = LightQueue[str]()
    if waits:
        asyncio.get_running_loop().call_later(0.1, queue.wake)
    else:
        queue.wake()
        queue.wake()
    async with asyncio.timeout(10):
        assert await queue.get_within(60.0) is None
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await queue.get_within(0.2) is None
    assert loop.time() - began >= 0.1


async def test_a_cancelled_reader_loses_no_item() -> None:
    queue = LightQueue[str]()
    for wait in (queue.get(), queue.get_within(60.0)):
        reader = asyncio.ensure_future(wait)
        await asyncio.sleep(0)
        queue.put_nowait("item")
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert await queue.get() == "item"
