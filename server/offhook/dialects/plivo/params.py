"""Encodes a request for instructions as this dialect's parameters."""

import re
from collections.abc import Mapping
from typing import Final

from offhook.base.conferences import ConferenceKind
from offhook.base.web import Parameters
from offhook.dialects.plivo import record
from offhook.dialects.plivo.mapping import call_status, call_uuid, dial_cause, dial_status, party
from offhook.dialects.plivo.multi_party_call import exit_parameters
from offhook.verbs.base import Purpose, WebhookContext
from offhook.verbs.results import (
    CollectResult,
    ConferenceResult,
    DequeueResult,
    DialResult,
    MachineResult,
    QueueResult,
    RecordResult,
    WaitResult,
)

_PREFIX: Final = "X-PH-"
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_EVENTS: Final[Mapping[Purpose, str]] = {
    Purpose.ANSWER: "StartApp",
    Purpose.FALLBACK: "StartApp",
    Purpose.REDIRECT: "Redirect",
}


def encode(ask: WebhookContext) -> Parameters:
    """The parameters of a request for instructions."""
    parameters = {
        "CallUUID": call_uuid(ask.call),
        "From": party(ask.caller),
        "To": party(ask.callee),
        "CallStatus": call_status(ask),
        "Direction": ask.direction,
        "CallerName": ask.caller.removeprefix("client:"),
        "ParentAuthID": ask.account,
    }
    event = _EVENTS.get(ask.purpose)
    if event is not None:
        parameters["Event"] = event
    parameters |= _result(ask)
    return tuple((_custom(ask) | parameters).items())


def _custom(ask: WebhookContext) -> dict[str, str]:
    """Custom headers under their own names; other parameters of page or token with the headers' prefix."""
    headers = {name: value for name, value in ask.headers.items() if _is_custom(name)}
    named = {
        name if _is_custom(name) else _PREFIX + name: value
        for name, value in ask.parameters.items()
    }
    return {name: value for name, value in (headers | named).items() if _NAME.match(name)}


def _is_custom(name: str) -> bool:
    return name[: len(_PREFIX)].upper() == _PREFIX


def _result(ask: WebhookContext) -> dict[str, str]:
    result = ask.result
    match result:
        case None:
            return {}
        case DialResult():
            return _dial(result)
        case RecordResult():
            return record.result(result, ask.base_url, ask.account)
        case CollectResult():
            return _collected(result)
        case ConferenceResult(kind=ConferenceKind.MULTI_PARTY_CALL):
            return exit_parameters(result, ask.call)
        case ConferenceResult():
            return conference_parameters(result.name, result.conference, result.number)
        case MachineResult(by=by):
            return {"Machine": "true" if by.is_machine else "false"}
        case WaitResult() | QueueResult() | DequeueResult():
            # This dialect has no queues.
            return {}


def _collected(collected: CollectResult) -> dict[str, str]:
    parameters = {"Digits": collected.digits}
    if collected.typed:
        # Nothing was spoken, and nothing is charged.
        parameters |= {"InputType": "dtmf", "Speech": "", "BilledAmount": "0.00000"}
    return parameters


def _dial(dial: DialResult) -> dict[str, str]:
    parameters = {
        "DialStatus": dial_status(dial),
        "DialRingStatus": "true" if dial.rang else "false",
        "DialHangupCause": dial_cause(dial),
        "DialALegUUID": call_uuid(dial.caller),
    }
    if dial.callee is not None:
        parameters["DialBLegUUID"] = call_uuid(dial.callee)
    return parameters


def conference_parameters(name: str, conference: str, number: int) -> dict[str, str]:
    """What names a conference and one of its members."""
    parameters = {"ConferenceName": name}
    if conference:
        parameters |= {
            "ConferenceUUID": call_uuid(conference),
            "ConferenceMemberID": str(number),
        }
    return parameters
