"""`<Record>`, `<Recording>` and the recording of `<Dial>`, and the requests about recordings."""

from collections.abc import Mapping
from email.utils import format_datetime
from typing import Final
from urllib.parse import urljoin

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
from offhook.dialects.twilio.mapping import (
    API_VERSION,
    SCHEMA,
    UNSUPPORTED,
    account_sid,
    call_sid,
)
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.record import Record, RecordInBackground
from offhook.verbs.results import RecordResult

_KEYS: Final = "1234567890*#"
_TIMEOUT_S: Final = 5
_MOST_S: Final = 3_600
_LONGEST_S: Final = 86_400
_TRIMS: Final = {"trim-silence": True, "do-not-trim": False, "true": True, "false": False}
_EVENTS: Final[Mapping[str, frozenset[RecordingState]]] = {
    "in-progress": frozenset({RecordingState.IN_PROGRESS}),
    # One that failed in part has a file, and is completed to the vendor's customers.
    "completed": frozenset({RecordingState.COMPLETED, RecordingState.FAILED}),
    "absent": frozenset({RecordingState.ABSENT}),
}
_TRACKS: Final[Mapping[str, Tracks]] = {tracks.value: tracks for tracks in Tracks}
_DIALS: Final[Mapping[str, tuple[bool, bool]]] = {
    "true": (False, False),
    "record-from-answer": (False, False),
    "record-from-ringing": (True, False),
    "record-from-answer-dual": (False, True),
    "record-from-ringing-dual": (True, True),
}
"""Whether it is recorded from the first ring, and whether each side has a channel."""
_SOURCES: Final[Mapping[RecordingSource, str]] = {
    RecordingSource.RECORD_VERB: "RecordVerb",
    RecordingSource.DIAL_VERB: "DialVerb",
    RecordingSource.SESSION: "StartCallRecordingTwiML",
    RecordingSource.CONFERENCE: "Conference",
    RecordingSource.API: "StartCallRecordingAPI",
}
_ABSENT_CODE: Final = "16101"
"""A recording without sound."""


def record(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    """`<Record>`."""
    if attributes.yes("transcribe", otherwise=False):
        message = "speech is not recognised here yet: the recording is not transcribed"
        context.warnings.add(UNSUPPORTED, element, message)
    attributes.ignore(("transcribeCallback", "recordingConfigurationId"))
    timeout_s = attributes.whole("timeout", _TIMEOUT_S, least=0, most=_LONGEST_S)
    most_s = attributes.whole("maxLength", _MOST_S, least=1, most=_LONGEST_S)
    terms = RecordingTerms(
        most_s=float(most_s),
        silence_s=float(timeout_s) if timeout_s else None,
        trim=attributes.choice("trim", _TRIMS, otherwise=True),
    )
    # Without a URL it is this document once more.
    url = urljoin(context.base, attributes.given("action") or "")
    return Record(
        request=RecordingRequest(
            source=RecordingSource.RECORD_VERB, terms=terms, notice=notice(attributes, context)
        ),
        end_keys=attributes.keys("finishOnKey", _KEYS, none=("",)),
        beeps=attributes.yes("playBeep", otherwise=True),
        then=Continuation(url=url, method=attributes.method()),
    )


def start(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    """`<Start>`, of which only `<Recording>` can be started here yet."""
    attributes.ignore(("action", "method"))
    verb: Verb | None = None
    for noun in element.children:
        if noun.name == "Recording" and verb is None:
            verb = _recording(noun, context)
        else:
            context.warnings.add(UNSUPPORTED, noun, "cannot be started here yet")
    return verb


def _recording(noun: Element, context: ParseContext) -> Verb:
    attributes = Attributes(noun, context.warnings, SCHEMA)
    attributes.ignore(("recordingConfigurationId",))
    terms = RecordingTerms(
        tracks=attributes.choice("track", _TRACKS, Tracks.BOTH),
        dual=attributes.choice("channels", {"mono": False, "dual": True}, otherwise=False),
        most_s=float(_LONGEST_S),
        trim=attributes.choice("trim", _TRIMS, otherwise=False),
    )
    request = RecordingRequest(
        source=RecordingSource.SESSION, terms=terms, notice=notice(attributes, context)
    )
    attributes.done()
    return RecordInBackground(request=request)


def of_dial(attributes: Attributes, context: ParseContext) -> tuple[RecordingRequest | None, bool]:
    """The recording of `<Dial>`, if it has one, and whether it begins with the first ring."""
    none: dict[str, tuple[bool, bool] | None] = {"do-not-record": None, "false": None}
    chosen = attributes.choice("record", none | dict(_DIALS), None)
    terms = RecordingTerms(
        tracks=attributes.choice("recordingTrack", _TRACKS, Tracks.BOTH),
        dual=chosen is not None and chosen[1],
        most_s=float(_LONGEST_S),
        trim=attributes.choice("trim", _TRIMS, otherwise=False),
    )
    callback = notice(attributes, context)
    attributes.ignore(("recordingConfigurationId",))
    if chosen is None:
        return None, False
    request = RecordingRequest(source=RecordingSource.DIAL_VERB, terms=terms, notice=callback)
    return request, chosen[0]


def notice(attributes: Attributes, context: ParseContext) -> RecordingNotice | None:
    """Whom to tell of a recording."""
    url = attributes.given("recordingStatusCallback")
    method = attributes.method("recordingStatusCallbackMethod")
    events = attributes.words("recordingStatusCallbackEvent", tuple(_EVENTS), ("completed",))
    if not url:
        return None
    states = frozenset[RecordingState]().union(*(_EVENTS[event] for event in events))
    return RecordingNotice(url=urljoin(context.base, url), method=method, states=states)


def recording_sid(id: str) -> str:
    """`RE` and the 32 hex digits of a recording."""
    return f"RE{id}"


def recording_url(base: str, account: AccountId, id: str) -> str:
    """Where its sound is."""
    path = f"/{API_VERSION}/Accounts/{account_sid(account)}/Recordings/{recording_sid(id)}"
    return base + path


def result(recorded: RecordResult, base: str, account: AccountId) -> dict[str, str]:
    """The parameters of the request that follows `<Record>`."""
    parameters = {
        "RecordingUrl": recording_url(base, account, recorded.recording),
        "RecordingSid": recording_sid(recorded.recording),
        "RecordingDuration": str(round(recorded.seconds or 0.0)),
    }
    if recorded.digits:
        parameters["Digits"] = recorded.digits
    return parameters


def parameters(report: RecordingReport) -> Parameters:
    """The parameters of a callback about a recording."""
    recording = report.recording
    state = recording.state
    values = {
        "AccountSid": account_sid(recording.account),
        "CallSid": call_sid(recording.call),
        "RecordingSid": recording_sid(recording.id),
        "RecordingUrl": recording_url(report.base_url, recording.account, recording.id),
        "RecordingStatus": "completed" if state is RecordingState.FAILED else str(state),
        "RecordingChannels": str(recording.channels),
        "RecordingStartTime": format_datetime(recording.started_at),
        "RecordingSource": _SOURCES[recording.source],
        "RecordingTrack": recording.tracks.value,
    }
    if recording.duration_s is not None:
        values["RecordingDuration"] = str(round(recording.duration_s))
    if state is RecordingState.ABSENT:
        values["ErrorCode"] = _ABSENT_CODE
    if recording.conference is not None:
        values["ConferenceSid"] = f"CF{recording.conference}"
    return tuple(values.items())
