"""Segments give back what was written, up to what a process that died left half written."""

import errno
import os
import random
from pathlib import Path

import pytest
from offhook.base.errors import UsageError
from offhook.store import segments
from offhook.store.segments import Segment

EPOCH = "e" * 32
PAYLOADS = [(1, b"a"), (2, b"bb" * 100), (255, bytes(range(256)))]


def written(folder: Path, *, size: int = 4096) -> Path:
    segment = Segment(folder, 1, epoch=EPOCH, size=size)
    for kind, payload in PAYLOADS:
        segment.append(segments.frame(kind, payload))
    segment.close()
    return segments.path_of(folder, 1)


def test_appended_entries_are_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = segments.read(path)
    assert (content.epoch, list(content.frames), content.torn_bytes) == (EPOCH, PAYLOADS, 0)
    assert path.stat().st_size == 4096, "its space was allocated at once"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_segment_cut_anywhere_gives_the_whole_frames_before_the_cut(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    end = len(whole.rstrip(b"\0"))
    for cut in range(end + 1):
        path.write_bytes(whole[:cut] + b"\0" * (len(whole) - cut))
        try:
            frames = list(segments.read(path).frames)
        except UsageError:
            assert 0 < cut < 58, "a head that is not whole"
            continue
        assert frames == PAYLOADS[: len(frames)]


def test_a_byte_that_changed_ends_the_segment_and_is_counted(tmp_path: Path) -> None:
    path, chance = written(tmp_path), random.Random(1)
    whole = path.read_bytes()
    for _ in range(200):
        at = chance.randrange(56, len(whole.rstrip(b"\0")))
        path.write_bytes(whole[:at] + bytes((whole[at] ^ 0x55,)) + whole[at + 1 :])
        content = segments.read(path)
        assert list(content.frames) == PAYLOADS[: len(content.frames)]
        assert len(content.frames) < len(PAYLOADS)
        assert content.torn_bytes > 0


def test_a_segment_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = bytearray(path.read_bytes())
    assert data[16] == 3
    data[16] = 2
    path.write_bytes(data)
    before = segments.read(path)
    assert (list(before.frames), before.version) == (PAYLOADS, segments.FORMER)
    data[16] = 4
    path.write_bytes(data)
    with pytest.raises(UsageError, match="newer"):
        segments.read(path)
    data[16] = 1
    path.write_bytes(data)
    with pytest.raises(UsageError, match="too old; start that version once more"):
        segments.read(path)
    path.write_bytes(b"something else entirely")
    with pytest.raises(UsageError, match="no journal"):
        segments.read(path)


def test_a_segment_names_the_start_that_wrote_it_and_is_never_written_over(tmp_path: Path) -> None:
    Segment(tmp_path, 3, epoch=EPOCH, start=7, size=4096).close()
    assert segments.start_of(tmp_path, 3) == 7
    assert segments.read(segments.path_of(tmp_path, 3)).start == 7
    with pytest.raises(FileExistsError):
        Segment(tmp_path, 3, epoch=EPOCH, start=8, size=4096)
    assert segments.start_of(tmp_path, 3) == 7
    segments.path_of(tmp_path, 3).write_bytes(b"")
    assert segments.start_of(tmp_path, 3) == 0


def test_a_write_that_failed_half_way_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = Segment(tmp_path, 1, epoch=EPOCH, size=4096)
    whole = os.pwrite

    def short(file: int, data: bytes, at: int) -> int:
        if len(data) > 5:
            return whole(file, data[:5], at)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", short)
        with pytest.raises(OSError, match="No space"):
            segment.append(segments.frame(1, b"0123456789"))
    segment.append(segments.frame(2, b"x"))
    assert segments.read(segments.path_of(tmp_path, 1)).frames == ((2, b"x"),)
    segment.close()
