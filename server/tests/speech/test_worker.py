"""The worker speaks requests, piece by piece, until the pipe ends."""

import io
import json
import wave
from array import array

import pytest
from offhook.speech import espeak, ipc, worker
from offhook.speech.espeak import Utterance
from offhook.speech.ssml import Pause


class Beeper:
    """A synthesiser that makes one loud second for each letter."""

    rate_hz = 8000

    def speak(self, utterance: Utterance) -> "array[int]":
        return array("h", [10_000, -10_000] * 4000 * len(utterance.text))


def utter(text: str) -> Utterance:
    return Utterance(text=text, names=("en-us",), woman=False, rate=1.0, pitch=1.0, volume=1.0)


def test_segments_are_concatenated() -> None:
    made = worker.sound([utter("ab"), Pause(1.5), utter("c")], Beeper())
    with wave.open(io.BytesIO(made)) as file:
        samples = array("h", file.readframes(100_000))
    assert len(samples) == 8000 * 4.5 + 800
    assert samples[0]
    assert not any(samples[16_000:28_000])
    assert samples[28_000]


def test_an_empty_request_is_a_moment_of_silence() -> None:
    with wave.open(io.BytesIO(worker.sound([], Beeper()))) as file:
        assert file.getnframes() == 800


def _answers(answers: io.BytesIO) -> list[tuple[dict[str, object], bytes]]:
    answers.seek(0)
    found: list[tuple[dict[str, object], bytes]] = []
    while head := answers.read(ipc.HEAD.size):
        text, sound = ipc.lengths(head)
        found.append((json.loads(answers.read(text)), answers.read(sound)))
    return found


def test_requests_are_answered_in_order_until_the_pipe_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(espeak, "find", Beeper)
    requests = io.BytesIO(ipc.request(1, [utter("a")]) + ipc.request(2, [Pause(1)]) + b"cut")
    answers = io.BytesIO()
    worker.serve(requests, answers)
    ready, one, two = _answers(answers)
    assert ready[0] == {"ready": "Beeper"}
    assert (one[0], two[0]) == ({"number": 1}, {"number": 2})
    assert one[1].startswith(b"RIFF")


def test_a_missing_voice_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> None:
        raise espeak.NoVoice

    monkeypatch.setattr(espeak, "find", nothing)
    answers = io.BytesIO()
    worker.serve(io.BytesIO(), answers)
    assert _answers(answers) == [({"error": "no-voice"}, b"")]
