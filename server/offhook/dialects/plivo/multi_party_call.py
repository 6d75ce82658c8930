"""`<MultiPartyCall>` and the requests about multi-party calls."""

from collections.abc import Mapping
from typing import Final

from offhook.base.conferences import (
    ConferenceKind,
    Happening,
    MemberOptions,
    PartyRole,
    Report,
    SoundDocument,
    StatusRequests,
    Tone,
)
from offhook.base.web import Parameters
from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.plivo.mapping import UNKNOWN, UNSUPPORTED, call_uuid, moment
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.conference import Conference
from offhook.verbs.results import ConferenceResult
from offhook.verbs.wait_music import MUSIC, WaitKind, WaitSource

_MOST: Final = 10
_LONGEST_S: Final = 14_400
_LONGEST_EVER_S: Final = 28_800
_LONGEST_WAIT_S: Final = 1_800
_ROLES: Final[Mapping[str, PartyRole]] = {
    "agent": PartyRole.AGENT,
    "customer": PartyRole.CUSTOMER,
    "supervisor": PartyRole.SUPERVISOR,
}
_MEMBERS: Final = frozenset(
    {
        Happening.JOIN,
        Happening.LEAVE,
        Happening.MUTE,
        Happening.UNMUTE,
        Happening.HOLD,
        Happening.UNHOLD,
        Happening.COACH_START,
        Happening.COACH_STOP,
    }
)
_GROUPS: Final[Mapping[str, frozenset[Happening]]] = {
    "mpc-state-changes": frozenset({Happening.INITIALIZED, Happening.START, Happening.END}),
    "participant-state-changes": _MEMBERS,
    "participant-speak-events": frozenset({Happening.SPEECH_START, Happening.SPEECH_STOP}),
    "participant-digit-input-events": frozenset({Happening.DIGITS}),
    # Only programs add participants, and stream their audio.
    "add-participant-api-events": frozenset(),
    "participant-audio-events": frozenset(),
}
_USUAL: Final = ("mpc-state-changes", "participant-state-changes")
_NAMES: Final[Mapping[Happening, str]] = {
    Happening.INITIALIZED: "MPCInitialized",
    Happening.START: "MPCStart",
    Happening.END: "MPCEnd",
    Happening.JOIN: "ParticipantJoin",
    Happening.LEAVE: "ParticipantExit",
    Happening.MUTE: "ParticipantMute",
    Happening.UNMUTE: "ParticipantUnmute",
    Happening.HOLD: "ParticipantHold",
    Happening.UNHOLD: "ParticipantUnhold",
    Happening.COACH_START: "ParticipantCoachModeStart",
    Happening.COACH_STOP: "ParticipantCoachModeStop",
    Happening.SPEECH_START: "ParticipantSpeakStart",
    Happening.SPEECH_STOP: "ParticipantSpeakStop",
    Happening.DIGITS: "ParticipantDigitInput",
}
_RECORDING: Final = (
    *("recordFileFormat", "recordMinMemberCount", "recordCoachVoice"),
    *("recordingCallbackUrl", "recordingCallbackMethod"),
    *("startRecordingAudio", "startRecordingAudioMethod"),
    *("stopRecordingAudio", "stopRecordingAudioMethod"),
)


def multi_party_call(
    element: Element, attributes: Attributes, context: ParseContext
) -> Verb | None:
    """Read the element; without a name or a role there is no call to join."""
    role = attributes.choice("role", _ROLES, PartyRole.NONE)
    _passed_over(element, attributes, context)
    digits = attributes.yes("relayDTMFInputs", otherwise=False)
    requests = _requests(attributes)
    coaches = attributes.yes("coachMode", otherwise=True) and role is PartyRole.SUPERVISOR
    options = MemberOptions(
        role=role,
        starts=attributes.yes("startMpcOnEnter", otherwise=True),
        starts_alone=True,
        ends=attributes.yes("endMpcOnExit", otherwise=False),
        stays_alone=attributes.yes("stayAlone", otherwise=False),
        muted=attributes.yes("mute", otherwise=False),
        held=attributes.yes("hold", otherwise=False),
        coaches_agents=coaches,
        relays_digits=digits,
        enter=_sound("enterSound", Tone.ENTER, attributes),
        exit=_sound("exitSound", Tone.EXIT, attributes),
        most=attributes.whole("maxParticipants", _MOST, least=2, most=_MOST),
        longest_s=float(
            attributes.whole("maxDuration", _LONGEST_S, least=300, most=_LONGEST_EVER_S)
        ),
        requests=requests,
    )
    holds = {
        each: _music(f"{each}HoldMusicUrl", f"{each}HoldMusicMethod", attributes)
        for each in ("agent", "customer")
    }
    read = Conference(
        name=element.text,
        kind=ConferenceKind.MULTI_PARTY_CALL,
        element="MultiPartyCall",
        options=options,
        wait=_music("waitMusicUrl", "waitMusicMethod", attributes),
        wait_s=float(attributes.whole("waitTime", 0, least=0, most=_LONGEST_WAIT_S)),
        hold=holds.get(str(role), MUSIC),
        all_digits=digits or (requests is not None and Happening.DIGITS in requests.events),
        then=_then(attributes),
    )
    if element.text and role is not PartyRole.NONE:
        return read
    message = "it must name a call, and have the role agent, customer or supervisor"
    context.warnings.add(UNKNOWN, element, f"{message}; it was passed over")
    return None


