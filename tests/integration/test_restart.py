"""What outlives the process: records, callbacks, who is who. What does not says so."""

import asyncio
import contextlib
import signal
import struct
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from server_process import Customer, Offhook, eventually, listening

pytestmark = pytest.mark.real_time

WAV = (16, 1, 1, 8_000, 16_000, 2, 16)
"""Of a `fmt ` chunk: its size, PCM, mono, samples and bytes a second, bytes a sample, bits."""
TWIML = '<Response><Dial answerOnBridge="true"><Client>bob</Client></Dial></Response>'


async def connected(alice: Any, bob: Any) -> tuple[str, str]:
    """Alice and bob talk."""
    await bob.say("register")
    await bob.frame("registered")
    call = await alice.call("bob")
    answered = await bob.answer(await bob.rings())
    await alice.talks(call)
    return call, answered


async def test_a_pending_callback_is_sent_after_a_kill(own_offhook: Any, customer: Any) -> None:
    offhook = own_offhook
    offhook.start()

    async def refuses(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    customer.pages |= {"/answer": TWIML, "/ended": refuses}
    made = offhook.command(
        *("application", "create", "owed", "--dialect", "twilio"),
        *("--answer-url", f"{customer.url}/answer", "--hangup-url", f"{customer.url}/ended"),
    )
    token = offhook.command("token", "alice", "--application", made["id"])["token"]
    async with offhook.browser("bob") as bob, offhook.browser("", token=token) as alice:
        call, _ = await connected(alice, bob)
        await alice.say("hangup", call=call)
        await alice.until(lambda: customer.asks("/ended"), "a first try")
    offhook.end(signal.SIGKILL)
    keys: list[str] = []

    async def takes(request: web.Request) -> web.StreamResponse:
        keys.append(request.headers["Idempotency-Key"])
        return web.Response(status=204)

    customer.pages["/ended"] = takes
    before = len(customer.asks("/ended"))
    offhook.start()
    async with asyncio.timeout(20):
        while not keys:  # noqa: ASYNC110  (another process rings no bell)
            await asyncio.sleep(0.05)
    reported = customer.asks("/ended")
    assert {each["CallSid"] for each in reported} == {reported[0]["CallSid"]}
    assert reported[0]["CallStatus"] == "completed"
    await asyncio.sleep(1)
    assert len(customer.asks("/ended")) == before + 1, "paid once"
    assert len(offhook.command("calls", "list")) == 1


async def test_a_server_that_has_lost_its_lock_drops_its_calls_in_silence(
    own_offhook: Any, customer: Any
) -> None:
    offhook = own_offhook
    offhook.start()
    customer.pages |= {"/answer": TWIML, "/ended": ""}
    made = offhook.command(
        *("application", "create", "lost", "--dialect", "twilio"),
        *("--answer-url", f"{customer.url}/answer", "--hangup-url", f"{customer.url}/ended"),
    )
    token = offhook.command("token", "alice", "--application", made["id"])["token"]
    async with offhook.browser("bob") as bob, offhook.browser("", token=token) as alice:
        await connected(alice, bob)
        (lock,) = offhook.folder.rglob("journal/lock")
        lock.unlink()
        await eventually(lambda: "node.fenced" in offhook.log.read_text())
        await asyncio.sleep(2.0)
        kinds = {frame["type"] for frame in (*alice.frames, *bob.frames)}
        assert "answered" in kinds
        assert "ended" not in kinds
        assert customer.asks("/ended") == []
        assert offhook.records() == []
        offhook.end(signal.SIGKILL)
    # The next start has the call as it was, and takes it up.
    offhook.start()
    assert len(offhook.command("calls", "live")) == 1


PLAY = '<Response><Play loop="0">{url}/tone.wav</Play></Response>'
SAY = '<Response><Say loop="50">One two three four five six seven eight nine ten.</Say></Response>'
UNANSWERED = {"ringing", "webhook"}


def tone() -> bytes:
    """Ten seconds of a WAV file."""
    samples = struct.pack("<h", 4096) * 80_000
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", *WAV)
    return head + struct.pack("<4sI", b"data", len(samples)) + samples


STATES = ("ringing", "webhook", "call", "say", "play", "ended")
"""Of calls when the process is killed; the last has ended just before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call whose server was killed.

    Attributes:
        listed: Its record, as the list has it.
        shown: Its record, as it is shown alone.
        reported: What its application was asked at the end of the call, each time.
        keys: The keys of those requests.
        listed_later: Its record after the server was killed once more.
    """

    listed: dict[str, Any]
    shown: dict[str, Any]
    reported: list[dict[str, str]]
    keys: list[str]
    listed_later: dict[str, Any]


class Killed:
    """A server with a call in each state, and the web server of its applications."""

    def __init__(self, offhook: Offhook, customer: Customer) -> None:
        self.offhook, self.customer = offhook, customer
        self.keys: dict[str, list[str]] = {state: [] for state in STATES}
        self.asked, self.hold = asyncio.Event(), asyncio.Event()
        for state in STATES:
            self._pages(state)
        customer.pages["/tone.wav"] = self._tone

    def _pages(self, state: str) -> None:
        dial = (
            f'<Response><Dial answerOnBridge="true"><Client>bob-{state}</Client></Dial></Response>'
        )

        async def slow(request: web.Request) -> web.StreamResponse:
            self.asked.set()
            await self.hold.wait()
            return web.Response(text=dial, content_type="text/xml")

        async def ended(request: web.Request) -> web.StreamResponse:
            self.keys[state].append(request.headers["Idempotency-Key"])
            return web.Response(status=204)

        play = PLAY.format(url=self.customer.url)
        answer = {"webhook": slow, "say": SAY, "play": play}.get(state, dial)
        self.customer.pages |= {f"/answer/{state}": answer, f"/ended/{state}": ended}

    async def _tone(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=tone(), content_type="audio/wav")

    async def begin(self, state: str, pages: AsyncExitStack) -> None:
        """A call that is in that state."""
        made = self.offhook.command(
            *("application", "create", state, "--dialect", "twilio"),
            *("--answer-url", f"{self.customer.url}/answer/{state}"),
            *("--hangup-url", f"{self.customer.url}/ended/{state}"),
        )
        alice, bob = [
            await pages.enter_async_context(self.offhook.browser("", token=self._token(name, made)))
            for name in (f"alice-{state}", f"bob-{state}")
        ]
        if state in ("call", "ended"):
            call, _ = await connected(alice, bob)
            if state == "ended":
                await alice.say("hangup", call=call)
                await alice.frame("ended", call)
            return
        await bob.say("register")
        await bob.frame("registered")
        call = await alice.call("bob")
        await (self.asked.wait() if state == "webhook" else alice.frame("trying", call))
        if state == "ringing":
            await bob.rings()
        elif state in ("say", "play"):
            await alice.talks(call)

    def _token(self, name: str, application: dict[str, Any]) -> str:
        return self.offhook.command("token", name, "--application", application["id"])["token"]

    def missing(self, before: dict[str, int]) -> list[str]:
        """The states of calls of whose end their application was not notified since the kill."""
        return [
            state
            for state, keys in self.keys.items()
            # What ended before the kill may have been reported before it.
            if len(keys) == before[state] and not (state == "ended" and keys)
        ]

    def records(self) -> dict[str, dict[str, Any]]:
        """The records of all calls, by their state."""
        listed = self.offhook.command("calls", "list")
        assert len(listed) == len(STATES)
        return {record["caller"].removeprefix("client:alice-"): record for record in listed}


async def _killed_and_started(offhook: Offhook) -> dict[str, Outcome]:
    """Kill a server that has a call in each state, start it again, and do so once more."""
    customer = Customer()
    async with listening(customer):
        offhook.start()
        killed = Killed(offhook, customer)
        async with AsyncExitStack() as pages:
            for state in STATES:
                await killed.begin(state, pages)
            offhook.end(signal.SIGKILL)
            killed.hold.set()
        before = {state: len(keys) for state, keys in killed.keys.items()}
        # Beside the loop: the customer's web server has to answer meanwhile.
        await asyncio.to_thread(lambda: offhook.start(restart_wait_s="5"))
        with contextlib.suppress(TimeoutError):
            await eventually(lambda: not killed.missing(before), within_s=120)
        assert not killed.missing(before)
        listed = await asyncio.to_thread(killed.records)
        shown = {
            state: await asyncio.to_thread(offhook.command, "calls", "show", record["id"])
            for state, record in listed.items()
        }
        offhook.end(signal.SIGKILL)
        await asyncio.to_thread(offhook.start)
        later = await asyncio.to_thread(killed.records)
    return {
        state: Outcome(
            listed=listed[state],
            shown=shown[state],
            reported=customer.asks(f"/ended/{state}"),
            keys=killed.keys[state],
            listed_later=later[state],
        )
        for state in STATES
    }


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    """What came of a call in each state."""
    server = Offhook(tmp_path_factory.mktemp("killed"))
    try:
        yield asyncio.run(_killed_and_started(server))
    finally:
        if server.running:
            server.end()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.threat("lost-records")
def test_calls_of_a_killed_server_whose_pages_are_gone_end_with_a_cause_of_their_own(
    outcomes: dict[str, Outcome], state: str
) -> None:
    outcome = outcomes[state]
    expected = "normal" if state == "ended" else "server-restarted"
    assert (outcome.listed["cause"], outcome.shown["cause"]) == (expected, expected)
    first, *again = outcome.reported
    assert first["CallStatus"] == ("failed" if state in UNANSWERED else "completed")
    # Only one that died between the answer of the web server and its own note may ask again.
    assert not again or state == "ended"
    assert len(set(outcome.keys)) == 1
    assert outcome.listed_later == outcome.listed, "closed once"


async def test_pages_get_their_links_back_after_a_restart(own_offhook: Any) -> None:
    offhook = own_offhook
    offhook.start()
    async with offhook.browser("alice") as alice, offhook.browser("bob") as bob:
        await connected(alice, bob)
        offhook.end(signal.SIGKILL)
        await alice.disconnect()
        await bob.disconnect()
        offhook.start()
        for browser, registered in ((alice, False), (bob, True)):
            before = browser.welcome
            browser.auth = {}
            welcome = await browser.connect()
            assert (welcome["link"], welcome["key"]) == (before["link"], before["key"])
            assert (welcome["resumed"], welcome["attached"]) == (False, True)
            # Its page names no call of its own: those of before have ended there.
            assert (welcome["registered"], welcome["calls"]) == (registered, [])


async def test_a_stopping_server_drains_its_calls(own_offhook: Any) -> None:
    offhook = own_offhook
    offhook.start()
    async with offhook.browser("alice") as alice, offhook.browser("bob") as bob:
        call, answered = await connected(alice, bob)
        ending = asyncio.create_task(asyncio.to_thread(offhook.end, signal.SIGTERM))
        await asyncio.sleep(0.5)
        refused = await alice.call("bob")
        assert (await alice.frame("ended", refused))["cause"] == "shutdown"
        bob.press(answered, "4")
        await alice.until(lambda: alice.pressed() == "4", "a key while draining")
        assert (await alice.frame("ended", call))["cause"] == "shutdown"
        assert (await alice.frame("goodbye"))["reason"] == "shutdown"
        assert await ending == 0


async def test_a_killed_tab_ends_the_call_of_its_peer(own_offhook: Any) -> None:
    offhook = own_offhook
    offhook.start()
    async with offhook.browser("bob") as bob:
        async with offhook.browser("alice") as alice:
            _, answered = await connected(alice, bob)
            bob.hum(answered, 660.0)
            alice.says_goodbye = False
        # The page is gone with its engine, and said nothing.
        ended = await bob.until(
            lambda: next((f for f in bob.frames if f["type"] == "ended"), None), "end", within_s=30
        )
        assert ended["call"] == answered
