"""The commands that set a machine up say what is missing and how to get it, and show what went wrong."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import repo

ALWAYS_THERE = (
    "bash",
    "env",
    "sed",
    "grep",
    "head",
    "tail",
    "sort",
    "uname",
    "mkdir",
    "cat",
    "sleep",
)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A `bin` with next to nothing in it: a machine where nothing was installed yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ALWAYS_THERE:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder


def command(folder: Path, name: str, says: str) -> None:
    """Puts a program into a `bin` that prints one line."""
    program = folder / name
    program.write_text(f"#!/usr/bin/env bash\necho '{says}'\n")
    program.chmod(0o755)


def run(
    tool: str, *arguments: str, path: Path, cwd: Path = repo.ROOT
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(path), "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [str(repo.ROOT / "tools" / tool), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_missing_tool_is_named_with_a_hint(bare: Path) -> None:
    finished = run("check-prerequisites", path=bare)
    assert finished.returncode == 1
    for tool in ("Python", "Rust", "Cargo", "Node", "npm", "cmake", "a C compiler"):
        line = next(
            line for line in finished.stderr.splitlines() if line.startswith(f"missing: {tool} ")
        )
        assert "To install it: " in line


def test_a_tool_that_is_too_old_is_named_with_its_version(bare: Path) -> None:
    command(bare, "node", "v18.20.1")
    finished = run("check-prerequisites", path=bare)
    assert "too old: Node is 18.20.1, needed is 20.12 or newer." in finished.stderr


def test_complete_prerequisites_print_nothing(bare: Path) -> None:
    for name in ("python3", "rustc", "cargo", "node", "npm", "cmake", "cc"):
        command(bare, name, f"{name} 99.1.0")
    finished = run("check-prerequisites", path=bare)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")


def test_missing_packages_are_named_in_one_command_to_type(bare: Path) -> None:
    command(bare, "apt-get", "never run")
    command(bare, "id", "1000")
    finished = run("packages", path=bare)
    assert finished.returncode == 1
    install = "sudo apt-get update && sudo apt-get install -y --no-install-recommends "
    assert f"{install}chromium firefox-esr" in finished.stderr


def test_a_step_that_works_is_one_line_with_its_seconds(bare: Path, tmp_path: Path) -> None:
    finished = run("step", "quick", "a quick thing", "echo", "noise", path=bare, cwd=tmp_path)
    assert finished.returncode == 0
    assert re.fullmatch(r"\s*a quick thing\s+\d+ s\n", finished.stdout)
    assert (tmp_path / ".build/log/quick").read_text() == "noise\n"


def test_a_step_that_fails_shows_its_log_and_its_code(bare: Path, tmp_path: Path) -> None:
    finished = run(
        "step", "bad", "a bad thing", "bash", "-c", "echo why; exit 7", path=bare, cwd=tmp_path
    )
    assert finished.returncode == 7
    assert "failed" in finished.stdout
    assert finished.stdout.rstrip().endswith("why")


def release_notes(tmp_path: Path, version: str, changelog: str) -> subprocess.CompletedProcess[str]:
    """Runs `tools/release-notes` in a copy of what it reads."""
    for name in (
        "Cargo.toml",
        "pyproject.toml",
        "server/pyproject.toml",
        "engine/py/pyproject.toml",
        "sdk/package.json",
        "tools/release-notes",
    ):
        copy = tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repo.ROOT / name, copy)
    (tmp_path / "CHANGELOG.md").write_text(changelog)
    return subprocess.run(
        [str(tmp_path / "tools/release-notes"), version],
        capture_output=True,
        text=True,
        check=False,
    )


def test_notes_of_a_release_are_its_section_of_the_changelog(tmp_path: Path) -> None:
    changelog = "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [0.1.0] - 2027\n\n- first\n"
    finished = release_notes(tmp_path, "v0.1.0", changelog)
    assert (finished.returncode, finished.stdout.strip()) == (0, "- first")


@pytest.mark.parametrize(
    ("version", "reason"),
    [("v0.1.0", "CHANGELOG.md has no section"), ("v9.9.9", "has not the version 9.9.9")],
)
def test_a_release_that_is_not_prepared_is_refused(
    tmp_path: Path, version: str, reason: str
) -> None:
    finished = release_notes(tmp_path, version, "## [Unreleased]\n\n- later\n")
    assert finished.returncode == 1
    assert reason in finished.stderr
