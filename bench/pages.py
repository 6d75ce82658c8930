"""What a page has to load, and how soon a call is heard in it: the SDK's side of the bench."""

import json
import os
import statistics
import subprocess
from typing import Any

from peers import ROOT

MODULES = ROOT / "node_modules/.bin"
SPOKEN_CALLS = 50
RESTARTS = 20


def measure_pages(calls: int = SPOKEN_CALLS, restarts: int = RESTARTS) -> dict[str, Any]:
    """Weights of the SDK in bytes of gzip, milliseconds to first audio, and without sound after a restart.

    Raises:
        CalledProcessError: the SDK is not built, or a browser could not call.
    """
    return {
        "gzip_bytes": weights(),
        "first_audio_ms": first_audio(calls),
        "restart_gap_ms": restart_gaps(restarts),
    }


def weights() -> dict[str, Any]:
    """Each entry (as module and script, and its limit) and what is loaded later."""
    command = ["node", str(ROOT / "bench/page/weights.mjs")]
    found: dict[str, Any] = json.loads(subprocess.check_output(command))
    for name, entry in found["entries"].items():
        print(
            f"  {name:14} {entry['module']:6} bytes of gzip as a module,"
            f" {entry['script']:6} as a script (limit {entry['limit']})"
        )
    later = ", ".join(f"{name} {size}" for name, size in found["later"].items())
    print(f"  later, when asked for: {later}", flush=True)
    return found


def first_audio(calls: int) -> list[float]:
    """Milliseconds of each call between two pages in two Chromiums over loopback, in order."""
    took = _measured("first-audio", calls)
    p50, p95 = middle_and_slow(took)
    print(f"  call() to first audio: p50 {p50:.0f} ms, p95 {p95:.0f} ms over {len(took)} calls")
    return took


def restart_gaps(restarts: int) -> list[float]:
    """Milliseconds without sound in a call of two Chromiums, from when its killed server serves again."""
    gaps = _measured("restart-gap", restarts)
    p50, p95 = middle_and_slow(gaps)
    print(f"  sound after a restart: p50 {p50:.0f} ms, p95 {p95:.0f} ms over {len(gaps)} restarts")
    return gaps


def _measured(name: str, times: int) -> list[float]:
    into = ROOT / f".build/bench/{name}.json"
    into.parent.mkdir(parents=True, exist_ok=True)
    into.unlink(missing_ok=True)
    command = [
        str(MODULES / "vitest"),
        "run",
        "--config",
        str(ROOT / "bench/page/vitest.config.ts"),
        f"{name}.measure.ts",
    ]
    said = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"MEASURED_CALLS": str(times), "MEASURED_INTO": str(into)},
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        print(said.stdout + said.stderr)
        said.check_returncode()
    found: list[float] = json.loads(into.read_text())
    return found


def middle_and_slow(took: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]
