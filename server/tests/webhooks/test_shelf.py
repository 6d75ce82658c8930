"""Files on the shelf are whole or not there, and never too many."""

import os
from pathlib import Path

import pytest
from offhook.webhooks.shelf import Shelf

KEY, OTHER = "a" * 64, "b" * 64


def test_what_was_put_is_taken_with_what_was_said_of_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "deep" / "shelf")
    assert shelf.take(KEY) is None
    shelf.put(KEY, {"name": "a.wav"}, b"RIFF\n\0")
    found = shelf.take(KEY)
    assert found
    assert found[0]["name"] == "a.wav"
    assert found[1] == b"RIFF\n\0"
    assert (tmp_path / "deep" / "shelf").stat().st_mode & 0o777 == 0o700


def test_a_shelf_without_a_folder_keeps_nothing() -> None:
    Shelf(None).put(KEY, {}, b"x")
    assert Shelf(None).take(KEY) is None


@pytest.mark.parametrize("damage", [b"", b"no json\nx", b"[]\nx", b"{}\nx", b'{"sha256": 1}\nx'])
def test_a_file_that_is_not_whole_is_not_taken(tmp_path: Path, damage: bytes) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(KEY, {"name": "a"}, b"content")
    (tmp_path / KEY).write_bytes(damage)
    assert shelf.take(KEY) is None


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(KEY, {"name": "a"}, b"content")
    whole = (tmp_path / KEY).read_bytes()
    (tmp_path / KEY).write_bytes(whole[:-1] + b"T")
    assert shelf.take(KEY) is None


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "/x"])
@pytest.mark.threat("path-traversal")
def test_only_keys_of_our_own_name_files(tmp_path: Path, key: str) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(key, {}, b"x")
    assert shelf.take(key) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.threat("path-traversal")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.put(OTHER, {"name": "b"}, b"content")
    (tmp_path / "shelf" / KEY).symlink_to(tmp_path / "shelf" / OTHER)
    assert shelf.take(KEY) is None


def test_the_longest_unused_goes_when_there_is_no_room(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, most_bytes=3500)
    for number in range(3):
        shelf.put(f"{number:064x}", {"n": number}, b"x" * 1000)
        os.utime(tmp_path / f"{number:064x}", (number, number))
    shelf.take(f"{0:064x}")
    shelf.put(KEY, {}, b"x" * 1000)
    assert shelf.take(f"{0:064x}") is not None
    assert shelf.take(f"{1:064x}") is None
    assert shelf.take(KEY) is not None
    shelf.put(OTHER, {}, b"x" * 4000)
    assert shelf.take(OTHER) is None


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    shelf = Shelf(tmp_path / "file")
    shelf.put(KEY, {}, b"x")
    assert shelf.take(KEY) is None
