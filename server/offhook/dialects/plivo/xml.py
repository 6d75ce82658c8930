"""Turns Plivo XML into verbs."""

from typing import Final

from offhook.base.causes import Cause
from offhook.base.hosts import Hosts
from offhook.base.web import WebReply
from offhook.dialects.attributes import Attributes, ParseContext, Warnings
from offhook.dialects.base import Document, DocumentError
from offhook.dialects.parser import VerbTable
from offhook.dialects.plivo.conference import conference
from offhook.dialects.plivo.dial import dial
from offhook.dialects.plivo.mapping import UNKNOWN, UNSUPPORTED, document_code
from offhook.dialects.xml import Element, XmlError, read
from offhook.verbs.base import Purpose, Verb
from offhook.verbs.hangup import Hangup
from offhook.verbs.play import Play
from offhook.verbs.playing import FOR_EVER
from offhook.verbs.redirect import Redirect
from offhook.verbs.reject import Reject
from offhook.verbs.send_digits import SendDigits
from offhook.verbs.speak import Speak
from offhook.verbs.wait import Wait

_LONGEST_WAIT_S: Final = 14_400
_LONGEST_TEXT: Final = 4_096
_MOST_TIMES: Final = 1_000
_KEYS: Final = frozenset("0123456789*#wW")
NOT_SUPPORTED: Final = frozenset(
    {
        *("GetDigits", "GetInput", "Message", "MultiPartyCall"),
        *("PreAnswer", "Record", "Stream"),
    }
)


def parse(reply: WebReply, purpose: Purpose, hosts: Hosts, most_bytes: int) -> Document:
    """Understand a document.

    Raises:
        DocumentError: it is no Plivo XML, or holds no element that there is.
    """
    code = document_code(purpose)
    try:
        root = read(reply.body, most_bytes=most_bytes, charset=reply.charset)
    except XmlError as error:
        raise DocumentError(code, str(error)) from error
    if root.name != "Response":
        raise DocumentError(code, f"the root must be <Response>, not <{root.name[:40]}>")
    if root.children and not any(VERBS.knows(child.name) for child in root.children):
        raise DocumentError(code, f"there is no element <{root.children[0].name[:40]}>")
    context = ParseContext(hosts=hosts, warnings=Warnings())
    return VERBS.document(root, context)


def _speak(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    marked = bool(element.children)
    text = f"<speak>{element.inner().strip()}</speak>" if marked else element.text
    if len(text) > _LONGEST_TEXT and not marked:
        message = f"the text was cut at {_LONGEST_TEXT} characters"
        context.warnings.add(UNKNOWN, element, message)
        text = text[:_LONGEST_TEXT]
    return Speak(
        text=text,
        markup=marked,
        language=attributes.text("language", "en-US", longest=35),
        voice=attributes.text("voice", "WOMAN", longest=80),
        times=attributes.whole("loop", 1, least=FOR_EVER, most=_MOST_TIMES),
    )


def _play(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    times = attributes.whole("loop", 1, least=FOR_EVER, most=_MOST_TIMES)
    if not element.text:
        context.warnings.add(UNKNOWN, element, "there is no URL in it; it was passed over")
        return None
    return Play(url=element.text, times=times)


def _dtmf(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    digits = attributes.text("digits", longest=64) or element.text
    later = attributes.yes("async", otherwise=True)
    if digits and len(digits) <= 64 and set(digits) <= _KEYS:
        return SendDigits(digits=digits, waits=not later)
    context.warnings.add(UNKNOWN, element, "it must hold 1 to 64 of 0-9 * # w W")
    return None


def _wait(_element: Element, attributes: Attributes, _context: ParseContext) -> Verb:
    attributes.unsupported(("minSilence", "beep"), UNSUPPORTED)
    # Deviation: the vendor plays music by default here; we wait in silence.
    attributes.ignore(("silence",))
    seconds = attributes.whole("length", 1, least=1, most=_LONGEST_WAIT_S)
    return Wait(seconds=float(seconds))


def _redirect(element: Element, attributes: Attributes, _context: ParseContext) -> Verb:
    return Redirect(url=element.text, method=attributes.method())


def _hangup(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    if "schedule" in element.attributes:
        attributes.ignore(("schedule", "reason"))
        message = "a scheduled hang-up is not supported here yet and was passed over"
        context.warnings.add(UNSUPPORTED, element, message)
        return None
    causes = {"rejected": Cause.REJECTED, "busy": Cause.BUSY}
    cause = attributes.choice("reason", causes, Cause.NORMAL)
    return Hangup() if cause is Cause.NORMAL else Reject(cause=cause)


VERBS: Final = VerbTable(
    parsers={
        "Conference": conference,
        "DTMF": _dtmf,
        "Dial": dial,
        "Hangup": _hangup,
        "Play": _play,
        "Redirect": _redirect,
        "Speak": _speak,
        "Wait": _wait,
    },
    not_supported=NOT_SUPPORTED,
    unknown_code=UNKNOWN,
    unsupported_code=UNSUPPORTED,
    noun="element",
)
