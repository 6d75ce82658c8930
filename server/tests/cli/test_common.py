"""What all commands share: which account, which settings, how they fail."""

from typing import Any


def test_the_account_is_found_or_asked_for(run: Any, told: Any, monkeypatch: Any) -> None:
    nobody = run("endpoint", "list")
    assert nobody.exit_code == 2
    assert "offhook init" in nobody.output
    first, second = told("init")["account"], told("init", "--name", "two")["account"]
    several = run("endpoint", "list")
    assert "--account" in several.output
    told("endpoint", "create", "alice", "--account", first)
    assert told("endpoint", "list", "--account", second) == []
    monkeypatch.setenv("OFFHOOK_ACCOUNT", first)
    assert len(told("endpoint", "list")) == 1
    assert run("endpoint", "list", "--account", "MANOBODY").exit_code == 2


def test_a_configuration_that_makes_no_sense_is_named(
    run: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    file = tmp_path / "offhook.toml"
    file.write_text("colour = 'red'")
    result = run("--config", str(file), "account", "list")
    assert (result.exit_code, "colour" in result.output) == (2, True)
    file.write_text("= nonsense")
    assert "offhook.toml" in run("--config", str(file), "account", "list").output
    monkeypatch.setenv("OFFHOOK_PORT", "many")
    assert "OFFHOOK_PORT" in run("account", "list").output


def test_a_database_that_is_not_there_is_told_in_words(run: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("OFFHOOK_DATABASE_URL", "sqlite:////nowhere/at/all/a.db")
    result = run("account", "list")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "cannot open the database" in result.output
