"""What the caller hears before the call is answered."""

import asyncio

import pytest
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page
from offhook.verbs.base import verb_name
from offhook.verbs.pre_answer import PreAnswer

Dialects = dict[str, Dialect]


def _harness(dialects: Dialects, xml: str) -> UnitHarness:
    harness = UnitHarness(dialects)
    harness.web.page("/two.wav", Page(body=wav(440, 2.0), content_type="audio/wav"))
    harness.web.page("/next", "<Response><Speak>bye</Speak></Response>")
    harness.set_answer(xml)
    return harness


async def test_the_call_rings_with_early_media_and_is_answered_after_it(dialects: Dialects) -> None:
    xml = "<PreAnswer><Play>http://app.test/two.wav</Play></PreAnswer><Speak>hello</Speak>"
    async with _harness(dialects, xml) as harness:
        alice = harness.call(dialect="plivo")
        await alice.wait_for(CallState.RINGING)
        assert alice.early
        await asyncio.sleep(1.9)
        assert alice.state is CallState.RINGING
        assert harness.media.source_of(alice.leg) is not None
        await alice.wait_for(CallState.UP)
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.answered_s == pytest.approx(0.3, abs=0.1)


async def test_nothing_after_it_leaves_the_call_unanswered(dialects: Dialects) -> None:
    async with _harness(dialects, "<PreAnswer><Wait length='3'/></PreAnswer>") as harness:
        alice = harness.call(dialect="plivo")
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert (record.answered_at, record.answered_s) == (None, 0.0)


async def test_a_redirect_in_it_ends_it(dialects: Dialects) -> None:
    xml = (
        "<PreAnswer><Redirect>http://app.test/next</Redirect><Wait length='9'/></PreAnswer>"
        "<Wait length='9'/>"
    )
    async with _harness(dialects, xml) as harness:
        alice = harness.call(dialect="plivo")
        await alice.wait_for(CallState.ENDED)
    assert len(harness.web.requests_to("/next")) == 1
    assert harness.journal().count("verb-started") == 2


async def test_keys_are_collected_before_the_answer(dialects: Dialects) -> None:
    xml = (
        "<PreAnswer><GetDigits action='http://app.test/next' numDigits='1'/></PreAnswer>"
        "<Wait length='9'/>"
    )
    async with _harness(dialects, xml) as harness:
        alice = harness.call(dialect="plivo")
        await alice.wait_for(CallState.RINGING)
        alice.send_digits("5")
        await alice.wait_for(CallState.ENDED)
    (asked,) = harness.web.requests_to("/next")
    assert (asked.parameters["Digits"], asked.parameters["CallStatus"]) == ("5", "ringing")


def test_the_verb_has_a_name_of_its_own() -> None:
    assert verb_name(PreAnswer(verbs=())) == "pre-answer"
