"""Sound is brought to one loudness, and never beyond what fits."""

import io
import math
import wave
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.speech import wav

RATE = 22_050


def tone(amplitude: float, seconds: float = 0.5) -> "array[int]":
    count = int(RATE * seconds)
    return array("h", [int(amplitude * math.sin(n * 0.1)) for n in range(count)])


def rms_db(samples: "array[int]") -> float:
    return 10 * math.log10(sum(s * s for s in samples) / len(samples) / 32_768**2)


@pytest.mark.parametrize("amplitude", [50, 500, 5_000, 32_000])
def test_quiet_and_loud_come_out_alike(amplitude: float) -> None:
    assert rms_db(wav.level(tone(amplitude), RATE)) == pytest.approx(-18, abs=0.3)


def test_pauses_do_not_make_the_rest_louder() -> None:
    silence = array("h", bytes(2 * RATE))
    leveled = wav.level(silence + tone(3_000) + silence, RATE)
    spoken = leveled[len(silence) : -len(silence)]
    assert rms_db(spoken) == pytest.approx(-18, abs=0.5)


def test_a_single_click_does_not_clip() -> None:
    leveled = wav.level(array("h", [0] * 500 + [-32_768] + [0] * 500), RATE)
    assert min(leveled) >= -0.9 * 32_768


@given(st.lists(st.integers(-32_768, 32_767), max_size=2000))
def test_samples_do_not_overflow(samples: list[int]) -> None:
    leveled = wav.level(array("h", samples), RATE)
    assert len(leveled) == len(samples)
    assert max(map(abs, leveled), default=0) <= 32_767


def test_silence_stays_silence() -> None:
    assert not any(wav.level(array("h", [1, -1] * 1000), RATE))
    assert len(wav.level(array("h"), RATE)) == 0


def test_the_wav_header_is_valid() -> None:
    with wave.open(io.BytesIO(wav.wav(tone(1000), RATE))) as file:
        assert file.getparams()[:4] == (1, 2, RATE, RATE // 2)
        assert file.readframes(10) == tone(1000)[:10].tobytes()
