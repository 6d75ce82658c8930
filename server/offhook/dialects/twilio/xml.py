"""Turns TwiML into verbs."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from offhook.base.causes import Cause
from offhook.base.hosts import Hosts
from offhook.base.web import WebReply
from offhook.dialects.attributes import Attributes, ParseContext, Warnings
from offhook.dialects.base import Document, DocumentError
from offhook.dialects.encoding import decode_loosely
from offhook.dialects.parser import VerbParser, VerbTable
from offhook.dialects.twilio.collect import gather
from offhook.dialects.twilio.dial import dial
from offhook.dialects.twilio.mapping import SCHEMA, UNSUPPORTED
from offhook.dialects.twilio.prompts import LONGEST_TEXT, pause, play, say
from offhook.dialects.twilio.queue import enqueue, leave
from offhook.dialects.twilio.record import record, start
from offhook.dialects.xml import Element, XmlError, XmlErrorKind, read
from offhook.verbs.base import Purpose, Verb
from offhook.verbs.hangup import Hangup
from offhook.verbs.play import Play
from offhook.verbs.redirect import Redirect
from offhook.verbs.reject import Reject
from offhook.verbs.speak import Speak

_MARKUP: Final = frozenset({"text/xml", "application/xml", "text/html"})
_XML_ERRORS: Final[Mapping[XmlErrorKind, str]] = {
    XmlErrorKind.EMPTY: "11770",
    XmlErrorKind.TOO_LARGE: "11750",
    XmlErrorKind.MALFORMED: "12100",
    XmlErrorKind.FORBIDDEN: "12100",
    XmlErrorKind.TOO_COMPLEX: "12100",
}
NOT_SUPPORTED: Final = frozenset(
    {
        *("Connect", "Echo", "Pay", "Prompt", "Queue"),
        *("Refer", "Sms", "Stop"),
    }
)


def parse(reply: WebReply, purpose: Purpose, hosts: Hosts, most_bytes: int) -> Document:
    """Understand a document.

    Raises:
        DocumentError: it is no TwiML.
    """
    if reply.content_type.startswith("audio/"):
        # One for those who wait is played until they need not.
        after = () if purpose in (Purpose.WAIT, Purpose.DEQUEUED) else (Hangup(),)
        return Document(verbs=(Play(url=reply.url), *after))
    if not reply.body and not reply.content_type:
        # The vendor's code is that of a wrong content type; the sentence has the reason.
        raise DocumentError("12300", f"the answer is empty (HTTP {reply.status}): no TwiML came")
    if not reply.content_type:
        raise DocumentError("12300", "the answer names no content type; text/xml is one of TwiML")
    if reply.content_type not in _MARKUP | {"text/plain"}:
        raise DocumentError("12300", f"the content type {reply.content_type[:80]!r} is no TwiML")
    try:
        root = read(reply.body, most_bytes=most_bytes, charset=reply.charset)
    except XmlError as error:
        if reply.content_type == "text/plain" and error.fault is XmlErrorKind.MALFORMED:
            return _spoken(decode_loosely(reply.body, reply.charset))
        raise DocumentError(_XML_ERRORS[error.fault], str(error)) from error
    if root.name != "Response":
        raise DocumentError("12102", f"the root must be <Response>, not <{root.name[:40]}>")
    context = ParseContext(base=reply.url, hosts=hosts, warnings=Warnings())
    return TABLES.get(purpose, VERBS).document(root, context)


def _spoken(text: str) -> Document:
    spoken = text.strip()[:LONGEST_TEXT]
    return Document(verbs=(Speak(text=spoken, language="en-US", voice="man"), Hangup()))


def _redirect(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    # Without a URL it is this document once more.
    return Redirect(url=urljoin(context.base, element.text), method=attributes.method())


def _reject(_element: Element, attributes: Attributes, _context: ParseContext) -> Verb:
    causes = {"rejected": Cause.REJECTED, "busy": Cause.BUSY}
    return Reject(cause=attributes.choice("reason", causes, Cause.REJECTED, code="13810"))


def _hangup(_element: Element, _attributes: Attributes, _context: ParseContext) -> Verb:
    return Hangup(answers=True)


VERBS: Final = VerbTable(
    parsers={
        "Dial": dial,
        "Enqueue": enqueue,
        "Gather": gather,
        "Hangup": _hangup,
        "Leave": leave,
        "Pause": pause,
        "Play": play,
        "Record": record,
        "Redirect": _redirect,
        "Reject": _reject,
        "Say": say,
        "Start": start,
    },
    not_supported=NOT_SUPPORTED,
    unknown_code=SCHEMA,
    unsupported_code=UNSUPPORTED,
    noun="verb",
)

_HEARD: Final[Mapping[str, VerbParser]] = {
    "Gather": gather,
    "Hangup": _hangup,
    "Pause": pause,
    "Play": play,
    "Redirect": _redirect,
    "Say": say,
}
"""Verbs of documents that run within another verb."""
CALLEE: Final = VerbTable(
    parsers=_HEARD,
    not_supported=frozenset(),
    unknown_code="13201",
    unsupported_code=UNSUPPORTED,
    noun="verb in a document for the party that is dialled",
)
WAIT: Final = VerbTable(
    parsers={**_HEARD, "Leave": leave},
    not_supported=frozenset(),
    unknown_code=SCHEMA,
    unsupported_code=UNSUPPORTED,
    noun="verb in a document for those who wait",
)
DEQUEUED: Final = VerbTable(
    parsers={"Pause": pause, "Play": play, "Redirect": _redirect, "Say": say},
    not_supported=frozenset(),
    unknown_code=SCHEMA,
    unsupported_code=UNSUPPORTED,
    noun="verb in a document for a caller who was taken from a queue",
)
TABLES: Final[Mapping[Purpose, VerbTable]] = {
    Purpose.CALLEE: CALLEE,
    Purpose.WAIT: WAIT,
    Purpose.DEQUEUED: DEQUEUED,
}
"""Documents in which only some verbs may stand."""
