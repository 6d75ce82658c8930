"""What the control plane does: calls through a webhook, XML, record and callback, and what pages cost.

Pages signal over real WebSockets and have no media; the server has one core for itself, the pages and the web
application share the other.
"""

import asyncio
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterable
from typing import Any, Final

from peers import GENERATOR_CORE
from signalling import Application, Page, Pages, Server, answer, offer

PAIRS: Final = 40
SEQUENTIAL: Final = 300
STEP_S: Final = 6.0
LOAD_AT: Final = 150
BUSY_AT: Final = 100
IDLE_LINKS: Final = 500
HELD_CALLS: Final = 380
_SETTLED_S: Final = 15.0
_RATES: Final = (50, 400)
_EXACT: Final = 0.02


class Callers:
    """Pairs of pages: one calls, the other answers at once, and the first hangs up on command."""

    def __init__(self, server: Server, application: Application, pages: Pages, id: str) -> None:
        self._server, self._application, self._pages, self._id = server, application, pages, id
        self._callers: list[Page] = []
        self._began: dict[str, float] = {}
        self._over: dict[str, asyncio.Future[str]] = {}
        self.begun = 0
        self.took: list[float] = []
        self.held: asyncio.Event | None = None

    async def open(self, pairs: int) -> None:
        for number in range(pairs):
            names = (f"a{number}", f"b{number}")
            caller, callee = [
                await self._pages.open(self._server.url, self._server.token(name, self._id))
                for name in names
            ]
            await callee.say("register")
            callee.frame = lambda frame, page=callee: self._callee(page, frame)
            caller.frame = lambda frame, page=caller: self._caller(page, frame)
            self._callers.append(caller)

    async def call(self, number: int) -> asyncio.Future[str]:
        """Begin a call of a pair; what comes of it gives the cause of its end."""
        self.begun += 1
        name = f"c{self.begun}"
        over = asyncio.get_running_loop().create_future()
        self._over[name] = over
        pair = number % len(self._callers)
        self._began[name] = time.perf_counter()
        await self._callers[pair].say("invite", call=name, to=f"b{pair}", sdp=offer())
        return over

    def _callee(self, page: Page, frame: dict[str, Any]) -> None:
        if frame["type"] == "incoming":
            _go(page.say("answer", call=frame["call"], sdp=answer()))

    def _caller(self, page: Page, frame: dict[str, Any]) -> None:
        name = frame.get("call", "")
        if frame["type"] == "answered":
            self.took.append(time.perf_counter() - self._began[name])
            _go(self._hang_up(page, name))
        elif frame["type"] == "ended" and name in self._over:
            self._over.pop(name).set_result(frame["cause"])

    async def _hang_up(self, page: Page, name: str) -> None:
        if self.held is not None:
            await self.held.wait()
        await page.say("hangup", call=name)


_tasks: set[asyncio.Task[None]] = set()


