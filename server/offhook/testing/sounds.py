"""Sounds that tests can tell apart, and a voice that needs no program."""

import math
import struct
from functools import cache
from typing import Final

from offhook.base.errors import Unavailable
from offhook.base.media import Encoded

_RATE_HZ: Final = 8_000
_LOUD: Final = 8_000
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


class HummingVoice:
    """Hums 300 Hz for as long as saying the text would take, as `offhook.flow.ports.Speech`.

    Attributes:
        said: What was said so far: text, language, voice.
        marked: The texts among them that were SSML.
        accounts: On whose behalf each was said.
        broken: Whether it fails from now on.
    """

    def __init__(self) -> None:
        """In good voice."""
        self.said: list[tuple[str, str, str]] = []
        self.marked: list[str] = []
        self.accounts: list[str] = []
        self.broken = False

    async def synthesize(
        self, text: str, *, language: str, voice: str, markup: bool = False, account: str = ""
    ) -> Encoded:
        """Hum."""
        if self.broken:
            raise Unavailable("the voice is gone")
        self.said.append((text, language, voice))
        self.accounts.append(account)
        if markup:
            self.marked.append(text)
        return Encoded(wav(300.0, round(len(text) * _SECONDS_A_CHARACTER, 2)), "speech")
