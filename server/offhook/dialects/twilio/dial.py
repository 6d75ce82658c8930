"""Turns `<Dial>` and its nouns into a verb."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

from offhook.base.address import Address, Kind, client
from offhook.base.errors import UsageError
from offhook.calls.dial_target import DialTarget, Screening
from offhook.dialects import sip
from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.twilio.conference import conference
from offhook.dialects.twilio.mapping import SCHEMA, UNSUPPORTED
from offhook.dialects.twilio.queue import DialOfQueue, queue
from offhook.dialects.twilio.record import of_dial
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.dial import Dial
from offhook.verbs.ringback import RINGBACK, USUAL

_MOST_TARGETS: Final = 10
_RING_S: Final = 30
_LONGEST_RING_S: Final = 600
_LIMIT_S: Final = 14_400
_LONGEST_S: Final = 86_400
_MOST_PARAMETERS: Final = 32
_LONGEST_NAME: Final = 64
_LONGEST_VALUE: Final = 1_024
_FORMATTING: Final = re.compile(r"[\s().-]+")
_KEYS: Final = frozenset("0123456789*#ABCDabcdwW")
_CALLER: Final = re.compile(r"(client:.{1,256}|[A-Za-z0-9+_.@:-]{1,256})\Z")
_SAME_WITHOUT: Final = (
    "referMethod",
    "callReason",
    "events",
    "passports",
)
_NOUN_NOT_SUPPORTED: Final = ("statusCallback", "machineDetection", "amdStatusCallback")
_NOUN_SAME: Final = (
    "statusCallbackMethod",
    "statusCallbackEvent",
    "clientNotificationUrl",
    "byoc",
    "username",
    "password",
    "machineDetectionTimeout",
    "machineDetectionSpeechThreshold",
    "machineDetectionSpeechEndThreshold",
    "machineDetectionSilenceTimeout",
    "amdStatusCallbackMethod",
)
NOUNS_NOT_SUPPORTED: Final = frozenset(
    {"Application", "Sim", "WhatsApp"},
)


def dial(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    """Read the whole element."""
    room = next((noun for noun in element.children if noun.name == "Conference"), None)
    waiting = next((noun for noun in element.children if noun.name == "Queue"), None)
    targets = () if room is not None else _targets(element, context)
    recording, records_ringing = of_dial(attributes, context)
    attributes.unsupported(("referUrl",), UNSUPPORTED)
    attributes.ignore(_SAME_WITHOUT)
    action = attributes.given("action")
    method = attributes.method()
    tones = {country: RINGBACK[country] for country in RINGBACK}
    then = None
    if action is not None:
        then = Continuation(url=urljoin(context.base, action), method=method)
    if room is not None:
        return _conference(element, room, attributes, context, then)
    ring_s = attributes.whole("timeout", _RING_S, least=1, most=_LONGEST_RING_S, code="13212")
    limit_s = attributes.whole("timeLimit", _LIMIT_S, least=1, most=_LONGEST_S)
    ringback = attributes.choice("ringTone", tones, RINGBACK[USUAL])
    star_ends = attributes.yes("hangupOnStar", otherwise=False)
    verb = Dial(
        targets=targets,
        ring_s=ring_s,
        limit_s=limit_s,
        ringback=ringback,
        caller_id=_caller_id(element, attributes, targets, context),
        answer_on_bridge=attributes.yes("answerOnBridge", otherwise=False),
        star_ends=star_ends,
        one_by_one=attributes.yes("sequential", otherwise=False),
        then=then,
        recording=recording,
        records_ringing=records_ringing,
    )
    if waiting is None:
        return verb
    if targets:
        context.warnings.add("13000", waiting, "a queue cannot be dialled together with others")
        return verb
    about = DialOfQueue(
        ring_s=ring_s, limit_s=limit_s, ringback=ringback, star_ends=star_ends, then=then
    )
    return queue(waiting, about, context)


def _conference(
    element: Element,
    noun: Element,
    attributes: Attributes,
    context: ParseContext,
    then: Continuation | None,
) -> Verb:
    if len(element.children) > 1 or element.text:
        message = "a conference cannot be dialled together with others, which were passed over"
        context.warnings.add("13000", element, message)
    limit_s = attributes.whole("timeLimit", _LIMIT_S, least=1, most=_LONGEST_S)
    star_ends = attributes.yes("hangupOnStar", otherwise=False)
    attributes.ignore(("timeout", "callerId", "answerOnBridge", "sequential", "ringTone"))
    return conference(noun, context, limit_s=limit_s, star_ends=star_ends, then=then)


def _caller_id(
    element: Element, attributes: Attributes, targets: tuple[DialTarget, ...], context: ParseContext
) -> str | None:
    given = attributes.given("callerId")
    if not given:
        return None
    only_clients = all(target.to.kind is Kind.CLIENT for target in targets)
    if _CALLER.match(given) and (only_clients or not given.startswith("client:")):
        return given
    message = "the attribute callerId is none that these targets can be shown"
    context.warnings.add("13214", element, message)
    return None


def _targets(element: Element, context: ParseContext) -> tuple[DialTarget, ...]:
    found: list[DialTarget] = []
    if element.text:
        found.extend(_reached(_number(element.text), element, context))
    for noun in element.children:
        parser = _NOUNS.get(noun.name)
        if parser is not None:
            attributes = Attributes(noun, context.warnings, SCHEMA)
            screening = _screening(attributes, context)
            targets = parser(noun, attributes, context)
            found.extend(replace(target, screening=screening) for target in targets)
            attributes.unsupported(_NOUN_NOT_SUPPORTED, UNSUPPORTED)
            attributes.ignore(_NOUN_SAME)
            attributes.done()
        elif noun.name == "Queue":
            continue
        elif noun.name in NOUNS_NOT_SUPPORTED:
            context.warnings.add(UNSUPPORTED, noun, "cannot be dialled here yet")
        else:
            context.warnings.add(SCHEMA, noun, "there is no such noun; it was passed over")
    if len(found) > _MOST_TARGETS:
        message = f"only the first {_MOST_TARGETS} of {len(found)} are dialled"
        context.warnings.add(SCHEMA, element, message)
    return tuple(found[:_MOST_TARGETS])


def _screening(attributes: Attributes, context: ParseContext) -> Screening | None:
    url = attributes.given("url")
    method = attributes.method()
    return Screening(url=urljoin(context.base, url), method=method) if url else None


def _reached(address: Address | None, element: Element, context: ParseContext) -> list[DialTarget]:
    if address is None:
        context.warnings.add("13223", element, "it names no destination that can be dialled")
        return []
    return [DialTarget(to=address)]


def _number(text: str) -> Address | None:
    try:
        return Address(Kind.NUMBER, _FORMATTING.sub("", text))
    except UsageError:
        return None


def _of_number(noun: Element, attributes: Attributes, context: ParseContext) -> list[DialTarget]:
    digits = attributes.text("sendDigits", longest=64)
    reached = _reached(_number(noun.text), noun, context)
    if digits and not set(digits) <= _KEYS:
        context.warnings.add(SCHEMA, noun, "sendDigits must be of 0-9 * # A-D w W")
        digits = ""
    return [DialTarget(to=target.to, digits=digits) for target in reached]


def _of_client(noun: Element, _attributes: Attributes, context: ParseContext) -> list[DialTarget]:
    identity = noun.text
    parameters: dict[str, str] = {}
    for child in noun.children:
        if child.name == "Identity":
            identity = child.text
        elif child.name == "Parameter" and len(parameters) < _MOST_PARAMETERS:
            name = child.attributes.get("name", "")
            if 0 < len(name) <= _LONGEST_NAME:
                parameters[name] = child.attributes.get("value", "")[:_LONGEST_VALUE]
            else:
                message = f"its name must have 1 to {_LONGEST_NAME} characters"
                context.warnings.add(SCHEMA, child, message)
        else:
            context.warnings.add(SCHEMA, child, "was passed over")
    try:
        return [DialTarget(to=client(identity), parameters=parameters)]
    except UsageError:
        return _reached(None, noun, context)


def _of_sip(noun: Element, _attributes: Attributes, context: ParseContext) -> list[DialTarget]:
    uri = noun.text or next((child.text for child in noun.children if child.name == "Uri"), "")
    try:
        name = sip.user_at(uri, context.hosts) if "@" in uri else None
        return [DialTarget(to=Address(Kind.SIP, uri) if name is None else client(name))]
    except UsageError:
        return _reached(None, noun, context)


_NOUNS: Final[Mapping[str, Callable[[Element, Attributes, ParseContext], list[DialTarget]]]] = {
    "Client": _of_client,
    "Number": _of_number,
    "Sip": _of_sip,
}
