"""Keeps the worker's process: starts it when needed, asks it one thing at a time, replaces it."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Final

from offhook.base.errors import Unavailable
from offhook.speech import pipe
from offhook.speech.ssml import Pause

_COMMAND: Final = (sys.executable, "-I", "-m", "offhook.speech.worker")
_START_S: Final = 20.0
_WAITING: Final = 64
_LETTER_S: Final = 0.01
_PASSED_ON: Final = frozenset({"PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT"})


class Broken(Exception):
    """The worker died, or said nothing in time, or nothing that makes sense."""


class _Worker:
    """A running process and both ends of the pipe to it."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        requests: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
    ) -> None:
        self.process = process
        self._requests = requests
        self._answers = answers

    @classmethod
    async def start(cls, command: Sequence[str]) -> "_Worker":
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            # An interrupt from the terminal is for us: the worker ends when its pipe does.
            start_new_session=True,
        )
        if process.stdin is None or process.stdout is None:
            raise Broken
        return cls(process, process.stdin, process.stdout)

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def ask(self, request: bytes) -> tuple[dict[str, object], bytes]:
        self._requests.write(request)
        await self._requests.drain()
        return await self.answer()

    async def answer(self) -> tuple[dict[str, object], bytes]:
        text, sound = pipe.lengths(await self._answers.readexactly(pipe.HEAD.size))
        words = json.loads(await self._answers.readexactly(text))
        return words, await self._answers.readexactly(sound)

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        self._requests.close()
        with contextlib.suppress(OSError):
            await self._requests.wait_closed()


class Process:
    """One worker, and those who wait for it."""

    def __init__(
        self, command: Sequence[str] = _COMMAND, *, limit_s: float = 15.0, waiting: int = _WAITING
    ) -> None:
        """A worker that is not started yet.

        Args:
            command: What starts it.
            limit_s: Seconds for a short text, then the worker is replaced; long ones get more.
            waiting: How many may wait; the next is told to come again.
        """
        self._command = command
        self._limit_s = limit_s
        self._room = waiting
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._worker: _Worker | None = None
        self._number = 0

    @property
    def pid(self) -> int | None:
        """The worker's process, while it runs."""
        worker = self._worker
        return worker.process.pid if worker is not None and worker.alive else None

    async def speak(self, pieces: Sequence[pipe.Piece]) -> bytes:
        """A WAV file of these pieces. A worker that fails gets one successor to try again.

        Raises:
            Unavailable: too many wait, there is no synthesiser, or two workers failed.
        """
        if self._waiting >= self._room:
            raise Unavailable("too many texts wait to be spoken; try again in a moment")
        self._waiting += 1
        try:
            async with self._turn:
                for _ in range(2):
                    with contextlib.suppress(Broken):
                        return await self._ask(pieces)
        finally:
            self._waiting -= 1
        raise Unavailable("the text could not be spoken: the voice failed twice")

    async def close(self) -> None:
        """End the worker."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.end()

    async def _ask(self, pieces: Sequence[pipe.Piece]) -> bytes:
        done = False
        try:
            worker = await self._running()
            self._number += 1
            async with asyncio.timeout(self._limit_s + _LETTER_S * _letters(pieces)):
                words, sound = await worker.ask(pipe.request(self._number, pieces))
            if words.get("number") != self._number:
                raise Broken
            done = True
            return sound
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            raise Broken from None
        finally:
            # Also when whoever asked has gone away: an answer nobody reads would be taken for the
            # next one.
            if not done:
                await asyncio.shield(self.close())

    async def _running(self) -> _Worker:
        worker = self._worker
        if worker is not None and worker.alive:
            return worker
        self._worker = worker = await _Worker.start(self._command)
        async with asyncio.timeout(_START_S):
            words, _ = await worker.answer()
        if words.get("error") == "no-voice":
            raise Unavailable(
                "there is no voice on this machine: pip install espeakng-loader,"
                " or install the program espeak-ng"
            )
        return worker


def _letters(pieces: Sequence[pipe.Piece]) -> int:
    return sum(len(piece.text) for piece in pieces if not isinstance(piece, Pause))
