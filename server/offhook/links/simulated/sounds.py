"""What simulated telephones send without a voice: beeps, keys as tones, and something like speech."""

from typing import Final

from offhook.base.media import Tone, Tones

_ROWS_HZ: Final = (697.0, 770.0, 852.0, 941.0)
_COLUMNS_HZ: Final = (1209.0, 1336.0, 1477.0, 1633.0)
_KEYPAD: Final = ("123A", "456B", "789C", "*0#D")
_KEY_S: Final = 0.1
_GAP_S: Final = 0.1
_PAUSES_S: Final = {"w": 0.5, "W": 1.0}
_SYLLABLE_S: Final = 0.16
_BETWEEN_S: Final = 0.09
_SECONDS_A_CHARACTER: Final = 0.06

_PAIRS: Final = {
    key: (row_hz, column_hz)
    for keys, row_hz in zip(_KEYPAD, _ROWS_HZ, strict=True)
    for key, column_hz in zip(keys, _COLUMNS_HZ, strict=True)
}
"""The two frequencies of each key (ITU-T Q.23)."""


def beep(hz: float, seconds: float) -> Tones:
    """The tone of an answering machine."""
    return Tones("beep", (Tone(hz=(hz,), seconds=seconds),))


def dtmf(keys: str) -> Tones:
    """Keys as tones; `w` is half a second of pause, `W` a whole one."""
    tones: list[Tone] = []
    for key in keys:
        if key in _PAUSES_S:
            tones.append(Tone(hz=(), seconds=_PAUSES_S[key]))
        else:
            tones += [Tone(hz=_PAIRS[key], seconds=_KEY_S), Tone(hz=(), seconds=_GAP_S)]
    return Tones(f"keys {keys}", tuple(tones))


def syllable(hz: float) -> Tones:
    """A tone that, again and again, counts as speech: four syllables a second. A steady one is noise."""
    tones = (Tone(hz=(hz,), seconds=_SYLLABLE_S), Tone(hz=(), seconds=_BETWEEN_S))
    return Tones(f"syllable {hz:g}", tones)


def syllables(seconds: float) -> int:
    """How many of them last so long."""
    return max(1, round(seconds / (_SYLLABLE_S + _BETWEEN_S)))


def seconds_of(text: str) -> float:
    """How long a text takes to say, more or less."""
    return max(0.5, _SECONDS_A_CHARACTER * len(text))
