"""Who gets in while others hold what they can: connections, descriptors, TLS handshakes."""

import asyncio
import os
import resource
import ssl
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from offhook.api.listen.bounds import Bounds
from offhook.api.listen.connection import Cut
from offhook.testing.attack import HEAD, TEXT, Peer, Target, frame

from .conftest import App

ASK = HEAD + b"\r\n"
OK = b"HTTP/1.1 200 OK"


async def answered(target: Target) -> bool:
    """Whether a newcomer is served."""
    async with Peer(target) as peer:
        await peer.send(ASK)
        return (await peer.receive()).startswith(OK)


@pytest.fixture
def tls(tmp_path: Path) -> tuple[dict[str, str], ssl.SSLContext]:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return {"tls_cert": str(chain), "tls_key": str(key)}, trust


@pytest.mark.real_time
@pytest.mark.threat("slow-connections")
async def test_partial_requests_of_one_source_do_not_block_others(serve: Any) -> None:
    async with serve(bounds=Bounds(per_source=16)) as it, AsyncExitStack() as held:
        for _ in range(100):
            peer = await held.enter_async_context(Peer(it.target))
            await peer.send(HEAD)
            assert it.open <= 16
        assert await answered(it.target)
        other = Target(host="127.0.0.1", port=it.target.port, source="127.0.0.2")
        assert await answered(other)
    assert it.listener.admission.tally[Cut.TOO_MANY] >= 84


@pytest.mark.real_time
@pytest.mark.threat("slow-connections")
async def test_unauthenticated_sources_leave_a_reserve(serve: Any) -> None:
    app = App(signs_in=True)
    async with serve(app, most_connections=40) as it, AsyncExitStack() as held:
        page = await held.enter_async_context(Peer(it.target))
        assert b" 101 " in await page.upgrade()
        for number in range(100):
            source = f"127.0.1.{number + 1}"
            target = Target(host="127.0.0.1", port=it.target.port, source=source)
            peer = await held.enter_async_context(Peer(target))
            await peer.send(HEAD)
            assert it.open <= 21
        assert await answered(it.target)
        again = await held.enter_async_context(Peer(it.target))
        assert b" 101 " in await again.upgrade()
        await page.send(frame(TEXT, b"still here"))
        async with asyncio.timeout(30):
            while "still here" not in app.texts:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.mark.real_time
async def test_an_ipv6_source_is_a_network_of_64_bits(serve: Any) -> None:
    async with serve(bounds=Bounds(per_source=8), host="::1") as it, AsyncExitStack() as held:
        for _ in range(20):
            peer = await held.enter_async_context(Peer(it.target))
            await peer.send(HEAD)
        await asyncio.sleep(0.1)
        assert {each.source for each in it.listener.admission._open} == {"::/64"}
        assert it.open <= 8


@pytest.mark.real_time
async def test_a_trusted_proxy_may_open_many_connections(serve: Any) -> None:
    bounds = Bounds(per_source=8, connections_burst=10, connections_per_s=1)
    async with serve(bounds=bounds, proxies=("127.0.0.1",)) as it, AsyncExitStack() as held:
        for _ in range(50):
            peer = await held.enter_async_context(Peer(it.target))
            await peer.send(ASK)
            assert (await peer.receive()).startswith(OK)
        assert it.open == 50


@contextmanager
def descriptors(spare: int) -> Generator[None]:
    """Leave the process `spare` descriptors."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = {int(name) for name in os.listdir("/proc/self/fd")}
    # The limit is the first number that no new descriptor may have.
    unused = [number for number in range(len(used) + spare + 1) if number not in used]
    resource.setrlimit(resource.RLIMIT_NOFILE, (unused[spare], before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.real_time
@pytest.mark.threat("slow-connections")
async def test_without_descriptors_unauthenticated_connections_are_closed(
    serve: Any,
) -> None:
    async with serve(most_connections=100_000) as it:
        peers = [Peer(it.target) for _ in range(60)]
        async with AsyncExitStack() as held:
            with descriptors(spare=20):
                for peer in peers:
                    await held.enter_async_context(peer)
                async with asyncio.timeout(30):
                    while it.listener.admission.tally[Cut.TOO_MANY] < 30:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
        assert await answered(it.target)


@pytest.mark.parametrize("first", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"])
@pytest.mark.threat("tls-handshakes")
async def test_a_tls_handshake_has_ten_seconds(
    serve: Any, tls: tuple[dict[str, str], ssl.SSLContext], first: bytes
) -> None:
    loop = asyncio.get_running_loop()
    async with serve(**tls[0]) as it, Peer(it.target) as peer:
        await peer.send(first)
        await asyncio.sleep(9)
        assert it.open == 1
        await peer.rest()
        assert loop.time() <= 11
        await asyncio.sleep(1)
        assert it.open == 0
    assert it.app.asked == []


@pytest.mark.real_time
async def test_a_connection_that_is_not_tls_is_closed_early(
    serve: Any, tls: tuple[dict[str, str], ssl.SSLContext]
) -> None:
    async with serve(**tls[0]) as it:
        for _ in range(20):
            async with Peer(it.target) as peer:
                await peer.send(ASK)
                assert await peer.rest() == b""
    assert it.listener.admission.tally == {Cut.HANDSHAKE: 20}


@pytest.mark.real_time
@pytest.mark.threat("tls-handshakes")
async def test_unfinished_handshakes_do_not_block_others(
    serve: Any, tls: tuple[dict[str, str], ssl.SSLContext]
) -> None:
    bounds = Bounds(per_source=16)
    async with serve(bounds=bounds, **tls[0]) as it, AsyncExitStack() as held:
        for number in range(60):
            peer = await held.enter_async_context(Peer(it.target))
            await peer.send(b"\x16\x03\x01\x02\x00\x01"[: number % 7])
            assert it.open <= 16
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", it.target.port, ssl=tls[1], server_hostname="127.0.0.1"
        )
        writer.write(ASK)
        assert (await reader.read(100)).startswith(OK)
        writer.close()
    assert it.listener.admission.tally[Cut.TOO_MANY] >= 44
