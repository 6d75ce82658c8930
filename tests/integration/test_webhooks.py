"""A customer's web server that fails in every way: the fallback, or the documented error, in time."""

import asyncio
import time
from typing import Any

import pytest
from aiohttp import web

pytestmark = pytest.mark.real_time

TWIML = '<Response><Dial answerOnBridge="true"><Client>bob</Client></Dial></Response>'
PLIVO = "<Response><Dial><User>bob</User></Dial></Response>"


async def fails(request: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def is_slow(request: web.Request) -> web.StreamResponse:
    # Less than what is waited for an answer by default: only a shorter limit gets past it.
    await asyncio.sleep(5)
    return web.Response(text=TWIML, content_type="text/xml")


async def is_endless(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": f"{request.path}?{time.monotonic_ns()}"})


async def is_huge(request: web.Request) -> web.StreamResponse:
    return web.Response(
        text="<Response>" + " " * 10_000_000 + "</Response>", content_type="text/xml"
    )


async def is_a_bomb(request: web.Request) -> web.StreamResponse:
    lols = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    text = f'<!DOCTYPE l [<!ENTITY l0 "lol">{lols}]><Response>&l8;</Response>'
    return web.Response(text=text, content_type="text/xml")


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


TROUBLES = {
    "500": fails,
    "garbage": "this is no XML at all <<<",
    "slow": is_slow,
    "huge": is_huge,
    "redirects": is_endless,
    "bomb": is_a_bomb,
    "closed": hangs_up,
    "missing": None,
}


def application(offhook: Any, name: str, dialect: str, **urls: str) -> str:
    """An application of the demonstration's account; returns a token for alice."""
    flags = [word for key, url in urls.items() for word in (f"--{key.replace('_', '-')}", url)]
    made = offhook.command("application", "create", name, "--dialect", dialect, *flags)
    return offhook.command("token", "alice", "--application", made["id"])["token"]


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_the_fallback_url_is_used(offhook: Any, customer: Any, dialect: str) -> None:
    customer.pages["/fallback"] = TWIML if dialect == "twilio" else PLIVO
    token = application(
        offhook,
        f"troubled-{dialect}",
        dialect,
        answer_url=f"{customer.url}/answer#rt=500&rc=0",
        fallback_url=f"{customer.url}/fallback",
    )
    async with offhook.browser("bob") as bob, offhook.browser("", token=token) as alice:
        await bob.say("register")
        await bob.frame("registered")
        for number, trouble in enumerate(TROUBLES, 1):
            customer.pages["/answer"] = TROUBLES[trouble]
            call = await alice.call("bob", parameters={"room": trouble})
            incoming = await bob.frame("incoming", nth=number)
            asked = customer.asks("/fallback")[-1]
            if dialect == "twilio":
                assert asked["ErrorUrl"].startswith(f"{customer.url}/answer"), trouble
                assert asked["ErrorCode"].isdigit(), trouble
                assert asked["room"] == trouble
            else:
                assert asked["X-PH-room"] == trouble
            await bob.say("reject", call=incoming["call"], cause="busy")
            await alice.frame("ended", call)


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_without_a_fallback_the_caller_gets_the_reason(
    offhook: Any, customer: Any, dialect: str
) -> None:
    customer.pages["/answer"] = fails
    token = application(offhook, f"alone-{dialect}", dialect, answer_url=f"{customer.url}/answer")
    async with offhook.browser("", token=token) as alice:
        call = await alice.call("bob")
        ended = await alice.frame("ended", call)
        assert (ended["cause"], ended["by"]) == ("application-error", "server")


async def test_a_web_server_that_is_back_is_used_at_once(offhook: Any, customer: Any) -> None:
    customer.pages["/answer"] = fails
    token = application(offhook, "back", "twilio", answer_url=f"{customer.url}/answer")
    async with offhook.browser("bob") as bob, offhook.browser("", token=token) as alice:
        await bob.say("register")
        await bob.frame("registered")
        first = await alice.call("bob")
        await alice.frame("ended", first)
        customer.pages["/answer"] = TWIML
        await alice.call("bob")
        await bob.rings()
