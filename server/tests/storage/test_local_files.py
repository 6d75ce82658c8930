"""Files of recordings are closed to others, stay in their directory, and leave the disk some space."""

import struct
from pathlib import Path

import pytest
from offhook.base.errors import NotFound, Unavailable
from offhook.storage.local_files import LocalFiles

KEY = "MA7K2Q9X4M1ZB8T3W5RC/0123456789abcdef0123456789abcdef.wav"


@pytest.fixture
def anyio_backend() -> str:
    """Files are looked at in threads, for which virtual time does not wait."""
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def entries(path: Path) -> list[str]:
    return [entry.name for entry in path.iterdir()]


async def test_only_the_server_may_enter_the_directory(folder: Path) -> None:
    path = LocalFiles(folder, spare=0).part(KEY)
    assert path == folder / KEY
    assert mode(folder) == 0o700
    assert entries(folder) == []


async def test_a_file_is_found_until_it_is_deleted(folder: Path) -> None:
    files = LocalFiles(folder, spare=0)
    with pytest.raises(NotFound):
        await files.find(KEY)
    path = files.part(KEY)
    path.parent.mkdir()
    path.write_bytes(b"RIFF")
    assert await files.find(KEY) == path
    await files.delete(KEY)
    await files.delete(KEY)
    with pytest.raises(NotFound):
        await files.find(KEY)


@pytest.mark.parametrize(
    "key",
    [
        "../node.key",
        "MA1/../node.key",
        "MA1/..wav",
        "/etc/passwd.wav",
        "MA1/one.wav/two.wav",
        "MA1/one.wav\n",
        "MA1/one",
        "",
    ],
)
async def test_no_key_leads_out_of_the_directory(folder: Path, key: str) -> None:
    files = LocalFiles(folder, spare=0)
    with pytest.raises(NotFound):
        files.part(key)
    with pytest.raises(NotFound):
        await files.find(key)
    with pytest.raises(NotFound):
        await files.delete(key)
    assert entries(folder.parent) == []


async def test_no_file_begins_while_the_disk_is_nearly_full(folder: Path) -> None:
    with pytest.raises(Unavailable, match="100% of the disk"):
        LocalFiles(folder, spare=1.0).part(KEY)


async def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"cannot write recordings to .*file"):
        LocalFiles(tmp_path / "file" / "recordings").part(KEY)


async def test_parts_of_one_recording_have_names_of_their_own_and_are_joined(folder: Path) -> None:
    files = LocalFiles(folder, spare=0)
    for number, seconds in enumerate((1.0, 0.5, 0.25)):
        path = files.part(KEY)
        assert path.name.count(".") == (1 if number == 0 else 2)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(wav(seconds, number + 1))
    assert len(entries(folder / KEY.partition("/")[0])) == 3
    assert await files.join(KEY) == (1.75, 80 + 28_000)
    assert entries(folder / KEY.partition("/")[0]) == [KEY.partition("/")[2]]
    samples = (folder / KEY).read_bytes()[80:]
    assert samples == b"\1" * 16_000 + b"\2" * 8_000 + b"\3" * 4_000
    # Nothing happens when it was done.
    assert await files.join(KEY) == (1.75, 80 + 28_000)


async def test_a_recording_that_was_never_written_has_no_length(folder: Path) -> None:
    assert await LocalFiles(folder, spare=0).join(KEY) == (0.0, 0)


async def test_a_file_that_was_cut_off_has_what_its_header_states(folder: Path) -> None:
    """As after `kill -9`: samples were written, and the header was not yet."""
    files = LocalFiles(folder, spare=0)
    path = files.part(KEY)
    path.parent.mkdir()
    path.write_bytes(wav(1.0, 1) + b"\7" * 501)
    assert await files.join(KEY) == (1.0, 80 + 16_000)
    assert path.stat().st_size == 80 + 16_000


async def test_what_was_made_from_a_file_is_deleted_with_it(folder: Path) -> None:
    files = LocalFiles(folder, spare=0)
    path = files.part(KEY)
    path.parent.mkdir()
    path.write_bytes(wav(1.0, 1))
    path.with_suffix(".mp3").write_bytes(b"mp3")
    await files.delete(KEY)
    assert entries(path.parent) == []


def wav(seconds: float, octet: int) -> bytes:
    """A file as the engine makes it: mono, 8,000 Hz."""
    data = round(seconds * 16_000)
    head = struct.pack("<4sI4s4sI28x", b"RIFF", data + 72, b"WAVE", b"JUNK", 28)
    head += struct.pack("<4sIHHIIHH4sI", b"fmt ", 16, 1, 1, 8_000, 16_000, 2, 16, b"data", data)
    assert len(head) == 80
    return head + bytes([octet]) * data
