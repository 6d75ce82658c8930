"""Outcomes come back from the journal as they went in."""

import json

import pytest
from offhook.store.outcomes import Outcome, Result


@pytest.mark.parametrize("result", Result)
def test_an_outcome_survives_json(result: Result) -> None:
    outcome = Outcome("k-1", result, 1_796_000_000.123456, 'status 500: "ü"')
    assert Outcome.of_row(json.loads(json.dumps(outcome.row()))) == outcome


@pytest.mark.parametrize(
    "row", [[], ["k"], ["k", "lost", 0.0, ""], ["k", "failed", "soon", ""], [1, "failed", 0.0, ""]]
)
def test_an_invalid_outcome_is_rejected(row: list[object]) -> None:
    with pytest.raises(ValueError, match=r"outcome|Result"):
        Outcome.of_row(row)
