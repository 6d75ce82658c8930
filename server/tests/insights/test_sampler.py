"""Samples are written every few seconds, and old ones are deleted once an hour."""

import asyncio
from collections.abc import Awaitable

import pytest
from offhook.base.errors import Unavailable
from offhook.insights import sampler
from offhook.testing.deterministic import LoopClock


class Samples:
    """Counts what is asked of it."""

    def __init__(self, *, down: bool = False) -> None:
        self.down = down
        self.written: list[float] = []
        self.deleted: list[tuple[float, float]] = []

    async def write(self) -> None:
        self.written.append(asyncio.get_running_loop().time())

    async def forget(self, older_than_days: float) -> None:
        self.deleted.append((asyncio.get_running_loop().time(), older_than_days))
        if self.down:
            raise Unavailable("the database does not answer")


async def for_seconds(seconds: float, work: Awaitable[None]) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(work, seconds)


async def test_samples_are_written_each_five_seconds_and_deleted_each_hour() -> None:
    samples = Samples()
    start = asyncio.get_running_loop().time()
    await for_seconds(3607, sampler.run(samples, LoopClock(), 30.0))
    assert [at - start for at in samples.written[:3]] == [5.0, 10.0, 15.0]
    assert len(samples.written) == 721
    assert [(at - start, days) for at, days in samples.deleted] == [(5.0, 30.0), (3605.0, 30.0)]


async def test_a_database_that_is_down_is_logged_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    samples = Samples(down=True)
    await for_seconds(3607, sampler.run(samples, LoopClock(), 30.0))
    assert len(samples.deleted) == 2
    assert [record.message for record in caplog.records] == ["samples.not-deleted"] * 2