def _passed_over(element: Element, attributes: Attributes, context: ParseContext) -> None:
    for name in ("record", "recordParticipantTrack", "transcript"):
        if attributes.yes(name, otherwise=False):
            message = f"the attribute {name} is not supported here yet and was passed over"
            context.warnings.add(UNSUPPORTED, element, message)
    attributes.unsupported(("transcriptionUrl", "waitForAgent"), UNSUPPORTED)
    attributes.ignore(_RECORDING)


def _method(name: str, attributes: Attributes) -> str:
    """The vendor requests sounds by GET unless the document says otherwise."""
    return attributes.choice(name, {"get": "GET", "post": "POST"}, "GET")


def _sound(name: str, usual: Tone, attributes: Attributes) -> Tone | SoundDocument:
    given = (attributes.given(name) or str(usual)).strip()
    method = _method(f"{name}Method", attributes)
    if given.lower() in ("beep:1", "beep:2"):
        return Tone(given.lower())
    return Tone.NONE if given.lower() == "none" else SoundDocument(url=given, method=method)


def _music(name: str, method: str, attributes: Attributes) -> WaitSource:
    url = (attributes.given(name) or "").strip()
    how = _method(method, attributes)
    return WaitSource(kind=WaitKind.URL, url=url, method=how, loops=True) if url else MUSIC


def _requests(attributes: Attributes) -> StatusRequests | None:
    url = attributes.given("statusCallbackUrl")
    method = attributes.method("statusCallbackMethod")
    groups = attributes.words("statusCallbackEvents", _GROUPS, _USUAL)
    if not url:
        return None
    wanted = frozenset(each for group in groups for each in _GROUPS[group])
    return StatusRequests(url=url, method=method, events=wanted)


def _then(attributes: Attributes) -> Continuation | None:
    url = attributes.given("onExitActionUrl")
    method = attributes.method("onExitActionMethod")
    return Continuation(url=url, method=method) if url else None


def parameters(report: Report) -> Parameters:
    """The parameters of a status callback."""
    found = {
        "EventName": _NAMES.get(report.happening, str(report.happening)),
        "EventTimestamp": moment(report.at),
        "MPCUUID": call_uuid(report.conference),
        "MPCName": report.name,
    }
    member = report.member
    if member is not None and report.happening is not Happening.END:
        found |= {
            "MemberID": str(report.number),
            "ParticipantRole": str(member.options.role).capitalize(),
            "ParticipantCallUUID": call_uuid(member.call),
            "ParticipantCoachMode": "true" if report.standing.is_coaching else "false",
        }
    if report.digits:
        found["DTMFDigits"] = report.digits
    if report.happening is Happening.END:
        # Nothing is charged.
        found |= {
            "MPCDuration": str(round(report.age_s)),
            "MPCBilledDuration": "0",
            "MPCBilledAmount": "0.00000",
        }
    return tuple(found.items())


def exit_parameters(result: ConferenceResult, call: str) -> dict[str, str]:
    """The parameters of the request when a participant has left."""
    found = {
        "MPCFriendlyName": result.name,
        "ParticipantCallUUID": call_uuid(call),
        "ParticipantRole": str(result.role).capitalize(),
    }
    if result.conference:
        found |= {
            "MPCUUID": call_uuid(result.conference),
            "MemberID": str(result.number),
            "ParticipantJoinTime": moment(result.entered_at),
            "ParticipantEndTime": moment(result.left_at),
        }
    return found
