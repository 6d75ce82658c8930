"""The first call: two browsers, a real server, documents of both dialects, sound both ways."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.real_time


async def sound_flows(one: Any, one_call: str, two: Any, two_call: str) -> None:
    """Keys pressed at one end arrive with the sound at the other, both ways."""
    one.hum(one_call, 440.0)
    two.hum(two_call, 660.0)
    before = one.received(one_call), two.received(two_call)
    one.press(one_call, "15")
    two.press(two_call, "9#")
    await two.until(lambda: two.pressed() == "15", "keys")
    await one.until(lambda: one.pressed() == "9#", "keys")
    await one.until(lambda: one.received(one_call) > before[0] + 25, "sound")
    await two.until(lambda: two.received(two_call) > before[1] + 25, "sound")


@pytest.mark.parametrize(("caller", "callee"), [("alice", "bob"), ("bob", "alice")])
async def test_the_demonstration_connects_two_browsers(
    offhook: Any, eventually: Any, caller: str, callee: str
) -> None:
    async with offhook.browser(caller) as one, offhook.browser(callee) as two:
        await two.say("register")
        await two.frame("registered")
        call = await one.call(callee)
        incoming = await two.rings()
        assert incoming["from"] == f"client:{caller}"
        if caller == "alice":
            await one.frame("ringing", call)  # The other dialect answers before it dials.
        answered = await two.answer(incoming)
        await one.talks(call)
        await sound_flows(one, call, two, answered)
        await two.say("hangup", call=answered)
        ended = await one.frame("ended", call)
        assert ended["cause"] in ("normal", "document-ended")
    (record,) = await eventually(offhook.records)
    shown = offhook.command("calls", "show", record["id"])
    assert shown["caller"] == f"client:{caller}"
    assert shown["callee"] == callee
    assert shown["dialect"] == ("twilio" if caller == "alice" else "plivo")
    assert len(shown["legs"]) == 2
    for leg in shown["legs"]:
        assert leg["media"]["codec"] == "opus/48000/2"
        assert leg["media"]["received"]["packets"] > 25
        assert leg["media"]["received"]["lost"] == 0


async def test_the_caller_gives_up_and_the_callee_stops_ringing(offhook: Any) -> None:
    async with offhook.browser("alice") as alice, offhook.browser("bob") as bob:
        await bob.say("register")
        await bob.frame("registered")
        call = await alice.call("bob")
        incoming = await bob.rings()
        await alice.say("hangup", call=call)
        ended = await bob.frame("ended", incoming["call"])
        assert ended["cause"] == "cancelled"
        assert (await alice.frame("ended", call))["by"] == "local"


async def test_a_call_to_an_unknown_name_gets_a_message(offhook: Any) -> None:
    async with offhook.browser("alice") as alice:
        call = await alice.call("bob")
        # Nobody is there: the document says so with a voice, which answers the call.
        await alice.talks(call)
        await alice.until(lambda: alice.received(call) > 25, "a voice")
        assert (await alice.frame("ended", call))["cause"] == "document-ended"


async def test_audio_continues_while_the_link_is_down(offhook: Any) -> None:
    resumed = (await offhook.figures()).get("offhook_links_resumed_total", 0)
    async with offhook.browser("alice") as alice, offhook.browser("bob") as bob:
        await bob.say("register")
        await bob.frame("registered")
        call = await alice.call("bob")
        answered = await bob.answer(await bob.rings())
        await alice.talks(call)
        await sound_flows(alice, call, bob, answered)
        await alice.disconnect()
        before = alice.received(call)
        await asyncio.sleep(3)
        # Nearly all that was sent in 3 s, with no packet missing between.
        enough = before + 130
        await alice.until(lambda: alice.received(call) >= enough, "sound", within_s=2)
        assert alice.lost(call) == 0
        await bob.say("message", call=answered, id="1", content_type="text/plain", body="there?")
        welcome = await alice.connect()
        assert welcome["resumed"] is True
        assert (await alice.frame("message", call))["body"] == "there?"
        await alice.say("hangup", call=call)
        await bob.frame("ended", answered)
    figures = await offhook.figures_when(lambda now: now["offhook_calls_active"] == 0)
    assert figures["offhook_links_resumed_total"] == resumed + 1
