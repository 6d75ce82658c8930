"""The table of simulated numbers, from files and built in."""

import json
from pathlib import Path
from typing import Any

import pytest
from offhook.base.errors import UsageError
from offhook.links.simulated.behaviour import Beep, Digits, HangUp, Say, Then, Wait
from offhook.links.simulated.table import BUILT_IN, load, read, read_steps

TOML = """
[[number]]
number = "+12025550150"
about = "is a machine"
rings_s = 4
early = [{ say = "One moment.", language = "en-GB" }]
steps = [{ wait_s = 0.5 }, { digits = "1w2#" }, { beep_s = 0.6 }, { hang_up = true }]
telephone_events = false

[[number]]
number = "+12025550151"
then = "busy"
"""


def test_a_file_says_what_numbers_do(tmp_path: Path) -> None:
    file = tmp_path / "numbers.toml"
    file.write_text(TOML)
    machine, busy = load(file).values()
    assert (machine.number, machine.rings_s, machine.telephone_events) == ("+12025550150", 4, False)
    assert machine.early == (Say(say="One moment.", language="en-GB"),)
    expected = (Wait(wait_s=0.5), Digits(digits="1w2#"), Beep(beep_s=0.6), HangUp())
    assert machine.steps == expected
    assert busy.then is Then.BUSY
    same = tmp_path / "numbers.json"
    same.write_text(json.dumps({"number": [{"number": "+12025550151", "then": "busy"}]}))
    assert load(same)["+12025550151"] == busy


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "list of tables"),
        ({"number": [], "more": 1}, "nothing else"),
        ({"number": [1]}, "number 1: it must be a table"),
        ({"number": [{"number": "12025550150"}]}, "E.164 with +"),
        ({"number": [{"number": "+12025550150"}] * 2}, "there twice"),
        ({"number": [{"number": "+12025550150", "ring": 1}]}, "no field 'ring'"),
        ({"number": [{"number": "+12025550150", "then": "explode"}]}, "then must be one of"),
        ({"number": [{"number": "+12025550150", "rings_s": -1}]}, "rings_s must be a number"),
        ({"number": [{"number": "+12025550150", "telephone_events": 1}]}, "true or false"),
        ({"number": [{"number": "+12025550150", "steps": 1}]}, "steps must be a list"),
    ],
)
def test_what_makes_no_sense_is_named(value: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(value)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({}, "exactly one of"),
        ({"say": "a", "wait_s": 1}, "exactly one of"),
        ({"say": "a", "volume": 1}, "no field 'volume'"),
        ({"say": ""}, "say must be a text"),
        ({"digits": "x"}, "digits must be of"),
        ({"wait_s": True}, "wait_s must be a number"),
        ({"beep_s": 1, "hz": 9}, "hz must be a number"),
        ({"hang_up": False}, "hang_up must be true"),
    ],
)
def test_a_step_that_makes_no_sense_is_named(step: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_steps([step])
    with pytest.raises(UsageError, match="at most 100 steps"):
        read_steps([{"wait_s": 1}] * 101)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[[number")
    for name in ("missing.toml", "bad.toml"):
        with pytest.raises(UsageError, match=f"simulated_carrier: cannot read .*{name}"):
            load(tmp_path / name)


def test_the_built_in_numbers_are_of_the_block_for_fiction() -> None:
    assert all(number.startswith("+1202555010") or number == "+12025550110" for number in BUILT_IN)
    assert all(each.about for each in BUILT_IN.values())
    assert {each.then for each in BUILT_IN.values()} == set(Then)
