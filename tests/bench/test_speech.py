"""The score of speech is taken at the right level and band."""

import numpy as np
import pytest
from speech import LEVEL_DBOV, NARROW_HZ, WIDE_HZ, levelled, narrow


def tone(hz: float, rate_hz: int, amplitude: float) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(rate_hz) / rate_hz)).astype(np.int16)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


def test_a_telephone_has_nothing_above_4_khz_and_all_below():
    low, high = narrow(tone(1_000, WIDE_HZ, 8_000)), narrow(tone(6_000, WIDE_HZ, 8_000))
    assert len(low) == NARROW_HZ
    assert np.abs(low.astype(int) - tone(1_000, NARROW_HZ, 8_000)).max() <= 2
    assert rms(high) < 2


def test_speech_is_judged_at_its_level_whatever_its_pauses():
    loud = tone(500, WIDE_HZ, 20_000)
    paused = levelled(np.concatenate([np.zeros(WIDE_HZ), loud, np.zeros(WIDE_HZ)]))
    spoken = paused[WIDE_HZ : 2 * WIDE_HZ]
    assert 20 * np.log10(rms(spoken) / 32_768) == pytest.approx(LEVEL_DBOV, abs=0.3)
