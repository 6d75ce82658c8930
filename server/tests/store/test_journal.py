"""The journal's file goes on when the disk does not, and takes no more than its bounds."""

import errno
import os
from pathlib import Path

import pytest
from offhook.base.errors import Unavailable
from offhook.store import segments
from offhook.store.journal import Bounds, JournalFile

SMALL = Bounds(segment_bytes=4096, total_bytes=1 << 20, memory_bytes=20_000)


def journal(folder: Path, epoch: str = "e", bounds: Bounds = SMALL) -> JournalFile:
    return JournalFile(folder / "journal", epoch * 32, bounds)


def payloads(folder: Path) -> list[bytes]:
    """All that a process that starts now would read."""
    where = folder / "journal"
    contents = [
        segments.read(segments.path_of(where, number)) for number in segments.numbers(where)
    ]
    return [payload for content in contents for _, payload in content.frames]


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_entry_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    it = journal(tmp_path)
    it.append(1, b"held", hold=True)
    assert payloads(tmp_path) == []
    it.append(1, b"vital")
    assert payloads(tmp_path) == [b"held", b"vital"]
    it.close()


def test_entries_go_on_in_the_next_segment_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    it = journal(tmp_path)
    wrote = [bytes((65 + number,)) * 1000 for number in range(20)]
    for each in wrote:
        it.append(1, each)
    assert payloads(tmp_path) == wrote
    assert it.files == 5
    folder = tmp_path / "journal"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    it.forget_before(it.number - 1)
    assert payloads(tmp_path) == wrote[-len(payloads(tmp_path)) :]
    assert it.files == len(segments.numbers(folder)) == 2
    it.close()


def test_an_entry_larger_than_a_segment_has_one_of_its_own(tmp_path: Path) -> None:
    it = journal(tmp_path)
    it.append(1, b"x" * 10_000)
    it.append(1, b"y")
    assert payloads(tmp_path) == [b"x" * 10_000, b"y"]
    it.close()


def test_one_process_at_a_time_has_the_folder(tmp_path: Path) -> None:
    it = journal(tmp_path)
    with pytest.raises(Unavailable, match="another server"):
        journal(tmp_path)
    it.close()
    journal(tmp_path).close()


def test_a_full_disk_uses_the_spare_segment_then_memory_then_drops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = journal(tmp_path)
    it.append(1, b"first")
    it.sync()
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        wrote = [b"%04d" % number * 250 for number in range(7)]
        for each in wrote:
            it.append(1, each)
        assert payloads(tmp_path) == [b"first", *wrote], "what was left, and the reserve"
        assert it.failure == ""
        late = [b"%04d" % number * 250 for number in range(7, 16)]
        for each in late:
            it.append(1, each)
        assert it.failure == "No space left on device"
        assert (it.waiting, it.dropped) == (9, 0)
        it.retry()
        assert it.waiting == 9
    it.retry()
    assert (it.failure, it.waiting) == ("", 0)
    assert payloads(tmp_path) == [b"first", *wrote, *late]
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        for number in range(40):
            it.append(1, b"%04d" % number * 250)
        assert it.dropped > 0
        assert it._unwritten_bytes <= SMALL.memory_bytes
    it.close()


def test_the_journal_does_not_grow_beyond_its_bound(tmp_path: Path) -> None:
    bounds = Bounds(segment_bytes=4096, total_bytes=5 * 4096, memory_bytes=1 << 20)
    it = journal(tmp_path, bounds=bounds)
    for number in range(40):
        it.append(1, b"%04d" % number * 250)
    assert it.files == 5
    assert "largest size" in it.failure
    it.forget_before(it.number)
    it.retry()
    assert it.files <= 5
    it.forget_before(it.number)
    while it.failure:
        it.retry()
        it.forget_before(it.number)
    assert it.waiting == 0
    it.close()


def test_a_later_process_reads_what_earlier_ones_wrote(tmp_path: Path) -> None:
    first = journal(tmp_path, "a")
    first.append(1, b"one")
    first.close()
    second = journal(tmp_path, "b")
    second.append(1, b"two")
    second.close()
    third = journal(tmp_path, "c")
    read = [(content.epoch[0], content.frames) for _, content in third.earlier()]
    assert read == [("a", ((1, b"one"),)), ("b", ((1, b"two"),))]
    third.close()
