"""What outlives the process: records, callbacks, who is who. What does not says so."""

import asyncio
import signal
import struct
from typing import Any

import pytest
from aiohttp import web

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


async def test_a_pending_callback_is_sent_after_a_kill(offhook: Any, customer: Any) -> None:
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


PLAY = '<Response><Play loop="0">{url}/tone.wav</Play></Response>'
SAY = '<Response><Say loop="50">One two three four five six seven eight nine ten.</Say></Response>'
UNANSWERED = {"ringing", "webhook"}


def tone() -> bytes:
    """Ten seconds of a WAV file."""
    samples = struct.pack("<h", 4096) * 80_000
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", *WAV)
    return head + struct.pack("<4sI", b"data", len(samples)) + samples


@pytest.mark.parametrize("state", ["ringing", "webhook", "call", "say", "play", "ended"])
@pytest.mark.threat("lost-records")
async def test_calls_of_a_killed_server_whose_pages_are_gone_end_with_a_cause_of_their_own(
    offhook: Any, customer: Any, eventually: Any, state: str
) -> None:
    asked, hold = asyncio.Event(), asyncio.Event()
    keys: list[str] = []

    async def slow(request: web.Request) -> web.StreamResponse:
        asked.set()
        await hold.wait()
        return web.Response(text=TWIML, content_type="text/xml")

    async def sound(request: web.Request) -> web.StreamResponse:
        return web.Response(body=tone(), content_type="audio/wav")

    async def ended(request: web.Request) -> web.StreamResponse:
        keys.append(request.headers["Idempotency-Key"])
        return web.Response(status=204)

    documents = {"webhook": slow, "say": SAY, "play": PLAY.format(url=customer.url)}
    customer.pages |= {"/answer": documents.get(state, TWIML), "/tone.wav": sound, "/ended": ended}
    made = offhook.command(
        *("application", "create", state, "--dialect", "twilio"),
        *("--answer-url", f"{customer.url}/answer", "--hangup-url", f"{customer.url}/ended"),
    )
    token = offhook.command("token", "alice", "--application", made["id"])["token"]
    async with offhook.browser("bob") as bob, offhook.browser("", token=token) as alice:
        if state in ("call", "ended"):
            call, _ = await connected(alice, bob)
            if state == "ended":
                await alice.say("hangup", call=call)
                await alice.frame("ended", call)
        else:
            await bob.say("register")
            await bob.frame("registered")
            call = await alice.call("bob")
            await (asked.wait() if state == "webhook" else alice.frame("trying", call))
            if state == "ringing":
                await bob.rings()
            elif state in ("say", "play"):
                await alice.talks(call)
        offhook.end(signal.SIGKILL)
        hold.set()
    before = len(keys)
    # Beside the loop: the customer's web server has to answer meanwhile.
    await asyncio.to_thread(lambda: offhook.start(restart_wait_s="5"))
    await eventually(lambda: len(keys) > before or (state == "ended" and before), within_s=60)
    (record,) = await asyncio.to_thread(offhook.command, "calls", "list")
    expected = "normal" if state == "ended" else "server-restarted"
    assert record["cause"] == expected
    shown = await asyncio.to_thread(offhook.command, "calls", "show", record["id"])
    assert shown["cause"] == expected
    (reported, *again) = customer.asks("/ended")
    assert reported["CallStatus"] == ("failed" if state in UNANSWERED else "completed")
    # Only one that died between the answer of the web server and its own note may ask again.
    assert not again or state == "ended"
    assert len(set(keys)) == 1
    offhook.end(signal.SIGKILL)
    await asyncio.to_thread(offhook.start)
    assert await asyncio.to_thread(offhook.command, "calls", "list") == [record], "closed once"


async def test_pages_get_their_links_back_after_a_restart(offhook: Any) -> None:
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


async def test_a_stopping_server_drains_its_calls(offhook: Any) -> None:
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


async def test_a_killed_tab_ends_the_call_of_its_peer(offhook: Any) -> None:
    async with offhook.browser("bob") as bob:
        async with offhook.browser("alice") as alice:
            _, answered = await connected(alice, bob)
            bob.hum(answered, 660.0)
        # The page is gone with its engine, and said nothing.
        ended = await bob.until(
            lambda: next((f for f in bob.frames if f["type"] == "ended"), None), "end", within_s=30
        )
        assert ended["call"] == answered
