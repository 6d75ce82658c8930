"""Encodes a request for instructions as this dialect's parameters."""

from offhook.base.web import Parameters
from offhook.dialects.twilio import record
from offhook.dialects.twilio.mapping import (
    ANSWERED_BY,
    API_VERSION,
    account_sid,
    application_sid,
    call_sid,
    call_status,
    dial_status,
    queue_sid,
)
from offhook.verbs.base import WebhookContext
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


def encode(ask: WebhookContext) -> Parameters:
    """The parameters of a request for instructions."""
    standard = {
        "CallSid": call_sid(ask.call),
        "AccountSid": account_sid(ask.account),
        "From": ask.caller,
        "To": ask.callee,
        "Caller": ask.caller,
        "Called": ask.callee,
        "CallStatus": call_status(ask),
        "ApiVersion": API_VERSION,
        "Direction": "inbound" if ask.direction == "inbound" else "outbound-api",
        "ApplicationSid": application_sid(ask.application),
    }
    if ask.parent is not None:
        standard |= {"ParentCallSid": call_sid(ask.parent), "Direction": "outbound-dial"}
    standard |= _result(ask)
    if ask.failed is not None:
        standard |= {"ErrorCode": ask.failed.code, "ErrorUrl": ask.failed.url}
    custom = {
        # A page cannot overwrite the platform's parameters.
        **{f"SipHeader_{name}": value for name, value in ask.headers.items()},
        **ask.parameters,
    }
    return tuple((custom | standard).items())


def _result(ask: WebhookContext) -> dict[str, str]:
    result = ask.result
    match result:
        case None:
            return {}
        case DialResult():
            return _dial(result) | _recording(result, ask)
        case RecordResult():
            return record.result(result, ask.base_url, ask.account)
        case CollectResult(digits=digits):
            return {"Digits": digits} if digits else {}
        case ConferenceResult():
            return {"DialCallStatus": "answered" if result.conference else "failed"}
        case WaitResult():
            return _waiting(result)
        case QueueResult():
            return {
                "QueueResult": result.result,
                "QueueSid": queue_sid(result.queue),
                "QueueTime": str(round(result.waited_s)),
            }
        case DequeueResult():
            return _dequeued(result)
        case MachineResult(by=by, seconds=seconds):
            duration = str(round(1000 * seconds))
            return {"AnsweredBy": ANSWERED_BY[by], "MachineDetectionDuration": duration}


def _recording(dial: DialResult, ask: WebhookContext) -> dict[str, str]:
    if dial.recording is None:
        return {}
    return {"RecordingUrl": record.recording_url(ask.base_url, ask.account, dial.recording)}


def _dial(dial: DialResult) -> dict[str, str]:
    parameters = {"DialCallStatus": dial_status(dial)}
    if dial.callee is not None:
        parameters["DialCallSid"] = call_sid(dial.callee)
    parameters["DialBridged"] = "true" if dial.duration_s > 0 else "false"
    if dial.answered:
        parameters["DialCallDuration"] = str(round(dial.duration_s))
    return parameters


def _waiting(waits: WaitResult) -> dict[str, str]:
    parameters = {
        "QueueSid": queue_sid(waits.queue),
        "QueueTime": str(round(waits.waited_s)),
    }
    if waits.place is not None:
        parameters |= {
            "QueuePosition": str(waits.place.position),
            "AvgQueueTime": str(round(waits.place.average_s)),
            "CurrentQueueSize": str(waits.place.size),
            "MaxQueueSize": str(waits.place.most),
        }
    if waits.agent is not None:
        # The vendor writes it with one u.
        parameters["DequeingCallSid"] = call_sid(waits.agent)
    return parameters


def _dequeued(result: DequeueResult) -> dict[str, str]:
    taken = result.caller is not None
    parameters = {
        "DialCallStatus": "completed" if taken else "no-answer",
        "DialBridged": "true" if taken else "false",
        "DequeueResult": "bridged" if taken else "queue-empty",
        "QueueSid": queue_sid(result.queue),
    }
    if result.caller is not None:
        parameters |= {
            "DialCallSid": call_sid(result.caller),
            "DialCallDuration": str(round(result.duration_s)),
            "DequeuedCallSid": call_sid(result.caller),
            "DequeuedCallQueueTime": str(round(result.waited_s)),
            "DequeuedCallDuration": str(round(result.duration_s)),
        }
    return parameters
