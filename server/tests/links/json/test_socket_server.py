"""The asyncio shell: greeting, time, sockets that misbehave."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.error_catalog import ERRORS
from offhook.base.errors import Refused
from offhook.base.ids import DeviceId, LegId
from offhook.base.link_state import LinkFeedback, LinkState
from offhook.links.json.frames import TokenLogin
from offhook.links.json.links import Links
from offhook.links.json.socket_server import KeyLogin, Login, SocketServer
from offhook.links.limits import Limits
from offhook.links.router import Router
from offhook.testing.deterministic import LoopClock
from offhook.testing.link_journal import LinkJournal
from offhook.testing.memory import InMemoryFeedback

pytestmark = pytest.mark.real_time

QUICK = Limits(hello_s=0.05, heartbeat_s=0.05, resume_s=0.2, ack_s=0.02)


@dataclass
class FakeSocket:
    """The browser's end of a socket."""

    incoming: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    sent: list[dict[str, Any]] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    reads: bool = True
    is_signed_in: bool = False
    aborted: bool = False

    async def receive(self) -> str | None:
        return await self.incoming.get()

    def write(self, text: str) -> bool:
        if self.reads:
            self.sent.append(json.loads(text))
        return self.reads

    async def send(self, text: str) -> None:
        if not self.reads:
            await asyncio.Event().wait()
        self.sent.append(json.loads(text))

    async def close(self, code: int, reason: str) -> None:
        if not self.reads:
            await asyncio.Event().wait()
        self.closed = self.closed or (code, reason)

    def signed_in(self) -> None:
        self.is_signed_in = True

    def abort(self) -> None:
        self.aborted = True

    def says(self, **frame: Any) -> None:
        self.incoming.put_nowait(json.dumps(frame))


class CountedIds:
    count = 0

    def hex32(self) -> str:
        self.count += 1
        return f"{self.count:032x}"

    def digits(self, count: int) -> str:
        self.count += 1
        return f"1{self.count:0{count - 1}d}"


HELLO = {"type": "hello", "version": 1, "auth": {"endpoint": "alice", "password": "right"}}


@dataclass
class SocketHarness:
    host: SocketServer
    asked: list[tuple[Login, str]]

    async def converse(self, socket: FakeSocket, act: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
            tasks.create_task(self.host.serve(socket, "192.0.2.1"))
            await act()
            socket.incoming.put_nowait(None)


def make_harness(
    make_party: Any, limits: Limits = QUICK, clock: LoopClock | None = None
) -> SocketHarness:
    asked: list[tuple[Login, str]] = []

    async def authenticate(login: Login, address: str) -> Party:
        asked.append((login, address))
        if getattr(login, "password", "right") != "right" or login == KeyLogin(
            getattr(login, "link", ""), None
        ):
            raise Refused("alice has another password", code="bad-credentials")
        return make_party("alice")

    ids = CountedIds()
    clock = clock or LoopClock()
    router = Router(lambda event: None, lambda event: None, ids)
    links = Links(
        router=router,
        clock=clock,
        ids=ids,
        limits=limits,
        feedback_store=InMemoryFeedback(),
        log=LinkJournal(clock).process(),
    )
    return SocketHarness(
        SocketServer(links=links, authenticate=authenticate, clock=clock, limits=limits), asked
    )


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # it is sockets and tasks that are waited for
            await asyncio.sleep(0.005)


async def test_a_page_gets_welcome_service_and_heartbeats(make_party: Any) -> None:
    it, socket = make_harness(make_party), FakeSocket()

    async def act() -> None:
        socket.says(**HELLO)
        socket.says(type="register", seq=1)
        await until(lambda: any(f["type"] == "ping" for f in socket.sent))

    await it.converse(socket, act)
    kinds = [frame["type"] for frame in socket.sent]
    assert kinds[:2] == ["welcome", "registered"]
    assert kinds.index("ack") < kinds.index("ping")
    assert it.asked[0][1] == "192.0.2.1"
    assert len(it.host.links) == 1, "it may come back"
    await until(lambda: len(it.host.links) == 0)


async def test_a_frame_into_silence_is_acknowledged_before_the_next_ping(make_party: Any) -> None:
    limits = Limits(hello_s=1, heartbeat_s=60, resume_s=0.2, ack_s=0.02)
    it, socket = make_harness(make_party, limits), FakeSocket()

    def acks() -> list[int]:
        return [frame["received"] for frame in socket.sent if frame["type"] == "ack"]

    async def act() -> None:
        socket.says(**HELLO)
        socket.says(type="register", seq=1)
        await until(acks)
        # What comes twice is dropped without a word, so that nothing else wakes the writer.
        socket.says(type="register", seq=1)
        await until(lambda: acks()[1:])

    await it.converse(socket, act)
    assert acks() == [1, 1]


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([], "hello-expected"),
        ([{"type": "register", "seq": 1}], "hello-expected"),
        ([{"type": "hello", "version": 1}], "hello-expected"),
        ([{**HELLO, "version": 2}], "version-not-supported"),
        ([{**HELLO, "auth": {"endpoint": "alice", "password": "x"}}], "bad-credentials"),
    ],
)
async def test_rejected_logins_are_denied(
    make_party: Any, frames: list[dict[str, Any]], code: str
) -> None:
    it, socket = make_harness(make_party), FakeSocket()

    async def act() -> None:
        for frame in frames:
            socket.says(**frame)
        await until(lambda: socket.closed)

    await it.converse(socket, act)
    assert socket.closed == (4401, code)
    assert socket.sent[0]["type"] == "denied"
    assert socket.sent[0]["code"] == code
    assert "another password" not in socket.sent[0]["message"]
    assert len(it.host.links) == 0
    assert it.host.denied == 1


