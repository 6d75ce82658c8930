"""Text becomes sound once, and comes from memory or disk after that."""

import asyncio
import io
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from offhook.base.errors import Unavailable
from offhook.flow.ports import Speech
from offhook.speech.espeak import Utterance
from offhook.speech.ipc import Piece
from offhook.speech.process import WorkerPool
from offhook.speech.ssml import Pause
from offhook.speech.voice import Voice


@dataclass
class Speaker:
    """Records its requests."""

    said: list[list[Piece]] = field(default_factory=list[list[Piece]])
    size: int = 100
    fails: int = 0

    async def speak(self, pieces: Sequence[Piece], *, account: str) -> bytes:
        self.said.append(list(pieces))
        await asyncio.sleep(0.01)
        if self.fails:
            self.fails -= 1
            raise Unavailable("no voice now")
        return bytes(self.size)


@dataclass
class DiskCache:
    """A disk cache in memory."""

    kept: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])

    def put(self, key: str, about: Mapping[str, object], content: bytes, *, account: str) -> None:
        self.kept[account, key] = content

    def get(self, key: str, *, account: str) -> tuple[Mapping[str, object], bytes] | None:
        found = self.kept.get((account, key))
        return None if found is None else ({}, found)


def _fits(speech: Speech) -> Speech:
    """The type checker has the last word on this."""
    return speech


async def test_the_same_text_is_made_once(caplog: pytest.LogCaptureFixture) -> None:
    speaker = Speaker()
    voice = _fits(Voice(speaker))
    one = await voice.synthesize("Hello", language="en-US", voice="man")
    two = await voice.synthesize("Hello", language="en-US", voice="man")
    three = await voice.synthesize("Hello", language="en-GB", voice="man")
    four = await voice.synthesize("Hello", language="en-US", voice="woman")
    assert one == two
    assert len({one.name, three.name, four.name}) == 3
    assert len(speaker.said) == 3
    assert caplog.records == []


async def test_concurrent_requests_for_one_text_share_one_synthesis(
    caplog: pytest.LogCaptureFixture,
) -> None:
    speaker = Speaker()
    voice = Voice(speaker)
    asked = [
        asyncio.ensure_future(voice.synthesize("Hello", language="en-US", voice="man"))
        for _ in range(5)
    ]
    await asyncio.sleep(0.001)
    asked[0].cancel()
    sounds = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(sounds[0], asyncio.CancelledError)
    assert len(speaker.said) == 1
    assert sounds[1] == sounds[4]


async def test_a_failure_is_not_kept() -> None:
    speaker = Speaker(fails=1)
    voice = Voice(speaker)
    with pytest.raises(Unavailable):
        await voice.synthesize("Hello", language="en-US", voice="man")
    assert (await voice.synthesize("Hello", language="en-US", voice="man")).content


async def test_sound_survives_in_the_disk_cache() -> None:
    disk, speaker = DiskCache(), Speaker()
    first = await Voice(speaker, disk).synthesize("Hello", language="en-US", voice="man")
    second = await Voice(speaker, disk).synthesize("Hello", language="en-US", voice="man")
    assert first == second
    assert len(speaker.said) == 1


async def test_memory_is_bounded() -> None:
    speaker = Speaker(size=1000)
    voice = Voice(speaker, memory_bytes=5000)
    for number in range(20):
        await voice.synthesize(f"Hello {number}", language="en-US", voice="man")
    assert voice._cache.used_bytes <= 5000
    assert len(voice._cache) == 5
    big = Speaker(size=10_000)
    voice = Voice(big, memory_bytes=5000)
    await voice.synthesize("Hello", language="en-US", voice="man")
    assert voice._cache.used_bytes == 0


