"""The gate for advisories finds what its tools report, and says where it could not look."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parent.parent.parent / "tools/advisories.py"
PIP = {
    "dependencies": [
        {"name": "good", "version": "1.0", "vulns": []},
        {
            "name": "bad",
            "version": "2.0",
            "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"]}],
        },
    ]
}
UNREACHED = {"dependencies": [{"name": "good", "skip_reason": "Dependency not found on PyPI"}]}
NPM = {
    "vulnerabilities": {
        "left": {
            "via": [{"url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", "range": "<2"}]
        },
        "right": {"via": ["left"]},
    },
    "metadata": {"dependencies": {"total": 7}},
}
CARGO = {
    "lockfile": {"dependency-count": 5},
    "vulnerabilities": {
        "list": [
            {
                "advisory": {"id": "RUSTSEC-2026-0001"},
                "package": {"name": "crate", "version": "0.1"},
            }
        ]
    },
}


def _gate(folder: Path, **prints: object) -> subprocess.CompletedProcess[str]:
    """Runs the gate with tools that print this and nothing else."""
    for name, said in prints.items():
        program = folder / name.replace("_", "-")
        (folder / f"{name}.json").write_text(json.dumps(said))
        program.write_text(f"#!/bin/sh\nexec /bin/cat {folder / name}.json\n")
        program.chmod(0o755)
    return subprocess.run(
        [sys.executable, str(TOOL)],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.threat("dependencies")
def test_each_database_can_fail_the_gate(tmp_path: Path) -> None:
    done = _gate(tmp_path, pip_audit=PIP, npm=NPM, cargo_audit=CARGO)
    assert done.returncode == 1
    for said in (
        "requirements.lock: 2 packages checked, 1 vulnerabilities",
        "PYSEC-2026-1: bad 2.0",
        "package-lock.json: 7 packages checked, 1 vulnerabilities",
        "GHSA-aaaa-bbbb-cccc: left <2",
        "Cargo.lock: 5 packages checked, 1 vulnerabilities",
        "RUSTSEC-2026-0001: crate 0.1",
        "3 lock files",
    ):
        assert said in done.stdout


@pytest.mark.threat("dependencies")
def test_unchecked_lock_files_are_reported(tmp_path: Path) -> None:
    done = _gate(tmp_path, pip_audit=UNREACHED, npm={"message": "405 Method Not Allowed"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "requirements.lock: NOT CHECKED: the database of PyPI's advisories cannot be reached",
        "package-lock.json: NOT CHECKED: the database of npm's advisories cannot be reached",
        "Cargo.lock: NOT CHECKED: cargo-audit is not installed",
        "3 lock files",
    ]
    assert done.stderr == (
        "WARNING: requirements.lock, package-lock.json, Cargo.lock NOT CHECKED for "
        "vulnerabilities; see above\n"
    )


@pytest.mark.parametrize(
    ("line", "ids"), [("A-1 not reached", {"A-1"}), ("A-1", set()), ("# A-1 x", set())]
)
def test_an_exception_needs_a_reason(line: str, ids: set[str]) -> None:
    import advisories

    assert advisories.allowed(line) == ids