@pytest.mark.parametrize(
    ("code", "reported"),
    [
        ("invalid-access-token-subject", True),
        ("invalid-access-token", True),
        ("expiration-exceeds-max-allowed-time", True),
        ("bad-credentials", False),
        ("blocked", False),
        ("internal", False),
    ],
)
async def test_a_reason_is_sent_only_for_the_pages_own_error(
    make_party: Any, code: str, reported: bool
) -> None:
    it, socket = make_harness(make_party), FakeSocket()
    reason = "the identity has U+0009 as its character 2"

    async def refuse(*_: object) -> Any:
        raise Refused(reason, code=code)

    it.host.authenticate = refuse

    async def act() -> None:
        socket.says(**HELLO)
        await until(lambda: socket.closed)

    await it.converse(socket, act)
    denied = socket.sent[0]
    assert (denied["type"], denied["code"]) == ("denied", code)
    assert (reason in denied["message"]) is reported
    assert denied["message"].startswith(ERRORS[code].message)
    assert denied["hint"] == ERRORS[code].hint


async def test_the_key_of_a_link_authenticates_as_its_party(make_party: Any) -> None:
    it = make_harness(make_party)
    first, thief, second = FakeSocket(), FakeSocket(), FakeSocket()

    async def converse(socket: FakeSocket, hello: dict[str, Any]) -> None:
        async def act() -> None:
            socket.says(**hello)
            await until(lambda: socket.sent)

        await it.converse(socket, act)

    await converse(first, HELLO)
    key = {name: first.sent[0][name] for name in ("link", "key")}
    await converse(thief, {"type": "hello", "version": 1, "attach": {**key, "key": "guess"}})
    assert (thief.sent[0]["type"], thief.sent[0]["code"]) == ("denied", "bad-credentials")
    await converse(second, {"type": "hello", "version": 1, "attach": key})
    assert second.sent[0]["attached"] is True
    assert second.sent[0]["party"] == first.sent[0]["party"]
    assert [login for login, _ in it.asked[1:]] == [
        KeyLogin(key["link"], None),
        KeyLogin(key["link"], make_party("alice")),
    ]


async def test_a_link_that_ends_during_authentication_is_refused(make_party: Any) -> None:
    it, first, late = make_harness(make_party), FakeSocket(), FakeSocket()

    async def act() -> None:
        first.says(**HELLO)
        await until(lambda: first.sent)
        key = {name: first.sent[0][name] for name in ("link", "key")}
        known = it.host.authenticate

        async def slow(login: Login, address: str) -> Party:
            it.host.links.end_all(Cause.SHUTDOWN)
            return await known(login, address)

        it.host.authenticate = slow
        late.says(type="hello", version=1, attach=key)
        await it.host.serve(late, "192.0.2.1")

    await it.converse(first, act)
    assert late.sent[0]["code"] == "bad-credentials"


class SlowClock(LoopClock):
    """Shows half of the loop's time: every timer of the loop fires before its time by this clock."""

    def now(self) -> float:
        return super().now() / 2