@pytest.mark.threat("noisy-neighbour")
async def test_an_account_with_many_texts_pushes_out_its_own() -> None:
    speaker = Speaker(size=1000)
    voice = Voice(speaker, memory_bytes=5000)

    async def synthesize(text: str, account: str) -> None:
        await voice.synthesize(text, language="en-US", voice="man", account=account)

    await synthesize("Welcome", "MAQUIET")
    await synthesize("Shared", "MANOISY")
    for number in range(20):
        await synthesize(f"Hello {number}", "MANOISY")
        if number == 0:
            await synthesize("Shared", "MAQUIET")
    made = len(speaker.said)
    await synthesize("Welcome", "MAQUIET")
    await synthesize("Shared", "MAQUIET")
    assert len(speaker.said) == made, "what the quiet account uses is at hand"
    await synthesize("Hello 0", "MANOISY")
    assert len(speaker.said) == made + 1
    assert (voice._cache.used_by("MAQUIET"), voice._cache.used_by("MANOISY")) == (2000, 3000)


async def test_markup_reaches_the_speaker_as_pieces() -> None:
    speaker = Speaker()
    text = "<speak>a<break time='1s'/><lang xml:lang='de'>b</lang></speak>"
    await Voice(speaker).synthesize(text, language="en-US", voice="woman", markup=True)
    ((one, pause, two),) = speaker.said
    assert isinstance(one, Utterance)
    assert isinstance(two, Utterance)
    assert pause == Pause(1.0)
    assert (one.names, one.woman) == (("en-us",), True)
    assert two.names == ("de", "en-us")


async def test_text_that_looks_like_markup_reaches_the_speaker_as_text() -> None:
    speaker = Speaker()
    text = "<speak>a<break time='6s'/>b</speak>"
    await Voice(speaker).synthesize(text, language="en-US", voice="man")
    ((one,),) = speaker.said
    assert isinstance(one, Utterance)
    assert one.text == text


async def test_an_unknown_voice_is_warned_of_without_the_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await Voice(Speaker()).synthesize("a secret", language="de-DE", voice="Polly.Nobody")
    (warning,) = caplog.records
    assert warning.getMessage() == "voice.unknown"
    assert "secret" not in str(vars(warning))


def _heard(content: bytes) -> tuple["np.ndarray[Any, Any]", int]:
    with wave.open(io.BytesIO(content)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        return samples.astype(float) / 32_768, file.getframerate()


@pytest.mark.real_time
async def test_real_speech_is_long_loud_and_varied_enough() -> None:
    process = WorkerPool()
    voice = Voice(process)
    hello = await voice.synthesize(
        "Welcome. Press one for sales, two for service.", language="en-US", voice="woman"
    )
    samples, rate_hz = _heard(hello.content)
    assert 2 < len(samples) / rate_hz < 6
    blocks = samples[: len(samples) // 441 * 441].reshape(-1, 441)
    power = (blocks**2).mean(axis=1)
    spoken = power[power > power.max() / 316]
    assert -20 < 10 * np.log10(spoken.mean()) < -16.5
    assert np.abs(samples).max() < 0.9
    # Speech goes up and down, and lies where telephones carry it.
    assert power.std() > 0.5 * power.mean()
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    assert spectrum[(at > 100) & (at < 3400)].sum() > 0.6 * spectrum.sum()
    pause = await voice.synthesize("<break time='2s'/>", language="en-US", voice="man", markup=True)
    silence, _ = _heard(pause.content)
    assert len(silence) / rate_hz == pytest.approx(2.1, abs=0.01)
    assert not silence.any()
    await process.close()


@pytest.mark.real_time
@pytest.mark.parametrize(
    "text",
    [
        "\0" * 100,
        "<speak>" + "<prosody rate='x-slow'>" * 1000 + "slow",
        "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><speak>&a;</speak>",
        "\x01100S\x0150P command",
        "\U0001d573\U0001d58a \U0001f4a3 \u202eolleh",
    ],
    ids=range(5),
)
async def test_hostile_texts_are_survived_by_one_worker(text: str) -> None:
    process = WorkerPool()
    voice = Voice(process)
    await voice.synthesize("Hello", language="en-US", voice="man")
    pid = process.pids
    markup = "<speak>" in text
    said = await voice.synthesize(text, language="en-US", voice="man", markup=markup)
    assert said.content.startswith(b"RIFF")
    assert process.pids == pid
    await process.close()
