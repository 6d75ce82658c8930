"""DNS servers that do not answer hold up only the account that uses them."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from offhook.egress import lookups
from offhook.egress.lookups import Lookups, system_lookup


class Dns:
    """Answers once it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del port
        self.asked.append(host)
        if host.startswith("hangs"):
            await self.go.wait()
        if "nothing" in host:
            raise OSError("no such name")
        return ["192.0.2.1"]


async def _hanging(found: Lookups, count: int) -> list[asyncio.Task[Sequence[str]]]:
    tasks = [asyncio.ensure_future(found.find("one", f"hangs{n}", 80)) for n in range(count)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


@pytest.mark.threat("noisy-neighbour")
async def test_names_that_hang_delay_no_other_account() -> None:
    dns = Dns()
    found = Lookups(dns)
    hanging = await _hanging(found, 500)
    assert 0 < len(dns.asked) <= lookups._LOOKUPS // 4
    assert await found.find("two", "quick", 80) == ["192.0.2.1"]
    dns.go.set()
    assert len(await asyncio.gather(*hanging)) == 500


async def test_one_name_is_looked_up_once_for_all_that_need_it_now() -> None:
    dns = Dns()
    found = Lookups(dns)
    asked = [asyncio.ensure_future(found.find("one", "hangs", 80)) for _ in range(50)]
    await asyncio.sleep(0)
    asked[0].cancel()
    dns.go.set()
    assert len(await asyncio.gather(*asked, return_exceptions=True)) == 50
    assert dns.asked == ["hangs"]
    # Nothing is remembered: the next request looks again.
    await found.find("one", "hangs", 80)
    assert dns.asked == ["hangs"] * 2


async def test_a_search_that_has_begun_keeps_its_place_until_it_ends() -> None:
    dns = Dns()
    found = Lookups(dns, places=7)
    hanging = await _hanging(found, 10)
    assert dns.asked == ["hangs0", "hangs1"]
    for one in hanging:
        one.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    # The threads still wait, so their places are not given away; the rest is not searched for.
    late = asyncio.ensure_future(found.find("one", "late", 80))
    await asyncio.sleep(0)
    assert (dns.asked, late.done()) == (["hangs0", "hangs1"], False)
    dns.go.set()
    assert await late == ["192.0.2.1"]
    assert dns.asked == ["hangs0", "hangs1", "late"]


async def test_a_name_that_does_not_exist_is_reported() -> None:
    found = Lookups(Dns())
    for _ in range(2):
        with pytest.raises(OSError, match="no such name"):
            await found.find("one", "nothing", 80)


@pytest.mark.real_time
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_names_are_looked_up_apart_from_other_work_in_threads() -> None:
    assert "127.0.0.1" in await system_lookup("localhost", 80)
    names = {thread.name for thread in threading.enumerate()}
    assert any(name.startswith("dns") for name in names)
