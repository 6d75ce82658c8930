"""An account that floods the store and its links delays a call of another by its own time at most."""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest
from offhook.base.accounts import Application, Party
from offhook.base.events import Invited, LegEvent
from offhook.base.ids import AccountId, ApplicationId
from offhook.dialects.twilio.dialect import Twilio
from offhook.flow.call_dispatcher import CallDispatcher
from offhook.flow.limits import Limits
from offhook.links.json.links import Links
from offhook.links.json.session import Session
from offhook.links.json.socket_server import Login, SocketServer
from offhook.links.limits import Limits as LinkLimits
from offhook.links.router import Router
from offhook.store.shares import Shares
from offhook.testing.deterministic import SeededIds
from offhook.testing.link_journal import LinkJournal
from offhook.testing.loop import VirtualLoop
from offhook.testing.memory import ACCOUNT, SECRET, InMemoryFeedback
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page

NOISY: Final = AccountId("MANOISY0000000000000")
LOOKUP_S: Final = 0.005
FRAME_S: Final = 0.0001
LOOKUPS_AT_ONCE: Final = 4
PAGES: Final = 200
READERS: Final = 100
CALLS: Final = 20


class SlowDirectory:
    """A directory whose look-ups take time, and places that accounts share."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._shares = Shares(LOOKUPS_AT_ONCE)

    async def application(self, account: AccountId, id: ApplicationId) -> Application | None:
        async with self._shares.turn(account):
            await asyncio.sleep(LOOKUP_S)
        return replace(self._application, account=account, id=id)

    async def secret(self, account: AccountId) -> str | None:
        async with self._shares.turn(account):
            await asyncio.sleep(LOOKUP_S)
        return SECRET


@dataclass
class PageSocket:
    """The socket of a page, which begins with its log-in."""

    name: str
    incoming: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue[dict[str, Any]])
    sent: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue[dict[str, Any]])

    def __post_init__(self) -> None:
        login = {"endpoint": self.name, "password": "right"}
        self.incoming.put_nowait({"type": "hello", "version": 1, "auth": login})

    async def receive(self) -> str | None:
        return json.dumps(await self.incoming.get())

    def write(self, text: str) -> bool:
        self.sent.put_nowait(json.loads(text))
        return True

    async def send(self, text: str) -> None:
        self.write(text)

    async def close(self, code: int, reason: str) -> None:
        raise AssertionError(f"the server closed {self.name}: {code} {reason}")

    def signed_in(self) -> None: ...

    def abort(self) -> None: ...

    async def frame(self, kind: str) -> dict[str, Any]:
        while (frame := await self.sent.get())["type"] != kind:
            assert frame["type"] not in ("error", "denied"), frame
        return frame


@dataclass
class Server:
    sockets: SocketServer
    directory: SlowDirectory
    tasks: asyncio.TaskGroup

    def page(self, name: str, address: str = "192.0.2.1") -> PageSocket:
        socket = PageSocket(name)
        self.tasks.create_task(self.sockets.serve(socket, address))
        return socket


@asynccontextmanager
async def serving(limits: LinkLimits) -> AsyncGenerator[Server]:
    harness = UnitHarness({"twilio": Twilio()})
    harness.web.page("/answer", Page(body="<Response><Reject/></Response>", delay_s=0.02))
    party = harness.party("victim")
    assert party.application is not None
    application = await harness.directory.application(ACCOUNT, party.application)
    assert application is not None
    directory = SlowDirectory(application)

    def post(event: LegEvent) -> None:
        dispatcher.post(event)

    def invited(event: Invited) -> None:
        dispatcher.invited(event)

    async def authenticate(login: Login, address: str) -> Party:
        del address
        name = getattr(login, "endpoint", "")
        account = ACCOUNT if name == "victim" else NOISY
        return replace(party, name=name, account=account)

    ids, clock = SeededIds(1), harness.deps.clock
    router = Router(post, invited, ids)
    deps = harness.deps._replace(signal=router, directory=directory)
    links = Links(
        router=router,
        clock=clock,
        ids=ids,
        limits=limits,
        feedback_store=InMemoryFeedback(),
        log=LinkJournal(clock).process(),
    )
    sockets = SocketServer(links=links, authenticate=authenticate, clock=clock, limits=limits)
    async with CallDispatcher(deps, Limits(calls=30)) as dispatcher, asyncio.TaskGroup() as tasks:
        yield Server(sockets, directory, tasks)
        for task in tasks._tasks:
            task.cancel()


async def flood(server: Server) -> None:
    """Pages that send as many frames as they may, at the same moments; reads, and calls without end."""

    async def send(page: PageSocket) -> None:
        for number in itertools.count(1):
            page.incoming.put_nowait({"type": "ping", "received": 0})
            if number % 10 == 0:
                call = {"call": f"c{number}", "to": "bob", "sdp": "offer"}
                page.incoming.put_nowait({"type": "invite", "seq": number // 10, **call})
            await asyncio.sleep(0.025)

    async def read() -> None:
        while True:
            await server.directory.application(NOISY, ApplicationId("any"))

    for number in range(PAGES):
        server.tasks.create_task(send(server.page(f"n{number}", f"10.1.0.{number}")))
    for _ in range(READERS):
        server.tasks.create_task(read())
    await asyncio.sleep(1)


async def call_times(page: PageSocket) -> list[float]:
    """How long each of some calls takes: from its invitation to the application's refusal."""
    took: list[float] = []
    now = asyncio.get_running_loop().time
    for number in range(1, CALLS + 1):
        began = now()
        page.incoming.put_nowait(
            {"type": "invite", "seq": number, "call": f"c{number}", "to": "bob", "sdp": "offer"}
        )
        assert (await page.frame("ended"))["cause"] == "rejected"
        took.append(now() - began)
        await asyncio.sleep(0.0137)
    return took


@pytest.mark.threat("noisy-neighbour")
async def test_a_call_takes_at_most_twice_as_long_beside_an_account_that_floods(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, receive = asyncio.get_running_loop(), Session.receive
    assert isinstance(loop, VirtualLoop)

    def costly(session: Session, text: str) -> None:
        loop.spend(FRAME_S)
        receive(session, text)

    monkeypatch.setattr(Session, "receive", costly)
    async with serving(LinkLimits()) as server:
        alone = await call_times(server.page("victim"))
    async with serving(LinkLimits()) as server:
        await flood(server)
        beside = await call_times(server.page("victim"))
    assert max(beside) <= 2 * max(alone)
