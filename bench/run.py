"""Measures pages with the SDK and the control plane; then the engine on one core, the generator on the other.

rtpengine, where it is installed, is measured beside it.

Run by `make bench`. Writes `bench/results/<date>-<commit>.json` and a picture, prints what it found.
Every figure of an engine is of one process pinned to one core; what the system does for it (sockets, loopback
delivery) is in its CPU time, for the sender pays for delivery.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from control_plane import measure_control_plane
from figures import flat
from noisy import measure_noisy
from pages import measure_pages, middle_and_slow
from peers import (
    ENGINE_CORE,
    GENERATOR_CORE,
    PREFERRED,
    ROOT,
    Generator,
    Offhook,
    Precedence,
    Rtpengine,
    cpu_s,
    resident_kb,
)
from picture import draw
from tenants import measure_tenants

Peer = Offhook | Rtpengine
LOSSLESS = 0.003
"""Share of packets that may be missing for a step to count as lossless."""
RELAY_STEPS = (100, 250, 500, 750, 1000, 1250, 1500, 1750, 2000, 2250, 2500)
TRANSCODE_STEPS = (25, 50, 75, 100, 150, 200, 250, 300, 350, 400)
PARTS = ("pages", "control-plane", "engine", "noisy", "tenants")
MEMORY_CALLS = 1_000
DELAY_CALLS = 500
HANDSHAKES = 500
"""Calls, of two handshakes each."""


def step(
    generator: Generator, peer: Peer, calls: int, codecs: tuple[str, str], seconds: float
) -> dict[str, Any]:
    """One load: what it cost and what arrived."""
    peer.set_up(generator, calls, *codecs)
    timed = codecs[0] == codecs[1]
    # A busy engine needs a moment to find how hard it may try, and to work off what came meanwhile.
    warm_s = 2.0 if timed else 5.0
    seen = generator.do("run", seconds=seconds, warm_s=warm_s, pid=peer.pid, timed=timed)
    peer.forget()
    generator.do("forget")
    loss = max(0.0, 1 - seen["received"] / seen["sent"])
    return {
        "calls": calls,
        "loss": round(loss, 5),
        "cpu": round(seen["cpu_s"] / seen["wall_s"], 4),
        "us_per_packet": round(seen["cpu_s"] / max(1, seen["received"]) * 1e6, 3),
        "p50_ms": seen["delay_p50_ms"] if timed else None,
        "p99_ms": seen["delay_p99_ms"] if timed else None,
        "generator_cpu": round(seen["own_cpu_s"] / seen["wall_s"], 4),
        # Loss or delay that the generator itself caused says nothing of the engine.
        "generator_kept_up": seen["late_slots"] == 0 and seen["unsent"] == 0 and not seen["forged"],
    }


def climb(
    make: Callable[[], Peer], steps: tuple[int, ...], codecs: tuple[str, str], seconds: float
) -> list[dict[str, Any]]:
    """Steps of load, each on a fresh engine, until packets are lost twice in a row."""
    taken: list[dict[str, Any]] = []
    for calls in steps:
        with Generator() as generator, make() as peer:
            try:
                taken.append(step(generator, peer, calls, codecs, seconds))
            except RuntimeError as error:
                taken.append({"calls": calls, "loss": 1.0, "failed": str(error)})
        print(f"  {peer.name:10} {codecs[0]}-{codecs[1]} {summary(taken[-1])}", flush=True)
        if len(taken) > 1 and all(one["loss"] > LOSSLESS for one in taken[-2:]):
            break
    return taken


def summary(one: dict[str, Any]) -> str:
    if "failed" in one:
        return f"{one['calls']:5} calls: {one['failed']}"
    delay = f", p50 {one['p50_ms']:.2f} p99 {one['p99_ms']:.2f} ms" if one["p99_ms"] else ""
    late = "" if one["generator_kept_up"] else "  (the generator fell behind)"
    return (
        f"{one['calls']:5} calls: {100 * one['loss']:6.2f} % lost, {100 * one['cpu']:5.1f} % of a core,"
        f" {one['us_per_packet']:5.2f} us a packet{delay}{late}"
    )


def setting_up(make: Callable[[], Peer]) -> dict[str, Any]:
    """The cost of silent calls: handshakes and memory."""
    with Generator() as generator, make() as peer:
        peer.set_up(generator, 10, "PCMU", "PCMU")
        spent, before = cpu_s(peer.pid), resident_kb(peer.pid)
        seen = peer.set_up(generator, HANDSHAKES, "PCMU", "PCMU")
        spent = cpu_s(peer.pid) - spent
        peer.set_up(generator, MEMORY_CALLS - HANDSHAKES, "PCMU", "PCMU")
        generator.do("run", seconds=3.0, warm_s=0.0, pid=peer.pid, timed=True)
        grown = resident_kb(peer.pid) - before
        return {
            "handshakes": seen["connected"],
            "srtp_profiles": seen["profiles"],
            # ICE, SDP and the Python that drives it are in this figure too.
            "cpu_ms_per_leg_set_up": round(1e3 * spent / seen["connected"], 4),
            "legs_set_up_per_core_s": round(seen["connected"] / spent),
            "kb_per_relayed_call": round(grown / MEMORY_CALLS, 1),
        }


def best(steps: list[dict[str, Any]]) -> int:
    """The most calls without loss."""
    return max((one["calls"] for one in steps if one["loss"] <= LOSSLESS), default=0)


def at(steps: list[dict[str, Any]], calls: int) -> dict[str, Any]:
    return next((one for one in steps if one["calls"] == calls), {})


def machine() -> dict[str, Any]:
    """What it was measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    pinned = bool(shutil.which("taskset")) and (os.cpu_count() or 1) > ENGINE_CORE
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory_kb / 1e6, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
        "pinned": {"generator": GENERATOR_CORE, "engine": ENGINE_CORE} if pinned else False,
        "preferred": "realtime" if Precedence.realtime else "nice" if PREFERRED else False,
    }


