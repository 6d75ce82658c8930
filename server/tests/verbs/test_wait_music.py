"""What a party hears until its conference starts, and what ends that."""

import asyncio
from dataclasses import dataclass

import pytest
from offhook.base.media import Encoded
from offhook.calls.music import HOLD_MUSIC
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import Page
from offhook.verbs import wait_music

Dialects = dict[str, Dialect]


@dataclass(slots=True)
class Waiting:
    """A caller that waits, and the harness."""

    harness: UnitHarness
    leg: FakeLeg

    @property
    def hears(self) -> str:
        """The name of what is played to it."""
        source = self.harness.media.source_of(self.leg.leg)
        return getattr(source, "name", "")


async def waiting(harness: UnitHarness, more: str) -> Waiting:
    harness.set_answer(f"<Dial><Conference {more}>room</Conference></Dial>")
    leg = harness.signal.call(harness.party("alice"), "room", sdp="offer")
    await leg.wait_for(CallState.UP)
    await asyncio.sleep(0.1)
    return Waiting(harness, leg)


async def starts(caller: Waiting) -> FakeLeg:
    """Another member enters, and the conference starts."""
    harness = caller.harness
    harness.set_answer("<Dial><Conference>room</Conference></Dial>")
    other = harness.signal.call(harness.party("bob"), "room", sdp="offer")
    await other.wait_for(CallState.UP)
    await asyncio.sleep(0.1)
    assert harness.media.conference_of(caller.leg.leg) is not None
    return other


async def over(*legs: FakeLeg) -> None:
    for leg in legs:
        leg.end()


@pytest.mark.parametrize(("more", "name"), [("", HOLD_MUSIC.name), ('waitUrl=""', "")])
async def test_music_or_nothing(dialects: Dialects, more: str, name: str) -> None:
    async with UnitHarness(dialects, hold_music=HOLD_MUSIC) as harness:
        caller = await waiting(harness, more)
        assert caller.hears == name
        other = await starts(caller)
        assert caller.hears == ""
        await over(caller.leg, other)


async def test_a_document_is_run_until_the_conference_starts(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/one.wav", Page(body=wav(440, 1.0), content_type="audio/wav"))
        harness.web.page("/two.wav", Page(body=wav(440, 30.0), content_type="audio/wav"))
        document = "<Play>/one.wav</Play><Reject/><Pause/><Play>/two.wav</Play>"
        harness.web.page("/wait", f"<Response>{document}</Response>")
        caller = await waiting(harness, 'waitUrl="/wait"')
        assert caller.hears == "/one.wav"
        await asyncio.sleep(2)
        assert caller.hears == "/two.wav"
        other = await starts(caller)
        assert caller.hears == ""
        await over(caller.leg, other)
    assert wait_music.WaitKind.URL


async def test_an_empty_redirect_repeats_the_document(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/one.wav", Page(body=wav(440, 1.0), content_type="audio/wav"))
        harness.web.page("/wait", "<Response><Play>/one.wav</Play><Redirect/></Response>")
        caller = await waiting(harness, 'waitUrl="/wait"')
        await asyncio.sleep(3.5)
        assert len(harness.web.requests_to("/wait")) == 4
        await over(caller.leg)


async def test_a_document_that_only_redirects_is_not_requested_for_ever(
    dialects: Dialects,
) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/wait", "<Response><Redirect/></Response>")
        caller = await waiting(harness, 'waitUrl="/wait"')
        await asyncio.sleep(1)
        assert len(harness.web.requests_to("/wait")) < 110
        await over(caller.leg)


async def test_a_sound_file_is_a_wait_document_too(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/wait", Page(body=wav(440, 5.0), content_type="audio/wav"))
        caller = await waiting(harness, 'waitUrl="/wait"')
        source = harness.media.source_of(caller.leg.leg)
        assert isinstance(source, Encoded)
        await over(caller.leg)


@pytest.mark.parametrize("ends", ["starts", "hangs up"])
async def test_a_document_that_comes_too_late_is_thrown_away(dialects: Dialects, ends: str) -> None:
    async with UnitHarness(dialects) as harness:
        page = Page(body="<Response><Play>/one.wav</Play></Response>", delay_s=2.0)
        harness.web.page("/wait", page)
        caller = await waiting(harness, 'waitUrl="/wait"')
        if ends == "starts":
            other = await starts(caller)
            await asyncio.sleep(3)
            await over(other)
        await over(caller.leg)
        await asyncio.sleep(3)
        assert harness.web.requests_to("/one.wav") == []
    assert "sound-missing" not in harness.journal()


async def test_a_document_that_cannot_be_had_is_silence(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/bad", "no document")
        for path in ("/missing", "/bad"):
            caller = await waiting(harness, f'waitUrl="{path}"')
            assert caller.hears == ""
            await over(caller.leg)
            await asyncio.sleep(0.1)
    assert "inner-document-failed" in harness.journal(0)
