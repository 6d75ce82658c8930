"""Settings that are given before a command's own name."""

from typing import Any


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
