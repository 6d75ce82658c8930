"""`offhook simulate`: what it sends, and what it refuses before it sends anything."""

from typing import Any

import pytest
from offhook.cli import simulate


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Requests that would go to the running server."""
    requests: list[Any] = []

    def request(_shared: Any, _account: Any, method: str, path: str, body: Any = None) -> Any:
        requests.append((method, path, body))
        return [{"number": "+1", "about": "is busy"}] if body is None else {"id": "c" * 32}

    monkeypatch.setattr(simulate, "request", request)
    return requests


def test_a_call_has_its_steps_in_order(run: Any, sent: list[Any]) -> None:
    steps = ("say=Hello.", "wait=2", "digits=1#", "hang-up")
    options = [word for step in steps for word in ("--do", step)]
    result = run("simulate", "call", "+12025550123", "+15551230000", *options)
    assert result.output == f"+12025550123 calls +15551230000: call {'c' * 32}\n"
    body = {
        "from": "+12025550123",
        "to": "+15551230000",
        "steps": [{"say": "Hello."}, {"wait_s": 2.0}, {"digits": "1#"}, {"hang_up": True}],
    }
    assert sent == [("POST", "/v1/simulated/calls", body)]


@pytest.mark.parametrize(
    ("step", "message"),
    [("dance", "--do must be one of"), ("wait=long", "--do wait must have seconds")],
)
def test_a_step_that_there_is_not_is_refused(
    run: Any, sent: list[Any], step: str, message: str
) -> None:
    result = run("simulate", "call", "+12025550123", "+15551230000", "--do", step)
    assert result.exit_code == 2
    assert message in result.stderr
    assert sent == []


def test_the_numbers_are_a_table(run: Any, sent: list[Any]) -> None:
    assert "is busy" in run("simulate", "numbers").output
    assert sent == [("GET", "/v1/simulated/numbers", None)]