async def test_a_link_is_given_up_though_its_timer_fires_early(make_party: Any) -> None:
    it, socket = make_harness(make_party, clock=SlowClock()), FakeSocket()

    async def act() -> None:
        socket.says(**HELLO)
        socket.says(type="register", seq=1)
        await until(lambda: len(socket.sent) > 1)

    await it.converse(socket, act)
    assert len(it.host.links) == 1
    await until(lambda: len(it.host.links) == 0)


async def test_a_page_that_comes_and_goes_has_one_timer(make_party: Any) -> None:
    it = make_harness(make_party, Limits(resume_s=0.2))
    last: dict[str, Any] = {}
    for _ in range(3):
        socket = FakeSocket()

        key = {name: last[name] for name in ("link", "key") if last}
        resume = {"resume": {**key, "received": 0}} if key else {}

        async def act(socket: FakeSocket = socket, resume: Any = resume) -> None:
            socket.says(**HELLO, **resume)
            await until(lambda: socket.sent)

        await it.converse(socket, act)
        assert socket.sent[0]["resumed"] is bool(last)
        last = socket.sent[0]
    assert len(it.host.links) == len(it.host._timers) == 1
    await until(lambda: len(it.host.links) == 0)
    assert it.host._timers == {}


async def test_a_page_that_leaves_before_hello_is_no_error(make_party: Any) -> None:
    it, socket = make_harness(make_party), FakeSocket()
    socket.incoming.put_nowait(None)
    await it.host.serve(socket, "192.0.2.1")
    assert socket.sent == []


async def test_a_page_that_does_not_read_is_given_up(make_party: Any) -> None:
    it, socket = make_harness(make_party), FakeSocket(reads=False)
    socket.says(**HELLO)
    async with asyncio.timeout(20):
        await it.host.serve(socket, "192.0.2.1")
    assert it.host.links.connected == 0
    assert socket.is_signed_in
    assert socket.aborted, "its descriptor and what it holds are free"


async def test_sockets_of_one_address_are_limited(make_party: Any) -> None:
    it = make_harness(make_party, Limits(hello_s=5, greeting_per_address=2))
    async with asyncio.TaskGroup() as tasks:
        waiting = [FakeSocket(), FakeSocket()]
        for socket in waiting:
            tasks.create_task(it.host.serve(socket, "192.0.2.1"))
        await asyncio.sleep(0)
        third, elsewhere = FakeSocket(), FakeSocket()
        await it.host.serve(third, "192.0.2.1")
        assert third.closed is not None
        assert third.closed[0] == 4429
        elsewhere.incoming.put_nowait(None)
        await it.host.serve(elsewhere, "192.0.2.2")
        assert elsewhere.closed is None
        for socket in waiting:
            socket.incoming.put_nowait(None)


async def test_a_good_key_is_exempt_from_the_limit_of_new_sockets(make_party: Any) -> None:
    it = make_harness(make_party, Limits(hello_s=5, sockets_per_s=0.001, sockets_burst=1))
    first = FakeSocket()

    async def act() -> None:
        first.says(**HELLO)
        await until(lambda: first.sent)

    await it.converse(first, act)
    key = {name: first.sent[0][name] for name in ("link", "key")}

    async def again(**hello: Any) -> FakeSocket:
        socket = FakeSocket()

        async def come() -> None:
            socket.says(**{**HELLO, **hello})
            await until(lambda: socket.sent or socket.closed)

        await it.converse(socket, come)
        return socket

    assert (await again()).closed == (4429, "too many sockets of this address")
    guess = {**key, "key": "guess", "received": 0}
    assert (await again(resume=guess)).closed == (4429, "too many sockets of this address")
    assert len(it.asked) == 1, "no password is checked"
    resumed = await again(resume={**key, "received": 0})
    assert resumed.sent[0]["resumed"] is True
    party = make_party("alice")
    assert it.asked[1:] == [(KeyLogin(key["link"], party), "192.0.2.1")], "nor is this one"
    reloaded = await again(attach=key, auth={"token": "t"})
    assert reloaded.sent[0]["attached"] is True
    assert isinstance(it.asked[-1][0], TokenLogin)


async def test_a_revived_link_ends_when_its_page_stays_away(make_party: Any) -> None:
    it = make_harness(make_party, QUICK)
    party = make_party("alice")
    state = LinkState(id=DeviceId("1" * 32), key_hash="0" * 64, party=party, registered=True)
    it.host.revive([state], ())
    assert (len(it.host.links), it.host.links.connected) == (1, 0)
    await until(lambda: len(it.host.links) == 0)


