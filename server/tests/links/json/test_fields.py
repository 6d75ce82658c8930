"""Lists in frames are bounded, and so is what they hold."""

from typing import Any

import pytest
from offhook.links.json import frames
from pydantic import ValidationError

SECOND = {"rttMs": 12.5, "codec": "opus", "held": False, "mos": None}


def samples(value: object) -> frames.SamplesTaken:
    return frames.SamplesTaken.model_validate({"seq": 1, "call": "c", "samples": value})


def test_samples_are_flat() -> None:
    assert samples([SECOND]).samples == [SECOND]


@pytest.mark.parametrize(
    "value",
    [
        [],
        [SECOND] * 31,
        [{f"a{n}": n for n in range(33)}],
        [{"a": "x" * 65}],
        [{"a": {"b": 1}}],
        [{"a": [1]}],
        [{"no name": 1}],
        [{"": 1}],
        ["text"],
    ],
)
def test_samples_that_are_too_many_or_no_samples_are_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        samples(value)


def invite(**changes: object) -> frames.Invite:
    fields: dict[str, object] = {"seq": 1, "call": "c", "to": "bob", "sdp": "v=0"}
    return frames.Invite.model_validate(fields | changes)


@pytest.mark.parametrize(
    "parameters",
    [
        {"two words": "1"},
        {" ": ""},
        {"lines": "a\nb\tc"},
        {"Größe 😀": "x" * 1024},
        {"x" * 64: "y"},
        {f"{number}": "" for number in range(32)},
    ],
)
def test_parameters_have_any_names_and_values(parameters: dict[str, str]) -> None:
    assert invite(parameters=parameters).parameters == parameters


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"": "x"}},
        {"parameters": {"x" * 65: "y"}},
        {"parameters": {"x": "y" * 1025}},
        {"parameters": {"x": "\ud800"}},
        {"parameters": {"\udfff": "x"}},
        {"parameters": {f"{number}": "" for number in range(33)}},
        {"headers": {"two words": "1"}},
        {"headers": {"X-A": "a\r\nX-B: b"}},
    ],
)
def test_parameters_and_headers_are_bounded(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        invite(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"score": 0},
        {"score": 6},
        {"score": 4.5},
        {"issues": [""]},
        {"issues": ["x"] * 17},
        {"issues": ["x" * 65]},
        {"note": "x" * 1025},
        {"log": ["x"] * 101},
        {"log": ["x" * 513]},
    ],
)
def test_feedback_is_bounded(change: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"seq": 1, "id": "c", "score": 3}
    frames.Feedback.model_validate(fields)
    with pytest.raises(ValidationError):
        frames.Feedback.model_validate({**fields, **change})
