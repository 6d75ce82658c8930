"""Each start of a node has a number that no other start has, and knows when it has lost the folder."""

import shutil
from pathlib import Path

import pytest
from offhook.base.errors import Unavailable
from offhook.base.ownership import DirectoryLock
from offhook.store import segments
from offhook.store.node_lock import NodeLock


def test_starts_are_counted_and_the_node_stays_the_same(tmp_path: Path) -> None:
    found: list[tuple[str, int]] = []
    for fresh in ("a" * 32, "b" * 32, "c" * 32):
        lock = NodeLock(tmp_path, fresh)
        found.append((lock.evidence.node, lock.evidence.start))
        assert lock.is_ours
        lock.release()
    assert found == [("a" * 32, 1), ("a" * 32, 2), ("a" * 32, 3)]


def test_a_start_that_has_a_later_number_is_followed_by_a_later_one(tmp_path: Path) -> None:
    lock = NodeLock(tmp_path, "a" * 32)
    lock.advance(DirectoryLock("a" * 32, 12))
    assert lock.is_ours
    lock.release()
    again = NodeLock(tmp_path, "b" * 32)
    assert again.evidence == DirectoryLock("a" * 32, 13)
    again.release()


def test_one_process_has_it(tmp_path: Path) -> None:
    lock = NodeLock(tmp_path, "a" * 32)
    with pytest.raises(Unavailable, match="another server"):
        NodeLock(tmp_path, "b" * 32)
    lock.release()


def test_a_start_after_the_file_was_lost_is_later_than_all_that_wrote(tmp_path: Path) -> None:
    segments.Segment(tmp_path, 1, epoch="e" * 32, start=7, size=1_000).close()
    (tmp_path / "lock").write_bytes(b"\xff not ours")
    lock = NodeLock(tmp_path, "a" * 32)
    assert lock.evidence.start == 8
    lock.release()


def test_a_process_whose_lock_was_removed_has_lost_the_folder(tmp_path: Path) -> None:
    first = NodeLock(tmp_path, "a" * 32)
    (tmp_path / "lock").unlink()
    assert not first.is_ours
    second = NodeLock(tmp_path, "b" * 32)
    assert second.is_ours
    assert not first.is_ours
    for lock in (first, second):
        lock.release()


def test_a_process_whose_lock_a_later_start_has_written_has_lost_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    first = NodeLock(folder, "a" * 32)
    # A file system without locks lets another one in.
    (folder / "lock").write_text(f"{'a' * 32} 2\n")
    assert not first.is_ours
    first.release()
    shutil.rmtree(folder)
