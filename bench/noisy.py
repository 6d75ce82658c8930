"""Noisy neighbours: what a page that is signed in, and a call, notice while others attack the server.

The server runs alone on one core; pages, attackers and customers' web servers share the other. Each attack is
repeated for some seconds. A page asks the link for a pong all the while, two others are in a call, and the
server's resident memory is read ten times a second.
"""

import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web
from offhook.auth.native_tokens import Grant, mint
from offhook.base.ids import ApplicationId
from offhook.testing.attack import ATTACKS, Target, attack
from peers import ENGINE_CORE, GENERATOR_CORE, ROOT, resident_kb, start

sys.path.insert(0, str(ROOT / "tests/integration"))
from caller import Browser

OFFHOOK: Final = str(Path(sys.executable).with_name("offhook"))
EACH_S: Final = 8.0
PAUSE_S: Final = 0.02
SETTLE_S: Final = 3.0
HANGING_CALLS: Final = 8
_INTERIM: Final = b"HTTP/1.1 100 Continue\r\n\r\n" * 100
_DIAL: Final = '<Response><Dial answerOnBridge="true"><Client>bob</Client></Dial></Response>'


class Server:
    """`offhook serve` on a core of its own, with an application of a customer's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._account = self._ask("init", "--name", "bench")
        self._log = (folder / "log").open("w")
        command = [
            *self._command(),
            "serve",
            "--json",
            "--port",
            "0",
            "--no-demo",
            "--drain-s",
            "0",
        ]
        self._process = start(
            ENGINE_CORE, command, stdin=None, stdout=subprocess.PIPE, stderr=self._log
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError((folder / "log").read_text())
        self.url: str = json.loads(line)["url"]

    def _command(self) -> list[str]:
        return [OFFHOOK, "--data-dir", str(self._folder / "data")]

    def _ask(self, *words: str) -> dict[str, Any]:
        said = subprocess.check_output([*self._command(), *words, "--json"], text=True)
        found: dict[str, Any] = json.loads(said)
        return found

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def resident_mb(self) -> float:
        return resident_kb(self.pid) / 1024

    def application(self, name: str, answer_url: str) -> str:
        words = ("--dialect", "twilio", "--answer-url", answer_url)
        return str(self._ask("application", "create", name, *words)["id"])

    def token(self, name: str, application: str) -> str:
        grant = Grant(name=name, application=ApplicationId(application), lifetime_s=7200)
        account, secret = self._account["account"], self._account["secret"]
        return mint(grant, issuer=account, secret=secret, now=time.time())

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(15)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()


async def pings(server: Server, token: str, until: asyncio.Event) -> list[float]:
    """Milliseconds of each pong that a page asked for; one that does not come counts as 10 s."""
    took: list[float] = []
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(
            f"{server.url}/link", protocols=("offhook.link.1",), origin=server.url
        ) as socket,
    ):
        await socket.send_json({"type": "hello", "version": 1, "auth": {"token": token}})
        assert (await socket.receive_json())["type"] == "welcome"
        while not until.is_set():
            asked = time.perf_counter()
            await socket.send_json({"type": "ping", "received": 0})
            try:
                async with asyncio.timeout(10):
                    while (await socket.receive_json())["type"] != "pong":
                        pass
            except (TimeoutError, TypeError):
                took.append(10_000.0)
                break
            took.append(1e3 * (time.perf_counter() - asked))
            await asyncio.sleep(PAUSE_S)
    return took


async def memory(server: Server, until: asyncio.Event) -> float:
    """The most that was resident."""
    most = server.resident_mb
    while not until.is_set():
        await asyncio.sleep(0.1)
        most = max(most, server.resident_mb)
    return most


async def outside(name: str, server: Server, token: str, seconds: float) -> None:
    """An attack from a process of its own, on the core that is not the server's."""
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    command = [sys.executable, str(Path(__file__)), name, host, port, str(seconds), token]
    if shutil.which("taskset") and (os.cpu_count() or 1) > GENERATOR_CORE:
        command = ["taskset", "-c", str(GENERATOR_CORE), *command]
    attacker = await asyncio.create_subprocess_exec("nice", "-n", "10", *command)
    if await attacker.wait():
        raise RuntimeError(f"the attack {name} did not run")


async def hostile_answers(server: Server, piece: bytes, seconds: float, name: str) -> None:
    """Calls whose application's web server sends `piece` for ever, or nothing."""

    over = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while not over.is_set():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0 if piece else 0.1)
        writer.transport.abort()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    application = server.application(name.replace("_", "-"), f"http://127.0.0.1:{port}/")
    auth = {"token": server.token("mallory", application)}
    async with Browser(server.url, auth) as mallory:
        for _ in range(HANGING_CALLS):
            await mallory.call("bob")
        await asyncio.sleep(seconds)
    over.set()
    listening.close()


