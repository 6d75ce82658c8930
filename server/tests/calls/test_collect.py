"""Which keys are collected, and when that is over."""

import pytest
from offhook.calls.collect import (
    Collecting,
    CollectPolicy,
    Command,
    KeyDown,
    KeyPressed,
    PromptsEnded,
    State,
    TimePassed,
)


def collecting(**policy: object) -> Collecting:
    usual: dict[str, object] = {"first_s": 5.0, "between_s": 2.0}
    return Collecting(CollectPolicy(**(usual | policy)))  # type: ignore[arg-type]


def pressed(machine: Collecting, keys: str, at: float = 0.0) -> list[Command]:
    return [command for key in keys for command in machine.handle(KeyPressed(key), at)]


def test_the_first_key_stops_the_clock_of_the_first_key() -> None:
    machine = collecting(first_s=3.0, between_s=3.0)
    machine.handle(PromptsEnded(), 10.0)
    assert machine.deadline == 13.0
    for key, at in (("1", 12.9), ("2", 15.4), ("3", 17.9)):
        machine.handle(TimePassed(), at)
        machine.handle(KeyPressed(key), at)
        assert machine.deadline == at + 3.0
    machine.handle(TimePassed(), 20.8)
    assert not machine.over
    machine.handle(TimePassed(), 20.9)
    assert (machine.over, machine.digits) == (True, "123")


@pytest.mark.parametrize(
    ("policy", "keys", "digits", "over"),
    [
        ({"end_key": ""}, "*1#", "*1#", False),
        ({"end_key": "", "most": 3}, "*1#4", "*1#", True),
        ({}, "12#3", "12", True),
        ({}, "#", "", True),
        ({"end_key": "*"}, "1#*", "1#", True),
        ({"keys": ""}, "123#", "", False),
        ({}, "AB12D", "12", False),
        ({"valid": "12"}, "#", "", True),
        ({"valid": "12"}, "13", "", True),
        ({"most": 2}, "123", "12", True),
    ],
)
def test_keys_that_count(policy: dict[str, object], keys: str, digits: str, over: bool) -> None:
    machine = collecting(**policy)
    machine.handle(PromptsEnded(), 0.0)
    pressed(machine, keys)
    assert (machine.digits, machine.over) == (digits, over)


def test_a_key_stops_the_prompts_and_counts() -> None:
    machine = collecting()
    assert pressed(machine, "A") == []
    assert pressed(machine, "1", 4.0) == [Command.STOP]
    assert (machine.state, machine.digits, machine.deadline) == (State.BETWEEN, "1", 6.0)


def test_without_barge_in_keys_before_the_end_of_the_prompts_do_not_count() -> None:
    machine = collecting(barge_in=False, most=1)
    assert pressed(machine, "1#") == []
    assert machine.state is State.PROMPTING
    machine.handle(PromptsEnded(), 6.0)
    pressed(machine, "2")
    assert (machine.over, machine.digits) == (True, "2")


def test_a_key_that_is_held_is_waited_for() -> None:
    machine = collecting(first_s=1.0, most=1)
    assert machine.handle(KeyDown(), 3.0) == (Command.STOP,)
    machine.handle(TimePassed(), 12.0)
    assert not machine.over
    pressed(machine, "7", 12.5)
    assert machine.digits == "7"


def test_no_key_and_a_wrong_one_use_up_attempts() -> None:
    machine = collecting(attempts=3, valid="12")
    machine.handle(PromptsEnded(), 0.0)
    assert machine.handle(TimePassed(), 5.0) == (Command.PROMPT,)
    assert (machine.state, machine.attempt, machine.deadline) == (State.PROMPTING, 2, None)
    assert pressed(machine, "9") == [Command.STOP, Command.REFUSE, Command.PROMPT]
    machine.handle(PromptsEnded(), 9.0)
    assert pressed(machine, "13") == [Command.REFUSE]
    assert (machine.over, machine.digits, machine.attempt) == (True, "", 3)


def test_the_time_in_all_begins_with_the_end_of_the_prompts() -> None:
    machine = collecting(total_s=6.0, first_s=60.0, between_s=4.0)
    machine.handle(PromptsEnded(), 10.0)
    assert machine.deadline == 16.0
    pressed(machine, "1", 13.0)
    assert machine.deadline == 16.0
    machine.handle(TimePassed(), 16.0)
    assert (machine.over, machine.digits) == (True, "1")


def test_what_comes_when_it_is_over_changes_nothing() -> None:
    machine = collecting(most=1)
    pressed(machine, "1")
    assert pressed(machine, "2") == []
    assert machine.handle(PromptsEnded(), 1.0) == ()
    assert machine.handle(KeyDown(), 1.0) == ()
    assert (machine.digits, machine.deadline) == ("1", None)


def test_a_later_attempt_begins_after_a_restart() -> None:
    machine = collecting(attempts=3)
    pressed(machine, "1")
    machine.begin(2)
    assert (machine.state, machine.attempt, machine.digits) == (State.PROMPTING, 2, "")
