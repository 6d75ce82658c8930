"""Prompts in `<GetDigits>` are read as they are outside of it."""

import pytest
from offhook.base.web import WebReply
from offhook.dialects.plivo import collect, prompts, xml
from offhook.dialects.plivo.dialect import Plivo
from offhook.testing.documents import URL
from offhook.verbs.base import Purpose
from offhook.verbs.collect import Collect


def _parsed(inner: str) -> tuple[list[object], list[str]]:
    body = f"<Response>{inner}</Response>".encode()
    reply = WebReply(url=URL, status=200, content_type="text/xml", body=body, took_ms=1)
    document = Plivo().parse(reply, Purpose.ANSWER)
    return list(document.verbs), [warning.code for warning in document.warnings]


@pytest.mark.parametrize(
    "prompt",
    [
        "<Speak>one</Speak>",
        "<Speak loop='3'>a <break time='1s'/> b</Speak>",
        "<Play loop='2'>https://a.example/a.mp3</Play>",
        "<Wait length='4'/>",
        "<Speak voice='x' language='de-DE' loop='many' rate='2'>two</Speak>",
        "<Play/>",
    ],
)
def test_a_prompt_means_the_same_as_outside(prompt: str) -> None:
    outside, warned = _parsed(prompt)
    (verb,), warned_inside = _parsed(
        f"<GetDigits action='https://a.example/x'>{prompt}</GetDigits>"
    )
    assert isinstance(verb, Collect)
    assert list(verb.prompts) == outside
    assert len(warned_inside) == len(warned)


@pytest.mark.parametrize("child", ["Dial", "Record", "Redirect", "GetDigits", "Nonsense"])
def test_what_is_no_prompt_is_passed_over_with_a_warning(child: str) -> None:
    (verb,), warned = _parsed(
        f"<GetDigits action='https://a.example/x'><{child}>x</{child}></GetDigits>"
    )
    assert isinstance(verb, Collect)
    assert (verb.prompts, warned) == ((), ["unknown"])


def test_every_prompt_stands_alone_as_well() -> None:
    assert set(collect.PROMPTS.parsers) < set(xml.VERBS.parsers)
    named = {name.lower(): parser for name, parser in collect.PROMPTS.parsers.items()}
    assert all(vars(prompts)[name] is parser for name, parser in named.items())
