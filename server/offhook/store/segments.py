"""Segments of the journal: files of framed entries, each entry with its length and its checksum.

A segment is a head (format, version, the process that wrote it) and frames up to the first length of 0:
space is allocated before it is needed, so that a full disk is noticed early, and unwritten space reads
as zeros. A frame is its payload's length, a CRC-32 of kind and payload, the kind, and the payload. What
a process that died left half written does not match its checksum, and ends the segment.
"""

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook.base.errors import UsageError

_HEAD: Final = struct.Struct("<16sH2xI32s")
_FRAME: Final = struct.Struct("<IIB")
_MAGIC: Final = b"offhook journal\0"
_VERSION: Final = 3
FORMER: Final = 2
"""The version before, which has no epochs; `store.former_entries` reads it."""
_OF_KIND: Final = tuple(zlib.crc32(bytes((kind,))) for kind in range(256))
"""The checksum of each kind alone, with which that of its payload goes on."""
_SUFFIX: Final = ".journal"
_SPARE: Final = "spare"


@dataclass(frozen=True, slots=True)
class Content:
    """What a segment holds.

    Attributes:
        epoch: The process that wrote it.
        start: Which start of the node that process was, from 1.
        version: Of its entries.
        frames: Kind and payload of each frame, in order.
        torn_bytes: How much of its end is not readable.
    """

    epoch: str
    frames: tuple[tuple[int, bytes], ...]
    torn_bytes: int
    start: int = 1
    version: int = _VERSION


def frame(kind: int, payload: bytes) -> bytes:
    """One frame as it is written.

    Args:
        kind: 0 to 255.
        payload: At least one byte.
    """
    checksum = zlib.crc32(payload, _OF_KIND[kind])
    return _FRAME.pack(len(payload), checksum, kind) + payload


def numbers(folder: Path) -> list[int]:
    """The numbers of the segments in `folder`, in order."""
    return sorted(int(path.stem) for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdigit())


def path_of(folder: Path, number: int) -> Path:
    """Where the segment of that number is."""
    return folder / f"{number:010d}{_SUFFIX}"


def start_of(folder: Path, number: int) -> int:
    """Which start of the node wrote the segment of that number; 0 if that is not known."""
    with path_of(folder, number).open("rb") as file:
        data = file.read(_HEAD.size)
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        return 0
    return int(_HEAD.unpack(data)[2])


def read(path: Path) -> Content:
    """Read a segment as far as it can be read.

    Raises:
        UsageError: it is no segment, or a newer version wrote it.
        OSError: the file cannot be read.
    """
    data = path.read_bytes()
    if not data.strip(b"\0"):
        return Content("", (), 0)
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        raise UsageError(f"{path} is no journal; move it away and start again")
    _, version, start, epoch = _HEAD.unpack_from(data)
    if version > _VERSION:
        raise UsageError(f"{path} was written by a newer server; install that version again")
    if version < FORMER:
        raise UsageError(
            f"{path} was written by a server that is too old; start that version once more and stop it"
            f" in order, or move the folder {path.parent} away, with the calls and callbacks in it"
        )
    frames: list[tuple[int, bytes]] = []
    at = _HEAD.size
    while at + _FRAME.size <= len(data):
        length, checksum, kind = _FRAME.unpack_from(data, at)
        payload = data[at + _FRAME.size : at + _FRAME.size + length]
        if length == 0 or zlib.crc32(payload, zlib.crc32(bytes((kind,)))) != checksum:
            break
        frames.append((kind, payload))
        at += _FRAME.size + length
    torn = len(data[at:].rstrip(b"\0"))
    return Content(epoch.decode(), tuple(frames), torn, start, version)


class Segment:
    """A segment that is written to.

    Attributes:
        number: Of the segments of a folder, the higher the later.
    """

    def __init__(self, folder: Path, number: int, *, epoch: str, start: int = 1, size: int) -> None:
        """Make the segment, with its space.

        Args:
            folder: Where.
            number: No segment has it yet.
            epoch: The process that writes: 32 characters.
            start: Which start of the node that is.
            size: Bytes to allocate.

        Raises:
            OSError: there is no space, or the folder cannot be written.
        """
        self.number = number
        spare = folder / _SPARE
        prepare(folder, size)
        self._file = os.open(spare, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            self._size = os.fstat(self._file).st_size
            os.pwrite(self._file, _HEAD.pack(_MAGIC, _VERSION, start, epoch.encode()), 0)
            # Never over a segment that another process has made.
            os.link(spare, path_of(folder, number))
            spare.unlink()
        except OSError:
            os.close(self._file)
            raise
        self._end = _HEAD.size

    def fits(self, size: int) -> bool:
        """Whether so many more bytes fit."""
        return self._end + size <= self._size

    def append(self, data: bytes) -> None:
        """Write whole frames. What is not written in full is overwritten by the next attempt.

        Raises:
            OSError: they are not written.
        """
        at = self._end
        written = os.pwrite(self._file, data, at)
        while written < len(data):
            at, data = at + written, data[written:]
            written = os.pwrite(self._file, data, at)
        self._end = at + written

    def sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def prepare(folder: Path, size: int) -> None:
    """Allocate the space of the next segment, unless that was done.

    Raises:
        OSError: there is no space, or the folder cannot be written.
    """
    spare = folder / _SPARE
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(spare, flags, 0o600)
    try:
        if os.fstat(file).st_size < size:
            os.posix_fallocate(file, 0, size)
    except OSError:
        spare.unlink(missing_ok=True)
        raise
    finally:
        os.close(file)
