"""Files on the cache are whole or not there, and never too many."""

import os
from pathlib import Path

import pytest
from offhook.egress.disk_cache import DiskCache

KEY, OTHER = "a" * 64, "b" * 64


def file_of(folder: Path, key: str) -> Path:
    """The one file that was kept under a key."""
    (found,) = (path for path in folder.iterdir() if path.name.endswith(key))
    return found


def test_get_returns_content_and_metadata(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path / "deep" / "cache")
    assert disk.get(KEY, account="MA1") is None
    disk.put(KEY, {"name": "a.wav"}, b"RIFF\n\0", account="MA1")
    found = disk.get(KEY, account="MA1")
    assert found
    assert found[0]["name"] == "a.wav"
    assert found[1] == b"RIFF\n\0"
    assert (tmp_path / "deep" / "cache").stat().st_mode & 0o777 == 0o700


def test_without_a_folder_nothing_is_kept() -> None:
    DiskCache(None).put(KEY, {}, b"x", account="MA1")
    assert DiskCache(None).get(KEY, account="MA1") is None


@pytest.mark.parametrize("damage", [b"", b"no json\nx", b"[]\nx", b"{}\nx", b'{"sha256": 1}\nx'])
def test_a_file_that_is_not_whole_is_not_taken(tmp_path: Path, damage: bytes) -> None:
    disk = DiskCache(tmp_path)
    disk.put(KEY, {"name": "a"}, b"content", account="MA1")
    file_of(tmp_path, KEY).write_bytes(damage)
    assert disk.get(KEY, account="MA1") is None


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path)
    disk.put(KEY, {"name": "a"}, b"content", account="MA1")
    whole = file_of(tmp_path, KEY).read_bytes()
    file_of(tmp_path, KEY).write_bytes(whole[:-1] + b"T")
    assert disk.get(KEY, account="MA1") is None


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "/x"])
@pytest.mark.threat("path-traversal")
def test_only_keys_of_our_own_name_files(tmp_path: Path, key: str) -> None:
    disk = DiskCache(tmp_path)
    disk.put(key, {}, b"x", account="MA1")
    assert disk.get(key, account="MA1") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.threat("path-traversal")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path / "cache")
    disk.put(OTHER, {"name": "b"}, b"content", account="MA1")
    known = file_of(tmp_path / "cache", OTHER)
    known.with_name(known.name.replace(OTHER, KEY)).symlink_to(known)
    assert disk.get(KEY, account="MA1") is None


def test_the_least_recently_used_file_is_evicted(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path, most_bytes=3500)
    for number in range(3):
        disk.put(f"{number:064x}", {"n": number}, b"x" * 1000, account="MA1")
        os.utime(file_of(tmp_path, f"{number:064x}"), (number, number))
    disk.get(f"{0:064x}", account="MA1")
    disk.put(KEY, {}, b"x" * 1000, account="MA1")
    assert disk.get(f"{0:064x}", account="MA1") is not None
    assert disk.get(f"{1:064x}", account="MA1") is None
    assert disk.get(KEY, account="MA1") is not None
    disk.put(OTHER, {}, b"x" * 4000, account="MA1")
    assert disk.get(OTHER, account="MA1") is None


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    disk = DiskCache(tmp_path / "file")
    disk.put(KEY, {}, b"x", account="MA1")
    assert disk.get(KEY, account="MA1") is None


def test_an_account_within_its_share_loses_nothing_to_another(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path, most_bytes=10_000)
    kept = [f"{number:064x}" for number in range(3)]
    for key in kept:
        disk.put(key, {}, b"v" * 1000, account="MA1")
        os.utime(file_of(tmp_path, key), (1, 1))
    for number in range(100, 150):
        disk.put(f"{number:064x}", {}, b"f" * 1000, account="MA2")
    assert all(disk.get(key, account="MA1") for key in kept)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10_000
    assert disk.get(f"{149:064x}", account="MA2") is not None


def test_an_account_does_not_get_what_another_keeps(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path)
    disk.put(KEY, {}, b"content", account="MA1")
    assert disk.get(KEY, account="MA2") is None
