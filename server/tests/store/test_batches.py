"""What waits is written in batches, and ever more seldom while the database is away."""

import asyncio
from dataclasses import dataclass, field

import pytest
from offhook.store.batches import AT_ONCE, PACE_S, write_batches
from offhook.testing.deterministic import LoopClock
from offhook.testing.loop import VirtualLoop


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """There is no database here."""
    return "asyncio", {"loop_factory": VirtualLoop}


@dataclass
class Rows:
    """Rows that wait, and when how many were written."""

    waiting: int = 0
    away: bool = False
    more: asyncio.Event = field(default_factory=asyncio.Event)
    tries: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    async def write(self) -> bool:
        taken = 0 if self.away else min(AT_ONCE, self.waiting)
        self.tries.append((round(asyncio.get_running_loop().time() - self.begun, 3), taken))
        self.waiting -= taken
        return not self.away

    async def run(self, seconds: float, pace_s: float = PACE_S) -> None:
        self.begun = asyncio.get_running_loop().time()
        writing = write_batches(self.write, lambda: self.waiting, self.more, LoopClock(), pace_s)
        task = asyncio.create_task(writing)
        await asyncio.sleep(seconds)
        task.cancel()


async def test_a_full_batch_is_followed_by_the_next_at_once() -> None:
    rows = Rows(waiting=3 * AT_ONCE + 1)
    await rows.run(1.0)
    # Fewer than a batch wait a little for what comes.
    assert rows.tries == [(0, AT_ONCE), (0, AT_ONCE), (0, AT_ONCE), (PACE_S, 1)]


async def test_nothing_is_written_before_something_waits() -> None:
    rows = Rows()

    def come() -> None:
        rows.waiting = 1
        rows.more.set()

    asyncio.get_running_loop().call_later(2.0, come)
    await rows.run(3.0)
    assert rows.tries == [(2.0, 1)]


async def test_pauses_become_longer_while_the_database_is_away() -> None:
    rows = Rows(waiting=1, away=True)
    await rows.run(20.0)
    assert [at for at, _ in rows.tries] == [0, 0.25, 0.75, 1.75, 3.75, 7.75, 12.75, 17.75]


async def test_without_a_pace_there_is_no_pause() -> None:
    rows = Rows(waiting=AT_ONCE + 2)
    await rows.run(1.0, pace_s=0.0)
    assert rows.tries == [(0, AT_ONCE), (0, 2)]
