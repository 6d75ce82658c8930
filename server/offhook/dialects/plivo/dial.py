"""Turns `<Dial>`, `<User>` and `<Number>` into a verb."""

import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from offhook.base.address import Address, Kind, client
from offhook.base.errors import UsageError
from offhook.base.hosts import Hosts
from offhook.calls.dial_target import DialTarget, Screening
from offhook.dialects import sip
from offhook.dialects.attributes import Attributes, ParseContext, printable
from offhook.dialects.plivo.mapping import DOMAIN, UNKNOWN, UNSUPPORTED
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.dial import Dial
from offhook.verbs.ringback import RINGBACK, USUAL

_MOST_TARGETS: Final = 20
_RING_S: Final = 120
_LONGEST_RING_S: Final = 600
_LIMIT_S: Final = 14_400
_LONGEST_S: Final = 86_400
_MOST_HEADERS: Final = 24
_HEADER: Final = re.compile(r"[A-Za-z0-9_-]{1,48}\Z")
_RESERVED: Final = ("ph-", "plivo", "fs-", "sipauth", "zt-", "twilio")
_KEYS: Final = frozenset("0123456789*#wW")
_ESCAPED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
"""No name contains this (`claims.name`): the name was cut out of a URI."""
_FORMATTING: Final = re.compile(r"[\s().-]+")
_NOT_SUPPORTED: Final = (
    "callbackUrl",
    "digitsMatch",
    "digitsMatchBLeg",
    "callType",
)
_SAME_WITHOUT: Final = ("callbackMethod",)
_CONFIRM_S: Final = 10
_LONGEST_CONFIRM_S: Final = 600
_TARGET_NOT_SUPPORTED: Final = (
    "sendOnPreanswer",
    "sipAuthUsername",
    "sipAuthPassword",
    "callerId",
    "callerName",
)
_TARGET_SAME: Final = ("sendDigitsMode",)


def dial(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    """Read the whole element."""
    headers = _headers(element, attributes.text("sipHeaders"), context)
    music = attributes.given("dialMusic")
    if music not in (None, "", "real"):
        message = "only the dialMusic `real` is supported here yet: the caller hears it ring"
        context.warnings.add(UNSUPPORTED, element, message)
    attributes.unsupported(_NOT_SUPPORTED, UNSUPPORTED)
    attributes.ignore(_SAME_WITHOUT)
    screening = _screening(attributes)
    targets = _targets(element, headers, context)
    return Dial(
        targets=tuple(replace(target, screening=screening) for target in targets),
        ring_s=attributes.whole("timeout", _RING_S, least=1, most=_LONGEST_RING_S),
        limit_s=attributes.whole("timeLimit", _LIMIT_S, least=1, most=_LONGEST_S),
        ringback=RINGBACK[USUAL],
        caller_id=attributes.text("callerId", longest=256) or None,
        caller_name=attributes.text("callerName", longest=50),
        # The caller keeps ringing, with early media, until a party answers.
        answer_on_bridge=True,
        star_ends=attributes.yes("hangupOnStar", otherwise=False),
        then=_then(attributes),
    )


def _screening(attributes: Attributes) -> Screening | None:
    url = attributes.given("confirmSound") or ""
    key = attributes.key("confirmKey", "", none=("",))
    most = _LONGEST_CONFIRM_S
    key_s = float(attributes.whole("confirmTimeout", _CONFIRM_S, least=1, most=most))
    return Screening(url=url, key=key, key_s=key_s) if url or key else None


def _then(attributes: Attributes) -> Continuation | None:
    action = attributes.given("action")
    method = attributes.method()
    replaces = attributes.yes("redirect", otherwise=True)
    return Continuation(url=action, method=method, replaces=replaces) if action else None


def _targets(
    element: Element, headers: dict[str, str], context: ParseContext
) -> tuple[DialTarget, ...]:
    found: list[DialTarget] = []
    for child in element.children:
        if child.name not in ("User", "Number"):
            context.warnings.add(UNKNOWN, child, "there is no such target; it was passed over")
            continue
        attributes = Attributes(child, context.warnings, UNKNOWN)
        target = _target(child, attributes, headers, context)
        attributes.unsupported(_TARGET_NOT_SUPPORTED, UNSUPPORTED)
        attributes.ignore(_TARGET_SAME)
        attributes.done()
        if target is None:
            context.warnings.add(UNKNOWN, child, "it names no destination that can be dialled")
        else:
            found.append(target)
    if len(found) > _MOST_TARGETS:
        message = f"only the first {_MOST_TARGETS} of {len(found)} are dialled"
        context.warnings.add(UNKNOWN, element, message)
    return tuple(found[:_MOST_TARGETS])


def _target(
    child: Element, attributes: Attributes, headers: dict[str, str], context: ParseContext
) -> DialTarget | None:
    digits = attributes.text("sendDigits", longest=64)
    if not set(digits) <= _KEYS:
        context.warnings.add(UNKNOWN, child, "sendDigits must be of 0-9 * # w W")
        digits = ""
    own = _headers(child, attributes.text("sipHeaders"), context)
    try:
        to = _number(child.text) if child.name == "Number" else _user(child.text, context.hosts)
    except UsageError:
        return None
    return DialTarget(to=to, headers=headers | own, digits=digits)


def _number(text: str) -> Address:
    return Address(Kind.NUMBER, _FORMATTING.sub("", text))


def _user(text: str, hosts: Hosts) -> Address:
    """`sip:bob@<our host>` is our client bob; a text that is no URI is a client's name as it is."""
    if not sip.has_scheme(text):
        bare = text.removesuffix(f"@{DOMAIN}")
        return client(unquote(bare) if _ESCAPED.search(bare) else bare)
    name = sip.user_at(text, hosts)
    return Address(Kind.SIP, text) if name is None else client(name)


def _headers(element: Element, text: str, context: ParseContext) -> dict[str, str]:
    """`k=v,k2=v2` as custom headers `X-Ph-K`."""
    found: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        name, _, value = pair.strip().partition("=")
        bare = name[5:] if name[:5].upper() == "X-PH-" else name
        reserved = bare.lower().startswith(_RESERVED) or bare.lower() == "clientregion"
        if reserved or not _HEADER.match(bare) or len(found) >= _MOST_HEADERS:
            message = f"the custom header {name[:40]!r} was passed over"
            context.warnings.add(UNKNOWN, element, message)
        else:
            found[_as_pages_read_it(f"x-ph-{bare}")] = printable(value.strip())[:256]
    return found


def _as_pages_read_it(name: str) -> str:
    """The name as the vendor's SDK gives it to pages, whatever its spelling on the way: `X-Ph-Order-Id`."""
    parts = name.lower().replace("_", "-").split("-")
    return "-".join(part[:1].upper() + part[1:] for part in parts)
