"""Sounds are made into sources once, and not all kept for ever."""

import pytest
from offhook.base.errors import PeerError
from offhook.base.media import Encoded, Silence, Sound, Tone, Tones
from offhook.engine.sources import Sources


def test_the_same_sound_is_made_once() -> None:
    sources = Sources()
    tones = Tones("ring", (Tone((440.0, 480.0), 2.0), Tone((), 4.0)))
    assert sources.of(tones) is sources.of(Tones("ring", tones.tones))
    assert len(sources) == 1


def test_only_the_last_ones_are_kept() -> None:
    sources = Sources()
    first = sources.of(Silence(1))
    for number in range(2, 100):
        sources.of(Silence(number))
    assert len(sources) == 64
    assert sources.of(Silence(1)) is not first


def test_large_files_push_each_other_out() -> None:
    sources = Sources()
    sounds: list[Sound] = [Encoded(bytes([n]) * 15_000_000, "a.wav") for n in range(6)]
    for sound in sounds:
        sources.of(sound)
    assert len(sources) == 4


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(PeerError, match=r"a\.wav"):
        Sources().of(Encoded(bytes(20_000_001), "a.wav"))
