"""How much slower one account gets while web servers of another account hang in hundreds.

The figures are ratios of medians: a call of the victim from `invite` to `ended`, and its callback, with
hundreds of requests of another account that hang, and without.
"""

import asyncio
import os
import statistics
import time
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web
from offhook.auth.native_tokens import Grant, mint
from offhook.base.ids import ApplicationId
from peers import GENERATOR_CORE
from signalling import Page, Pages, Server, offer, web_server

CALLS: Final = 60
HANGING: Final = 400
"""Webhooks of the other account that hang, and callbacks of it that do."""
SERVERS: Final = 4
"""Web servers of the other account."""
_CALLS_A_PAGE: Final = 10
_PATIENCE_S: Final = 60.0
_REJECT: Final = '<Response><Reject reason="busy"/></Response>'


class Customer:
    """A web server that answers at once, or not for a minute."""

    def __init__(self) -> None:
        self.hangs: set[str] = set()
        self.began = 0
        self.called_back: dict[str, float] = {}
        self._came = asyncio.Event()
        self._stack = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> Self:
        self.url = await self._stack.enter_async_context(web_server(self._answer, self._ended))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _answer(self, _request: web.Request) -> web.Response:
        await self._hang("answer")
        return web.Response(text=_REJECT, content_type="text/xml")

    async def _ended(self, request: web.Request) -> web.Response:
        form = await request.post()
        await self._hang("ended")
        self.called_back[str(form["To"])] = time.perf_counter()
        self._came.set()
        return web.Response(status=204)

    async def _hang(self, path: str) -> None:
        if path in self.hangs:
            self.began += 1
            self._came.set()
            await asyncio.sleep(_PATIENCE_S)

    async def until_called_back(self, to: str) -> float:
        """When the callback of the call to `to` came."""
        async with asyncio.timeout(2 * _PATIENCE_S):
            while to not in self.called_back:
                self._came.clear()
                await self._came.wait()
        return self.called_back[to]


class Tenant:
    """An account with an application for each of its web servers, and its pages."""

    def __init__(self, server: Server, pages: Pages, account: dict[str, Any]) -> None:
        self._server, self._pages, self._account = server, pages, account
        self._calls = 0

    def application(self, name: str, customer: Customer) -> str:
        """Make one; its id."""
        urls = ("--answer-url", f"{customer.url}/answer", "--hangup-url", f"{customer.url}/ended")
        words = ("application", "create", name, "--dialect", "twilio", *urls)
        return str(self._server.command(*words, "--account", self._account["account"])["id"])

    async def page(self, name: str, application: str) -> Page:
        grant = Grant(name=name, application=ApplicationId(application), lifetime_s=7_200)
        issuer, secret = self._account["account"], self._account["secret"]
        token = mint(grant, issuer=issuer, secret=secret, now=time.time())
        return await self._pages.open(self._server.url, token)


class Victim:
    """Calls one after the other, and measures them."""

    def __init__(self, page: Page, customer: Customer) -> None:
        self._page, self._customer, self._count = page, customer, 0
        self._ended: dict[str, asyncio.Future[float]] = {}
        page.frame = self._frame

    def _frame(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "ended" and frame["call"] in self._ended:
            self._ended.pop(frame["call"]).set_result(time.perf_counter())

    async def measure(self, calls: int) -> dict[str, float]:
        """Medians in milliseconds: of calls, and of callbacks after them."""
        took: list[float] = []
        delays_s: list[float] = []
        for _ in range(calls):
            self._count += 1
            name, to = f"v{self._count}", f"+1555{self._count:07}"
            ended = self._ended[name] = asyncio.get_running_loop().create_future()
            began = time.perf_counter()
            await self._page.say("invite", call=name, to=to, sdp=offer())
            async with asyncio.timeout(2 * _PATIENCE_S):
                over = await ended
            took.append(over - began)
            delays_s.append(await self._customer.until_called_back(to) - began)
        return {
            "call_p50_ms": round(1e3 * statistics.median(took), 3),
            "call_max_ms": round(1e3 * max(took), 3),
            "callback_p50_ms": round(1e3 * statistics.median(delays_s), 3),
            "callback_max_ms": round(1e3 * max(delays_s), 3),
        }


async def _hang(
    tenant: Tenant, customers: list[Customer], applications: list[str], path: str, count: int
) -> None:
    """Begin so many calls of the other account, whose webhooks or callbacks hang."""
    for customer in customers:
        customer.hangs = {path}
    pages = [
        await tenant.page(f"{path}{n}", applications[n % len(applications)])
        for n in range(count // _CALLS_A_PAGE)
    ]
    for number in range(_CALLS_A_PAGE):
        for page in pages:
            await page.say("invite", call=f"c{number}", to="+15550000000", sdp=offer())
    # Until no more of them reach their web servers: the shares are used up.
    before = -1
    while (began := sum(customer.began for customer in customers)) != before or not began:
        before = began
        await asyncio.sleep(1.0)


async def _slowdown(path: str, quick: bool) -> dict[str, Any]:
    """The victim alone, and beside an account whose requests to `path` hang."""
    calls, hanging = (CALLS // 4, HANGING // 4) if quick else (CALLS, HANGING)
    customers = [Customer() for _ in range(SERVERS)]
    with Server() as server:
        async with Pages() as pages, Customer() as good:
            for customer in customers:
                await customer.__aenter__()
            owner = {"account": server.account, "secret": server.secret}
            victims = Tenant(server, pages, owner)
            other = server.command("init", "--another", "--name", "other")
            others = Tenant(server, pages, other)
            # Before any page is there: commands stop this loop, and pages must answer pings.
            mine = victims.application("victim", good)
            theirs = [others.application(f"o{n}", one) for n, one in enumerate(customers)]
            page = await victims.page("victim", mine)
            victim = Victim(page, good)
            await victim.measure(5)
            alone = await victim.measure(calls)
            await _hang(others, customers, theirs, path, hanging)
            beside = await victim.measure(calls)
            hung = sum(customer.began for customer in customers)
            for customer in customers:
                await customer.__aexit__(None, None, None)
    return {"alone": alone, "beside": beside, "hanging": hung}


def measure_tenants(quick: bool) -> dict[str, Any]:
    """Both slowdowns, as how many times the median without the other account."""
    os.sched_setaffinity(0, {GENERATOR_CORE} if (os.cpu_count() or 1) > 1 else {0})
    try:
        webhooks = asyncio.run(_slowdown("answer", quick))
        callbacks = asyncio.run(_slowdown("ended", quick))
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    found = {
        "tenant_webhook_slowdown": _times(webhooks, "call_p50_ms"),
        "tenant_callback_slowdown": _times(callbacks, "callback_p50_ms"),
    }
    for name, value in found.items():
        print(f"  {name}: {value} times", flush=True)
    return {"webhooks": webhooks, "callbacks": callbacks, "figures": found}


def _times(found: dict[str, Any], name: str) -> float:
    return round(found["beside"][name] / found["alone"][name], 2)
