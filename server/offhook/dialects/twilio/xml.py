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
from offhook.dialects.parser import VerbTable
from offhook.dialects.twilio.dial import dial
from offhook.dialects.twilio.mapping import SCHEMA, UNSUPPORTED
from offhook.dialects.xml import Element, XmlError, XmlErrorKind, read
from offhook.verbs.base import Verb
from offhook.verbs.hangup import Hangup
from offhook.verbs.play import Play
from offhook.verbs.redirect import Redirect
from offhook.verbs.reject import Reject
from offhook.verbs.send_digits import SendDigits
from offhook.verbs.speak import Speak
from offhook.verbs.wait import Wait

_MARKUP: Final = frozenset({"text/xml", "application/xml", "text/html"})
_XML_ERRORS: Final[Mapping[XmlErrorKind, str]] = {
    XmlErrorKind.EMPTY: "11770",
    XmlErrorKind.TOO_LARGE: "11750",
    XmlErrorKind.MALFORMED: "12100",
    XmlErrorKind.FORBIDDEN: "12100",
    XmlErrorKind.TOO_COMPLEX: "12100",
}
_FOR_EVER: Final = 1_000
"""What `loop="0"` means: the vendor stops after so many."""
_LONGEST_PAUSE_S: Final = 14_400
_LONGEST_TEXT: Final = 4_096
_KEYS: Final = frozenset("0123456789*#ABCDabcdwW")
NOT_SUPPORTED: Final = frozenset(
    {
        *("Connect", "Echo", "Enqueue", "Gather", "Leave", "Pay", "Prompt", "Queue"),
        *("Record", "Refer", "Sms", "Start", "Stop"),
    }
)
_SSML: Final = frozenset(
    {
        *("break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"),
        *("amazon:domain", "amazon:effect"),
    }
)


def parse(reply: WebReply, hosts: Hosts, most_bytes: int) -> Document:
    """Understand a document.

    Raises:
        DocumentError: it is no TwiML.
    """
    if reply.content_type.startswith("audio/"):
        return Document(verbs=(Play(url=reply.url), Hangup()))
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
    return VERBS.document(root, context)


def _spoken(text: str) -> Document:
    spoken = text.strip()[:_LONGEST_TEXT]
    return Document(verbs=(Speak(text=spoken, language="en-US", voice="man"), Hangup()))


def _say(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    marked = bool(element.children)
    for child in element.children:
        if child.name not in _SSML:
            context.warnings.add(SCHEMA, child, "is no tag that can be spoken")
    text = f"<speak>{element.inner().strip()}</speak>" if marked else element.text
    if len(text) > _LONGEST_TEXT and not marked:
        context.warnings.add("13521", element, f"the text was cut at {_LONGEST_TEXT} characters")
        text = text[:_LONGEST_TEXT]
    return Speak(
        text=text,
        markup=marked,
        language=attributes.text("language", "en-US", longest=35),
        voice=attributes.text("voice", "man", longest=80),
        times=_times(attributes, "13510"),
    )


def _play(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    digits = attributes.given("digits")
    times = _times(attributes, "13410")
    if digits is not None:
        if digits and len(digits) <= 64 and set(digits) <= _KEYS:
            return SendDigits(digits=digits)
        context.warnings.add("13430", element, "digits must be 1 to 64 of 0-9 * # A-D w W")
        return None
    if not element.text:
        context.warnings.add(SCHEMA, element, "there is no URL in it; it was passed over")
        return None
    return Play(url=urljoin(context.base, element.text), times=times)


def _times(attributes: Attributes, code: str) -> int:
    times = attributes.whole("loop", 1, least=0, most=_FOR_EVER, code=code)
    return times or _FOR_EVER


def _pause(_element: Element, attributes: Attributes, _context: ParseContext) -> Verb:
    seconds = attributes.whole("length", 1, least=1, most=_LONGEST_PAUSE_S, code="13910")
    # A pause that comes first lets the call ring for so long.
    return Wait(seconds=float(seconds), answers=False)


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
        "Hangup": _hangup,
        "Pause": _pause,
        "Play": _play,
        "Redirect": _redirect,
        "Reject": _reject,
        "Say": _say,
    },
    not_supported=NOT_SUPPORTED,
    unknown_code=SCHEMA,
    unsupported_code=UNSUPPORTED,
    noun="verb",
)
