"""Hold music, computed rather than recorded: free of rights."""

from typing import Final

from offhook.base.media import Tone, Tones

_BEAT_S: Final = 0.36
# A slow walk through C, A minor, F and G: each chord is a low and a high voice, then its third.
_STEPS: Final = (
    (261.63, 392.00),
    (329.63, 392.00),
    (261.63, 523.25),
    (329.63, 392.00),
    (220.00, 329.63),
    (261.63, 329.63),
    (220.00, 440.00),
    (261.63, 329.63),
    (174.61, 349.23),
    (220.00, 349.23),
    (261.63, 349.23),
    (220.00, 349.23),
    (196.00, 392.00),
    (246.94, 392.00),
    (293.66, 392.00),
    (246.94, 392.00),
)

HOLD_MUSIC: Final = Tones("hold-music", tuple(Tone(step, _BEAT_S) for step in _STEPS))
