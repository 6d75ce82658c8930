"""`<Conference>`, the noun of `<Dial>`, and the requests about conferences."""

import re
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Final
from urllib.parse import urljoin

from offhook.base.conferences import (
    Ending,
    Happening,
    LeaveReason,
    MemberOptions,
    Refusal,
    Report,
    StatusRequests,
    Tone,
)
from offhook.base.ids import CallId
from offhook.base.web import Parameters
from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.twilio.mapping import SCHEMA, UNSUPPORTED, account_sid, call_sid
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation
from offhook.verbs.conference import Conference
from offhook.verbs.wait_music import MUSIC, WaitKind, WaitSource

_MOST: Final = 250
_LONGEST_LABEL: Final = 128
_SID: Final = re.compile(r"CA([0-9a-f]{32})\Z")
_BEEPS: Final[Mapping[str, tuple[Tone, Tone]]] = {
    "true": (Tone.ENTER, Tone.EXIT),
    "false": (Tone.NONE, Tone.NONE),
    "onenter": (Tone.ENTER, Tone.NONE),
    "onexit": (Tone.NONE, Tone.EXIT),
}
_EVENTS: Final[Mapping[str, frozenset[Happening]]] = {
    "start": frozenset({Happening.START}),
    "end": frozenset({Happening.END}),
    "join": frozenset({Happening.JOIN}),
    "leave": frozenset({Happening.LEAVE}),
    "mute": frozenset({Happening.MUTE, Happening.UNMUTE}),
    "speaker": frozenset({Happening.SPEECH_START, Happening.SPEECH_STOP}),
    "hold": frozenset({Happening.HOLD, Happening.UNHOLD}),
    "modify": frozenset({Happening.COACH_START, Happening.COACH_STOP}),
    "announcement": frozenset({Happening.ANNOUNCEMENT_END, Happening.ANNOUNCEMENT_FAIL}),
}
_SAME_WITHOUT: Final = (
    "trim",
    "region",
    "jitterBufferSize",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
    "recordingConfigurationId",
)
_CODES: Final = (
    (Refusal.FULL, "16020"),
    (Refusal.LABEL_TAKEN, "16025"),
    (Refusal.NO_SUCH_MEMBER, "13240"),
)
_NAMES: Final[Mapping[Happening, str]] = {
    Happening.START: "conference-start",
    Happening.END: "conference-end",
    Happening.JOIN: "participant-join",
    Happening.LEAVE: "participant-leave",
    Happening.MUTE: "participant-mute",
    Happening.UNMUTE: "participant-unmute",
    Happening.HOLD: "participant-hold",
    Happening.UNHOLD: "participant-unhold",
    Happening.COACH_START: "participant-modify",
    Happening.COACH_STOP: "participant-modify",
    Happening.ANNOUNCEMENT_END: "announcement-end",
    Happening.ANNOUNCEMENT_FAIL: "announcement-fail",
    Happening.SPEECH_START: "participant-speech-start",
    Happening.SPEECH_STOP: "participant-speech-stop",
}
_LEAVING: Final[Mapping[LeaveReason, str]] = {
    LeaveReason.HUNG_UP: "participant_hung_up",
    LeaveReason.MOVED: "participant_updated_via_api",
    LeaveReason.KICKED: "participant_updated_via_api",
    LeaveReason.CONFERENCE_ENDED: "moderator_ended_conference",
    LeaveReason.ENDED_BY_PROGRAM: "conference_ended_via_api",
}
_ENDING: Final[Mapping[Ending, str]] = {
    Ending.BY_PROGRAM: "conference-ended-via-api",
    Ending.TIME_LIMIT: "conference-ended-via-api",
    Ending.LAST_LEFT: "last-participant-left",
    Ending.LAST_KICKED: "last-participant-kicked",
    Ending.MODERATOR_LEFT: "participant-with-end-conference-on-exit-left",
    Ending.MODERATOR_KICKED: "participant-with-end-conference-on-exit-kicked",
}


