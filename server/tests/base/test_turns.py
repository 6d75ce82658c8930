"""How many begin in one turn of the loop."""

import asyncio

from offhook.base.turns import Turns


async def test_a_few_begin_in_each_turn_in_the_order_they_came() -> None:
    turns, began, turn = Turns(3), list[tuple[int, int]](), 0

    async def begin(number: int) -> None:
        await turns.take()
        began.append((turn, number))

    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(begin(number))
        for turn in range(40):  # noqa: B007
            await asyncio.sleep(0)
    assert [number for _, number in began] == list(range(20))
    counts = [sum(1 for when, _ in began if when == each) for each in range(40)]
    assert max(counts) == 3
    assert began[-1][0] <= 12


async def test_a_free_turn_is_taken_at_once() -> None:
    turns = Turns(1)
    taking = turns.take()
    try:
        taking.send(None)
    except StopIteration:
        pass
    else:
        raise AssertionError("it waited")


async def test_a_cancelled_turn_does_not_block_others() -> None:
    turns = Turns(1)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(turns.take()) for _ in range(5)]
        await asyncio.sleep(0)
        waiting[2].cancel()
        await asyncio.wait(waiting)
    assert [each.cancelled() for each in waiting] == [False, False, True, False, False]
