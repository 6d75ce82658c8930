"""The pool of worker processes: starts them when needed, one request at a time each, replaces them."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from offhook.base.errors import Unavailable
from offhook.base.fair_share import FairShare
from offhook.speech import ipc
from offhook.speech.ssml import Pause

_COMMAND: Final = (sys.executable, "-I", "-m", "offhook.speech.worker")
_START_S: Final = 20.0
_WAITING: Final = 64
_WORKERS: Final = 2
_LETTER_S: Final = 0.01
_PASSED_ON: Final = frozenset({"PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT"})


class WorkerFailed(Exception):
    """The worker died, did not answer in time, or sent an invalid response."""


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
            # An interrupt from the terminal is for the server: the worker ends when its pipe is closed.
            start_new_session=True,
        )
        if process.stdin is None or process.stdout is None:
            raise WorkerFailed
        return cls(process, process.stdin, process.stdout)

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def ask(self, request: bytes) -> tuple[dict[str, object], bytes]:
        self._requests.write(request)
        await self._requests.drain()
        return await self.answer()

    async def answer(self) -> tuple[dict[str, object], bytes]:
        text, sound = ipc.lengths(await self._answers.readexactly(ipc.HEAD.size))
        words = json.loads(await self._answers.readexactly(text))
        return words, await self._answers.readexactly(sound)

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        self._requests.close()
        with contextlib.suppress(OSError):
            await self._requests.wait_closed()


class WorkerPool:
    """Workers, and the accounts that wait for them.

    Two workers, the second started when it is needed: one account gets one of them, so that the
    long texts of an account never delay another one.
    """

    def __init__(
        self,
        command: Sequence[str] = _COMMAND,
        *,
        limit_s: float = 15.0,
        waiting: int = _WAITING,
        workers: int = _WORKERS,
    ) -> None:
        """Workers that are not started yet.

        Args:
            command: What starts one.
            limit_s: Seconds for a short text, then the worker is replaced; long ones get more.
            waiting: How many may wait, divided among accounts; the next is refused.
            workers: How many there are at most.
        """
        self._command = command
        self._limit_s = limit_s
        self._slots = FairShare(workers, waiting=waiting)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._number = 0

    @property
    def pids(self) -> list[int]:
        """The processes of the workers that run."""
        return [one.process.pid for one in (*self._idle, *self._busy) if one.alive]

    async def speak(self, pieces: Sequence[ipc.Piece], *, account: str = "") -> bytes:
        """A WAV file of these pieces. If a worker fails, another one tries once more.

        Args:
            pieces: What to speak.
            account: On whose behalf.

        Raises:
            Unavailable: too many wait, there is no synthesiser, or two workers failed.
        """
        async with self._place(account):
            for _ in range(2):
                with contextlib.suppress(WorkerFailed):
                    return await self._ask(pieces)
        raise Unavailable("the text could not be spoken: the voice failed twice")

    @contextlib.asynccontextmanager
    async def _place(self, account: str) -> AsyncGenerator[None]:
        admitted = asyncio.Event()
        ticket = self._slots.enter(account, admitted=admitted.set)
        try:
            await admitted.wait()
            yield
        finally:
            self._slots.leave(ticket)

    async def close(self) -> None:
        """End the workers."""
        workers = [*self._idle, *self._busy]
        self._idle.clear()
        self._busy.clear()
        for worker in workers:
            await worker.end()

    async def _ask(self, pieces: Sequence[ipc.Piece]) -> bytes:
        worker: _Worker | None = None
        try:
            worker = await self._running()
            self._number += 1
            number = self._number
            async with asyncio.timeout(self._limit_s + _LETTER_S * _letters(pieces)):
                words, sound = await worker.ask(ipc.request(number, pieces))
            if words.get("number") != number:
                raise WorkerFailed
            if worker in self._busy:
                self._busy.discard(worker)
                self._idle.append(worker)
            return sound
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            raise WorkerFailed from None
        finally:
            # Also when the request was cancelled: an answer that is not read would be taken for
            # the next one.
            if worker is not None and worker in self._busy:
                self._busy.discard(worker)
                await asyncio.shield(worker.end())

    async def _running(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                self._busy.add(worker)
                return worker
        worker = await _Worker.start(self._command)
        self._busy.add(worker)
        try:
            async with asyncio.timeout(_START_S):
                words, _ = await worker.answer()
            if words.get("error") == "no-voice":
                raise Unavailable(
                    "there is no voice on this machine: pip install espeakng-loader,"
                    " or install the program espeak-ng"
                )
        except BaseException:
            self._busy.discard(worker)
            await asyncio.shield(worker.end())
            raise
        return worker


def _letters(pieces: Sequence[ipc.Piece]) -> int:
    return sum(len(piece.text) for piece in pieces if not isinstance(piece, Pause))
