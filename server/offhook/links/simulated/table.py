"""Reads the table of a simulated carrier's numbers, a TOML or JSON file; has one of its own."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, cast

from offhook.base.errors import UsageError
from offhook.links.simulated.behaviour import (
    Babble,
    Beep,
    Behaviour,
    Digits,
    HangUp,
    Say,
    Step,
    Then,
    Tones,
    Wait,
)

Table = Mapping[str, Behaviour]
"""Behaviours by number, which has its `+`."""

_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_KEYS: Final = re.compile(r"[0-9*#A-DwW]{1,64}\Z")
_KEYS_IN_AUDIO: Final = re.compile(r"[0-9*#A-DwW]{1,32}\Z")
_STEPS: Final[Mapping[str, type[Step]]] = {
    "say": Say,
    "wait_s": Wait,
    "beep_s": Beep,
    "babble_s": Babble,
    "digits": Digits,
    "tones": Tones,
    "hang_up": HangUp,
}
_LONGEST_S: Final = 3_600.0
_LONGEST_TEXT: Final = 1_000
_MOST: Final = 10_000
_MOST_STEPS: Final = 100
_RINGS_S: Final = 2.0
_HZ: Final = (50.0, 3_400.0)

_GREETING: Final = (
    "Hello, you have reached a simulated answering machine. Please leave a message after the tone."
)

BUILT_IN: Final[Table] = {
    each.number: each
    for each in (
        Behaviour(
            number="+12025550101",
            about="answers after two seconds and speaks",
            steps=(
                Wait(wait_s=0.5),
                Say(
                    say="Hello. This is a simulated telephone. You can hear me, and I can hear you."
                ),
            ),
        ),
        Behaviour(number="+12025550102", about="rings and is never answered", then=Then.SILENT),
        Behaviour(number="+12025550103", about="is busy", then=Then.BUSY),
        Behaviour(number="+12025550104", about="rings and declines", then=Then.REJECT),
        Behaviour(number="+12025550105", about="does not exist", then=Then.UNKNOWN),
        Behaviour(
            number="+12025550106",
            about="speaks while it rings (early media), then answers",
            rings_s=6.0,
            early=(Say(say="Please hold the line. You are being connected."),),
            steps=(Say(say="Thank you for holding."),),
        ),
        Behaviour(
            number="+12025550107",
            about="answers and presses 1 2 3 #",
            steps=(Wait(wait_s=2.0), Digits(digits="1w2w3w#")),
        ),
        Behaviour(
            number="+12025550108",
            about="is an answering machine with a beep",
            rings_s=4.0,
            steps=(Wait(wait_s=0.5), Say(say=_GREETING), Wait(wait_s=0.5), Beep(beep_s=0.6)),
        ),
        Behaviour(
            number="+12025550109",
            about="answers, says goodbye and hangs up",
            steps=(Say(say="Goodbye."), Wait(wait_s=0.5), HangUp()),
        ),
        Behaviour(
            number="+12025550110",
            about="answers and presses 1 2 3 # as tones in its audio",
            telephone_events=False,
            steps=(Wait(wait_s=2.0), Tones(tones="1w2w3w#")),
        ),
    )
}
"""Numbers of the block that is kept for fiction (202-555-01xx)."""


def load(path: Path) -> Table:
    """The table in a file; a name that ends in `.json` is JSON, any other is TOML.

    Raises:
        UsageError: it cannot be read, or says something that makes no sense.
    """
    try:
        text = path.read_text("utf-8")
        value = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"simulated_carrier: cannot read {path}: {error}") from None
    try:
        return read(value)
    except UsageError as error:
        raise UsageError(f"simulated_carrier: {path}: {error}") from None


def read(value: object) -> Table:
    """The table that a file means.

    Raises:
        UsageError: it says something that makes no sense.
    """
    entries = cast("Mapping[str, Any]", value).get("number") if isinstance(value, dict) else None
    if not isinstance(entries, list) or set(cast("Mapping[str, Any]", value)) != {"number"}:
        raise UsageError("it must be a list of tables [[number]], and nothing else")
    listed = cast("list[object]", entries)
    if len(listed) > _MOST:
        raise UsageError(f"it must have at most {_MOST} numbers")
    found: dict[str, Behaviour] = {}
    for position, entry in enumerate(listed, 1):
        try:
            behaviour = _behaviour(entry)
        except UsageError as error:
            raise UsageError(f"number {position}: {error}") from None
        if behaviour.number in found:
            raise UsageError(f"number {position}: {behaviour.number} is there twice")
        found[behaviour.number] = behaviour
    return found


def read_steps(value: object) -> tuple[Step, ...]:
    """The steps that a list means.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(value, list):
        raise UsageError("steps must be a list")
    listed = cast("list[object]", value)
    if len(listed) > _MOST_STEPS:
        raise UsageError(f"there must be at most {_MOST_STEPS} steps")
    return tuple(_step(each) for each in listed)


def _behaviour(value: object) -> Behaviour:
    given = _table(value)
    unknown = set(given) - {field.name for field in fields(Behaviour)}
    if unknown:
        raise UsageError(f"there is no field {min(unknown)!r}")
    number = given.get("number")
    if not isinstance(number, str) or not _NUMBER.match(number):
        raise UsageError(f"number must be E.164 with +, as +12025550101, not {number!r}")
    then = given.get("then", Then.ANSWER)
    if then not in set(Then):
        raise UsageError(f"then must be one of {', '.join(Then)}, not {then!r}")
    events = given.get("telephone_events", True)
    if not isinstance(events, bool):
        raise UsageError("telephone_events must be true or false")
    return Behaviour(
        number=number,
        about=_text("about", given.get("about", ""), least=0),
        rings_s=_figure("rings_s", given.get("rings_s", _RINGS_S), 0.0, _LONGEST_S),
        then=Then(then),
        early=read_steps(given.get("early", [])),
        steps=read_steps(given.get("steps", [])),
        telephone_events=events,
    )


def _step(value: object) -> Step:
    given = dict(_table(value))
    names = [name for name in _STEPS if name in given]
    if len(names) != 1:
        raise UsageError(f"a step must have exactly one of {', '.join(_STEPS)}")
    kind = _STEPS[names[0]]
    unknown = set(given) - {field.name for field in fields(kind)}
    if unknown:
        raise UsageError(f"a step with {names[0]} has no field {min(unknown)!r}")
    return kind(**{name: _field(name, each) for name, each in given.items()})


def _field(name: str, value: object) -> Any:  # noqa: ANN401  (of any step)
    match name:
        case "say" | "language":
            return _text(name, value)
        case "digits" | "tones":
            pattern = _KEYS if name == "digits" else _KEYS_IN_AUDIO
            if not isinstance(value, str) or not pattern.match(value):
                raise UsageError(f"{name} must be of 0-9 * # A-D w W, not {value!r}")
            return value
        case "hz":
            return _figure(name, value, *_HZ)
        case "hang_up":
            if value is not True:
                raise UsageError("hang_up must be true")
            return True
        case _:
            return _figure(name, value, 0.01, _LONGEST_S)


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"it must be a table, not {value!r}")
    return cast("Mapping[str, Any]", value)


def _text(name: str, value: object, *, least: int = 1) -> str:
    if not isinstance(value, str) or not least <= len(value) <= _LONGEST_TEXT:
        raise UsageError(f"{name} must be a text of at most {_LONGEST_TEXT} characters")
    return value


def _figure(name: str, value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise UsageError(f"{name} must be a number of {least:g} to {most:g}, not {value!r}")
    return float(value)
