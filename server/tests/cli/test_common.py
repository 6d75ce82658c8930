"""What all commands share: which account, which settings, how they fail."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from offhook.cli.main import main


def test_the_account_is_found_or_asked_for(run: Any, run_json: Any, monkeypatch: Any) -> None:
    none = run("endpoint", "list")
    assert none.exit_code == 2
    assert "offhook init" in none.output
    first, second = (
        run_json("init")["account"],
        run_json("init", "--name", "two", "--another")["account"],
    )
    several = run("endpoint", "list")
    assert "--account" in several.output
    run_json("endpoint", "create", "alice", "--account", first)
    assert run_json("endpoint", "list", "--account", second) == []
    monkeypatch.setenv("OFFHOOK_ACCOUNT", first)
    assert len(run_json("endpoint", "list")) == 1
    assert run("endpoint", "list", "--account", "MANOBODY").exit_code == 2


def test_a_missing_database_is_reported_in_words(run: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("OFFHOOK_DATABASE_URL", "sqlite:////nowhere/at/all/a.db")
    result = run("account", "list")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "cannot open the database" in result.output


@pytest.mark.parametrize(
    "words",
    [
        "account list",
        "endpoint list",
        "application list",
        "number list",
        "calls list",
        "token alice",
        "endpoint create alice",
    ],
)
def test_a_command_creates_no_data_and_names_the_directory(
    run: Any, tmp_path: Path, words: str
) -> None:
    result = run(*words.split())
    assert result.exit_code == 2
    assert str(tmp_path / "d") in result.output
    assert "offhook serve" in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_data_of_an_earlier_version_are_found_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OFFHOOK_DATA_DIR", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    made = CliRunner().invoke(main, ["--data-dir", "offhook-data", "init", "--name", "Old"])
    assert made.exit_code == 0
    listed = CliRunner().invoke(main, ["account", "list"])
    assert "Old" in listed.stdout
    assert (
        f"mv {tmp_path / 'here' / 'offhook-data'} {tmp_path / 'share' / 'offhook'}" in listed.stderr
    )
    monkeypatch.chdir(tmp_path)
    elsewhere = CliRunner().invoke(main, ["account", "list"])
    assert (elsewhere.exit_code, str(tmp_path / "share") in elsewhere.stderr) == (2, True)
    assert not (tmp_path / "share").exists()
