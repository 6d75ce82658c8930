"""Listens: how much of what was heard is one tone."""

import math
from array import array
from functools import cache
from operator import mul
from typing import Final

SILENT_DB: Final = -100.0
"""What silence, or nothing at all, is said to be."""
_PIECE_S: Final = 0.05
_QUIET: Final = 1.0
"""Mean square below which there is nothing to hear, in squares of 16-bit steps."""


def purity(rate_hz: int, samples: bytes, hz: float) -> float:
    """How loud the tone is beside everything else, in dB; `SILENT_DB` for silence.

    Listens in short pieces, so that a gap between two of them does not count as noise.

    Args:
        rate_hz: Samples a second.
        samples: 16 bits each, in the machine's order.
        hz: The tone.
    """
    # Floats in a list: these are neither converted nor made again for each of the sums.
    heard = list(map(float, array("h", samples)))
    # Whole periods only, so that the tone does not leak into the rest.
    count = _whole_periods(round(rate_hz * _PIECE_S), rate_hz, hz)
    if count == 0 or len(heard) < count:
        return SILENT_DB
    cosine, sine = _waves(count, rate_hz, hz)
    tone = power = 0.0
    pieces = len(heard) // count
    for start in range(0, pieces * count, count):
        piece = heard[start : start + count]
        power += sum(map(mul, piece, piece)) / count
        real, imaginary = sum(map(mul, piece, cosine)), sum(map(mul, piece, sine))
        tone += 2 * (real * real + imaginary * imaginary) / count**2
    if power < _QUIET * pieces:
        return SILENT_DB
    rest = max(power - tone, power * 1e-10)
    return 10 * math.log10(max(tone, power * 1e-10) / rest)


def _whole_periods(samples: int, rate_hz: int, hz: float) -> int:
    periods = int(samples * hz / rate_hz)
    return round(periods * rate_hz / hz) if periods > 0 else 0


@cache
def _waves(count: int, rate_hz: int, hz: float) -> tuple[list[float], list[float]]:
    turn = 2 * math.pi * hz / rate_hz
    return (
        [math.cos(turn * n) for n in range(count)],
        [math.sin(turn * n) for n in range(count)],
    )
