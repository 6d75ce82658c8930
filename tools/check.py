"""Runs the gates and test suites of `tools/suites.toml` and adds up what they say.

A gate holds when its command succeeds and can show that it looked at something. A suite passes
when its command succeeds, its own results name at least one test, and none of them failed or was
skipped. The last line is always `N passed, N failed`; a gate counts as one, for a rule that broke
is a failure too.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from defusedxml import ElementTree

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
LIBTEST = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)
SHOWN_LINES = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One line of `tools/suites.toml`.

    Attributes:
        name: What it is called on the screen, in logs and on the command line.
        kind: `gate` or `suite`.
        run: The command, for bash, from the top of the repository.
        when: `check` for what `make check` and `make test` run, `test` for `make test` alone, `nightly` for
            `make nightly` alone.
        looked: A pattern for a gate's own count of what it looked at; the counts are added.
        results: `libtest`, or the path of the JUnit file that a suite writes.
        limit_s: Seconds after which it is stopped and has failed.
        cores: How many processors it can keep busy; other jobs run beside it on those that are left.
        alone: Whether it measures sound or time, so that nothing may run beside it.
    """

    name: str
    kind: str
    run: str
    when: str
    looked: str = ""
    results: str = ""
    limit_s: float = 600.0
    cores: int = 1
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a job."""

    job: Job
    passed: int = 0
    failed: int = 0
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.failed == 0 and not self.reason


def jobs() -> list[Job]:
    """All jobs, in the order of the file: gates first."""
    table: dict[str, list[dict[str, Any]]] = tomllib.loads((ROOT / "tools/suites.toml").read_text())
    return [Job(kind=kind, **line) for kind in ("gate", "suite") for line in table.get(kind, [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A job whose command runs."""

    job: Job
    command: subprocess.Popen[bytes]
    log: Path
    started: float

    def poll(self) -> int | None:
        """The exit code, or 124 when it took too long and was stopped; nothing while it runs."""
        code = self.command.poll()
        if code is None and time.monotonic() - self.started > self.job.limit_s:
            self.stop()
            return 124
        return code

    def stop(self) -> None:
        """Ends the command with all that it has started."""
        if self.command.poll() is None:
            os.killpg(self.command.pid, signal.SIGKILL)
            self.command.wait()


