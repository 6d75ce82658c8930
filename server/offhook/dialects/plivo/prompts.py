"""Turns `<Speak>`, `<Play>`, `<Wait>` and `<DTMF>` into verbs, which stand alone and in other elements."""

from typing import Final

from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.plivo.mapping import UNKNOWN
from offhook.dialects.xml import Element
from offhook.verbs.base import Verb
from offhook.verbs.play import Play
from offhook.verbs.playing import FOR_EVER
from offhook.verbs.send_digits import SendDigits
from offhook.verbs.speak import Speak
from offhook.verbs.wait import Wait

_LONGEST_WAIT_S: Final = 14_400
_LONGEST_TEXT: Final = 4_096
_MOST_TIMES: Final = 1_000
_SILENCE_MS: Final = 2_000
_LONGEST_SILENCE_MS: Final = 600_000
_KEYS: Final = frozenset("0123456789*#wW")


def speak(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    """`<Speak>`."""
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


def play(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    """`<Play>`."""
    times = attributes.whole("loop", 1, least=FOR_EVER, most=_MOST_TIMES)
    if not element.text:
        context.warnings.add(UNKNOWN, element, "there is no URL in it; it was passed over")
        return None
    return Play(url=element.text, times=times)


def dtmf(element: Element, attributes: Attributes, context: ParseContext) -> Verb | None:
    """`<DTMF>`."""
    digits = attributes.text("digits", longest=64) or element.text
    later = attributes.yes("async", otherwise=True)
    if digits and len(digits) <= 64 and set(digits) <= _KEYS:
        return SendDigits(digits=digits, waits=not later)
    context.warnings.add(UNKNOWN, element, "it must hold 1 to 64 of 0-9 * # w W")
    return None


def wait(element: Element, attributes: Attributes, _context: ParseContext) -> Verb:
    """`<Wait>`."""
    seconds = attributes.whole("length", 1, least=1, most=_LONGEST_WAIT_S)
    wanted = "minSilence" in element.attributes
    silence_ms = attributes.whole("minSilence", _SILENCE_MS, least=100, most=_LONGEST_SILENCE_MS)
    wanted |= attributes.yes("silence", otherwise=False)
    beep = (attributes.given("beep") or "false").strip().lower()
    # One that comes first lets the call ring for so long, unless it listens.
    return Wait(
        seconds=float(seconds),
        answers=wanted or beep != "false",
        silence_s=silence_ms / 1000 if wanted else None,
        beep=beep != "false",
    )
