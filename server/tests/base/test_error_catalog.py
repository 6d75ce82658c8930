"""The error catalog is that of the specification."""

import tomllib
from pathlib import Path

from offhook.base.error_catalog import ERRORS, ErrorSpec, error_spec

SPEC = Path(__file__).parents[3] / "spec" / "errors.toml"


def test_faults_are_those_of_the_specification() -> None:
    table = tomllib.loads(SPEC.read_text())
    assert {
        code: ErrorSpec(row["message"], row["hint"], row.get("status"))
        for code, row in table.items()
        if "sdk" not in row
    } == ERRORS


def test_an_unknown_code_is_our_own_fault() -> None:
    assert error_spec("no-such-code") == ERRORS["internal"]
