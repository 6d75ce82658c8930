"""One exchange: what goes over the wire, and what each failure is called."""

import asyncio
import resource
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest
from offhook.base.ids import AccountId
from offhook.base.web import WebFailure, WebFault
from offhook.egress import body, http
from offhook.egress.fair_slot import fair_slot
from offhook.egress.http import HttpTransport
from offhook.egress.policy import Policy
from offhook.egress.resolver import Forbidden
from offhook.egress.url import parse_url

pytestmark = pytest.mark.real_time
OPEN = Policy(loopback=True)
ONE, TWO = AccountId("MA1"), AccountId("MA2")


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    made = HttpTransport(OPEN)
    yield made
    await made.close()


async def test_a_form_is_encoded_as_it_was_signed(
    transport: HttpTransport, site: Any, request_to: Any
) -> None:
    url, limits = site.says("/a"), request_to("").limits
    form = (("B", "é & ü"), ("A", "1"), ("A", "2"), ("empty", ""))
    answer = await transport.send("POST", parse_url(url, OPEN), form, {"X-A": "b"}, limits, ONE)
    assert answer.body == b"<Response/>"
    assert site.asked[0][3] == list(form)
    assert site.asked[0][2]["x-a"] == "b"


async def test_the_body_of_a_redirect_is_not_read(
    transport: HttpTransport, site: Any, request_to: Any
) -> None:
    url = site.says("/a", "x" * 1_000_000, status=302, Location="/b")
    answer = await transport.send("GET", parse_url(url, OPEN), (), {}, request_to("").limits, ONE)
    assert (answer.status, answer.body) == (302, b"")
    assert answer.headers["Location"] == "/b"


async def test_the_host_header_is_the_name_and_the_connection_goes_to_its_address(
    site: Any, request_to: Any
) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        del host, port
        return ["127.0.0.1"]

    transport = HttpTransport(Policy.of(["app.example"]), lookup=lookup)
    site.says("/a")
    port = site.base.rpartition(":")[2]
    place = parse_url(f"http://app.example:{port}/a", OPEN)
    await transport.send("GET", place, (), {}, request_to("").limits, ONE)
    assert site.asked[0][2]["host"] == f"app.example:{port}"
    await transport.close()


async def test_a_silent_host_is_given_up_in_time(request_to: Any) -> None:
    async def silent(host: str, port: int) -> Sequence[str]:
        del host, port
        await asyncio.sleep(10)
        return []

    transport = HttpTransport(OPEN, lookup=silent)
    place = parse_url("http://a.example/", OPEN)
    with pytest.raises(WebFailure) as failed:
        await transport.send("GET", place, (), {}, request_to("", connect_s=0.1).limits, ONE)
    assert failed.value.fault is WebFault.CONNECT_TIMEOUT
    await transport.close()


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (aiohttp.ConnectionTimeoutError(), WebFault.CONNECT_TIMEOUT),
        (aiohttp.SocketTimeoutError(), WebFault.READ_TIMEOUT),
        (aiohttp.ServerDisconnectedError(), WebFault.PROTOCOL),
        (aiohttp.ClientPayloadError(), WebFault.PROTOCOL),
        (ConnectionResetError(), WebFault.PROTOCOL),
        (body.TooLarge(), WebFault.TOO_LARGE),
        (body.BadEncoding(), WebFault.PROTOCOL),
        (aiohttp.InvalidURL("x"), WebFault.BAD_URL),
    ],
)
def test_each_failure_has_its_code(error: Exception, fault: WebFault) -> None:
    assert http._fault(error) is fault


def test_an_address_forbidden_by_the_resolver_is_not_connected() -> None:
    error = OSError("no way")
    error.__cause__ = Forbidden("a.example")
    assert http._fault(error) is WebFault.FORBIDDEN_ADDRESS


@pytest.mark.threat("noisy-neighbour")
async def test_hanging_servers_of_one_account_delay_no_other(
    raw_site: Any, site: Any, request_to: Any
) -> None:
    transport = HttpTransport(OPEN, most=400)
    limits = request_to("").limits
    reached = 0

    async def hangs(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal reached
        await reader.readuntil(b"\r\n\r\n")
        reached += 1
        await reader.read()

    servers = [await raw_site(hangs) for _ in range(6)]
    hanging = [
        asyncio.ensure_future(transport.send("GET", parse_url(url, OPEN), (), {}, limits, ONE))
        for url in servers * 150
    ]
    while not (transport._slots.free < 350 and reached == transport._slots.held(ONE)):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    # All but a share of the connections stay free for others.
    assert reached <= 400 // 4
    assert (
        await transport.send("GET", parse_url(site.says("/a"), OPEN), (), {}, limits, TWO)
    ).status == 200
    # Another web server of the same account is reached, too.
    assert (
        await transport.send("GET", parse_url(site.says("/b"), OPEN), (), {}, limits, ONE)
    ).status == 200
    assert not any(one.done() for one in hanging)
    for one in hanging:
        one.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    assert transport._slots.free == 400
    await transport.close()


async def test_the_time_in_the_line_is_no_time_to_connect(
    site: Any, request_to: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = HttpTransport(OPEN, most=1)
    limits = request_to("").limits
    url = site.says("/a")
    began: list[str] = []
    twice = transport._twice

    async def note(method: str, *others: Any) -> Any:
        began.append(method)
        return await twice(method, *others)

    # Only what happens from here on is measured by `connect_s`.
    monkeypatch.setattr(transport, "_twice", note)
    async with fair_slot(transport._slots, ONE, "another"):
        waiting = asyncio.ensure_future(
            transport.send("GET", parse_url(url, OPEN), (), {}, limits, ONE)
        )
        for _ in range(20):
            await asyncio.sleep(0)
        assert (began, waiting.done()) == ([], False)
    assert (await waiting).status == 200
    assert began == ["GET"]
    await transport.close()


def test_connections_leave_descriptors_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, most in ((1024, 170), (1_000_000, 2000), (-1, 2000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert http.connections() == most