def _go(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that so large a share of all does not exceed, in milliseconds."""
    ordered = sorted(values)
    return 1e3 * ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Bench:
    """One server with its pages."""

    def __init__(self, server: Server, application: Application, pages: Pages) -> None:
        made = server.command(
            "application",
            "create",
            "bench",
            "--dialect",
            "twilio",
            "--answer-url",
            f"{application.url}/answer",
            "--hangup-url",
            f"{application.url}/ended",
        )
        self.server, self.application, self.pages = server, application, pages
        self.callers = Callers(server, application, pages, made["id"])
        self._id = made["id"]

    async def one_after_the_other(self, calls: int) -> dict[str, float]:
        """Milliseconds from `invite` to `answered`, with nothing else to do."""
        for number in range(30):
            await (await self.callers.call(number))
        self.callers.took.clear()
        for number in range(calls):
            await (await self.callers.call(number))
            await asyncio.sleep(0.01)
        took = self.callers.took
        return {"p50_ms": percentile(took, 0.5), "p99_ms": percentile(took, 0.99)}

    async def at_rate(self, rate: float, seconds: float = STEP_S) -> dict[str, Any]:
        """So many calls a second; all must be answered, recorded and called back for."""
        # Callbacks of what was before are not taken for those of this step.
        await self.application.until(self.callers.begun, _SETTLED_S)
        before = len(self.application.callbacks)
        self.callers.took.clear()
        total = round(rate * seconds)
        spent, began = self.server.cpu_s, time.perf_counter()
        calls: list[asyncio.Future[str]] = []
        for number in range(total):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            calls.append(await self.callers.call(number))
        late = time.perf_counter() - began > seconds * 1.1
        done, _ = await asyncio.wait(calls, timeout=_SETTLED_S)
        spent = self.server.cpu_s - spent
        good = sum(call.result() == "normal" for call in done)
        await self.application.until(before + total, _SETTLED_S)
        called_back = len(self.application.callbacks) - before
        took = self.callers.took
        p99 = percentile(took, 0.99) if took else math.inf
        return {
            "rate": rate,
            "calls": total,
            "answered": good,
            "called_back": called_back,
            "p50_ms": percentile(took, 0.5) if took else math.inf,
            "p99_ms": p99,
            "cpu_ms_per_call": 1e3 * spent / total,
            # An answer that takes a second counts as lost.
            "lossless": good == total == called_back and not late and p99 < 1_000,
        }

    async def most(self) -> tuple[float, list[dict[str, Any]]]:
        """The most calls a second without loss, to 2 %."""
        low, high = _RATES
        steps: list[dict[str, Any]] = []
        while high - low > _EXACT * low:
            rate = round(math.sqrt(low * high))
            if rate in (low, high):
                break
            steps.append(await self.at_rate(rate))
            print(f"  control plane {described(steps[-1])}", flush=True)
            if steps[-1]["lossless"]:
                low = rate
            else:
                high = rate
            await asyncio.sleep(3)
        return low, steps

    async def held(self, calls: int) -> float:
        """Kilobytes that a call costs in the server while it is up, media aside."""
        before = self.server.resident_kb
        self.callers.held = asyncio.Event()
        self.callers.took.clear()
        begun: list[asyncio.Future[str]] = []
        for number in range(calls):
            begun.append(await self.callers.call(number))
            await asyncio.sleep(0.02)
        await asyncio.sleep(2)
        grown = self.server.resident_kb - before
        answered = len(self.callers.took)
        self.callers.held.set()
        self.callers.held = None
        await asyncio.wait(begun, timeout=60)
        return grown / max(1, answered)

    async def idle(self, links: int) -> float:
        """Kilobytes that a registered page costs that does nothing."""
        before = self.server.resident_kb
        for number in range(links):
            page = await self.pages.open(
                self.server.url, self.server.token(f"idle{number}", self._id)
            )
            await page.say("register")
        await asyncio.sleep(2)
        return (self.server.resident_kb - before) / links


def described(step: dict[str, Any]) -> str:
    """A step in a line."""
    verdict = "all" if step["lossless"] else "not all"
    return (
        f"{step['rate']:4.0f} calls/s: {verdict} answered and called back"
        f" ({step['answered']}, {step['called_back']} of {step['calls']}),"
        f" p50 {step['p50_ms']:.1f} p99 {step['p99_ms']:.1f} ms,"
        f" {step['cpu_ms_per_call']:.2f} ms of CPU a call"
    )


def busy() -> list[subprocess.Popen[bytes]]:
    """Something to do for every core, as a browser beside the server has; ends by itself."""
    script = "import time\nend = time.time() + 60\nwhile time.time() < end: pass"
    return [
        subprocess.Popen([sys.executable, "-c", script]) for _core in range(os.cpu_count() or 1)
    ]


async def run(quick: bool) -> dict[str, Any]:
    """All figures of one server."""
    found: dict[str, Any] = {}
    with Server() as server:
        async with Application() as application, Pages() as pages:
            bench = Bench(server, application, pages)
            await bench.callers.open(PAIRS)
            found["setup"] = await bench.one_after_the_other(50 if quick else SEQUENTIAL)
            print(f"  control plane one after the other: {found['setup']}", flush=True)
            found["at_150"] = await bench.at_rate(LOAD_AT)
            print(f"  control plane {described(found['at_150'])}", flush=True)
            await asyncio.sleep(3)
            if not quick:
                found["most"], found["steps"] = await bench.most()
            others = busy()
            try:
                found["busy"] = await bench.at_rate(BUSY_AT)
            finally:
                for other in others:
                    other.kill()
                    other.wait()
            print(f"  both cores busy {described(found['busy'])}", flush=True)
    with Server() as server:
        async with Application() as application, Pages() as pages:
            bench = Bench(server, application, pages)
            await bench.callers.open(PAIRS)
            await bench.one_after_the_other(50)
            found["kb_per_idle_link"] = await bench.idle(100 if quick else IDLE_LINKS)
            found["kb_per_call"] = await bench.held(80 if quick else HELD_CALLS)
    return found


def measure_control_plane(quick: bool, builds: int = 1) -> dict[str, Any]:
    """All figures; medians where it is run more than once."""
    os.sched_setaffinity(0, {GENERATOR_CORE} if (os.cpu_count() or 1) > 1 else {0})
    try:
        runs = [asyncio.run(run(quick)) for _ in range(builds)]
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    return {"runs": runs, "figures": figures(runs)}


def figures(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Medians over all runs, by name."""

    def middle(*path: str) -> float | None:
        values: list[float] = []
        for found in runs:
            value: Any = found
            for name in path:
                value = value.get(name) if value is not None else None
            if value is not None:
                values.append(float(value))
        return round(statistics.median(values), 3) if values else None

    wanted = {
        "setup_p50_ms": middle("setup", "p50_ms"),
        "setup_p99_ms": middle("setup", "p99_ms"),
        "calls_per_s": middle("most"),
        "cpu_ms_per_call_at_150": middle("at_150", "cpu_ms_per_call"),
        "setup_p99_ms_busy_at_100": middle("busy", "p99_ms"),
        "kb_per_idle_link": middle("kb_per_idle_link"),
        "kb_per_call_signalling": middle("kb_per_call"),
    }
    return {name: value for name, value in wanted.items() if value is not None}