def start(job: Job, log: Path) -> Running:
    """Starts a job's command, its output in `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    results = ROOT / job.results
    if job.results and job.results != "libtest":
        results.parent.mkdir(parents=True, exist_ok=True)
        results.unlink(missing_ok=True)
    environment = os.environ | {
        "PATH": f"{ROOT}/.venv/bin:{ROOT}/node_modules/.bin:{os.environ['PATH']}",
        "NO_COLOR": "1",
        "CARGO_TERM_COLOR": "never",
    }
    with log.open("wb") as output:
        command = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", job.run],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
    return Running(job=job, command=command, log=log, started=time.monotonic())


def gate_verdict(job: Job, code: int, said: str) -> Verdict:
    """A gate that says nothing of what it looked at has not looked."""
    looked = sum(int(count) for count in re.findall(job.looked, said, re.MULTILINE))
    reason = f"exit code {code}" if code else "" if looked else "it looked at nothing"
    return Verdict(job=job, passed=int(not reason), failed=int(bool(reason)), reason=reason)


def counts(job: Job, said: str) -> tuple[int, int, int]:
    """Tests of a suite that passed, failed and were skipped, by its own results."""
    if job.results == "libtest":
        found = [tuple(map(int, line)) for line in LIBTEST.findall(said)]
        passed, failed, skipped = (
            (sum(column) for column in zip(*found, strict=True)) if found else (0, 0, 0)
        )
        return passed, failed, skipped
    path = ROOT / job.results
    if not path.exists():
        return 0, 0, 0
    cases = list(ElementTree.parse(path).iter("testcase"))
    failed = sum(
        case.find("failure") is not None or case.find("error") is not None for case in cases
    )
    skipped = sum(case.find("skipped") is not None for case in cases)
    return len(cases) - failed - skipped, failed, skipped


def suite_verdict(job: Job, code: int, said: str) -> Verdict:
    """A suite without tests, or with tests that did not run, has failed."""
    passed, failed, skipped = counts(job, said)
    reasons = [
        (code == 124, f"stopped after {job.limit_s:.0f} s"),
        (passed + failed + skipped == 0, "it ran no test"),
        (skipped > 0, f"{skipped} skipped"),
        (code not in {0, 124} and failed == 0, f"exit code {code}"),
    ]
    reason = ", ".join(text for wrong, text in reasons if wrong)
    return Verdict(
        job=job, passed=passed, failed=failed + skipped or int(bool(reason)), reason=reason
    )


def verdict_of(done: Running, code: int) -> Verdict:
    """The verdict on a job whose command has ended; its line is shown."""
    job, seconds = done.job, time.monotonic() - done.started
    said = done.log.read_text(errors="replace")
    verdict = (
        gate_verdict(job, code, said) if job.kind == "gate" else suite_verdict(job, code, said)
    )
    tally = f"{verdict.passed:5d} passed {verdict.failed:3d} failed" if job.kind == "suite" else ""
    sys.stdout.write(
        f"  {job.kind:<7}{job.name:<15}{tally:<24}{seconds:5.0f} s"
        f"  {'' if verdict.good else 'FAILED ' + verdict.reason}\n"
    )
    if not verdict.good:
        sys.stdout.write("\n".join(["", *said.splitlines()[-SHOWN_LINES:], "", ""]))
    sys.stdout.flush()
    return verdict


def fits(job: Job, running: Collection[Job], cores: int) -> bool:
    """Whether a job can run beside those that run."""
    if job.alone or any(other.alone for other in running):
        return not running
    return not running or job.cores + sum(other.cores for other in running) <= cores


def run(due: Iterable[Job], cores: int = os.cpu_count() or 1) -> list[Verdict]:
    """Runs jobs, each as soon as there are processors for it, the earlier ones first."""
    waiting, running, verdicts = [*due], list[Running](), list[Verdict]()
    try:
        while waiting or running:
            for job in [*waiting]:
                if fits(job, [other.job for other in running], cores):
                    waiting.remove(job)
                    running.append(start(job, BUILD / "log" / f"{job.kind}-{job.name}"))
            time.sleep(0.05)
            for each in [*running]:
                if (code := each.poll()) is not None:
                    running.remove(each)
                    verdicts.append(verdict_of(each, code))
    finally:
        for each in running:
            each.stop()
    return verdicts


def chosen(when: str, names: list[str]) -> Iterator[Job]:
    """The jobs asked for: by name, or all that are due."""
    every = jobs()
    unknown = set(names) - {job.name for job in every}
    if unknown:
        sys.exit(f"no gate or suite is called {', '.join(sorted(unknown))}")
    due = {"check": {"check"}, "test": {"check", "test"}, "nightly": {"nightly"}}[when]
    return (job for job in every if (job.name in names if names else job.when in due))


def stop(_number: int, _frame: FrameType | None) -> None:
    """Ends the run as an interruption from the keyboard would."""
    sys.exit(143)


def main() -> int:
    """Run what is due, and print the sum in one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("when", choices=["check", "test", "nightly"])
    parser.add_argument("names", nargs="*", help="only these gates and suites")
    options = parser.parse_args()
    # A signal that stops this program also stops what it has started.
    signal.signal(signal.SIGTERM, stop)
    started = time.monotonic()
    verdicts = run(chosen(options.when, options.names))
    passed = sum(verdict.passed for verdict in verdicts)
    failed = sum(verdict.failed for verdict in verdicts)
    broken = [verdict.job.name for verdict in verdicts if not verdict.good]
    sys.stdout.write(f"\n{time.monotonic() - started:.0f} s in all")
    sys.stdout.write(f"; not in order: {', '.join(broken)}\n" if broken else "\n")
    sys.stdout.write(f"{passed} passed, {failed} failed\n")
    return int(bool(broken) or not passed)


if __name__ == "__main__":
    sys.exit(main())
