"""What an earlier start of a node still wants to write to the database is refused."""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from offhook.base.errors import Fenced
from offhook.base.ownership import DirectoryLock
from offhook.calls.cdr import fold
from offhook.store.node_fence import NodeFence
from offhook.store.outbox import Outbox
from offhook.store.outcomes import Outcome, Result
from offhook.store.store import Store


@pytest.fixture
def node() -> str:
    """A node that the database does not know."""
    return secrets.token_hex(16)


async def starts(store: Store, start: int, node: str) -> tuple[NodeFence, DirectoryLock]:
    fence = NodeFence(store.database)
    return fence, await fence.enter(DirectoryLock(node, start))


async def is_fenced(store: Store, fence: NodeFence) -> bool:
    try:
        await store.database.change(fence.check)
    except Fenced:
        return True
    return False


async def test_a_later_start_fences_the_one_before_and_no_other_node(
    store: Store, node: str
) -> None:
    first, _ = await starts(store, 1, node)
    other, _ = await starts(store, 1, node[::-1])
    assert not await is_fenced(store, first)
    second, lock = await starts(store, 2, node)
    assert lock.start == 2
    assert await is_fenced(store, first)
    assert not await is_fenced(store, second)
    assert not await is_fenced(store, other)


@pytest.mark.parametrize("start", [1, 4, 9])
async def test_an_older_copy_of_a_data_directory_gets_a_later_number(
    store: Store, start: int, node: str
) -> None:
    before, _ = await starts(store, 9, node)
    copy, lock = await starts(store, start, node)
    assert lock.start == 10
    assert await is_fenced(store, before)
    assert not await is_fenced(store, copy)


async def test_without_a_start_there_is_no_condition(store: Store) -> None:
    fence = NodeFence(store.database)
    assert not await is_fenced(store, fence)
    assert (fence.node, fence.claimant) == ("", "")


Work = Callable[[Store, Outbox], Awaitable[object]]
WRITES: dict[str, Work] = {
    "records": lambda store, _: store.calls.keep_all([]),
    "release": lambda _, outbox: outbox.release("server"),
    "outcome": lambda _, outbox: outbox.settle([Outcome("k", Result.DELIVERED)]),
}


@pytest.mark.parametrize("work", WRITES.values(), ids=list(WRITES))
async def test_every_write_about_calls_is_refused(
    store: Store, tmp_path: Path, work: Work, node: str
) -> None:
    durable = store.durable(tmp_path / "journal", node, fold)
    await store.enter()
    await work(store, store.outbox)
    await starts(store, durable.first_epoch.node + 1, node)
    with pytest.raises(Fenced):
        await work(store, store.outbox)
    durable.fence()
    await durable.stop()
