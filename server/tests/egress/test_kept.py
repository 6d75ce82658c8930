"""A request on a kept connection is the request that aiohttp would send, and its response is as bounded."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from offhook.base.web import WebFailure, WebFault
from offhook.webhooks.client import WebhookClient

from .test_bounded import BODY_BYTES, ENDLESS, OK, EndlessSite

pytestmark = pytest.mark.real_time
ANSWER = OK + b"Content-Length: 2\r\n\r\nok"
FORM = (("CallSid", "CA1"), ("From", "client:Zoë & Co"), ("Empty", ""))


async def whole_request(reader: asyncio.StreamReader) -> tuple[bytes, dict[str, str], bytes]:
    """Request line, header fields and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
    headers = {name: value for name, _, value in (field.partition(": ") for field in fields)}
    return (
        line.encode(),
        headers,
        await reader.readexactly(int(headers.get("Content-Length", "0"))),
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_second_request_is_as_the_first(
    client: WebhookClient, raw_site: Any, request_to: Any, method: str
) -> None:
    asked: list[tuple[bytes, dict[str, str], bytes]] = []
    connections = itertools.count(1)
    last = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal last
        last = next(connections)
        while True:
            asked.append(await whole_request(reader))
            writer.write(ANSWER)

    url = f"{await raw_site(talk)}?a=%20b&c=d"
    for _ in range(3):
        reply = await client.fetch(
            request_to(url, method=method, form=FORM if method == "POST" else ())
        )
        assert (reply.status, reply.body) == (200, b"ok")
    assert last == 1
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.parametrize("part", ENDLESS)
@pytest.mark.threat("response-bombs")
async def test_an_endless_response_to_a_later_request_is_cut(
    client: WebhookClient, raw_site: Any, request_to: Any, part: str
) -> None:
    site = EndlessSite(part, ANSWER)
    request = request_to(await raw_site(site.talk), method="GET", body_bytes=BODY_BYTES)
    assert (await client.fetch(request)).body == b"ok"
    with pytest.raises(WebFailure) as failed:
        await client.fetch(request)
    await site.assert_cut(failed.value.fault)


async def once_more(
    client: WebhookClient, raw_site: Any, request: Callable[..., Any], second: bytes, *, close: bool
) -> tuple[Any, int]:
    """What comes of a request that is answered so on a kept connection, and how many there were."""
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await whole_request(reader)
        writer.write(ANSWER)
        if connections > 1:
            return
        await whole_request(reader)
        writer.write(second)
        if not close:
            await reader.read()

    wanted = request(await raw_site(talk), method="GET")
    await client.fetch(wanted)
    try:
        return await client.fetch(wanted), connections
    except WebFailure as failure:
        return failure, connections


async def test_a_connection_that_is_closed_just_then_is_replaced(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    reply, connections = await once_more(client, raw_site, request_to, b"", close=True)
    assert (reply.body, connections) == (b"ok", 2)


@pytest.mark.parametrize(
    "second",
    [b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-OpenSSH\r\n\r\n", OK + b"Content-Length: x\r\n\r\n"],
)
async def test_what_is_no_response_fails(
    client: WebhookClient, raw_site: Any, request_to: Any, second: bytes
) -> None:
    failure, _ = await once_more(client, raw_site, request_to, second, close=False)
    assert failure.fault is WebFault.PROTOCOL


async def test_a_response_that_breaks_off_fails(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    part = OK + b"Content-Length: 9\r\n\r\npart"
    failure, _ = await once_more(client, raw_site, request_to, part, close=True)
    assert failure.fault is WebFault.PROTOCOL


async def test_an_error_is_reported_and_its_connection_closed(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    error = b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"
    failure, _ = await once_more(client, raw_site, request_to, error, close=False)
    assert (failure.fault, failure.status) == (WebFault.STATUS, 503)


async def test_silence_is_a_timeout(client: WebhookClient, raw_site: Any, request_to: Any) -> None:
    def quick(url: str, **rest: Any) -> Any:
        return request_to(url, read_s=0.3, **rest)

    failure, _ = await once_more(client, raw_site, quick, b"", close=False)
    assert failure.fault is WebFault.READ_TIMEOUT


async def test_no_header_has_a_line_break(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    def with_header(name: str, value: str) -> Any:
        return lambda url, **rest: replace(request_to(url, **rest), headers={name: value})

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await whole_request(reader)
            writer.write(ANSWER)

    url = await raw_site(talk)
    await client.fetch(request_to(url, method="GET"))
    for name, value in (("X", "a\r\nHost: b"), ("X\nY", "a")):
        with pytest.raises(ValueError, match="line break"):
            await client.fetch(with_header(name, value)(url, method="GET"))
        # The connection of that request was closed: another one is kept.
        await client.fetch(request_to(url, method="GET"))
