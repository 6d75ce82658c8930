"""Inputs of a call: what parties did, written down when it is received, before the call's task has it.

A page's frame is acknowledged as soon as its input is written. A server that takes the call up gives its
task the inputs that no entry names as its cause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from pydantic import TypeAdapter

from offhook.base import events
from offhook.base.events import LegEvent

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
    """

    number: int
    at: float
    event: LegEvent


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
