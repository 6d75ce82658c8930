"""Turns `<Gather>` into a verb."""

from typing import Final
from urllib.parse import urljoin

from offhook.calls.collect import CollectPolicy
from offhook.dialects.attributes import Attributes, ParseContext
from offhook.dialects.parser import VerbTable
from offhook.dialects.twilio.mapping import UNSUPPORTED
from offhook.dialects.twilio.prompts import pause, play, say
from offhook.dialects.xml import Element
from offhook.verbs.base import Continuation, Verb
from offhook.verbs.collect import Collect

_KEYS: Final = "0123456789*#"
_TIMEOUT_S: Final = 5
_LONGEST_S: Final = 14_400
_MOST_DIGITS: Final = 1_000
_BAD_CHILD: Final = "13320"
_SPEECH: Final = (
    *("speechTimeout", "maxSpeechTime", "language", "hints", "profanityFilter", "speechModel"),
    *("enhanced", "partialResultCallback", "partialResultCallbackMethod", "debug"),
)
"""Attributes of recognised speech."""

PROMPTS: Final = VerbTable(
    parsers={"Pause": pause, "Play": play, "Say": say},
    not_supported=frozenset(),
    unknown_code=_BAD_CHILD,
    unsupported_code=UNSUPPORTED,
    noun="verb in <Gather>",
)
"""What may stand in it."""


def gather(element: Element, attributes: Attributes, context: ParseContext) -> Verb:
    """`<Gather>`."""
    kinds = attributes.words("input", ("dtmf", "speech"), ("dtmf",))
    if "speech" in kinds:
        message = "speech is not recognised here yet: only keys are collected"
        context.warnings.add(UNSUPPORTED, element, message)
    attributes.ignore(_SPEECH)
    timeout_s = float(
        attributes.whole_or_auto("timeout", _TIMEOUT_S, least=1, most=_LONGEST_S, code="13313")
    )
    most = attributes.whole("numDigits", _MOST_DIGITS, least=1, most=_MOST_DIGITS, code="13314")
    policy = CollectPolicy(
        first_s=timeout_s,
        between_s=timeout_s,
        most=most,
        end_key=attributes.key("finishOnKey", "#", none=("",), code="13310"),
        keys=_KEYS if "dtmf" in kinds else "",
        barge_in=attributes.yes("bargeIn", otherwise=True),
    )
    # Without a URL it is this document once more.
    url = urljoin(context.base, attributes.given("action") or "")
    return Collect(
        policy=policy,
        prompts=PROMPTS.verbs(element, context),
        then=Continuation(url=url, method=attributes.method()),
        asks_when_empty=attributes.yes("actionOnEmptyResult", otherwise=False),
    )
