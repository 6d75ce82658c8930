"""The command line on a directory of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from offhook.cli.main import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line; `given` is standard input."""
    for name in ("OFFHOOK_ACCOUNT", "OFFHOOK_DATA_DIR", "OFFHOOK_PORT"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, given: str = "") -> Result:
        line = ["--data-dir", str(tmp_path / "d"), *words]
        return CliRunner().invoke(main, line, input=given, catch_exceptions=False)

    return run


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    """What a command says as JSON."""

    def run_json(*words: str, given: str = "") -> Any:
        result = run(*words, "--json", given=given)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run_json
