"""Sounds are made into sources once, and not all kept for ever."""

import pytest
from offhook.base.errors import PeerError
from offhook.base.media import Decoded, Encoded, Silence, Sound, Tone, Tones, UnplayableSound
from offhook.engine.sources import Sources, decoded
from offhook.testing.sounds import wav


def test_the_same_sound_is_made_once() -> None:
    sources = Sources()
    tones = Tones("ring", (Tone((440.0, 480.0), 2.0), Tone((), 4.0)))
    assert sources.of(tones) is sources.of(Tones("ring", tones.tones))
    assert len(sources) == 1


def test_only_recently_used_sources_are_kept() -> None:
    sources = Sources()
    first = sources.of(Silence(1))
    for number in range(2, 100):
        sources.of(Silence(number))
    assert len(sources) == 64
    assert sources.of(Silence(1)) is not first


def test_large_files_push_each_other_out() -> None:
    sources = Sources()
    # 14.4 MB of samples each.
    silence = bytearray(wav(440.0, 0.01) + bytes(14_400_000))
    silence[40:44] = bytes(4)
    sounds: list[Sound] = [Encoded(bytes(silence) + bytes([n, 0]), "a.wav") for n in range(6)]
    for sound in sounds:
        sources.of(sound)
    assert len(sources) == 4


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(PeerError, match=r"a\.wav: the file must have at most 20000000 bytes"):
        Sources().of(Encoded(bytes(20_000_001), "a.wav"))


def test_a_decoded_sound_is_its_own_source() -> None:
    sources = Sources()
    sound = decoded(wav(440.0, 0.5), content_type="", name="a.wav", most_hz=48_000)
    assert (sound.name, sound.seconds, sound.size_bytes) == ("a.wav", 0.5, 8_000)
    assert sources.of(sound) is sound.source
    assert len(sources) == 0
    apply_url_options = decoded(wav(440.0, 0.5), content_type="", name="a.wav", most_hz=48_000)
    assert apply_url_options != sound
    other = Decoded(name="b", seconds=1.0, size_bytes=1, source="of another engine")
    with pytest.raises(PeerError, match="b"):
        sources.of(other)


def test_an_unplayable_file_is_described() -> None:
    with pytest.raises(UnplayableSound, match="an HTML page") as failed:
        decoded(b"<html>no</html>", content_type="audio/wav", name="a.wav", most_hz=48_000)
    assert (failed.value.name, failed.value.reason) == ("a.wav", "not-audio")
