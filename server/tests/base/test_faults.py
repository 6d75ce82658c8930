"""The faults are those of the specification, all of them."""

import tomllib
from pathlib import Path

from offhook.base.faults import FAULTS, Fault, fault

SPEC = Path(__file__).parents[3] / "spec" / "errors.toml"


def test_faults_are_those_of_the_specification() -> None:
    table = tomllib.loads(SPEC.read_text())
    assert {
        code: Fault(row["message"], row["hint"], row.get("status"))
        for code, row in table.items()
        if "sdk" not in row
    } == FAULTS


def test_an_unknown_code_is_our_own_fault() -> None:
    assert fault("no-such-code") == FAULTS["internal"]
