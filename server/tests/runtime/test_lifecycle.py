"""One server in this process, from its first moment to its last."""

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from offhook.base.config import Config
from offhook.base.errors import Unavailable
from offhook.runtime.lifecycle import Ready, Server
from offhook.runtime.store import find_store, open_store

pytestmark = pytest.mark.real_time


@pytest.fixture
def anyio_backend() -> str:
    """Sockets, threads and signals keep real time."""
    return "asyncio"


async def during(config: Config, act: Any) -> Ready:
    """What a server told, after `act` was done while it ran."""
    server = Server(config)
    reported: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(server.run(reported.set_result))
        await asyncio.wait((running, reported), return_when=asyncio.FIRST_COMPLETED)
        if reported.done():
            await act(reported.result())
            server.stop()
    return reported.result()


async def test_it_serves_its_parts_and_stops(tmp_path: Path) -> None:
    async def act(ready: Ready) -> None:
        async with httpx.AsyncClient(base_url=ready.url) as client:
            assert (await client.get("/health")).json()["status"] == "ok"
            figures = (await client.get("/metrics")).text
            assert (await client.get("/v1/account")).status_code == 401
        for name in ("calls_active", "links_open", "media_legs", "links_denied_total"):
            assert f"offhook_{name} 0.0" in figures

    ready = await during(Config(data_dir=tmp_path / "d", port=0), act)
    assert [person.dialect for person in ready.people] == ["twilio", "plivo"]
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700


async def test_it_starts_again_with_the_same_people(tmp_path: Path) -> None:
    async def act(ready: Ready) -> None:
        del ready

    config = Config(data_dir=tmp_path / "d", port=0)
    first, second = await during(config, act), await during(config, act)
    assert [p.name for p in first.people] == [p.name for p in second.people]
    assert first.people[0].token != second.people[0].token


async def test_no_demonstration_where_an_account_exists(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path / "d", port=0)
    store = await open_store(config)
    await store.accounts.create("Example")
    await store.close()

    async def act(ready: Ready) -> None:
        assert ready.people == []

    await during(config, act)


async def test_a_second_server_on_one_directory_is_refused_and_changes_nothing(
    tmp_path: Path,
) -> None:
    config = Config(data_dir=tmp_path / "d", port=0)

    async def urls() -> list[str]:
        store = await find_store(config)
        (account,) = (await store.accounts.list()).items
        found = [each.answer_url for each in (await store.applications.list(account.id)).items]
        await store.close()
        return found

    async def act(ready: Ready) -> None:
        before = await urls()
        with pytest.raises(Unavailable, match=str(os.getpid())) as raised:
            await Server(config).run(lambda _: None)
        assert ready.url in str(raised.value)
        assert await urls() == before

    await during(config, act)
    await during(config, act)
