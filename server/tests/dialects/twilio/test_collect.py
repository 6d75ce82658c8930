"""Prompts in `<Gather>` are read as they are outside of it."""

import pytest
from offhook.base.web import WebReply
from offhook.dialects.twilio import collect, prompts, xml
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.documents import URL
from offhook.verbs.base import Purpose
from offhook.verbs.collect import Collect


def _parsed(inner: str) -> tuple[list[object], list[str]]:
    body = f"<Response>{inner}</Response>".encode()
    reply = WebReply(url=URL, status=200, content_type="text/xml", body=body, took_ms=1)
    document = Twilio().parse(reply, Purpose.ANSWER)
    return list(document.verbs), [warning.code for warning in document.warnings]


@pytest.mark.parametrize(
    "prompt",
    [
        "<Say>one</Say>",
        "<Say loop='3'>a <break time='1s'/> b</Say>",
        "<Play loop='2'>https://a.example/a.mp3</Play>",
        "<Pause length='4'/>",
        "<Say voice='x' language='de-DE' loop='many' rate='2'>two</Say>",
        "<Play/>",
    ],
)
def test_a_prompt_means_the_same_as_outside(prompt: str) -> None:
    outside, warned = _parsed(prompt)
    (verb,), warned_inside = _parsed(f"<Gather>{prompt}</Gather>")
    assert isinstance(verb, Collect)
    assert list(verb.prompts) == outside
    assert len(warned_inside) == len(warned)


@pytest.mark.parametrize("child", ["Dial", "Record", "Redirect", "Gather", "Nonsense"])
def test_what_is_no_prompt_is_passed_over_with_a_warning(child: str) -> None:
    (verb,), warned = _parsed(f"<Gather><{child}>x</{child}></Gather>")
    assert isinstance(verb, Collect)
    assert (verb.prompts, warned) == ((), ["13320"])


def test_every_prompt_stands_alone_as_well() -> None:
    assert set(collect.PROMPTS.parsers) < set(xml.VERBS.parsers)
    named = {name.lower(): parser for name, parser in collect.PROMPTS.parsers.items()}
    assert all(vars(prompts)[name] is parser for name, parser in named.items())
