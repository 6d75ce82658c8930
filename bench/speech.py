"""How good speech sounds after it was transcoded: PESQ (ITU-T P.862, narrow band) of recorded voices."""

import importlib
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peers import SID, Generator, Peer

Samples = NDArray[np.int16]
VOICES = SID / "usr/share/sounds/alsa"
"""Eight short announcements at 48 kHz, spoken by a person; from Debian's `alsa-utils`."""
WIDE_HZ, NARROW_HZ = 48_000, 8_000
LEVEL_DBOV = -26.0
"""The level at which speech codecs are judged (ITU-T P.830)."""


def material() -> Samples | None:
    """The voices one after the other, half a second apart; None where they are not installed."""
    pause = np.zeros(WIDE_HZ // 2)
    parts: list[NDArray[Any]] = [pause]
    for path in sorted(VOICES.glob("*_*.wav")):
        with wave.open(str(path)) as file:
            parts += [np.frombuffer(file.readframes(file.getnframes()), dtype="<i2"), pause]
    return levelled(np.concatenate(parts)) if len(parts) > 1 else None


def levelled(samples: NDArray[Any]) -> Samples:
    """The same at the level of speech: that of its loud parts, for pauses have none."""
    loud = samples[np.abs(samples) > np.abs(samples).max() / 100].astype(float)
    level = 32_768 * 10 ** (LEVEL_DBOV / 20)
    return np.clip(samples * (level / np.sqrt(np.mean(loud**2))), -32_768, 32_767).astype(np.int16)


def narrow(wide: Samples) -> Samples:
    """48 kHz as 8 kHz: all below 4 kHz stays, all above goes."""
    count = len(wide) * NARROW_HZ // WIDE_HZ
    spectrum = np.fft.rfft(wide)[: count // 2 + 1] * (count / len(wide))
    return np.clip(np.fft.irfft(spectrum, count), -32_768, 32_767).astype(np.int16)


def score() -> Callable[[Samples, Samples], float] | None:
    """PESQ of what was received against what was sent; None where the package is not installed."""
    try:
        pesq = importlib.import_module("pesq").pesq
    except ImportError:
        return None
    return lambda sent, received: round(float(pesq(NARROW_HZ, sent, received, "nb")), 3)


def measure_speech(make: Callable[[], Peer]) -> dict[str, float] | None:
    """The score of each direction of one transcoded call; None where it cannot be measured."""
    said, judge = material(), score()
    if said is None or judge is None:
        return None
    with Generator() as generator, make() as peer, tempfile.TemporaryDirectory() as folder:
        wide, thin = Path(folder) / "wide", Path(folder) / "narrow"
        wide.write_bytes(said.astype("<i2").tobytes())
        thin.write_bytes(narrow(said).astype("<i2").tobytes())
        peer.set_up(generator, 1, "opus", "PCMU")
        to_opus, to_pcmu = generator.do("recite", wide=str(wide), narrow=str(thin))["decoded"]
    reference = narrow(said)
    return {
        "to_opus": judge(reference, np.array(to_opus, dtype=np.int16)),
        "to_pcmu": judge(reference, np.array(to_pcmu, dtype=np.int16)),
    }
