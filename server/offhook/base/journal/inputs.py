"""Inputs of a call: what parties did, written down when it is received, before the call's task has it.

A page's frame is acknowledged as soon as its input is written. A server that takes the call up gives its
task the inputs that no entry names as its cause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter

from offhook.base import events
from offhook.base.events import LegEvent
from offhook.base.journal.call_entries import LegAnswered, LegEnded, LegRinging
from offhook.base.journal.entry import FIRST, STATE, Entry, Epoch, Role

_KINDS: Final[Mapping[str, type[LegEvent]]] = {
    "ringing": events.Ringing,
    "answered": events.Answered,
    "hung-up": events.HungUp,
    "digit": events.DtmfReceived,
    "muted": events.Muted,
    "message": events.MessageReceived,
    "transfer": events.TransferRequested,
    "attended-transfer-requested": events.AttendedTransferRequested,
    "attended-transfer-accepted": events.AttendedTransferAccepted,
    "attended-transfer-ended": events.AttendedTransferEnded,
}
_NAMES: Final[Mapping[type[LegEvent], str]] = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input.

    Attributes:
        number: From 1, in the order in which they were received.
        at: Seconds since the call began.
        after: The number of the last entry of state that was written before: what it followed, such as
            the beginning or the end of a prompt.
        epoch: Who had the call when it was received.
    """

    number: int
    at: float
    event: LegEvent
    after: int = 0
    epoch: Epoch = FIRST


_COME_FIRST: Final = (events.Ringing, events.Answered, events.HungUp)
_BY_THEM: Final = (LegRinging, LegAnswered, LegEnded)


def comes_first(event: object) -> bool:
    """Whether a call that is taken up comes to the input before all others: how far its leg is."""
    return isinstance(event, _COME_FIRST)


def settles(entry: Entry, given: Input) -> bool:
    """Whether a call that wrote the entry had come to the input.

    It comes to its inputs in their order. One that was taken up comes to some first: the entries of these
    say nothing about the others.
    """
    if entry.input is None or given.number > entry.input:
        return False
    was_taken_up = entry.epoch.call > 1
    in_order = not (was_taken_up and isinstance(entry.body, _BY_THEM)) or comes_first(given.event)
    return given.number == entry.input or in_order


def is_input(event: LegEvent) -> bool:
    """Whether a call cannot do without the event: what the engine reports comes again by itself."""
    return type(event) in _NAMES


@cache
def _adapter(kind: type[LegEvent]) -> TypeAdapter[LegEvent]:
    return TypeAdapter(kind)


def write_event(event: LegEvent) -> dict[str, object]:
    """The event as JSON values."""
    values = _adapter(type(event)).dump_python(event, mode="json")
    # A description is worth nothing to the next process: the peer offers again.
    values.pop("sdp", None)
    return {"kind": _NAMES[type(event)], **values}


def read_event(values: Mapping[str, object]) -> LegEvent:
    """The event that `write_event` wrote.

    Raises:
        ValueError: it is none.
    """
    kind = _KINDS.get(str(values.get("kind")))
    if kind is None:
        raise ValueError(f"no event is named {values.get('kind')!r}")
    rest = {name: value for name, value in values.items() if name != "kind"}
    if kind is events.Answered:
        rest["sdp"] = None
    return _adapter(kind).validate_python(rest)


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of what is written of each kind, by its name. People never read these."""
    return {name: _schema_of(name) for name in sorted(_KINDS)}


def _schema_of(name: str) -> dict[str, Any]:
    made = _adapter(_KINDS[name]).json_schema()
    properties = {
        field: {part: value for part, value in each.items() if part not in ("title", "default")}
        for field, each in made["properties"].items()
        if field != "sdp"
    }
    return {
        "description": (_KINDS[name].__doc__ or "").partition("\n")[0],
        "class": str(STATE),
        "role": str(Role.INPUT),
        "properties": properties,
        "required": [field for field in made.get("required", ()) if field in properties],
        **({"$defs": made["$defs"]} if "$defs" in made else {}),
    }
