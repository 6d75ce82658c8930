"""Makes an MP3 of a recording in a process of its own, by an optional package: `lameenc` (LGPL).

Run as a program, this file encodes one WAV file of the engine's.
"""

import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from offhook.base.errors import Unavailable
from offhook.storage import wav_parts

_COMMAND: Final = (sys.executable, "-I", "-m", "offhook.storage.mp3")
_LONGEST_S: Final = 600.0
_AT_ONCE: Final = 1 << 18
_KBPS: Final = 32
"""For each channel: more than speech at 16 kHz gains from."""
_NO_ENCODER: Final = 3
"""The program's exit code without the package."""


async def encode(source: Path, target: Path, command: Sequence[str] = _COMMAND) -> None:
    """Make `target` from `source`; it is there whole or not at all.

    Raises:
        Unavailable: there is no encoder, or it fails.
    """
    part = target.with_suffix(".part")
    process = await asyncio.create_subprocess_exec(
        *command,
        str(source),
        str(part),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_LONGEST_S):
            code = await process.wait()
    except TimeoutError:
        raise Unavailable("the MP3 took too long; the recording can be had as .wav") from None
    finally:
        if process.returncode is None:
            process.kill()
    if code == _NO_ENCODER:
        raise Unavailable(
            "there is no MP3 encoder here: install the package lameenc, or ask for .wav"
        )
    if code:
        raise Unavailable("the MP3 cannot be made; the recording can be had as .wav")
    part.rename(target)


def run(source: Path, target: Path) -> None:
    """Encode a file, piece by piece.

    Raises:
        ImportError: there is no encoder.
        ValueError: it is no recording.
        OSError: the system refuses.
    """
    lame: Any = import_module("lameenc")
    with source.open("rb") as file:
        given = wav_parts.length(file)
        if given is None:
            raise ValueError("not a recording")
        encoder = lame.Encoder()
        channels = given.frame // 2
        encoder.set_channels(channels)
        encoder.set_in_sample_rate(given.rate // given.frame)
        encoder.set_bit_rate(_KBPS * channels)
        encoder.set_quality(5)
        encoder.silence()
        file.seek(wav_parts.HEADER_BYTES)
        left = given.data
        with target.open("wb") as made:
            while left and (piece := file.read(min(left, _AT_ONCE))):
                made.write(encoder.encode(piece))
                left -= len(piece)
            made.write(encoder.flush())


def _main() -> int:
    try:
        run(Path(sys.argv[1]), Path(sys.argv[2]))
    except ImportError:
        return _NO_ENCODER
    except (ValueError, OSError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
