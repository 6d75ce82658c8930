"""`<Record>` of this dialect, and the requests about recordings."""

from datetime import datetime
from typing import Final

from offhook.base.ids import AccountId
from offhook.base.recordings import (
    RecordingNotice,
    RecordingReport,
    RecordingSource,
    RecordingState,
    RecordingTerms,
    Tracks,
)
from offhook.base.web import Parameters
from offhook.calls.recordings import RecordingRequest
from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.plivo.mapping import UNSUPPORTED, call_uuid
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.record import Record, RecordInBackground
from offhook.verbs.results import RecordResult

_TIMEOUT_S: Final = 15
_MOST_S: Final = 60
_LONGEST_S: Final = 86_400
_TRANSCRIPTION: Final = (
    *("transcriptionType", "transcriptionUrl", "transcriptionMethod"),
    "transcriptionReportType",
)
_ENDED: Final = frozenset({RecordingState.COMPLETED, RecordingState.ABSENT, RecordingState.FAILED})
_RUNS: Final = "-1"
"""In place of durations of a recording that has not ended."""


def record(_element: Element, attributes: Attributes, _context: ParseContext) -> Verb:
    """`<Record>`."""
    attributes.unsupported(_TRANSCRIPTION, UNSUPPORTED)
    format = attributes.choice("fileFormat", {"mp3": "mp3", "wav": "wav"}, "mp3")
    action, method = attributes.given("action"), attributes.method()
    replaces = attributes.yes("redirect", otherwise=True)
    then = Continuation(url=action, method=method, replaces=replaces) if action else None
    notice = _notice(attributes, format)
    session = attributes.yes("recordSession", otherwise=False)
    on_answer = attributes.yes("startOnDialAnswer", otherwise=False)
    dual = attributes.choice("recordChannelType", {"mono": False, "stereo": True}, otherwise=True)
    timeout_s = attributes.whole("timeout", _TIMEOUT_S, least=0, most=_LONGEST_S)
    most_s = attributes.whole("maxLength", _MOST_S, least=1, most=_LONGEST_S)
    end_keys = attributes.keys("finishOnKey", "#", none=("", "none"))
    beeps = attributes.yes("playBeep", otherwise=True)
    if session or on_answer:
        # They end with the call, and not before.
        terms = RecordingTerms(tracks=Tracks.BOTH, dual=dual, most_s=float(_LONGEST_S))
        request = RecordingRequest(source=RecordingSource.SESSION, terms=terms, notice=notice)
        return RecordInBackground(request=request, when_bridged=on_answer, then=then, format=format)
    terms = RecordingTerms(most_s=float(most_s), silence_s=float(timeout_s) if timeout_s else None)
    request = RecordingRequest(source=RecordingSource.RECORD_VERB, terms=terms, notice=notice)
    return Record(request=request, end_keys=end_keys, beeps=beeps, then=then, format=format)


def _notice(attributes: Attributes, format: str) -> RecordingNotice | None:
    url = attributes.given("callbackUrl")
    method = attributes.method("callbackMethod")
    return RecordingNotice(url=url, method=method, states=_ENDED, format=format) if url else None


def record_url(base: str, account: AccountId, id: str, format: str) -> str:
    """Where its sound is."""
    return f"{base}/v1/Account/{account}/Recording/{call_uuid(id)}.{format or 'wav'}"


def result(recorded: RecordResult, base: str, account: AccountId) -> dict[str, str]:
    """The parameters of the request that follows `<Record>`, or that reports its beginning."""
    values = _described(
        recorded.recording, recorded.format, base, account, recorded.started_at, recorded.seconds
    )
    return values | {"Digits": recorded.digits}


def parameters(report: RecordingReport) -> Parameters:
    """The parameters of a callback about a recording."""
    recording = report.recording
    format = recording.format if recording.notice is None else recording.notice.format
    values = _described(
        recording.id,
        format,
        report.base_url,
        recording.account,
        recording.started_at,
        recording.duration_s,
    )
    return tuple((values | {"CallUUID": call_uuid(recording.call)}).items())


def _described(
    id: str,
    format: str,
    base: str,
    account: AccountId,
    started_at: datetime,
    seconds: float | None,
) -> dict[str, str]:
    values = {
        "RecordUrl": record_url(base, account, id, format),
        "RecordingID": call_uuid(id),
    }
    if seconds is None:
        durations = ("RecordingDuration", "RecordingDurationMs", "RecordingStartMs")
        return values | dict.fromkeys((*durations, "RecordingEndMs"), _RUNS)
    started_ms, ms = round(started_at.timestamp() * 1_000), round(seconds * 1_000)
    return values | {
        "RecordingDuration": str(round(seconds)),
        "RecordingDurationMs": str(ms),
        "RecordingStartMs": str(started_ms),
        "RecordingEndMs": str(started_ms + ms),
    }
