"""What all members of a conference hear: documents, files and texts, one after the other."""

import asyncio

import pytest
from offhook.base.conferences import SoundDocument
from offhook.base.errors import UsageError
from offhook.base.ids import ConferenceId
from offhook.dialects.plivo.dialect import Plivo
from offhook.flow.conference_sounds import ConferenceSounds
from offhook.testing.memory import ACCOUNT
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page

ROOM = ConferenceId("f" * 32)


def sounds(harness: UnitHarness) -> ConferenceSounds:
    file = Page(body=wav(440.0, 2.0), content_type="audio/wav")
    harness.web.page("/a.wav", file)
    return ConferenceSounds(harness.deps, ACCOUNT, ROOM, "secret")


async def test_a_document_plays_speaks_and_pauses_in_order() -> None:
    async with UnitHarness({"plivo": Plivo()}) as harness:
        play = f'<Play loop="2">{ORIGIN}/a.wav</Play><Wait length="3"/><Speak>hello</Speak>'
        harness.web.page("/sound", f"<Response>{play}<Hangup/></Response>")
        began = harness.deps.clock.now()
        document = SoundDocument(url=f"{ORIGIN}/sound", method="GET")
        await sounds(harness).play_document(document, Plivo())
        assert harness.deps.clock.now() - began > 7.0
        assert len(harness.media.log) == 3
    assert harness.web.requests_to("/sound")[0].method == "GET"


async def test_two_sounds_do_not_play_at_once() -> None:
    async with UnitHarness({"plivo": Plivo()}) as harness:
        playing = sounds(harness)
        sound = await playing.load(f"{ORIGIN}/a.wav", Plivo())
        began = harness.deps.clock.now()
        await asyncio.gather(playing.play(sound), playing.play(sound))
        assert harness.deps.clock.now() - began >= 4.0


async def test_what_cannot_be_had_is_passed_over_or_refused() -> None:
    async with UnitHarness({"plivo": Plivo()}) as harness:
        playing = sounds(harness)
        await playing.play_document(SoundDocument(url=f"{ORIGIN}/none"), Plivo())
        assert harness.media.log == []
        with pytest.raises(UsageError, match="could not be fetched"):
            await playing.load(f"{ORIGIN}/none", Plivo())
        harness.web.page("/text", Page(body="no sound", content_type="text/plain"))
        with pytest.raises(UsageError, match="cannot be played"):
            await playing.load(f"{ORIGIN}/text", Plivo())
