"""Files on the cache are whole or not there, and never too many."""

import os
from pathlib import Path

import pytest
from offhook.egress.disk_cache import DiskCache

KEY, OTHER = "a" * 64, "b" * 64


def test_get_returns_content_and_metadata(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path / "deep" / "cache")
    assert disk.get(KEY) is None
    disk.put(KEY, {"name": "a.wav"}, b"RIFF\n\0")
    found = disk.get(KEY)
    assert found
    assert found[0]["name"] == "a.wav"
    assert found[1] == b"RIFF\n\0"
    assert (tmp_path / "deep" / "cache").stat().st_mode & 0o777 == 0o700


def test_without_a_folder_nothing_is_kept() -> None:
    DiskCache(None).put(KEY, {}, b"x")
    assert DiskCache(None).get(KEY) is None


@pytest.mark.parametrize("damage", [b"", b"no json\nx", b"[]\nx", b"{}\nx", b'{"sha256": 1}\nx'])
def test_a_file_that_is_not_whole_is_not_taken(tmp_path: Path, damage: bytes) -> None:
    disk = DiskCache(tmp_path)
    disk.put(KEY, {"name": "a"}, b"content")
    (tmp_path / KEY).write_bytes(damage)
    assert disk.get(KEY) is None


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path)
    disk.put(KEY, {"name": "a"}, b"content")
    whole = (tmp_path / KEY).read_bytes()
    (tmp_path / KEY).write_bytes(whole[:-1] + b"T")
    assert disk.get(KEY) is None


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "/x"])
@pytest.mark.threat("path-traversal")
def test_only_keys_of_our_own_name_files(tmp_path: Path, key: str) -> None:
    disk = DiskCache(tmp_path)
    disk.put(key, {}, b"x")
    assert disk.get(key) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.threat("path-traversal")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path / "cache")
    disk.put(OTHER, {"name": "b"}, b"content")
    (tmp_path / "cache" / KEY).symlink_to(tmp_path / "cache" / OTHER)
    assert disk.get(KEY) is None


def test_the_least_recently_used_file_is_evicted(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path, most_bytes=3500)
    for number in range(3):
        disk.put(f"{number:064x}", {"n": number}, b"x" * 1000)
        os.utime(tmp_path / f"{number:064x}", (number, number))
    disk.get(f"{0:064x}")
    disk.put(KEY, {}, b"x" * 1000)
    assert disk.get(f"{0:064x}") is not None
    assert disk.get(f"{1:064x}") is None
    assert disk.get(KEY) is not None
    disk.put(OTHER, {}, b"x" * 4000)
    assert disk.get(OTHER) is None


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    disk = DiskCache(tmp_path / "file")
    disk.put(KEY, {}, b"x")
    assert disk.get(KEY) is None
