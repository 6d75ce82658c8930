"""Joins the parts of a recording, which it has if its server was restarted or its page was loaded again."""

import os
import struct
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

HEADER_BYTES: Final = 80
"""What the engine writes in front of the samples."""
_LARGEST: Final = 0xFFFF_FFFF
_AT_ONCE: Final = 1 << 20
_DS64_BYTES: Final = 28


class Length(NamedTuple):
    """What a file holds.

    Attributes:
        rate: Bytes a second.
        frame: Bytes of one sample of all channels.
        data: Bytes of samples.
    """

    rate: int
    frame: int
    data: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.data / self.rate if self.rate else 0.0


def length(file: BinaryIO) -> Length | None:
    """What a file of the engine holds; nothing if it is none."""
    file.seek(0)
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES or header[8:12] != b"WAVE" or header[48:52] != b"fmt ":
        return None
    (rate, frame) = struct.unpack_from("<IH", header, 64)
    (data,) = struct.unpack_from("<I", header, 76)
    if header[:4] == b"RF64":
        (data,) = struct.unpack_from("<Q", header, 28)
    # A header that was written before the last samples states less than there is, and never more.
    there = max(0, file.seek(0, os.SEEK_END) - HEADER_BYTES)
    data = min(data, there)
    return Length(rate, frame, data - data % frame if frame else 0)


def join(first: Path, parts: list[Path]) -> tuple[float, int]:
    """Append the parts to the first file, and delete them.

    Interrupted at any moment, it can be run again: a part is deleted once the header states its samples.

    Args:
        first: The file; it may be missing if there are parts.
        parts: Further ones, in order.

    Returns:
        The seconds and the bytes of the whole file; 0 if there is none.

    Raises:
        OSError: the system refuses.
    """
    if not first.exists():
        if not parts:
            return 0.0, 0
        parts.pop(0).rename(first)
    with first.open("r+b") as file:
        whole = length(file)
        if whole is None:
            return 0.0, 0
        file.truncate(HEADER_BYTES + whole.data)
        for part in parts:
            whole = _append(file, whole, part)
            part.unlink()
        return whole.seconds, HEADER_BYTES + whole.data


def _append(file: BinaryIO, whole: Length, part: Path) -> Length:
    with part.open("rb") as more:
        added = length(more)
        if added is None or added.frame != whole.frame:
            return whole
        more.seek(HEADER_BYTES)
        file.seek(HEADER_BYTES + whole.data)
        left, written = added.data, 0
        while left and (piece := more.read(min(left, _AT_ONCE))):
            written += file.write(_at_rate(piece, added, whole))
            left -= len(piece)
    joined = whole._replace(data=whole.data + written)
    file.flush()
    os.fsync(file.fileno())
    _write_lengths(file, joined)
    file.flush()
    os.fsync(file.fileno())
    return joined


def _at_rate(piece: bytes, given: Length, wanted: Length) -> bytes:
    """Samples at another rate: a page that came back may speak with another codec, once in a recording."""
    if given.rate == wanted.rate:
        return piece
    frames = [piece[at : at + given.frame] for at in range(0, len(piece), given.frame)]
    if given.rate < wanted.rate:
        return b"".join(frame * (wanted.rate // given.rate) for frame in frames)
    return b"".join(frames[:: given.rate // wanted.rate])


def _write_lengths(file: BinaryIO, whole: Length) -> None:
    riff = whole.data + HEADER_BYTES - 8
    if riff < _LARGEST:
        for at, value in ((4, riff), (76, whole.data)):
            file.seek(at)
            file.write(struct.pack("<I", value))
        return
    # RF64 (EBU Tech 3306 section 3): the lengths are where a chunk was kept free for them.
    samples = whole.data // whole.frame
    ds64 = struct.pack("<4sIQQQI", b"ds64", _DS64_BYTES, riff, whole.data, samples, 0)
    for at, octets in ((12, ds64), (76, b"\xff" * 4), (0, b"RF64" + b"\xff" * 4)):
        file.seek(at)
        file.write(octets)
