"""Turns `<Say>`, `<Play>` and `<Pause>` into verbs, which stand alone and in other verbs."""

from typing import Final
from urllib.parse import urljoin

from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.twilio.mapping import SCHEMA
from offhook.dialects.xml import Element
from offhook.verbs.base import Verb
from offhook.verbs.play import Play
from offhook.verbs.send_digits import SendDigits
from offhook.verbs.speak import Speak
from offhook.verbs.wait import Wait

LONGEST_TEXT: Final = 4_096
_FOR_EVER: Final = 1_000
"""What `loop="0"` means: the vendor stops after so many."""
_LONGEST_PAUSE_S: Final = 14_400
_KEYS: Final = frozenset("0123456789*#ABCDabcdwW")
_SSML: Final = frozenset(
    {
        *("break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"),
        *("amazon:domain", "amazon:effect"),
    }
)


def say(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    """`<Say>`."""
    marked = bool(element.children)
    for child in element.children:
        if child.name not in _SSML:
            context.warnings.add(SCHEMA, child, "is no tag that can be spoken")
    text = f"<speak>{element.inner().strip()}</speak>" if marked else element.text
    if len(text) > LONGEST_TEXT and not marked:
        context.warnings.add("13521", element, f"the text was cut at {LONGEST_TEXT} characters")
        text = text[:LONGEST_TEXT]
    return Speak(
        text=text,
        markup=marked,
        language=attributes.text("language", "en-US", longest=35),
        voice=attributes.text("voice", "man", longest=80),
        times=_times(attributes, "13510"),
    )


def play(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    """`<Play>`: a file, or keys."""
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


def pause(_element: Element, attributes: Attributes, _context: ParseContext) -> Verb:
    """`<Pause>`."""
    seconds = attributes.whole("length", 1, least=1, most=_LONGEST_PAUSE_S, code="13910")
    # A pause that comes first lets the call ring for so long.
    return Wait(seconds=float(seconds), answers=False)
