"""Turns `<Enqueue>`, `<Leave>` and `<Queue>` in `<Dial>` into verbs."""

from typing import Final
from urllib.parse import urljoin

from offhook.base.media import Tones
from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.twilio.mapping import SCHEMA, UNSUPPORTED
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.dequeue import Dequeue
from offhook.verbs.enqueue import Enqueue
from offhook.verbs.leave import Leave

_LONGEST_NAME: Final = 64
_MOST: Final = 1_000
_MOST_OF_ALL: Final = 5_000
_ROUTING: Final = ("reservationSid", "postWorkActivitySid")
"""Attributes of the vendor's task routing."""


def enqueue(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    """`<Enqueue>`."""
    attributes.unsupported(("workflowSid",), UNSUPPORTED)
    action = attributes.given("action")
    method = attributes.method()
    url = attributes.given("waitUrl")
    wait_method = attributes.method("waitUrlMethod")
    most = attributes.whole("maxQueueSize", _MOST, least=1, most=_MOST_OF_ALL)
    for child in element.children:
        context.warnings.add(UNSUPPORTED, child, "tasks are not routed here; it was passed over")
    name = _name(element, context)
    if name is None:
        return None
    return Enqueue(
        queue=name,
        url=urljoin(context.base, url) if url else url,
        method=wait_method,
        most=most,
        then=None
        if action is None
        else Continuation(url=urljoin(context.base, action), method=method),
    )


def leave(_element: Element, _attributes: Attributes, _context: ParseContext) -> Verb:
    """`<Leave>`."""
    return Leave()


def queue(noun: Element, dial: "DialOfQueue", context: ParseContext) -> Verb | None:
    """`<Queue>` in `<Dial>`."""
    attributes = Attributes(noun, context.warnings, SCHEMA)
    attributes.ignore(_ROUTING)
    url = attributes.given("url")
    method = attributes.method()
    attributes.done()
    name = _name(noun, context)
    if name is None:
        return None
    return Dequeue(
        queue=name,
        ring_s=dial.ring_s,
        limit_s=dial.limit_s,
        ringback=dial.ringback,
        star_ends=dial.star_ends,
        url=urljoin(context.base, url) if url else "",
        method=method,
        then=dial.then,
    )


class DialOfQueue:
    """What `<Dial>` says about the `<Queue>` in it."""

    def __init__(
        self,
        *,
        ring_s: float,
        limit_s: float,
        ringback: Tones,
        star_ends: bool,
        then: Continuation | None,
    ) -> None:
        """The attributes as they were read."""
        self.ring_s = ring_s
        self.limit_s = limit_s
        self.ringback = ringback
        self.star_ends = star_ends
        self.then = then


def _name(element: Element, context: ParseContext) -> str | None:
    name = element.text
    if 0 < len(name) <= _LONGEST_NAME:
        return name
    message = f"the name of a queue must have 1 to {_LONGEST_NAME} characters"
    context.warnings.add(SCHEMA, element, message)
    return None
