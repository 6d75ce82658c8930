"""Callbacks that were given up, on the command line."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from offhook.base.config import Config
from offhook.base.ids import AccountId, CallId
from offhook.base.records import Callback
from offhook.base.web import WebLimits, WebRequest
from offhook.runtime.store import find_store

pytestmark = pytest.mark.real_time
LIMITS = WebLimits(
    connect_s=1.0,
    read_s=1.0,
    total_s=1.0,
    retries=0,
    retry_on=frozenset(),
    redirects=0,
    body_bytes=1_000,
)


def given_up(account: AccountId, key: str, order: int) -> Callback:
    url = "https://me:north@voice.example:8443/end?token=south"
    request = WebRequest(
        account=account, call=CallId("c" * 32), method="POST", url=url, limits=LIMITS
    )
    return Callback(key=key, call=CallId("c" * 32), order=order, request=request)


async def fill(config: Config, account: AccountId, keys: tuple[str, ...]) -> None:
    store = await find_store(config)
    for order, key in enumerate(keys):
        await store.outbox.add([given_up(account, key, order)])
        await store.outbox.mark_dead(key, "11200: connection refused")
    await store.close()


async def waiting(config: Config) -> int:
    store = await find_store(config)
    try:
        return await store.outbox.waiting()
    finally:
        await store.close()


def test_dead_letters_are_listed_and_retried(run: Any, run_json: Any, tmp_path: Path) -> None:
    account = AccountId(run_json("init")["account"])
    assert run("callbacks", "list").output == "No failed callbacks.\n"
    config = Config(data_dir=tmp_path / "d")
    asyncio.run(fill(config, account, ("one", "two", "three")))
    listed = run("callbacks", "list").output
    assert "voice.example:8443" in listed
    assert "connection refused" in listed
    assert "north" not in listed
    assert "south" not in listed
    assert run("callbacks", "retry", "two").exit_code == 0
    assert {row["key"] for row in run_json("callbacks", "list")} == {"one", "three"}
    assert run("callbacks", "retry", "--all").exit_code == 0
    assert run_json("callbacks", "list") == []
    assert asyncio.run(waiting(config)) == 3


def test_a_callback_must_be_named(run: Any, run_json: Any) -> None:
    run_json("init")
    assert run("callbacks", "retry").exit_code == 2
    assert run("callbacks", "retry", "one", "--all").exit_code == 2
    assert run("callbacks", "retry", "one").exit_code == 2
