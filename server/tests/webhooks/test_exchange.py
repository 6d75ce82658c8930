"""One exchange: what goes over the wire, and what each failure is called."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest
from offhook.base.web import WebFailure, WebFault
from offhook.webhooks import body, exchange
from offhook.webhooks.exchange import Wires
from offhook.webhooks.policy import Policy
from offhook.webhooks.resolver import Forbidden
from offhook.webhooks.target import target

pytestmark = pytest.mark.real_time
OPEN = Policy(loopback=True)


@pytest.fixture
async def wires() -> AsyncIterator[Wires]:
    made = Wires(OPEN)
    yield made
    await made.close()


async def test_a_form_is_spelled_as_it_was_signed(wires: Wires, site: Any, request_to: Any) -> None:
    url, limits = site.says("/a"), request_to("").limits
    form = (("B", "é & ü"), ("A", "1"), ("A", "2"), ("empty", ""))
    answer = await wires.ask("POST", target(url, OPEN), form, {"X-A": "b"}, limits)
    assert answer.body == b"<Response/>"
    assert site.asked[0][3] == list(form)
    assert site.asked[0][2]["x-a"] == "b"


async def test_the_body_of_a_redirect_is_not_read(wires: Wires, site: Any, request_to: Any) -> None:
    url = site.says("/a", "x" * 1_000_000, status=302, Location="/b")
    answer = await wires.ask("GET", target(url, OPEN), (), {}, request_to("").limits)
    assert (answer.status, answer.body) == (302, b"")
    assert answer.headers["Location"] == "/b"


async def test_a_name_is_sent_as_the_host_and_asked_at_its_address(
    site: Any, request_to: Any
) -> None:
    async def lookup(host: str, port: int) -> Sequence[str]:
        del host, port
        return ["127.0.0.1"]

    wires = Wires(Policy.of(["app.example"]), lookup=lookup)
    site.says("/a")
    port = site.base.rpartition(":")[2]
    place = target(f"http://app.example:{port}/a", OPEN)
    await wires.ask("GET", place, (), {}, request_to("").limits)
    assert site.asked[0][2]["host"] == f"app.example:{port}"
    await wires.close()


async def test_a_silent_host_is_given_up_in_time(request_to: Any) -> None:
    async def silent(host: str, port: int) -> Sequence[str]:
        del host, port
        await asyncio.sleep(10)
        return []

    wires = Wires(OPEN, lookup=silent)
    place = target("http://a.example/", OPEN)
    with pytest.raises(WebFailure) as failed:
        await wires.ask("GET", place, (), {}, request_to("", connect_s=0.1).limits)
    assert failed.value.fault is WebFault.CONNECT_TIMEOUT
    await wires.close()


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
def test_each_failure_has_its_word(error: Exception, fault: WebFault) -> None:
    assert exchange._fault(error) is fault


def test_what_the_resolver_forbade_is_forbidden() -> None:
    error = OSError("no way")
    error.__cause__ = Forbidden("a.example")
    assert exchange._fault(error) is WebFault.FORBIDDEN_ADDRESS
