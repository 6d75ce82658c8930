"""Turns TwiML into verbs."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urljoin

from offhook.base.causes import Cause
from offhook.base.hosts import Hosts
from offhook.base.web import WebReply
from offhook.dialects.base import DocumentError, Script
from offhook.dialects.encoding import decode_loosely
from offhook.dialects.reading import Attributes, Warnings
from offhook.dialects.twilio.dial import dial
from offhook.dialects.twilio.reader import SCHEMA, UNSUPPORTED, Reader
from offhook.dialects.xml import Element, Fault, XmlError, read
from offhook.verbs.base import Verb
from offhook.verbs.hangup import Hangup
from offhook.verbs.play import Play
from offhook.verbs.press import Press
from offhook.verbs.redirect import Redirect
from offhook.verbs.reject import Reject
from offhook.verbs.speak import Speak
from offhook.verbs.wait import Wait

_MARKUP: Final = frozenset({"text/xml", "application/xml", "text/html"})
_FAULTS: Final[Mapping[Fault, str]] = {
    Fault.EMPTY: "11770",
    Fault.TOO_LARGE: "11750",
    Fault.MALFORMED: "12100",
    Fault.FORBIDDEN: "12100",
    Fault.TOO_COMPLEX: "12100",
}
_FOR_EVER: Final = 1_000
"""What `loop="0"` means: the vendor stops after so many."""
_LONGEST_PAUSE_S: Final = 14_400
_LONGEST_TEXT: Final = 4_096
_KEYS: Final = frozenset("0123456789*#ABCDabcdwW")
LATER: Final = frozenset(
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


def parse(reply: WebReply, hosts: Hosts, most_bytes: int) -> Script:
    """Understand a document.

    Raises:
        DocumentError: it is no TwiML.
    """
    if reply.content_type.startswith("audio/"):
        return Script(verbs=(Play(url=reply.url), Hangup()))
    if not reply.body and not reply.content_type:
        # The vendor's code is that of a wrong content type; the sentence says what was wrong.
        raise DocumentError("12300", f"the answer is empty (HTTP {reply.status}): no TwiML came")
    if not reply.content_type:
        raise DocumentError("12300", "the answer names no content type; text/xml is one of TwiML")
    if reply.content_type not in _MARKUP | {"text/plain"}:
        raise DocumentError("12300", f"the content type {reply.content_type[:80]!r} is no TwiML")
    try:
        root = read(reply.body, most_bytes=most_bytes, charset=reply.charset)
    except XmlError as error:
        if reply.content_type == "text/plain" and error.fault is Fault.MALFORMED:
            return _read_out(decode_loosely(reply.body, reply.charset))
        raise DocumentError(_FAULTS[error.fault], str(error)) from error
    if root.name != "Response":
        raise DocumentError("12102", f"the root must be <Response>, not <{root.name[:40]}>")
    reader = Reader(base=reply.url, hosts=hosts, warnings=Warnings())
    found = (_verb(element, reader) for element in root.children)
    verbs = tuple(verb for verb in found if verb is not None)
    return Script(verbs=verbs, warnings=reader.warnings.all)


def _read_out(text: str) -> Script:
    said = text.strip()[:_LONGEST_TEXT]
    return Script(verbs=(Speak(text=said, language="en-US", voice="man"), Hangup()))


def _verb(element: Element, reader: Reader) -> Verb | None:
    parser = VERBS.get(element.name)
    if parser is not None:
        attributes = Attributes(element, reader.warnings, SCHEMA)
        verb = parser(element, attributes, reader)
        attributes.done()
        return verb
    if element.name in LATER:
        reader.warnings.add(UNSUPPORTED, element, "is not supported here yet and was passed over")
    else:
        reader.warnings.add(SCHEMA, element, "there is no such verb; it was passed over")
    return None


def _say(element: Element, attributes: Attributes, reader: Reader) -> Verb:
    marked = bool(element.children)
    for child in element.children:
        if child.name not in _SSML:
            reader.warnings.add(SCHEMA, child, "is no tag that can be spoken")
    text = f"<speak>{element.inner().strip()}</speak>" if marked else element.text
    if len(text) > _LONGEST_TEXT and not marked:
        reader.warnings.add("13521", element, f"the text was cut at {_LONGEST_TEXT} characters")
        text = text[:_LONGEST_TEXT]
    return Speak(
        text=text,
        markup=marked,
        language=attributes.text("language", "en-US", longest=35),
        voice=attributes.text("voice", "man", longest=80),
        times=_times(attributes, "13510"),
    )


def _play(element: Element, attributes: Attributes, reader: Reader) -> Verb | None:
    digits = attributes.given("digits")
    times = _times(attributes, "13410")
    if digits is not None:
        if digits and len(digits) <= 64 and set(digits) <= _KEYS:
            return Press(digits=digits)
        reader.warnings.add("13430", element, "digits must be 1 to 64 of 0-9 * # A-D w W")
        return None
    if not element.text:
        reader.warnings.add(SCHEMA, element, "there is no URL in it; it was passed over")
        return None
    return Play(url=urljoin(reader.base, element.text), times=times)


def _times(attributes: Attributes, code: str) -> int:
    times = attributes.whole("loop", 1, least=0, most=_FOR_EVER, code=code)
    return times or _FOR_EVER


def _pause(_element: Element, attributes: Attributes, _reader: Reader) -> Verb:
    seconds = attributes.whole("length", 1, least=1, most=_LONGEST_PAUSE_S, code="13910")
    # A pause that comes first lets the call ring for so long.
    return Wait(seconds=float(seconds), answers=False)


def _redirect(element: Element, attributes: Attributes, reader: Reader) -> Verb:
    # Without a URL it is this document once more.
    return Redirect(url=urljoin(reader.base, element.text), method=attributes.method())


def _reject(_element: Element, attributes: Attributes, _reader: Reader) -> Verb:
    causes = {"rejected": Cause.REJECTED, "busy": Cause.BUSY}
    return Reject(cause=attributes.choice("reason", causes, Cause.REJECTED, code="13810"))


def _hangup(_element: Element, _attributes: Attributes, _reader: Reader) -> Verb:
    return Hangup(answers=True)


VERBS: Final[Mapping[str, Callable[[Element, Attributes, Reader], Verb | None]]] = {
    "Dial": dial,
    "Hangup": _hangup,
    "Pause": _pause,
    "Play": _play,
    "Redirect": _redirect,
    "Reject": _reject,
    "Say": _say,
}