def rtpengine_version() -> str | None:
    """Its version, if it is installed."""
    if not shutil.which("rtpengine"):
        return None
    said = subprocess.run(["rtpengine", "--version"], capture_output=True, text=True, check=False)
    return (said.stdout + said.stderr).strip().removeprefix("Version: ")


def measure(seconds: float, quick: bool) -> dict[str, Any]:
    """All figures of all engines."""
    version = rtpengine_version()
    peers: dict[str, Callable[[], Peer]] = {"offhook": Offhook}
    if version:
        peers["rtpengine"] = Rtpengine
    else:
        print("rtpengine is not measured: install the Debian package rtpengine-daemon")
    relay, transcode = (
        (RELAY_STEPS[:3], TRANSCODE_STEPS[:2]) if quick else (RELAY_STEPS, TRANSCODE_STEPS)
    )
    found: dict[str, Any] = {}
    for name, make in peers.items():
        found[name] = {
            "set_up": setting_up(make),
            "relay": climb(make, relay, ("PCMU", "PCMU"), seconds),
            "transcode": climb(make, transcode, ("opus", "PCMU"), seconds),
        }
    return {"rtpengine": version, "found": found}


def conclude(results: dict[str, Any]) -> dict[str, Any]:
    """The figures that people ask for."""
    measured: dict[str, Any] = {}
    if "pages" in results:
        p50, p95 = middle_and_slow(results["pages"]["first_audio_ms"])
        measured["pages"] = {"first_audio_p50_ms": round(p50), "first_audio_p95_ms": round(p95)}
        p50, p95 = middle_and_slow(results["pages"]["restart_gap_ms"])
        measured["pages"] |= {"restart_gap_p50_ms": round(p50), "restart_gap_p95_ms": round(p95)}
    for name, found in results.get("found", {}).items():
        at_500 = at(found["relay"], DELAY_CALLS)
        costs = [one["us_per_packet"] for one in found["relay"] if one["loss"] <= LOSSLESS]
        measured[name] = {
            "relay_calls_lossless": best(found["relay"]),
            "relay_us_per_packet": costs[-1] if costs else None,
            "relay_p50_ms_at_500": at_500.get("p50_ms"),
            "relay_p99_ms_at_500": at_500.get("p99_ms"),
            "opus_pcmu_calls_lossless": best(found["transcode"]),
            "kb_per_relayed_call": found["set_up"]["kb_per_relayed_call"],
            "legs_set_up_per_core_s": found["set_up"]["legs_set_up_per_core_s"],
        }
    if "rtpengine" in measured:
        ours, theirs = measured["offhook"], measured["rtpengine"]
        measured["ratio"] = {
            key: round(ours[key] / theirs[key], 2) for key in ours if ours[key] and theirs[key]
        }
    return measured


def figures(results: dict[str, Any]) -> dict[str, Any]:
    """The flat map of all figures that were measured."""
    ours = results["conclusions"].get("offhook", {})
    names = ("relay_calls_lossless", "relay_us_per_packet", "opus_pcmu_calls_lossless")
    values: dict[str, float | None] = {name: ours.get(name) for name in names}
    if "pages" in results:
        for name in ("first_audio_p50_ms", "restart_gap_p50_ms"):
            values[name] = results["conclusions"]["pages"][name]
        entries = results["pages"]["gzip_bytes"]["entries"]
        for figure, entry in (("native", "offhook"), ("plivo", "plivo"), ("twilio", "twilio")):
            sizes = entries[entry]
            values[f"sdk_gzip_{figure}"] = max(sizes["module"], sizes["script"])
    for part in ("control_plane", "noisy", "tenants"):
        values |= results.get(part, {}).get("figures", {})
    return flat(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each step")
    parser.add_argument("--quick", action="store_true", help="a few small steps only")
    parser.add_argument("--only", choices=PARTS, help="leave the others out")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/results")
    parser.add_argument(
        "--realtime",
        action="store_true",
        help="let engine and generator go before everything else of the machine, which stands still"
        " meanwhile: for delays on a machine that others use",
    )
    options = parser.parse_args()
    # So that being told to end leaves none of the measured processes behind.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    Precedence.realtime = options.realtime
    results: dict[str, Any] = {"machine": machine()}
    parts = (options.only,) if options.only else PARTS
    if "pages" in parts:
        results["pages"] = measure_pages(10, 3) if options.quick else measure_pages()
    if "control-plane" in parts:
        results["control_plane"] = measure_control_plane(options.quick)
    if "noisy" in parts:
        results["noisy"] = measure_noisy(options.quick)
    if "tenants" in parts:
        results["tenants"] = measure_tenants(options.quick)
    if "engine" in parts:
        results |= measure(options.seconds, options.quick)
    results["conclusions"] = conclude(results)
    results["figures"] = figures(results)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    now = datetime.now(UTC)
    results |= {"commit": commit or None, "at": now.isoformat(timespec="seconds")}
    name = f"{now:%Y-%m-%d}-{commit or 'unknown'}{'-quick' if options.quick else ''}"
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / f"{name}.json").write_text(json.dumps(results, indent=2) + "\n")
    if "found" in results:
        draw(results, options.out / f"{name}.svg")
    print(json.dumps(results["conclusions"], indent=2))
    for figure, measured in results["figures"].items():
        aim = "" if measured["aim"] is None else f"  (aim {measured['aim']})"
        print(f"  {figure:28} {measured['value']:10} {measured['unit']}{aim}")
    print(f"written: {options.out / name}.json", file=sys.stderr)


if __name__ == "__main__":
    main()
