"""Keys are collected from the caller alone, while prompts are played and fetched."""

import asyncio

import pytest
from offhook.base.control import RedirectCall
from offhook.base.ids import CallId
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState
from offhook.testing.memory import ACCOUNT
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page

Dialects = dict[str, Dialect]
MENU = '<Gather action="/keys" numDigits="2" timeout="3">{}</Gather>'


def _harness(dialects: Dialects, inner: str) -> UnitHarness:
    harness = UnitHarness(dialects)
    harness.web.page("/two.wav", Page(body=wav(440, 2.0), content_type="audio/wav"))
    harness.web.page("/slow.wav", Page(body=wav(440, 2.0), content_type="audio/wav", delay_s=4.0))
    harness.web.page("/keys", "<Response/>")
    harness.set_answer(MENU.format(inner))
    return harness


async def test_a_key_stops_the_play_at_once(dialects: Dialects) -> None:
    async with _harness(dialects, "<Play>/two.wav</Play><Say>and then</Say>") as harness:
        alice = harness.call()
        await alice.wait_for(CallState.UP)
        await asyncio.sleep(0.5)
        assert harness.media.source_of(alice.leg) is not None
        alice.send_digits("1", signalled=True)
        await asyncio.sleep(0.01)
        assert harness.media.source_of(alice.leg) is None
        alice.send_digits("2")
        await alice.wait_for(CallState.ENDED)
    assert harness.web.requests_to("/keys")[0].parameters["Digits"] == "12"
    assert harness.speech.requests == []


async def test_files_are_loaded_before_the_first_of_them_is_played(dialects: Dialects) -> None:
    async with _harness(dialects, "<Play>/two.wav</Play><Play>/slow.wav</Play>") as harness:
        alice = harness.call()
        await alice.wait_for(CallState.UP)
        await asyncio.sleep(3.5)
        assert harness.media.source_of(alice.leg) is None
        await asyncio.sleep(1.0)
        assert harness.media.source_of(alice.leg) is not None
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert len(harness.web.requests_to("/two.wav")) == 1
    # 4 s to load, twice 2 s to play, and 3 s to wait.
    assert record.answered_s == pytest.approx(11.0, abs=0.2)


async def test_a_file_that_is_still_fetched_is_given_up(dialects: Dialects) -> None:
    async with _harness(dialects, "<Play>/slow.wav</Play>") as harness:
        alice = harness.call()
        await alice.wait_for(CallState.UP)
        alice.send_digits("12")
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.answered_s < 1.0
    assert "play-started" not in harness.journal()


async def test_a_redirect_ends_the_wait_for_keys(dialects: Dialects) -> None:
    async with _harness(dialects, "<Play loop='0'>/two.wav</Play>") as harness:
        harness.web.page("/other", "<Response><Pause length='1'/></Response>")
        alice = harness.call()
        await alice.wait_for(CallState.UP)
        await asyncio.sleep(1.0)
        url = "http://app.test/other"
        await harness.dispatcher.control(ACCOUNT, CallId(alice.leg), RedirectCall(url=url))
        await asyncio.sleep(0.1)
        assert harness.media.source_of(alice.leg) is None
        alice.send_digits("12")
        await alice.wait_for(CallState.ENDED)
    assert harness.web.requests_to("/keys") == []
