"""The synthesiser espeak-ng, as a library from a wheel or as the system's program.

It is under the GPL: only the worker process loads it, which communicates with the server through a pipe.
"""

import ctypes
import os
import shutil
import struct
import subprocess
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

_SYNCHRONOUS: Final = 2
_UTF8: Final = 1
_END_PAUSE: Final = 0x1000
_CHARACTER_POSITION: Final = 1
_RATE, _VOLUME, _PITCH = 1, 2, 3
_WORDS_A_MINUTE: Final = 165
_MOST_SAMPLES: Final = 22_050 * 60 * 10
_WAV_HEADER: Final = 44


class NoVoice(Exception):
    """There is no synthesiser on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A text and how to speak it.

    Attributes:
        names: Languages to try, the best first.
        woman: Whether it is a woman's voice.
        rate: Times as fast as usual.
        pitch: Times as high as usual.
        volume: Times as loud as usual.
    """

    text: str
    names: tuple[str, ...]
    woman: bool
    rate: float
    pitch: float
    volume: float

    @property
    def words_a_minute(self) -> int:
        """80 to 450."""
        return min(450, max(80, round(_WORDS_A_MINUTE * self.rate)))

    @property
    def pitch_step(self) -> int:
        """0 to 99; 50 is the voice's own."""
        return min(99, max(0, round(50 * self.pitch)))

    @property
    def loudness(self) -> int:
        """0 to 200; 100 is the voice's own."""
        return min(200, max(0, round(100 * self.volume)))

    @property
    def variant(self) -> str:
        """What is added to a language's name."""
        return "+f3" if self.woman else "+m3"


class Synthesiser(Protocol):
    """Synthesizes an utterance."""

    @property
    def rate_hz(self) -> int:
        """The rate of its samples."""
        ...

    def speak(self, utterance: Utterance) -> "array[int]":
        """16-bit samples, one channel."""
        ...


def find() -> Synthesiser:
    """The best synthesiser there is.

    Raises:
        NoVoice: there is none.
    """
    try:
        import espeakng_loader  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        program = shutil.which("espeak-ng")
        if program is None:
            raise NoVoice from None
        return Program(program)
    return Library(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())


class Library:
    """espeak-ng in this process."""

    def __init__(self, library: str, voices: str) -> None:
        """Load it.

        Args:
            library: Path of the shared library.
            voices: Path of its folder of voices.

        Raises:
            NoVoice: it does not start.
        """
        try:
            self._espeak: Any = ctypes.CDLL(library)
        except OSError as error:
            raise NoVoice from error
        folder = os.fsencode(Path(voices).parent)
        self.rate_hz: int = self._espeak.espeak_Initialize(_SYNCHRONOUS, 0, folder, 0)
        if self.rate_hz <= 0:
            raise NoVoice
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
        )
        # Kept for as long as the library may call it.
        self._callback = kind(self._take)
        self._espeak.espeak_SetSynthCallback(self._callback)
        self._samples: array[int] = array("h")

    def speak(self, utterance: Utterance) -> "array[int]":
        """16-bit samples, one channel."""
        espeak = self._espeak
        for name in utterance.names:
            if espeak.espeak_SetVoiceByName(f"{name}{utterance.variant}".encode()) == 0:
                break
        espeak.espeak_SetParameter(_RATE, utterance.words_a_minute, 0)
        espeak.espeak_SetParameter(_PITCH, utterance.pitch_step, 0)
        espeak.espeak_SetParameter(_VOLUME, utterance.loudness, 0)
        self._samples = array("h")
        text = utterance.text.encode() + b"\0"
        # Neither SSML nor phonemes: letters are letters.
        flags = _UTF8 | _END_PAUSE
        espeak.espeak_Synth(text, len(text), 0, _CHARACTER_POSITION, 0, flags, None, None)
        return self._samples

    def _take(self, samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            self._samples.frombytes(ctypes.string_at(cast("Any", samples), count * 2))
        return int(len(self._samples) > _MOST_SAMPLES)


class Program:
    """espeak-ng as a program of the system, started for each text."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._known = self._languages()
        self.rate_hz = 22_050

    def speak(self, utterance: Utterance) -> "array[int]":
        """16-bit samples, one channel."""
        name = next((name for name in utterance.names if name in self._known), "en-us")
        options = {
            "-v": f"{name}{utterance.variant}",
            "-s": str(utterance.words_a_minute),
            "-p": str(utterance.pitch_step),
            "-a": str(utterance.loudness),
        }
        command = [self._program, *(word for pair in options.items() for word in pair)]
        # The text goes in by a pipe: an argument could be taken for an option, and others could see it.
        output = subprocess.run(  # noqa: S603  (a fixed program, no shell, no text among its arguments)
            [*command, "--stdin", "--stdout", "-b", "1"],
            input=utterance.text.encode(),
            capture_output=True,
            check=True,
        ).stdout
        if len(output) >= _WAV_HEADER:
            self.rate_hz = struct.unpack_from("<I", output, 24)[0]
        content = output[_WAV_HEADER:]
        return array("h", content[: len(content) // 2 * 2])

    def _languages(self) -> frozenset[str]:
        listed = subprocess.run(  # noqa: S603  (a fixed program, no shell)
            [self._program, "--voices"], capture_output=True, check=True, text=True
        ).stdout
        rows = listed.splitlines()[1:]
        return frozenset(row.split()[1].lower() for row in rows if len(row.split()) > 1)
