"""An account that reads without pause delays no read of another."""

import asyncio

import pytest
from offhook.base.errors import Unavailable
from offhook.store import shares
from offhook.store.shares import Shares
from offhook.testing.loop import VirtualLoop

READ_S = 1.0


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Reads take virtual time."""
    return "asyncio", {"loop_factory": VirtualLoop}


class Account:
    """Reads, each as long as the others; remembers how long each took, its wait included."""

    def __init__(self, places: Shares, name: str) -> None:
        self._places = places
        self._name = name
        self.took_s: list[float] = []
        self.running = self.most = 0

    async def read(self, seconds: float = READ_S) -> None:
        began = asyncio.get_running_loop().time()
        async with self._places.turn(self._name):
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(seconds)
            self.running -= 1
        self.took_s.append(asyncio.get_running_loop().time() - began)


@pytest.mark.threat("noisy-neighbour")
@pytest.mark.parametrize("places", [4, 12])
@pytest.mark.parametrize("noisy", [1, 2, 3])
async def test_accounts_that_read_without_pause_delay_no_other(places: int, noisy: int) -> None:
    shared = Shares(places)
    others = [Account(shared, f"MA{number}") for number in range(noisy)]
    quiet = Account(shared, "MAQUIET")
    async with asyncio.TaskGroup() as tasks:
        for other in others:
            for _ in range(100):
                tasks.create_task(other.read())
        for _ in range(20):
            await asyncio.sleep(0.7)
            await quiet.read()
    assert quiet.took_s[1:] == pytest.approx([READ_S] * 19), "none waited"
    # Four places may all be taken when the first read comes; the next one that is free is its own.
    assert quiet.took_s[0] <= (READ_S if places > 4 else 2 * READ_S)
    assert all(len(other.took_s) == 100 for other in others), "all were served"
    assert others[0].most <= places // 2
    assert shared.free == places


async def test_an_account_alone_reads_several_at_a_time() -> None:
    for places, most in ((4, 2), (12, 4)):
        account = Account(Shares(places), "MA1")
        async with asyncio.TaskGroup() as tasks:
            for _ in range(40):
                tasks.create_task(account.read())
        assert account.most == most


async def test_a_read_that_is_given_up_leaves_its_place_or_the_line() -> None:
    shared = Shares(4)
    account = Account(shared, "MA1")
    async with asyncio.TaskGroup() as tasks:
        reads = [tasks.create_task(account.read(60)) for _ in range(10)]
        await asyncio.sleep(1)
        for read in reads:
            read.cancel()
    assert shared.free == 4
    await account.read()
    assert account.took_s == [READ_S]


async def test_a_line_that_is_too_long_is_refused_for_its_account_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shares, "_WAITING", 20)
    shared = Shares(4)
    account, other = Account(shared, "MA1"), Account(shared, "MA2")
    refused = 0

    async def read() -> None:
        nonlocal refused
        try:
            await account.read()
        except Unavailable:
            refused += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(40):
            tasks.create_task(read())
        await other.read()
    assert other.took_s == [READ_S]
    assert refused == 40 - len(account.took_s) > 0
