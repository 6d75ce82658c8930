"""Fuzzes every parser of data from the network, each for a while, with a new seed each round.

A target of `tools/fuzz.toml` is a command that tries some thousands of inputs and fails when one of
them breaks what it must not; it is started again until its time is over. A command that keeps the time
by itself gets it in FUZZ_SECONDS. What broke is shown by the tool
that found it, with the smallest input it could make, which belongs into a test.
"""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".build/log"
# How pytest, libtest and libFuzzer say that something was run at all.
RAN = re.compile(r"\b[1-9]\d* passed|number_of_executed_units: [1-9]")
LIMIT_S = 1_800
"""For a round, beside the time that is asked for: the first one builds."""


def one_round(name: str, command: str, seconds: float) -> str:
    """Runs a target once; what went wrong, or nothing."""
    environment = os.environ | {
        "PATH": f"{ROOT}/.venv/bin:{ROOT}/node_modules/.bin:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "tools"),
        "PROPTEST_CASES": "4096",
        "FUZZ_SECONDS": f"{seconds:.0f}",
        "NO_COLOR": "1",
    }
    log = LOGS / f"fuzz-{name}"
    with log.open("wb") as output:
        running = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = running.wait(LIMIT_S + seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            # With all that it has started: they would go on without it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    said = log.read_text(errors="replace")
    if code is None:
        return f"stopped after {LIMIT_S + seconds:.0f} s\n\n{said[-6_000:]}"
    if code:
        return f"exit code {code}\n\n{said[-6_000:]}"
    return "" if RAN.search(said) else "it ran nothing"


def target(name: str, command: str, seconds: float) -> bool:
    """Runs a target again and again until its time is over; whether it was clean."""
    sys.stdout.write(f"  {name:<28}")
    sys.stdout.flush()
    started = time.monotonic()
    rounds, wrong = 0, ""
    while not wrong and (rounds == 0 or time.monotonic() - started < seconds):
        wrong = one_round(name, command, seconds)
        rounds += 1
    spent = time.monotonic() - started
    sys.stdout.write(
        f"{rounds:4d} rounds {spent:5.0f} s  {'FAILED ' + wrong if wrong else 'clean'}\n"
    )
    sys.stdout.flush()
    return not wrong


def main() -> int:
    """Fuzzes all targets, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target, at least")
    parser.add_argument("names", nargs="*", help="only these targets")
    options = parser.parse_args()
    table: dict[str, str] = tomllib.loads((ROOT / "tools/fuzz.toml").read_text())["targets"]
    unknown = set(options.names) - set(table)
    if unknown:
        sys.exit(f"no target is called {', '.join(sorted(unknown))}; there are {', '.join(table)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    chosen = {
        name: run for name, run in table.items() if not options.names or name in options.names
    }
    clean = [target(name, run, options.seconds) for name, run in chosen.items()]
    sys.stdout.write(f"{sum(clean)} of {len(clean)} clean\n")
    return int(not all(clean))


if __name__ == "__main__":
    sys.exit(main())
