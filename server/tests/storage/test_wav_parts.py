"""Parts of a recording are joined into one file, also when that was interrupted before."""

import struct
from pathlib import Path

import pytest
from offhook.storage import wav_parts


def wav(seconds: float, octet: int, rate_hz: int = 8_000) -> bytes:
    """A file as the engine makes it: mono."""
    data = round(seconds * rate_hz * 2)
    head = struct.pack("<4sI4s4sI28x", b"RIFF", data + 72, b"WAVE", b"JUNK", 28)
    head += struct.pack(
        "<4sIHHIIHH4sI", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16, b"data", data
    )
    return head + bytes([octet]) * data


def samples(path: Path) -> bytes:
    """What the header states of the samples."""
    with path.open("rb") as file:
        found = wav_parts.length(file)
        assert found is not None
        file.seek(wav_parts.HEADER_BYTES)
        return file.read(found.data)


def test_parts_follow_each_other_and_are_gone(tmp_path: Path) -> None:
    first, more = tmp_path / "one.wav", [tmp_path / "one.1.wav", tmp_path / "one.2.wav"]
    for number, path in enumerate([first, *more]):
        path.write_bytes(wav(0.5, number))
    assert wav_parts.join(first, more) == (1.5, 80 + 24_000)
    assert samples(first) == b"\0" * 8_000 + b"\1" * 8_000 + b"\2" * 8_000
    assert [path.name for path in tmp_path.iterdir()] == ["one.wav"]


def test_a_first_part_that_was_never_written_is_replaced_by_the_next(tmp_path: Path) -> None:
    first, more = tmp_path / "one.wav", [tmp_path / "one.1.wav"]
    more[0].write_bytes(wav(0.5, 7))
    assert wav_parts.join(first, more) == (0.5, 80 + 8_000)


def test_a_join_that_was_interrupted_before_the_header_begins_again(tmp_path: Path) -> None:
    first, part = tmp_path / "one.wav", tmp_path / "one.1.wav"
    # The samples of the part had been appended, and the process died.
    first.write_bytes(wav(0.5, 1) + b"\2" * 8_000)
    part.write_bytes(wav(0.5, 2))
    assert wav_parts.join(first, [part]) == (1.0, 80 + 16_000)
    assert samples(first) == b"\1" * 8_000 + b"\2" * 8_000


def test_a_part_at_another_rate_is_converted(tmp_path: Path) -> None:
    first, part = tmp_path / "one.wav", tmp_path / "one.1.wav"
    for rates in ((8_000, 16_000), (16_000, 8_000)):
        first.write_bytes(wav(0.5, 1, rates[0]))
        part.write_bytes(wav(0.5, 2, rates[1]))
        seconds, _ = wav_parts.join(first, [part])
        assert seconds == pytest.approx(1.0)
        assert samples(first)[-100:] == b"\2" * 100


@pytest.mark.parametrize("content", [b"", b"RIFF", b"x" * 200])
def test_a_file_that_is_none_of_ours_has_no_length(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "one.wav"
    path.write_bytes(content)
    assert wav_parts.join(path, []) == (0.0, 0)
    assert path.read_bytes() == content


def test_a_long_file_states_its_length_as_rf64_does(tmp_path: Path) -> None:
    """4 GiB and more (EBU Tech 3306): as a sparse file."""
    first, part = tmp_path / "one.wav", tmp_path / "one.1.wav"
    data = (1 << 32) - 16_080
    header = wav(0.0, 0)[:80]
    header = header[:76] + struct.pack("<I", data)
    first.write_bytes(header)
    with first.open("r+b") as file:
        file.truncate(80 + data)
    part.write_bytes(wav(2.0, 3))
    seconds, size = wav_parts.join(first, [part])
    assert size == 80 + data + 32_000
    assert seconds == pytest.approx((data + 32_000) / 16_000)
    with first.open("rb") as file:
        assert file.read(4) == b"RF64"
        found = wav_parts.length(file)
    assert found is not None
    assert found.data == data + 32_000