async def under(
    server: Server, token: str, act: Callable[[], Awaitable[None]], call: "Call"
) -> dict[str, Any]:
    """What is noticed while `act` goes on."""
    before, over = server.resident_mb, asyncio.Event()
    came, lost = await call.figures()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(pings(server, token, over))
        reading = tasks.create_task(memory(server, over))
        await asyncio.sleep(0.2)
        await act()
        over.set()
    await asyncio.sleep(SETTLE_S)
    took = asking.result()
    came_by_now, lost_by_now = await call.figures()
    return {
        "pings": len(took),
        "ping_p50_ms": round(statistics.median(took), 2),
        "ping_p99_ms": round(sorted(took)[len(took) * 99 // 100], 2),
        "memory_mb": round(reading.result() - before, 1),
        "memory_left_mb": round(server.resident_mb - before, 1),
        "packets_received": came_by_now - came,
        "packets_lost": lost_by_now - lost,
    }


class Call:
    """Two pages that talk."""

    def __init__(self, alice: Browser, bob: Browser, name: str) -> None:
        self._alice, self._bob, self._name = alice, bob, name

    async def figures(self) -> tuple[int, int]:
        """Packets that came to the callee, and those that did not."""
        self._bob.received(self._name)
        await asyncio.sleep(0.3)
        return self._bob.received(self._name), self._bob.lost(self._name)


@contextlib.asynccontextmanager
async def talking(server: Server, application: str) -> AsyncGenerator[Call]:
    """A call with a tone both ways."""
    tokens = {name: server.token(name, application) for name in ("alice", "bob")}
    async with (
        Browser(server.url, {"token": tokens["alice"]}) as alice,
        Browser(server.url, {"token": tokens["bob"]}) as bob,
    ):
        await bob.say("register")
        await bob.frame("registered")
        call = await alice.call("bob")
        answered = await bob.answer(await bob.rings())
        await alice.talks(call)
        alice.hum(call, 440.0)
        bob.hum(answered, 550.0)
        # Until reports come with packets in them.
        await bob.until(lambda: bob.received(answered) > 50, "sound")
        yield Call(alice, bob, answered)


async def measure(seconds: float) -> dict[str, dict[str, Any]]:
    """All attacks, one after the other, on one server."""

    async def document(_: web.Request) -> web.Response:
        return web.Response(text=_DIAL, content_type="text/xml")

    customer = web.Application()
    customer.router.add_route("*", "/", document)
    runner = web.AppRunner(customer, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            application = server.application("calm", f"http://127.0.0.1:{port}/")
            token = server.token("carol", application)
            attacks: dict[str, Callable[[], Awaitable[None]]] = {
                "none": partial(asyncio.sleep, seconds),
                **{name: partial(outside, name, server, token, seconds) for name in ATTACKS},
                "interim_answers": partial(hostile_answers, server, _INTERIM, seconds, "interim"),
                "hanging_answers": partial(hostile_answers, server, b"", seconds, "hanging"),
            }
            async with talking(server, application) as call:
                for name, act in attacks.items():
                    found[name] = await under(server, token, act, call)
                    print(f"  {name:20} {_line(found[name])}", flush=True)
        finally:
            server.stop()
            await runner.cleanup()
    return found


def _line(one: dict[str, Any]) -> str:
    return (
        f"ping p50 {one['ping_p50_ms']:7.2f} p99 {one['ping_p99_ms']:8.2f} ms, memory"
        f" {one['memory_mb']:+6.1f} MB, {one['memory_left_mb']:+5.1f} left,"
        f" {one['packets_lost']} of {one['packets_received'] + one['packets_lost']} packets lost"
    )


def measure_noisy(quick: bool) -> dict[str, Any]:
    """Each attack and what was noticed meanwhile; as figures, the worst of all."""
    found = asyncio.run(measure(2.0 if quick else EACH_S))
    attacks = [one for name, one in found.items() if name != "none"]
    figures = {
        "noisy_ping_p99_ms": max(one["ping_p99_ms"] for one in attacks),
        "noisy_memory_mb": max(one["memory_mb"] for one in attacks),
        "noisy_packets_lost": sum(one["packets_lost"] for one in attacks),
    }
    return {"attacks": found, "figures": figures}


if __name__ == "__main__":
    name, host, port, seconds, token = sys.argv[1:]
    target = Target(host=host, port=int(port), token=token)
    asyncio.run(attack(name, target, float(seconds)))
