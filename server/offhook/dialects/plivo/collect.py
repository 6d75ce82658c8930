"""Turns `<GetDigits>` and `<GetInput>` into verbs."""

from typing import Final

from offhook.calls.collect import CollectPolicy
from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.parser import VerbTable
from offhook.dialects.plivo.mapping import UNKNOWN, UNSUPPORTED
from offhook.dialects.plivo.prompts import play, speak, wait
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.collect import Collect
from offhook.verbs.play import Play

_KEYS: Final = "0123456789*#"
_LONGEST_S: Final = 14_400
_MOST_ATTEMPTS: Final = 100
_BETWEEN_S: Final = 2
"""What `auto` means between two keys of `<GetInput>`."""
_LEAST_BETWEEN_S: Final = 2
_MOST_BETWEEN_S: Final = 10
_SPEECH: Final = (
    *("speechEndTimeout", "language", "speechModel", "hints", "profanityFilter"),
    *("interimSpeechResultsCallback", "interimSpeechResultsCallbackMethod"),
)
"""Attributes of recognised speech."""

PROMPTS: Final = VerbTable(
    parsers={"Play": play, "Speak": speak, "Wait": wait},
    not_supported=frozenset(),
    unknown_code=UNKNOWN,
    unsupported_code=UNSUPPORTED,
    noun="element in it",
)
"""What may stand in them."""


def get_digits(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    """`<GetDigits>`."""
    valid = attributes.text("validDigits", _KEYS, longest=64)
    sound = attributes.given("invalidDigitsSound")
    policy = CollectPolicy(
        first_s=float(attributes.whole("timeout", 5, least=1, most=_LONGEST_S)),
        between_s=float(attributes.whole("digitTimeout", 2, least=1, most=_LONGEST_S)),
        most=attributes.whole("numDigits", 99, least=1, most=99),
        end_key=attributes.key("finishOnKey", "#", none=("", "none")),
        valid=valid,
        attempts=attributes.whole("retries", 1, least=1, most=_MOST_ATTEMPTS),
    )
    return Collect(
        policy=policy,
        prompts=PROMPTS.verbs(element, context),
        refusal=Play(url=sound) if sound else None,
        beeps=attributes.yes("playBeep", otherwise=False),
        then=_then(attributes),
        hides_keys=not attributes.yes("log", otherwise=True),
    )


def get_input(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    """`<GetInput>`."""
    kinds = attributes.words("inputType", ("dtmf", "speech"), ())
    if "speech" in kinds:
        message = "speech is not recognised here yet: only keys are collected"
        context.warnings.add(UNSUPPORTED, element, message)
    elif not kinds:
        message = "the attribute inputType is missing: keys are collected"
        context.warnings.add(UNKNOWN, element, message)
    attributes.ignore(_SPEECH)
    total_s = float(attributes.whole("executionTimeout", 15, least=5, most=60))
    policy = CollectPolicy(
        first_s=float(attributes.whole("startInputTimeout", 60, least=1, most=60)),
        between_s=float(
            attributes.whole_or_auto(
                "digitEndTimeout", _BETWEEN_S, least=_LEAST_BETWEEN_S, most=_MOST_BETWEEN_S
            )
        ),
        total_s=total_s,
        most=attributes.whole("numDigits", 32, least=1, most=32),
        end_key=attributes.key("finishOnKey", "#", none=("", "none")),
        keys=_KEYS if "dtmf" in kinds or not kinds else "",
        attempts=attributes.whole("retries", 1, least=1, most=_MOST_ATTEMPTS),
    )
    return Collect(
        policy=policy,
        prompts=PROMPTS.verbs(element, context),
        then=_then(attributes),
        typed=True,
        hides_keys=not attributes.yes("log", otherwise=True),
    )


def _then(attributes: Attributes) -> Continuation | None:
    action = attributes.given("action")
    method = attributes.method()
    replaces = attributes.yes("redirect", otherwise=True)
    return Continuation(url=action, method=method, replaces=replaces) if action else None
