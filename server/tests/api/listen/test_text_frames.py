"""Texts in one frame are read and written as the general parser does it; the rest is left to that."""

import asyncio
import secrets
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.api.listen import text_frames
from offhook.testing.attack import PING, TEXT, Peer, frame
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from .conftest import App

LENGTHS = st.sampled_from([0, 1, 125, 126, 127, 65_535, 65_536])
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    LENGTHS.map(lambda length: "x" * length),
)


def parsed(data: bytes) -> Frame:
    """A server's frame, by the general parser."""
    reader = StreamReader()
    reader.feed_data(data)
    steps = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as stop:
        next(steps)
    found: Frame = stop.value.value
    return found


@given(TEXTS)
def test_what_is_written_is_a_text_for_the_general_parser(text: str) -> None:
    found = parsed(text_frames.write(text))
    assert (found.opcode, bytes(found.data).decode(), found.fin) == (Opcode.TEXT, text, True)


@given(TEXTS, st.binary(max_size=5), st.binary(max_size=5))
def test_a_text_of_a_client_is_read(text: str, before: bytes, behind: bytes) -> None:
    data = before + Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
    found = text_frames.read(data + behind, len(before), 70_000)
    # Frames of 64 KiB and more are left to the general parser.
    expected = (text, len(data)) if len(text.encode()) < 65_536 else None
    assert found == expected


@given(TEXTS, st.integers(0, 400))
def test_a_part_of_a_frame_is_no_text_yet(text: str, cut: int) -> None:
    data = Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
    assert text_frames.read(data[: min(cut, len(data) - 1)], 0, 70_000) is None


@pytest.mark.parametrize(
    "data",
    [
        frame(PING, b"x"),
        frame(TEXT, b"a", fin=False),
        frame(TEXT, b"\xff\xfe"),
        frame(2, b"bytes"),
        Frame(Opcode.TEXT, b"not masked").serialize(mask=False),
        b"\xc1" + frame(TEXT, b"reserved bit")[1:],
        b"\x81\xfe\x00\x05" + bytes(4) + b"short",
        b"",
    ],
)
def test_everything_else_is_left_to_the_general_parser(data: bytes) -> None:
    assert text_frames.read(data, 0, 70_000) is None


def test_a_text_that_is_too_long_is_left_to_the_general_parser() -> None:
    assert text_frames.read(frame(TEXT, b"abc"), 0, 2) is None


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 50, 100_000])
@pytest.mark.parametrize("signs_in", [False, True])
@pytest.mark.real_time
async def test_frames_in_any_pieces_give_the_same_texts(
    serve: Any, pieces: int, signs_in: bool
) -> None:
    long = secrets.token_hex(2_000)
    sent = (
        frame(TEXT, b"one")
        + frame(TEXT, b"t", fin=False)
        + frame(PING, b"x")
        + frame(0, b"wo")
        + frame(TEXT, long.encode())
        + frame(TEXT, "drei \u20ac".encode())
        + frame(PING)
        + frame(TEXT, b"four")
    )
    async with serve(App(signs_in=signs_in)) as it, Peer(it.target) as peer:
        assert b" 101 " in await peer.upgrade()
        for start in range(0, len(sent), pieces):
            await peer.send(sent[start : start + pieces])
            if pieces < 4:
                await asyncio.sleep(0)
        async with asyncio.timeout(20):
            while len(it.app.texts) < 5:  # noqa: ASYNC110  # it is sockets that are waited for
                await asyncio.sleep(0.01)
    assert it.app.texts == ["one", "two", long, "drei \u20ac", "four"]
