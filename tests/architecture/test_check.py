"""A gate that looked at nothing and a suite that ran nothing, or skipped a test, have failed."""

import os
import time
from pathlib import Path
from typing import Any

import check
import pytest

JUNIT = """<testsuites><testsuite name="s">
<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><skipped/></testcase>
</testsuite></testsuites>"""


def suite(results: str) -> check.Job:
    return check.Job(name="s", kind="suite", run="true", when="check", results=results)


def gate(looked: str) -> check.Job:
    return check.Job(name="g", kind="gate", run="true", when="check", looked=looked)


def test_a_gate_holds_when_it_looked_and_found_nothing_wrong() -> None:
    assert check.gate_verdict(gate(r"(\d+) files"), 0, "12 files").good


def test_a_gate_that_looked_at_nothing_has_failed() -> None:
    assert check.gate_verdict(gate(r"(\d+) files"), 0, "0 files").failed == 1
    assert check.gate_verdict(gate(r"(\d+) files"), 0, "all fine").failed == 1


def test_libtest_results_of_all_binaries_are_added() -> None:
    said = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\n" * 2
    assert check.suite_verdict(suite("libtest"), 0, said).passed == 6


@pytest.mark.parametrize(
    ("code", "said", "reason"),
    [
        (0, "", "it ran no test"),
        (0, "test result: ok. 3 passed; 0 failed; 1 ignored;", "1 skipped"),
        (101, "test result: ok. 3 passed; 0 failed; 0 ignored;", "exit code 101"),
        (124, "test result: ok. 3 passed; 0 failed; 0 ignored;", "stopped after 600 s"),
    ],
)
def test_a_suite_that_did_not_run_whole_has_failed(code: int, said: str, reason: str) -> None:
    verdict = check.suite_verdict(suite("libtest"), code, said)
    assert reason in verdict.reason
    assert verdict.failed > 0


def test_junit_failures_and_skips_are_failures(tmp_path: Path) -> None:
    results = tmp_path / "results.xml"
    results.write_text(JUNIT)
    verdict = check.suite_verdict(suite(str(results)), 1, "")
    assert (verdict.passed, verdict.failed) == (1, 2)


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for logs that no other run writes to."""
    monkeypatch.setattr(check, "BUILD", tmp_path)
    return tmp_path


def command(name: str, run: str, **more: Any) -> check.Job:
    """A gate that holds when its command says `1 file`."""
    return check.Job(name=name, kind="gate", run=run, when="check", looked=r"(\d) file", **more)


@pytest.mark.usefixtures("build")
def test_a_job_that_hangs_is_stopped_with_all_that_it_started() -> None:
    began = time.monotonic()
    (verdict,) = check.run([command("h", "sleep 60 & wait", limit_s=0.2)])
    assert (verdict.failed, verdict.reason) == (1, "exit code 124")
    assert time.monotonic() - began < 30


def test_jobs_run_side_by_side_where_there_are_processors_for_them(build: Path) -> None:
    meet = "touch {0}/{1}; until [ -e {0}/{2} ]; do sleep 0.02; done; echo 1 file"
    jobs = [
        command("a", meet.format(build, "a", "b"), limit_s=30),
        command("b", meet.format(build, "b", "a"), limit_s=30),
    ]
    assert all(verdict.good for verdict in check.run(jobs, cores=2))


@pytest.mark.parametrize(
    ("job", "running", "does"),
    [
        ({}, [], True),
        ({}, [{}], True),
        ({}, [{}, {}], False),
        ({"cores": 2}, [{}], False),
        ({"cores": 4}, [], True),
        ({}, [{"cores": 4}], False),
        ({"alone": True}, [{}], False),
        ({"alone": True}, [], True),
        ({}, [{"alone": True}], False),
    ],
)
def test_a_job_waits_until_there_is_a_processor_for_it_and_nothing_that_it_would_disturb(
    job: dict[str, Any], running: list[dict[str, Any]], does: bool
) -> None:
    beside = [command("other", "true", **each) for each in running]
    assert check.fits(command("job", "true", **job), beside, cores=2) is does


def test_an_interruption_stops_all_that_runs(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = f"echo $$ > {build}/pid; sleep 60"
    sleep = time.sleep

    def interrupt(seconds: float) -> None:
        if (build / "pid").exists() and (build / "pid").read_text():
            raise KeyboardInterrupt
        sleep(seconds)

    monkeypatch.setattr(check.time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        check.run([command("a", begun, limit_s=30)])
    with pytest.raises(ProcessLookupError):
        os.kill(int((build / "pid").read_text()), 0)


def test_jobs_are_well_formed() -> None:
    kinds = [job.kind for job in check.jobs()]
    assert kinds == sorted(kinds)
    assert {"gate", "suite"} == set(kinds)
    assert all(job.results for job in check.jobs() if job.kind == "suite")


def test_each_command_runs_its_own_jobs() -> None:
    names = {
        when: {job.name for job in check.chosen(when, [])} for when in ("check", "test", "nightly")
    }
    assert names["check"] < names["test"]
    assert names["nightly"] >= {"coverage", "fuzz", "soak", "seeds"}
    assert not names["nightly"] & names["test"]
