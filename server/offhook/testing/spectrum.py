"""Listens: how much of what was heard is one tone."""

import math
from array import array
from functools import cache
from operator import mul
from typing import Final

SILENT_DB: Final = -100.0
"""What silence, or nothing at all, is said to be."""
_QUIET: Final = 1.0
"""Mean square below which there is nothing to hear, in squares of 16-bit steps."""


def purity(rate_hz: int, samples: bytes, hz: float) -> float:
    """How loud the tone is beside everything else, in dB; `SILENT_DB` for silence.

    Args:
        rate_hz: Samples a second.
        samples: 16 bits each, in the machine's order.
        hz: The tone.
    """
    heard = array("h", samples)
    # Whole periods only, so that the tone does not leak into the rest.
    count = _whole_periods(len(heard), rate_hz, hz)
    if count == 0:
        return SILENT_DB
    heard = heard[:count]
    power = sum(map(mul, heard, heard)) / count
    if power < _QUIET:
        return SILENT_DB
    cosine, sine = _waves(count, rate_hz, hz)
    real, imaginary = sum(map(mul, heard, cosine)), sum(map(mul, heard, sine))
    tone = 2 * (real * real + imaginary * imaginary) / count**2
    rest = max(power - tone, power * 1e-10)
    return 10 * math.log10(max(tone, power * 1e-10) / rest)


def _whole_periods(samples: int, rate_hz: int, hz: float) -> int:
    periods = int(samples * hz / rate_hz)
    return round(periods * rate_hz / hz) if periods > 0 else 0


@cache
def _waves(count: int, rate_hz: int, hz: float) -> "tuple[array[float], array[float]]":
    turn = 2 * math.pi * hz / rate_hz
    return (
        array("d", (math.cos(turn * n) for n in range(count))),
        array("d", (math.sin(turn * n) for n in range(count))),
    )
