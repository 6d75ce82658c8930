"""Listening, with TLS and without."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from offhook.api.serve import Listener
from offhook.base.errors import Unavailable, UsageError

pytestmark = pytest.mark.real_time


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


async def ask(listener: Listener, verify: Any = True) -> str:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listener.run())
        async with httpx.AsyncClient(verify=verify) as client:
            text = (await client.get(listener.url, headers={"X-Forwarded-For": "192.0.2.9"})).text
        listener.stop()
    return text


async def test_connections_before_the_start_wait_in_the_backlog() -> None:
    listener = Listener(app, "127.0.0.1", 0)
    host, port = listener.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=2):
        pass
    assert await ask(listener) == "here"


async def test_over_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    listener = Listener(app, "127.0.0.1", 0, tls_cert=str(chain), tls_key=str(key))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    assert listener.url.startswith("https://127.0.0.1:")
    assert await ask(listener, trust) == "here"


@pytest.mark.parametrize(("proxies", "seen"), [((), "127.0.0.1"), (("127.0.0.1",), "192.0.2.9")])
async def test_only_a_trusted_proxy_sets_the_client_address(
    proxies: tuple[str, ...], seen: str
) -> None:
    async def who(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["client"][0].encode()})

    listener = Listener(who, "127.0.0.1", 0, proxies=proxies)
    assert await ask(listener) == seen


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"port {port}"):
            Listener(app, "127.0.0.1", port)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tls_cert"):
        Listener(app, "127.0.0.1", 0, tls_cert=str(tmp_path / "none"), tls_key="x")
