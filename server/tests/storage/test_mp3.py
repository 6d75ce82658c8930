"""An MP3 is made from a finished recording in a process of its own."""

import struct
import sys
from pathlib import Path

import pytest
from offhook.base.errors import Unavailable
from offhook.storage import mp3
from offhook_engine import Source


@pytest.fixture
def anyio_backend() -> str:
    """Processes take real time."""
    return "asyncio"


def recording(path: Path, seconds: int, channels: int) -> Path:
    """A file as the engine makes it, at 16,000 Hz."""
    samples = struct.pack("<80h", *[8_000 if at < 40 else -8_000 for at in range(80)])
    data = samples * (seconds * 200 * channels)
    head = struct.pack("<4sI4s4sI28x", b"RIFF", len(data) + 72, b"WAVE", b"JUNK", 28)
    frame = 2 * channels
    head += struct.pack(
        "<4sIHHIIHH4sI",
        b"fmt ",
        16,
        1,
        channels,
        16_000,
        16_000 * frame,
        frame,
        16,
        b"data",
        len(data),
    )
    path.write_bytes(head + data)
    return path


@pytest.mark.parametrize("channels", [1, 2])
async def test_the_file_is_smaller_and_as_long(tmp_path: Path, channels: int) -> None:
    source = recording(tmp_path / "one.wav", 3, channels)
    target = tmp_path / "one.mp3"
    await mp3.encode(source, target)
    sound = Source.encoded(target.read_bytes(), "audio/mpeg")
    assert sound.seconds == pytest.approx(3.0, abs=0.2)
    assert target.stat().st_size < source.stat().st_size / 4
    assert not target.with_suffix(".part").exists()


async def test_without_an_encoder_the_error_names_the_cure(tmp_path: Path) -> None:
    command = (sys.executable, "-c", f"raise SystemExit({3})")
    with pytest.raises(Unavailable, match=r"install the package lameenc, or ask for \.wav"):
        await mp3.encode(tmp_path / "one.wav", tmp_path / "one.mp3", command)


async def test_what_is_no_recording_becomes_no_mp3(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(b"no sound")
    with pytest.raises(Unavailable, match="cannot be made"):
        await mp3.encode(tmp_path / "one.wav", tmp_path / "one.mp3")
    assert not (tmp_path / "one.mp3").exists()
