"""The judge is not to be fooled: nothing looked at, nothing run and nothing skipped passes for success."""

from pathlib import Path

import judge
import pytest

JUNIT = """<testsuites><testsuite name="s">
<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><skipped/></testcase>
</testsuite></testsuites>"""


def suite(results: str) -> judge.Job:
    return judge.Job(name="s", kind="suite", run="true", when="check", results=results)


def gate(looked: str) -> judge.Job:
    return judge.Job(name="g", kind="gate", run="true", when="check", looked=looked)


def test_a_gate_holds_when_it_looked_and_found_nothing_wrong() -> None:
    assert judge.judge_gate(gate(r"(\d+) files"), 0, "12 files").good


def test_a_gate_that_looked_at_nothing_has_failed() -> None:
    assert judge.judge_gate(gate(r"(\d+) files"), 0, "0 files").failed == 1
    assert judge.judge_gate(gate(r"(\d+) files"), 0, "all fine").failed == 1


def test_libtest_results_of_all_binaries_are_added() -> None:
    said = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\n" * 2
    assert judge.judge_suite(suite("libtest"), 0, said).passed == 6


@pytest.mark.parametrize(
    ("code", "said", "why"),
    [
        (0, "", "it ran no test"),
        (0, "test result: ok. 3 passed; 0 failed; 1 ignored;", "1 skipped"),
        (101, "test result: ok. 3 passed; 0 failed; 0 ignored;", "exit code 101"),
        (124, "test result: ok. 3 passed; 0 failed; 0 ignored;", "stopped after 600 s"),
    ],
)
def test_a_suite_that_did_not_run_whole_has_failed(code: int, said: str, why: str) -> None:
    verdict = judge.judge_suite(suite("libtest"), code, said)
    assert why in verdict.why
    assert verdict.failed > 0


def test_junit_failures_and_skips_are_failures(tmp_path: Path) -> None:
    results = tmp_path / "results.xml"
    results.write_text(JUNIT)
    verdict = judge.judge_suite(suite(str(results)), 1, "")
    assert (verdict.passed, verdict.failed) == (1, 2)


def test_a_job_that_hangs_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    job = judge.Job(
        name="h", kind="suite", run="sleep 60 & wait", when="check", results="libtest", limit_s=0.2
    )
    assert judge.execute(job, tmp_path / "log") == 124


def test_the_jobs_of_the_house_are_well_formed() -> None:
    kinds = [job.kind for job in judge.jobs()]
    assert kinds == sorted(kinds)
    assert {"gate", "suite"} == set(kinds)
    assert all(job.results for job in judge.jobs() if job.kind == "suite")


def test_each_command_runs_its_own_jobs() -> None:
    names = {
        when: {job.name for job in judge.chosen(when, [])} for when in ("check", "test", "nightly")
    }
    assert names["check"] < names["test"]
    assert names["nightly"] >= {"coverage", "fuzz", "soak", "seeds"}
    assert not names["nightly"] & names["test"]
