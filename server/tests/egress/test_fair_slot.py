"""An account waits for places in a line of its own: proved on a clock that needs no time."""

import asyncio

import pytest
from offhook.base.fair_share import FairShare
from offhook.egress.fair_slot import fair_slot
from offhook.testing.loop import VirtualLoop

PLACES = 400
HANGS_S = 15.0


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Without sockets time may jump here, other than in the rest of this folder."""
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.mark.parametrize(("accounts", "hosts"), [(1, 1), (1, 50), (10, 5), (20, 5)])
async def test_a_place_is_had_at_once_while_hundreds_of_others_hang(
    accounts: int, hosts: int
) -> None:
    shares = FairShare(PLACES)
    loop = asyncio.get_running_loop()

    async def hangs(account: int, host: int) -> None:
        async with fair_slot(shares, f"a{account}", f"h{host}"):
            await asyncio.sleep(HANGS_S)

    each = 900 // accounts // hosts + 1
    waits: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        for account in range(accounts):
            for host in range(hosts):
                for _ in range(each):
                    tasks.create_task(hangs(account, host))
        for _ in range(20):
            await asyncio.sleep(HANGS_S / 10)
            began = loop.time()
            async with fair_slot(shares, "victim", "v"):
                waits.append(loop.time() - began)
    assert max(waits) == 0.0
    assert shares.free == PLACES


async def test_giving_up_gives_the_place_in_the_line_back() -> None:
    shares = FairShare(1)
    async with fair_slot(shares, "one", ""):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5), fair_slot(shares, "one", ""):
                raise AssertionError("there is no second place")
    async with fair_slot(shares, "one", ""):
        assert shares.free == 0
    assert shares.free == 1
