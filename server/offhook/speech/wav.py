"""Converts the synthesiser's samples to a WAV file for telephony: loud enough, never clipped.

Deviation: the rate stays the synthesiser's own. The engine's player brings any rate to that of each
leg, piece by piece; doing it here would cost every caller 50 ms a second of speech before the first
word.
"""

import math
import struct
from array import array
from operator import mul
from typing import Final

_LOUDNESS: Final = 0.126
"""-18 dBFS over the parts where there is speech: what telephone networks call nominal."""
_PEAK: Final = 0.89
_BLOCK_S: Final = 0.02
_FAR_BELOW: Final = 316
"""25 dB, as a ratio of powers."""
_QUIET: Final = 1e-4
_FULL: Final = 32_768.0


def level(samples: "array[int]", rate_hz: int) -> "array[int]":
    """The same, as loud as speech on a telephone should be.

    Args:
        samples: 16-bit samples of any loudness; silence stays silence.
        rate_hz: Their rate.
    """
    size = max(1, round(rate_hz * _BLOCK_S))
    blocks = (samples[at : at + size] for at in range(0, len(samples), size))
    powers = [sum(map(mul, block, block)) / len(block) for block in blocks]
    # Pauses do not count for the loudness of the voice.
    spoken = [power for power in powers if power > max(powers) / _FAR_BELOW]
    rms = math.sqrt(sum(spoken) / len(spoken)) / _FULL if spoken else 0.0
    if rms < _QUIET:
        return array("h", bytes(2 * len(samples)))
    peak = max(max(samples), -min(samples)) / _FULL
    gain = min(_LOUDNESS / rms, _PEAK / peak)
    return array("h", [int(sample * gain) for sample in samples])


def wav(samples: "array[int]", rate_hz: int) -> bytes:
    """A WAV file of 16-bit samples, one channel."""
    content = samples.tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, rate_hz * 2, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(content)) + content
    return struct.pack("<4sI", b"RIFF", len(body)) + body