@pytest.mark.threat("unauthenticated-flood")
async def test_addresses_of_one_ipv6_network_count_as_one(make_party: Any) -> None:
    it = make_harness(make_party, Limits(hello_s=5, greeting_per_address=2))
    async with asyncio.TaskGroup() as tasks:
        waiting = [FakeSocket() for _ in range(2)]
        for number, socket in enumerate(waiting):
            tasks.create_task(it.host.serve(socket, f"2001:db8::{number + 1}"))
        await asyncio.sleep(0)
        third, elsewhere = FakeSocket(), FakeSocket()
        await it.host.serve(third, "2001:db8::ffff")
        assert third.closed == (4429, "too many sockets of this address")
        elsewhere.incoming.put_nowait(None)
        await it.host.serve(elsewhere, "2001:db8:0:1::1")
        assert elsewhere.closed is None
        for socket in waiting:
            socket.incoming.put_nowait(None)


async def test_addresses_that_rest_are_forgotten(make_party: Any) -> None:
    it = make_harness(make_party, Limits(hello_s=5, sockets_per_s=1e9))
    for number in range(5_000):
        socket = FakeSocket()
        socket.incoming.put_nowait(None)
        await it.host.serve(socket, f"10.0.{number // 250}.{number % 250}")
    assert len(it.host._addresses) <= 2_000


@pytest.mark.parametrize("says", [None, {"type": "register", "seq": 1}, HELLO | {"version": 2}])
async def test_a_denied_page_that_does_not_read_is_closed(make_party: Any, says: Any) -> None:
    it, socket = make_harness(make_party, replace(QUICK, close_s=0.05)), FakeSocket(reads=False)
    if says:
        socket.says(**says)
    async with asyncio.timeout(20):
        await it.host.serve(socket, "192.0.2.1")
    assert socket.aborted
    assert not socket.is_signed_in


async def test_an_excess_socket_that_does_not_read_is_closed(make_party: Any) -> None:
    it = make_harness(make_party, Limits(sockets_burst=0, close_s=0.05))
    socket = FakeSocket(reads=False)
    async with asyncio.timeout(20):
        await it.host.serve(socket, "192.0.2.1")
    assert socket.aborted


async def test_a_token_is_renewed_on_the_way(make_party: Any) -> None:
    it, socket = make_harness(make_party), FakeSocket()

    async def act() -> None:
        socket.says(**HELLO)
        socket.says(type="renew", seq=1, token="fresh")
        await until(lambda: any(f["type"] == "renewed" for f in socket.sent))

    await it.converse(socket, act)
    assert getattr(it.asked[1][0], "token", None) == "fresh"


async def test_a_foul_frame_closes_the_socket(make_party: Any) -> None:
    it, socket = make_harness(make_party), FakeSocket()

    async def act() -> None:
        socket.says(**HELLO)
        socket.incoming.put_nowait("no json")
        await until(lambda: socket.closed)

    await it.converse(socket, act)
    assert socket.closed is not None
    assert socket.closed[0] == 1007


async def test_a_page_over_its_accounts_share_gets_an_error(make_party: Any) -> None:
    it, first, second = make_harness(make_party, Limits(links=1)), FakeSocket(), FakeSocket()

    async def act() -> None:
        first.says(**HELLO)
        await until(lambda: first.sent)
        second.says(**HELLO)
        await it.host.serve(second, "192.0.2.1")

    await it.converse(first, act)
    assert first.sent[0]["type"] == "welcome"
    (denied,) = second.sent
    assert (denied["type"], denied["code"], denied["retry_after_s"]) == (
        "denied",
        "too-many-links",
        30,
    )
    assert "max_connections" in denied["hint"]
    assert len(it.host.links) == 1


async def test_feedback_that_an_earlier_process_had_received_is_kept_at_the_start(
    make_party: Any, caplog: pytest.LogCaptureFixture
) -> None:
    it = make_harness(make_party)
    links = it.host.links
    kept = LinkFeedback(leg=LegId("a" * 32), known=True, score=2, note="echo")
    refused = LinkFeedback(leg=LegId("b" * 32), known=False, score=5)
    state = LinkState(
        id=DeviceId("d" * 32),
        key_hash="0" * 64,
        party=make_party("alice"),
        feedback={3: kept, 4: refused},
    )
    it.host.revive([state], frozenset())
    await until(lambda: not it.host._left)
    stored = links.feedback_store.feedback_by_leg  # type: ignore[attr-defined]
    assert [(leg, each.score, each.note) for leg, each in stored.items()] == [("a" * 32, 2, "echo")]
    assert "feedback.refused" in caplog.text
