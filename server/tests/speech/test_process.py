"""The worker may die, hang or send garbage: requests still succeed."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from offhook.base.errors import Unavailable
from offhook.speech.espeak import Utterance
from offhook.speech.process import WorkerPool

pytestmark = pytest.mark.real_time


def utter(text: str) -> Utterance:
    return Utterance(text=text, names=("en-us",), woman=False, rate=1.0, pitch=1.0, volume=1.0)


@pytest.fixture
async def process() -> AsyncIterator[WorkerPool]:
    made = WorkerPool()
    yield made
    await made.close()


def scripted(folder: Path, code: str, **options: float) -> WorkerPool:
    """A worker that does what `code` says; `life` counts how many there were before."""
    path = folder / "worker.py"
    lives = folder / "lives"
    head = f"""
        import json, os, struct, sys, time
        lives = {str(lives)!r}
        life = os.path.getsize(lives) if os.path.exists(lives) else 0
        open(lives, "a").write("x")
        def say(words, sound=b""):
            text = json.dumps(words).encode()
            sys.stdout.buffer.write(struct.pack(">II", len(text), len(sound)) + text + sound)
            sys.stdout.buffer.flush()
        def hear():
            head = sys.stdin.buffer.read(8)
            if len(head) < 8: sys.exit()
            return json.loads(sys.stdin.buffer.read(struct.unpack(">II", head)[0]))
    """
    path.write_text(textwrap.dedent(head) + textwrap.dedent(code))
    return WorkerPool([sys.executable, str(path)], **options)  # type: ignore[arg-type]


def lives(folder: Path) -> int:
    return len((folder / "lives").read_text())


async def test_a_worker_serves_several_requests(process: WorkerPool) -> None:
    assert process.pids == []
    one = await process.speak([utter("Hello")])
    pids = process.pids
    two = await process.speak([utter("Hello again")])
    assert one.startswith(b"RIFF")
    assert len(two) > len(one)
    assert process.pids == pids
    assert len(pids) == 1


_SPEAKS = """
import asyncio
from pathlib import Path
from offhook.speech.process import WorkerPool
from offhook.speech.voice import Voice

async def main():
    process = WorkerPool()
    await Voice(process).synthesize("Hello", language="en-US", voice="man")
    maps = [Path(f"/proc/{who}/maps").read_text() for who in ("self", *process.pids)]
    print(*("espeak" in each for each in maps))
    await process.close()

asyncio.run(main())
"""


def test_the_synthesiser_is_loaded_by_the_worker_and_not_by_us() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _SPEAKS], check=True, capture_output=True, text=True
    ).stdout
    assert said == "False True\n"


async def test_a_worker_that_is_killed_in_mid_sentence_is_replaced(process: WorkerPool) -> None:
    await process.speak([utter("Hello")])
    (first,) = process.pids
    os.kill(first, signal.SIGSTOP)
    create = asyncio.ensure_future(process.speak([utter("A long sentence. " * 50)]))
    await asyncio.sleep(0.05)
    os.kill(first, signal.SIGKILL)
    assert (await create).startswith(b"RIFF")
    assert process.pids != [first]
    assert len(process.pids) == 1


async def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    code = """
        say({"ready": 1})
        while True:
            asked = hear()
            if life == 0: time.sleep(60)
            say({"number": asked["number"]}, b"RIFF")
    """
    process = scripted(tmp_path, code, limit_s=2.0)
    assert await process.speak([utter("x")]) == b"RIFF"
    assert lives(tmp_path) == 2
    await process.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        "sys.exit(3)",
        "os.kill(os.getpid(), 11)",
        "sys.stdout.buffer.write(b'nonsense' * 100)",
        "say({'number': 99}, b'RIFF')",
        "sys.stdout.buffer.write(struct.pack('>II', 2, 0) + b'{]')",
        "sys.stdout.buffer.write(struct.pack('>II', 4294967295, 4294967295))",
    ],
)
async def test_a_worker_that_fails_twice_is_not_tried_for_ever(
    tmp_path: Path, nonsense: str
) -> None:
    code = f"""
        say({{"ready": 1}})
        hear()
        {nonsense}
        sys.stdout.buffer.flush()
    """
    process = scripted(tmp_path, code)
    with pytest.raises(Unavailable, match="twice"):
        await process.speak([utter("x")])
    assert lives(tmp_path) == 2
    assert process.pids == []
    await process.close()


async def test_without_a_synthesiser_the_error_has_a_hint(tmp_path: Path) -> None:
    process = scripted(tmp_path, 'say({"error": "no-voice"})')
    with pytest.raises(Unavailable, match="pip install espeakng-loader"):
        await process.speak([utter("x")])
    await process.close()


async def test_a_worker_that_cannot_be_started_is_reported(tmp_path: Path) -> None:
    process = WorkerPool([str(tmp_path / "nothing")])
    with pytest.raises(Unavailable):
        await process.speak([utter("x")])
    await process.close()


async def test_a_cancelled_request_leaves_no_response_for_the_next(process: WorkerPool) -> None:
    await process.speak([utter("Hello")])
    leaving = asyncio.ensure_future(process.speak([utter("A long sentence. " * 50)]))
    await asyncio.sleep(0.01)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    hello = await process.speak([utter("Hello")])
    assert len(hello) < 100_000


WAITS = """
    say({"ready": 1})
    while True:
        asked = hear()
        text = asked["pieces"][0]["text"]
        while not os.path.exists(text): time.sleep(0.005)
        say({"number": asked["number"]}, b"RIFF")
"""
"""Speaks a text once a file of that name exists."""


async def test_the_number_of_waiting_requests_is_limited(tmp_path: Path) -> None:
    process = scripted(tmp_path, WAITS, waiting=4)
    go = tmp_path / "go"
    # One is spoken, two wait: half of the places to wait.
    waiting = [asyncio.ensure_future(process.speak([utter(str(go))])) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="too many"):
        await process.speak([utter(str(go))])
    go.touch()
    assert await asyncio.gather(*waiting) == [b"RIFF"] * 3
    await process.close()


@pytest.mark.threat("noisy-neighbour")
async def test_an_account_with_many_texts_delays_no_other(tmp_path: Path) -> None:
    process = scripted(tmp_path, WAITS)
    never, go = tmp_path / "never", tmp_path / "go"
    go.touch()
    hanging = [
        asyncio.ensure_future(process.speak([utter(str(never))], account="one")) for _ in range(30)
    ]
    await asyncio.sleep(0)
    for _ in range(3):
        assert await process.speak([utter(str(go))], account="two") == b"RIFF"
    assert not any(one.done() for one in hanging)
    assert len(process.pids) == 2
    for one in hanging:
        one.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    await process.close()


async def test_a_worker_ends_with_us(process: WorkerPool) -> None:
    await process.speak([utter("Hello")])
    (pid,) = process.pids
    await process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
