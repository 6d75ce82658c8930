"""Turns Plivo XML into verbs."""

from collections.abc import Mapping
from typing import Final

from offhook.base.causes import Cause
from offhook.base.hosts import Hosts
from offhook.base.web import WebReply
from offhook.dialects.attributes import Attributes, ParseContext, Warnings
from offhook.dialects.base import Document, DocumentError
from offhook.dialects.parser import VerbTable
from offhook.dialects.plivo.collect import get_digits, get_input
from offhook.dialects.plivo.conference import conference
from offhook.dialects.plivo.dial import dial
from offhook.dialects.plivo.mapping import UNKNOWN, UNSUPPORTED, document_code
from offhook.dialects.plivo.multi_party_call import multi_party_call
from offhook.dialects.plivo.prompts import dtmf, play, speak, wait
from offhook.dialects.plivo.record import record
from offhook.dialects.xml import Element, XmlError, read
from offhook.verbs.base import Purpose, Verb
from offhook.verbs.hangup import Hangup
from offhook.verbs.pre_answer import PreAnswer
from offhook.verbs.redirect import Redirect
from offhook.verbs.reject import Reject

NOT_SUPPORTED: Final = frozenset(
    {
        *("Message", "Stream"),
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
    return TABLES.get(purpose, VERBS).document(root, context)


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


EARLY: Final = VerbTable(
    parsers={
        "DTMF": dtmf,
        "GetDigits": get_digits,
        "Play": play,
        "Redirect": _redirect,
        "Speak": speak,
        "Wait": wait,
    },
    not_supported=frozenset({"Message"}),
    unknown_code=UNKNOWN,
    unsupported_code=UNSUPPORTED,
    noun="element in <PreAnswer>",
)
"""What may stand in `<PreAnswer>`."""


def _pre_answer(element: Element, _attributes: Attributes, context: ParseContext) -> Verb:
    return PreAnswer(verbs=EARLY.verbs(element, context))


VERBS: Final = VerbTable(
    parsers={
        "Conference": conference,
        "DTMF": dtmf,
        "Dial": dial,
        "GetDigits": get_digits,
        "GetInput": get_input,
        "Hangup": _hangup,
        "MultiPartyCall": multi_party_call,
        "Play": play,
        "PreAnswer": _pre_answer,
        "Record": record,
        "Redirect": _redirect,
        "Speak": speak,
        "Wait": wait,
    },
    not_supported=NOT_SUPPORTED,
    unknown_code=UNKNOWN,
    unsupported_code=UNSUPPORTED,
    noun="element",
)

HEARD: Final = VerbTable(
    parsers={"Play": play, "Speak": speak, "Wait": wait},
    not_supported=frozenset(),
    unknown_code=UNKNOWN,
    unsupported_code=UNSUPPORTED,
    noun="element in a document that is only to be heard",
)
TABLES: Final[Mapping[Purpose, VerbTable]] = {Purpose.CALLEE: HEARD, Purpose.CONFIRM: HEARD}
"""Documents in which only some elements may stand."""
