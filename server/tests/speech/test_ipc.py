"""Both ends of the pipe understand each other, and neither believes everything."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offhook.speech import ipc
from offhook.speech.espeak import Utterance
from offhook.speech.ssml import Pause

NUMBER = st.floats(0, 10)
PIECES = st.lists(
    st.one_of(
        st.builds(Pause, NUMBER),
        st.builds(
            Utterance,
            text=st.text(st.characters(exclude_categories=["Cs"])),
            names=st.lists(st.text("abc-"), min_size=1).map(tuple),
            woman=st.booleans(),
            rate=NUMBER,
            pitch=NUMBER,
            volume=NUMBER,
        ),
    )
)


@given(PIECES)
def test_segments_are_read_as_they_were_written(pieces: list[ipc.Piece]) -> None:
    message = ipc.request(7, pieces)
    text, sound = ipc.lengths(message[: ipc.HEAD.size])
    assert sound == 0
    words = json.loads(message[ipc.HEAD.size :][:text])
    assert words["number"] == 7
    assert ipc.read_pieces(words["pieces"]) == pieces


def test_sound_follows_the_words() -> None:
    message = ipc.encode({"number": 1}, b"RIFF")
    text, sound = ipc.lengths(message[:8])
    assert (sound, message[8 + text :]) == (4, b"RIFF")


@pytest.mark.parametrize("head", [b"\xff" * 8, b"HTTP/1.1", ipc.HEAD.pack(10, 1 << 31)])
def test_a_head_that_announces_too_much_is_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match="language"):
        ipc.lengths(head)
