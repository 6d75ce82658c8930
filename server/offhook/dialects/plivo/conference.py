"""`<Conference>` and the requests about conferences."""

from collections.abc import Mapping
from typing import Final

from offhook.base.conferences import (
    ConferenceKind,
    Happening,
    MemberOptions,
    Report,
    SoundDocument,
    StatusRequests,
    Tone,
)
from offhook.base.web import Parameters
from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.plivo import multi_party_call
from offhook.dialects.plivo.mapping import UNKNOWN, UNSUPPORTED, call_uuid
from offhook.dialects.plivo.params import conference_parameters
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.conference import Conference
from offhook.verbs.wait_music import WaitKind, WaitSource

_MOST: Final = 20
_MOST_EVER: Final = 200
_LIMIT_S: Final = 86_400
_LONGEST: Final = 24
_KEYS: Final = frozenset("0123456789*#")
_NOT_SUPPORTED: Final = (
    *("recordWhenAlone", "sendDigits"),
    *("transcriptionType", "transcriptionUrl", "transcriptionMethod"),
)
_SAME_WITHOUT: Final = ("recordFileFormat", "relayDTMF")
_ACTIONS: Final[Mapping[Happening, str]] = {
    Happening.JOIN: "enter",
    Happening.LEAVE: "exit",
    Happening.SPEECH_START: "floor",
    Happening.DIGITS: "digits",
}


def conference(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    """Read the element."""
    if not element.text:
        context.warnings.add(UNKNOWN, element, "it names no conference; it was passed over")
        attributes.ignore(tuple(element.attributes))
        return None
    if attributes.yes("record", otherwise=False):
        message = "the attribute record is not supported here yet: the conference is not recorded"
        context.warnings.add(UNSUPPORTED, element, message)
    attributes.unsupported(_NOT_SUPPORTED, UNSUPPORTED)
    attributes.ignore(_SAME_WITHOUT)
    options = MemberOptions(
        starts=attributes.yes("startConferenceOnEnter", otherwise=True),
        ends=attributes.yes("endConferenceOnExit", otherwise=False),
        ends_together=True,
        stays_alone=attributes.yes("stayAlone", otherwise=True),
        muted=attributes.yes("muted", otherwise=False),
        enter=_sound("enterSound", attributes),
        exit=_sound("exitSound", attributes),
        most=attributes.whole("maxMembers", _MOST, least=1, most=_MOST_EVER),
        requests=_requests(attributes),
    )
    return Conference(
        name=element.text,
        options=options,
        wait=_wait(attributes),
        limit_s=float(attributes.whole("timeLimit", _LIMIT_S, least=1, most=_LIMIT_S)),
        star_ends=attributes.yes("hangupOnStar", otherwise=False),
        digits=_digits(element, attributes, context),
        then=_then(attributes),
    )


def _sound(name: str, attributes: Attributes) -> Tone | SoundDocument:
    given = (attributes.given(name) or "").strip()
    if given in ("", "beep:1", "beep:2"):
        return Tone(given)
    return SoundDocument(url=given)


def _wait(attributes: Attributes) -> WaitSource:
    url = (attributes.given("waitSound") or "").strip()
    if not url:
        return WaitSource(kind=WaitKind.SILENCE)
    return WaitSource(kind=WaitKind.URL, url=url)


def _digits(element: Element, attributes: Attributes, context: ParseContext) -> tuple[str, ...]:
    given = attributes.text("digitsMatch")
    parts = [part.strip() for part in given.split(",") if part.strip()]
    keys = tuple(part for part in parts if len(part) <= _LONGEST and set(part) <= _KEYS)
    if len(keys) < len(parts):
        message = f"the attribute digitsMatch must have up to {_LONGEST} of 0-9 * # between commas"
        context.warnings.add(UNKNOWN, element, message)
    return keys


def _then(attributes: Attributes) -> Continuation | None:
    action = attributes.given("action")
    method = attributes.method()
    replaces = attributes.yes("redirect", otherwise=True)
    return Continuation(url=action, method=method, replaces=replaces) if action else None


def _requests(attributes: Attributes) -> StatusRequests | None:
    url = attributes.given("callbackUrl")
    method = attributes.method("callbackMethod")
    floor = attributes.yes("floorEvent", otherwise=False)
    events = {Happening.JOIN, Happening.LEAVE, Happening.DIGITS}
    if floor:
        events.add(Happening.SPEECH_START)
    if not url:
        return None
    return StatusRequests(url=url, method=method, events=frozenset(events), for_all=False)


def parameters(report: Report) -> Parameters:
    """The parameters of a request to `callbackUrl`, or of a status callback of a multi-party call."""
    if report.kind is ConferenceKind.MULTI_PARTY_CALL:
        return multi_party_call.parameters(report)
    found = {"ConferenceAction": _ACTIONS.get(report.happening, str(report.happening))}
    found |= conference_parameters(report.name, report.conference, report.number)
    if report.member is not None:
        found["CallUUID"] = call_uuid(report.member.call)
    if report.digits:
        found["ConferenceDigitsMatch"] = report.digits
    return tuple(found.items())
