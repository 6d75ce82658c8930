"""The sounds of tests are what they say, by their spectrum."""

import pytest
from offhook.base.errors import Unavailable
from offhook.testing.sounds import ToneSpeech, seconds_of, wav
from offhook.testing.spectrum import SILENT_DB, purity


def test_a_tone_is_pure_and_as_long_as_asked_for() -> None:
    sound = wav(440.0, 1.5)
    assert seconds_of(sound) == 1.5
    assert purity(8_000, sound[44:], 440.0) > 40
    assert purity(8_000, sound[44:], 700.0) < -40


def test_silence_and_nothing_are_silent() -> None:
    assert purity(8_000, bytes(16_000), 440.0) == SILENT_DB
    assert purity(8_000, b"", 440.0) == SILENT_DB
    assert purity(8_000, bytes(2), 440.0) == SILENT_DB


async def test_speech_lasts_as_long_as_the_text() -> None:
    voice = ToneSpeech()
    short = await voice.synthesize("a" * 10, language="en-US", voice="")
    long = await voice.synthesize("a" * 100, language="de-DE", voice="man")
    assert seconds_of(long.content) == pytest.approx(10 * seconds_of(short.content), abs=0.01)
    assert [language for _, language, _ in voice.requests] == ["en-US", "de-DE"]
    voice.broken = True
    with pytest.raises(Unavailable):
        await voice.synthesize("a", language="en-US", voice="")
