"""What pages and programs connect to: who may log in, and when the demonstration is served."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from offhook.api.serve import Listener
from offhook.auth import passwords
from offhook.base.config import Config
from offhook.base.errors import Refused
from offhook.dialects.registry import plugins
from offhook.egress.policy import Policy
from offhook.insights.metrics import Metrics
from offhook.links.json.frames import PasswordLogin, TokenLogin
from offhook.links.json.socket_server import KeyLogin, Login
from offhook.runtime import listening
from offhook.runtime.adapters import RandomIds, SystemClock
from offhook.runtime.store import open_store
from offhook.runtime.wiring import Basis, CallParts, build_calls
from offhook.storage.local_files import LocalFiles

pytestmark = pytest.mark.real_time


@pytest.fixture
def anyio_backend() -> str:
    """Sockets and the database's threads keep real time."""
    return "asyncio"


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[tuple[Basis, CallParts]]:
    config = Config(data_dir=tmp_path / "d", port=0)
    async with AsyncExitStack() as stack:
        store = await open_store(config)
        stack.push_async_callback(store.close)
        basis = Basis(
            config=config,
            store=store,
            files=LocalFiles(config.data_dir / "recordings"),
            clock=SystemClock(),
            ids=RandomIds(),
            instance="1" * 32,
            dialects=plugins(),
            metrics=Metrics(),
            policy=Policy.of((), loopback=True),
        )
        yield basis, await build_calls(basis, stack)


def close(*listeners: Listener) -> None:
    """Close the sockets of listeners that never served."""
    for listener in listeners:
        listener._socket.close()


async def authenticate(parts: tuple[Basis, CallParts], login: Login) -> str:
    """The endpoint that logs in."""
    entrances = listening.build_listener(*parts)
    close(entrances.listener)
    return (await entrances.sockets.authenticate(login, "127.0.0.1")).name


async def test_an_endpoint_logs_in_with_its_password(parts: tuple[Basis, CallParts]) -> None:
    store = parts[0].store
    account, _ = await store.accounts.create("Example")
    password = passwords.generate()
    digests = passwords.digests("alice", password)
    await store.endpoints.create(account.id, name="alice", digests=digests)
    login = PasswordLogin(endpoint="alice", password=password)
    assert await authenticate(parts, login) == "alice"
    with pytest.raises(Refused):
        await authenticate(parts, PasswordLogin(endpoint="alice", password="wrong"))


@pytest.mark.parametrize("login", [TokenLogin(token="a.b.c"), KeyLogin(link="l1", party=None)])
async def test_unknown_credentials_are_refused(
    parts: tuple[Basis, CallParts], login: Login
) -> None:
    with pytest.raises(Refused):
        await authenticate(parts, login)


ELSEWHERE: dict[str, Any] = {
    "listen": "0.0.0.0",
    "insecure_http": True,
    "public_address": ("192.0.2.1",),
}


@pytest.mark.parametrize(("change", "served"), [({}, 1), ({"demo": False}, 0), (ELSEWHERE, 0)])
async def test_the_demonstration_is_served_on_loopback_only_and_can_be_off(
    parts: tuple[Basis, CallParts], change: dict[str, Any], served: int
) -> None:
    basis, calls = parts
    changed = replace(basis, config=replace(basis.config, **change))
    entrances = listening.build_listener(basis, calls)
    listeners, people = await listening.build_demo(changed, entrances.sign_in)
    close(entrances.listener, *listeners)
    assert len(listeners) == served
    assert len(people) == 2 * served
