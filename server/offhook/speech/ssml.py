"""Reads speech markup into parts to speak and pauses: lenient, bounded, and never as XML.

Engines differ in what they make of SSML (W3C Speech Synthesis 1.1) and some hang on hostile input, so
no engine gets a tag. Unknown elements are ignored, and their text is spoken.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

LONGEST: Final = 4096
_MOST_PARTS: Final = 500
_DEEPEST: Final = 32
_LONGEST_PAUSE_S: Final = 10.0

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TOKEN: Final = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([A-Za-z][\w:.-]*)([^<>]{0,1000})>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"""([A-Za-z][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SECONDS: Final = re.compile(r"\+?([0-9]{0,6}(?:\.[0-9]{1,6})?)(ms|s)\Z")
_PERCENT: Final = re.compile(r"([+-]?)([0-9]{1,4}(?:\.[0-9]{1,3})?)%\Z")
_DECIBELS: Final = re.compile(r"([+-]?[0-9]{1,2}(?:\.[0-9]{1,3})?)dB\Z")

_BREAKS: Final[Mapping[str, float]] = {
    "none": 0.0,
    "x-weak": 0.1,
    "weak": 0.15,
    "medium": 0.25,
    "strong": 0.5,
    "x-strong": 1.0,
}
_RATES: Final = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "fast": 1.3, "x-fast": 1.7}
_PITCHES: Final = {"x-low": 0.6, "low": 0.8, "medium": 1.0, "high": 1.25, "x-high": 1.5}
_VOLUMES: Final = {
    "silent": 0.0,
    "x-soft": 0.4,
    "soft": 0.65,
    "medium": 1.0,
    "loud": 1.4,
    "x-loud": 1.8,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prosody:
    """How a part is spoken, compared with how the voice speaks by itself.

    Attributes:
        language: A language tag; empty for that of the whole text.
        rate: 0.4 to 2.5 times as fast.
        pitch: 0.5 to 2 times as high.
        volume: 0 to 2 times as loud.
    """

    language: str = ""
    rate: float = 1.0
    pitch: float = 1.0
    volume: float = 1.0


@dataclass(frozen=True, slots=True)
class Text:
    """Something to speak."""

    text: str
    prosody: Prosody


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence between words."""

    seconds: float


Part = Text | Pause


@dataclass(frozen=True, slots=True)
class _OpenElement:
    tag: str
    prosody: Prosody
    transform: Callable[[str], str]


def plain(text: str) -> tuple[Part, ...]:
    """The parts of a plain text, markup not interpreted: 4,096 characters at most."""
    return _joined(_bounded(iter([Text(_CONTROLS.sub(" ", text), Prosody())])))


def marked(text: str) -> tuple[Part, ...]:
    """What to speak of markup, in order. Of what is spoken, 4,096 letters count."""
    return _joined(_bounded(_marked(_CONTROLS.sub(" ", text))))


def _marked(text: str) -> Iterator[Part]:
    stack = [_OpenElement("", Prosody(), _plain)]
    start = 0
    for match in _TOKEN.finditer(text):
        yield from _spoken(text[start : match.start()], stack[-1])
        start = match.end()
        closing, tag, rest = match[1], (match[2] or "").lower(), match[3] or ""
        if not tag:
            continue
        if closing:
            yield from _close(tag, stack)
            continue
        attributes = {
            name.lower(): html.unescape(double or single)
            for name, double, single in _ATTRIBUTE.findall(rest)
        }
        if tag == "break":
            yield Pause(_pause_s(attributes))
        elif tag == "sub" and attributes.get("alias"):
            yield from _spoken(attributes["alias"], stack[-1])
            _push(stack, _OpenElement(tag, stack[-1].prosody, _nothing), rest)
        else:
            _push(stack, _opened(tag, attributes, stack[-1]), rest)
    yield from _spoken(text[start:], stack[-1])


def _push(stack: list[_OpenElement], opened: _OpenElement, rest: str) -> None:
    if not rest.rstrip().endswith("/") and len(stack) < _DEEPEST:
        stack.append(opened)


def _close(tag: str, stack: list[_OpenElement]) -> Iterator[Part]:
    for depth in range(len(stack) - 1, 0, -1):
        if stack[depth].tag == tag:
            del stack[depth:]
            break
    if tag in ("p", "s"):
        yield Pause(_BREAKS["x-strong"] if tag == "p" else _BREAKS["strong"])


def _spoken(text: str, element: _OpenElement) -> Iterator[Part]:
    words = element.transform(html.unescape(text))
    if words.strip():
        yield Text(words, element.prosody)


def _opened(tag: str, attributes: Mapping[str, str], element: _OpenElement) -> _OpenElement:
    prosody, transform = element.prosody, element.transform
    if tag == "lang":
        prosody = replace(prosody, language=attributes.get("xml:lang", "")[:35])
    elif tag == "prosody":
        prosody = replace(
            prosody,
            rate=_clamp(prosody.rate * _relative(attributes.get("rate", ""), _RATES), 0.4, 2.5),
            pitch=_clamp(
                prosody.pitch * _relative(attributes.get("pitch", ""), _PITCHES), 0.5, 2.0
            ),
            volume=_clamp(prosody.volume * _loudness(attributes.get("volume", "")), 0.0, 2.0),
        )
    elif tag == "emphasis":
        strong = attributes.get("level", "moderate") != "reduced"
        rate, volume = (0.9, 1.25) if strong else (1.1, 0.8)
        prosody = replace(prosody, rate=prosody.rate * rate, volume=prosody.volume * volume)
    elif tag == "say-as":
        transform = _SAY_AS.get(attributes.get("interpret-as", "").lower(), _plain)
    return _OpenElement(tag, prosody, transform)


def _plain(text: str) -> str:
    return text


def _nothing(text: str) -> str:
    del text
    return ""


def _one_by_one(text: str) -> str:
    return ", ".join(letter for letter in text if not letter.isspace())


def _digits(text: str) -> str:
    return re.sub(r"[0-9]", lambda digit: f" {digit[0]} ", text)


def _telephone(text: str) -> str:
    # Groups as they were written, each digit by itself, with a short pause between the groups.
    groups = [" ".join(group) for group in re.findall(r"[0-9]+", text)]
    return ("plus " if text.lstrip().startswith("+") else "") + ", ".join(groups)


def _ordinal(text: str) -> str:
    number = text.strip()
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return text
    teen = number[-2:-1] == "1"
    return number + ("th" if teen else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th"))


def _bleep(text: str) -> str:
    return "bleep" if text.strip() else ""


_SAY_AS: Final[Mapping[str, Callable[[str], str]]] = {
    "characters": _one_by_one,
    "spell-out": _one_by_one,
    "digits": _digits,
    "telephone": _telephone,
    "ordinal": _ordinal,
    "expletive": _bleep,
}


def _pause_s(attributes: Mapping[str, str]) -> float:
    match = _SECONDS.match(attributes.get("time", "").strip().lower())
    if match and match[1] not in ("", "."):
        seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
        return min(seconds, _LONGEST_PAUSE_S)
    return _BREAKS.get(attributes.get("strength", "medium").lower(), _BREAKS["medium"])


def _relative(text: str, words: Mapping[str, float]) -> float:
    match = _PERCENT.match(text.strip())
    if match:
        share = float(match[2]) / 100
        return {"": share, "+": 1 + share, "-": 1 - share}[match[1]]
    return words.get(text.strip().lower(), 1.0)


def _loudness(text: str) -> float:
    match = _DECIBELS.match(text.strip())
    return 10 ** (float(match[1]) / 20) if match else _VOLUMES.get(text.strip().lower(), 1.0)


def _clamp(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)


def _bounded(found: Iterator[Part]) -> Iterator[Part]:
    left = LONGEST
    for count, part in enumerate(found):
        if count >= _MOST_PARTS or left <= 0:
            return
        if isinstance(part, Pause):
            yield part
            continue
        text = part.text
        if len(text) > left:
            # Cut between words, if there is a place not too far back.
            text = text[:left].rsplit(None, 1)[0] if " " in text[left - 100 : left] else text[:left]
        left -= len(text)
        yield Text(text, part.prosody)


def _joined(found: Iterator[Part]) -> tuple[Part, ...]:
    joined: list[Part] = []
    for part in found:
        last = joined[-1] if joined else None
        if isinstance(part, Text) and isinstance(last, Text) and last.prosody == part.prosody:
            joined[-1] = Text(f"{last.text} {part.text}", part.prosody)
        elif isinstance(part, Pause) and isinstance(last, Pause):
            joined[-1] = Pause(min(last.seconds + part.seconds, _LONGEST_PAUSE_S))
        else:
            joined.append(part)
    return tuple(
        Text(" ".join(part.text.split()), part.prosody) if isinstance(part, Text) else part
        for part in joined
        if isinstance(part, Pause) or part.text.strip()
    )
