"""The cause catalog is that of the specification."""

import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest
from offhook.base.cause_catalog import CAUSES
from offhook.base.causes import Cause

SPEC = Path(__file__).parents[3] / "spec" / "causes.toml"


def test_endings_are_those_of_the_specification() -> None:
    table = tomllib.loads(SPEC.read_text())
    for row in table.values():
        row.pop("page", None)
        row.pop("former", None)
    assert {cause.value: asdict(spec) for cause, spec in CAUSES.items()} == table


def test_every_cause_has_an_ending() -> None:
    assert set(CAUSES) == set(Cause)


def test_a_journal_of_an_earlier_version_can_be_read() -> None:
    assert Cause("device-lost") is Cause.ENDPOINT_LOST
    assert Cause("answered-by-other") is Cause("lost-race")
    with pytest.raises(ValueError, match="unheard-of"):
        Cause("unheard-of")