def conference(
    noun: Element,
    context: ParseContext,
    *,
    limit_s: int,
    star_ends: bool,
    then: Continuation | None,
) -> Conference:
    """Read the noun; the other values are those of its `<Dial>`."""
    attributes = Attributes(noun, context.warnings, SCHEMA)
    enter, leave = attributes.choice("beep", _BEEPS, _BEEPS["true"])
    recorded = attributes.choice(
        "record",
        {"do-not-record": False, "false": False, "record-from-start": True, "true": True},
        otherwise=False,
    )
    if recorded:
        message = "the attribute record is not supported here yet: the conference is not recorded"
        context.warnings.add(UNSUPPORTED, noun, message)
    attributes.unsupported(("recordingStatusCallback", "eventCallbackUrl"), UNSUPPORTED)
    options = MemberOptions(
        starts=attributes.yes("startConferenceOnEnter", otherwise=True),
        ends=attributes.yes("endConferenceOnExit", otherwise=False),
        muted=attributes.yes("muted", otherwise=False),
        enter=enter,
        exit=leave,
        most=attributes.whole("maxParticipants", _MOST, least=1, most=_MOST),
        coaches=_coached(noun, attributes, context),
        label=_label(noun, attributes, context),
        requests=_requests(noun, attributes, context),
    )
    read = Conference(
        name=noun.text,
        options=options,
        wait=_wait(attributes, context),
        limit_s=float(limit_s),
        star_ends=star_ends,
        codes=_CODES,
        then=then,
    )
    attributes.ignore(_SAME_WITHOUT)
    attributes.done()
    return read


def _coached(noun: Element, attributes: Attributes, context: ParseContext) -> CallId | None:
    given = attributes.given("coach")
    if not given:
        return None
    sid = _SID.match(given)
    if sid is None:
        context.warnings.add("13240", noun, "the attribute coach must be a CallSid")
        # A call that there is not: the party is refused, rather than heard by all.
        return CallId("")
    return CallId(sid[1])


def _label(noun: Element, attributes: Attributes, context: ParseContext) -> str:
    label = attributes.text("participantLabel", longest=_LONGEST_LABEL)
    if "/" in label or _SID.match(label):
        message = "the attribute participantLabel must have no / and be no CallSid"
        context.warnings.add("16025", noun, message)
        return ""
    return label


def _wait(attributes: Attributes, context: ParseContext) -> WaitSource:
    url = attributes.given("waitUrl")
    method = attributes.method("waitMethod")
    if url is None:
        return MUSIC
    if not url.strip():
        return WaitSource(kind=WaitKind.SILENCE)
    return WaitSource(kind=WaitKind.URL, url=urljoin(context.base, url), method=method)


def _requests(
    noun: Element, attributes: Attributes, context: ParseContext
) -> StatusRequests | None:
    url = attributes.given("statusCallback")
    method = attributes.method("statusCallbackMethod")
    wanted: set[Happening] = set()
    for word in (attributes.given("statusCallbackEvent") or "").split():
        if word not in _EVENTS:
            message = f"statusCallbackEvent has no {word[:40]!r}"
            context.warnings.add(SCHEMA, noun, message)
        wanted |= _EVENTS.get(word, frozenset())
    if not url:
        return None
    absolute = urljoin(context.base, url)
    return StatusRequests(url=absolute, method=method, events=frozenset(wanted))


def parameters(report: Report) -> Parameters:
    """The parameters of a status callback."""
    found = {
        "ConferenceSid": f"CF{report.conference}",
        "FriendlyName": report.name,
        "AccountSid": account_sid(report.account),
        "SequenceNumber": str(report.sequence),
        "Timestamp": format_datetime(report.at),
        "StatusCallbackEvent": _NAMES[report.happening],
    }
    member = report.member
    if report.happening is Happening.END:
        if report.ending is not None:
            found["ReasonConferenceEnded"] = found["Reason"] = _ENDING[report.ending]
        if member is not None:
            found["CallSidEndingConference"] = call_sid(member.call)
            found["ParticipantLabelEndingConference"] = member.options.label
    elif member is not None:
        found |= {
            "CallSid": call_sid(member.call),
            "Muted": _bool(report.standing.muted),
            "Hold": _bool(report.standing.held),
            "Coaching": _bool(report.standing.is_coaching),
            "EndConferenceOnExit": _bool(member.options.ends),
            "StartConferenceOnEnter": _bool(member.options.starts),
        }
        if member.options.label:
            found["ParticipantLabel"] = member.options.label
    if report.announced:
        found["AnnounceUrl"] = report.announced
    if report.failure:
        found["ReasonAnnouncementFailed"] = report.failure
    if report.leaving is not None:
        found["ReasonParticipantLeft"] = _LEAVING[report.leaving]
        gone = report.leaving is LeaveReason.HUNG_UP
        found["ParticipantCallStatus"] = "completed" if gone else "in-progress"
    return tuple(found.items())


def _bool(value: bool) -> str:
    return "true" if value else "false"
