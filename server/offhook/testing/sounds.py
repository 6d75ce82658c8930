"""Tones that tests can distinguish, and speech synthesis without a program."""

import math
import struct
from functools import cache
from typing import Final

from offhook_engine import Source

from offhook.base.errors import Unavailable
from offhook.base.media import Encoded

_RATE_HZ: Final = 8_000
_LOUD: Final = 8_000
_LEVEL_DBM0: Final = -13.0
_SECONDS_A_CHARACTER: Final = 0.06


@cache
def wav(hz: float, seconds: float) -> bytes:
    """A WAV file with one pure tone: 8 kHz, 16 bits, mono."""
    count = round(seconds * _RATE_HZ)
    turn = 2 * math.pi * hz / _RATE_HZ
    samples = struct.pack(f"<{count}h", *(round(_LOUD * math.sin(turn * n)) for n in range(count)))
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(samples), b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE_HZ, _RATE_HZ * 2, 2, 16)
    return head + form + struct.pack("<4sI", b"data", len(samples)) + samples


def seconds_of(content: bytes) -> float:
    """How long a file made by `wav` lasts."""
    return max(0, len(content) - 44) / (2 * _RATE_HZ)


class ToneSpeech:
    """A 300 Hz tone for as long as the text would take, as `offhook.flow.ports.Speech`.

    Attributes:
        requests: All requests: text, language, voice.
        ssml_texts: The texts among them that were SSML.
        accounts: The account of each request.
        broken: Whether synthesis fails.
    """

    def __init__(self) -> None:
        """Working; no request yet."""
        self.requests: list[tuple[str, str, str]] = []
        self.ssml_texts: list[str] = []
        self.accounts: list[str] = []
        self.broken = False

    async def synthesize(
        self, text: str, *, language: str, voice: str, markup: bool = False, account: str = ""
    ) -> Encoded:
        """Make the tone."""
        if self.broken:
            raise Unavailable("speech synthesis is unavailable")
        self.requests.append((text, language, voice))
        self.accounts.append(account)
        if markup:
            self.ssml_texts.append(text)
        return Encoded(wav(300.0, round(len(text) * _SECONDS_A_CHARACTER, 2)), "speech")


def tone(hz: float, *, syllables: bool = False) -> Source:
    """A tone as a microphone's; in syllables of 160 ms it counts as speech, and otherwise as noise."""
    pause = [(0.0, 0.0, 0.09, 0.0)] if syllables else []
    return Source.tones([(hz, 0.0, 0.16, _LEVEL_DBM0), *pause])
