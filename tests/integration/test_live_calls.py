"""Running calls, controlled by commands, through the API of the server that runs."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real_time

GOODBYE = "<Response><Say>Goodbye.</Say></Response>"


def _refused(offhook: Any, *words: str) -> str:
    program = str(Path(sys.executable).with_name("offhook"))
    line = [program, "--data-dir", str(offhook.folder / "d"), "calls", *words]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    return done.stderr


async def _received(browser: Any, call: str) -> int:
    """Packets that came so far; the first answer is that of an earlier question."""
    browser.received(call)
    await asyncio.sleep(0.3)
    return browser.received(call)


async def _command(offhook: Any, *words: str) -> Any:
    return await asyncio.to_thread(offhook.command, "calls", *words)


async def test_a_running_call_is_listed_muted_and_redirected(offhook: Any, tmp_path: Path) -> None:
    document = tmp_path / "goodbye.xml"
    document.write_text(GOODBYE)
    async with offhook.browser("alice") as alice, offhook.browser("bob") as bob:
        await bob.say("register")
        await bob.frame("registered")
        call = await alice.call("bob")
        answered = await bob.answer(await bob.rings())
        await alice.talks(call)
        alice.hum(call, 440.0)
        bob.hum(answered, 660.0)
        (live,) = await _command(offhook, "live")
        first, second = live["legs"]
        assert (first["peer"], second["peer"]) == ("client:alice", "client:bob")
        assert first["bridged_with"] == second["id"]

        await _command(offhook, "digits", live["id"], "15", "--leg", second["id"])
        await bob.until(lambda: bob.pressed() == "15", "keys")

        await _command(offhook, "mute", live["id"])
        before = await _received(bob, answered)
        await asyncio.sleep(1)
        after = await _received(bob, answered)
        assert after - before < 25, "a muted leg sends no sound on"
        await _command(offhook, "mute", live["id"], "--off")
        await bob.until(lambda: bob.received(answered) > after + 25, "sound")

        await _command(offhook, "redirect", live["id"], "--document", str(document))
        await bob.frame("ended", answered)
        assert (await alice.frame("ended", call))["cause"] == "document-ended"
    assert "no call" in _refused(offhook, "hangup", live["id"])


async def test_a_running_call_is_hung_up(offhook: Any, eventually: Any) -> None:
    async with offhook.browser("alice") as alice, offhook.browser("bob") as bob:
        await bob.say("register")
        await bob.frame("registered")
        call = await alice.call("bob")
        answered = await bob.answer(await bob.rings())
        await alice.talks(call)
        (live,) = await _command(offhook, "live")
        await _command(offhook, "hangup", live["id"])
        assert (await alice.frame("ended", call))["cause"] == "normal"
        await bob.frame("ended", answered)
    records = await eventually(offhook.records)
    assert [record["id"] for record in records] == [live["id"]]


async def test_a_program_calls_an_endpoint(offhook: Any, eventually: Any, tmp_path: Path) -> None:
    document = tmp_path / "hello.xml"
    document.write_text("<Response><Say>Hello, this is a call from a program.</Say></Response>")
    (application,) = [
        each["name"]
        for each in offhook.command("application", "list")
        if each["dialect"] == "twilio"
    ]
    async with offhook.browser("bob") as bob:
        await bob.say("register")
        await bob.frame("registered")
        begun = await asyncio.to_thread(
            offhook.command,
            *("call", "bob", "--application", application, "--document", str(document)),
        )
        incoming = await bob.rings()
        assert incoming["from"] == "client:offhook"
        answered = await bob.answer(incoming)
        await bob.until(lambda: bob.received(answered) > 25, "a voice")
        assert (await bob.frame("ended", answered))["cause"] == "document-ended"
    (record,) = await eventually(offhook.records)
    assert (record["id"], record["direction"]) == (begun["id"], "outbound")
    assert record["answered_s"] > 1
