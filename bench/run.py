"""Measures pages with the SDK and the control plane; then the engine on one core, the generator on the other.

rtpengine and Asterisk, where they are installed, are measured beside it.

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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conferences import CONFERENCES, conference_figures, measure_conferences
from control_plane import measure_control_plane
from engines import LOADS, Timing, engine_figures, measure_engines
from engines import conclude as conclude_engines
from figures import flat
from noisy import measure_noisy
from pages import measure_pages, middle_and_slow
from peers import ENGINE_CORE, GENERATOR_CORE, PREFERRED, ROOT, Precedence
from picture import draw
from tenants import measure_tenants

ALL_LOADS = (*LOADS, *CONFERENCES)
PARTS = ("pages", "control-plane", "engine", "noisy", "tenants")


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


def conclude(results: dict[str, Any]) -> dict[str, Any]:
    """The figures that people ask for."""
    measured: dict[str, Any] = {}
    if "pages" in results:
        p50, p95 = middle_and_slow(results["pages"]["first_audio_ms"])
        measured["pages"] = {"first_audio_p50_ms": round(p50), "first_audio_p95_ms": round(p95)}
        p50, p95 = middle_and_slow(results["pages"]["restart_gap_ms"])
        measured["pages"] |= {"restart_gap_p50_ms": round(p50), "restart_gap_p95_ms": round(p95)}
    measured |= conclude_engines(results.get("found", {}))
    return measured


def figures(results: dict[str, Any]) -> dict[str, Any]:
    """The flat map of all figures that were measured."""
    values: dict[str, float | None] = engine_figures(results["conclusions"])
    if "pages" in results:
        for name in ("first_audio_p50_ms", "restart_gap_p50_ms"):
            values[name] = results["conclusions"]["pages"][name]
        entries = results["pages"]["gzip_bytes"]["entries"]
        for figure, entry in (("native", "offhook"), ("plivo", "plivo"), ("twilio", "twilio")):
            sizes = entries[entry]
            values[f"sdk_gzip_{figure}"] = max(sizes["module"], sizes["script"])
    if "conferences" in results:
        values |= conference_figures(results["conferences"])
    for part in ("control_plane", "noisy", "tenants"):
        values |= results.get(part, {}).get("figures", {})
    return flat(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each step")
    parser.add_argument(
        "--loads", nargs="+", choices=ALL_LOADS, default=ALL_LOADS, help="of the engines"
    )
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
        timing = (
            Timing(seconds=2.0, warm_s=1.0, limit=200)
            if options.quick
            else Timing(seconds=options.seconds)
        )
        if calls := tuple(load for load in LOADS if load in options.loads):
            results |= measure_engines(timing, calls)
        if others := tuple(load for load in CONFERENCES if load in options.loads):
            results["conferences"] = measure_conferences(timing, others)
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
