"""Files of recordings in a directory of this machine."""

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from offhook.base.clock import Hold, no_hold
from offhook.base.errors import NotFound, Unavailable
from offhook.storage import mp3, wav_parts

_KEY: Final = re.compile(r"[A-Za-z0-9]{1,64}/[A-Za-z0-9]{1,64}\.[a-z0-9]{1,8}")
_MOST_PARTS: Final = 1_000
_Found = TypeVar("_Found")


class LocalFiles:
    """Files by key: `<account>/<name>.<ending>`. Each account has a directory of its own.

    Only the server's user may read them: directories have mode 0700, files 0600.
    """

    def __init__(self, folder: Path, *, spare: float = 0.05, hold: Hold = no_hold) -> None:
        """Files below `folder`, which is made with the first of them.

        Args:
            folder: A directory that nothing else uses.
            spare: The part of the disk that stays free: no new file is begun below it.
            hold: Holds a simulated clock while a thread works.
        """
        self._folder = folder
        self._spare = spare
        self._hold = hold
        self._encoding = asyncio.Lock()
        """One at a time: it takes a processor for itself."""

    def part(self, key: str) -> Path:
        """Where to write a new file, or another part of one. Who writes it makes its directory.

        Raises:
            Unavailable: there is too little space, or the directory cannot be had.
        """
        path = self._path(key)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            disk = shutil.disk_usage(self._folder)
        except OSError as error:
            message = f"cannot write recordings to {self._folder}: {error.strerror}"
            raise Unavailable(message) from error
        if disk.free < disk.total * self._spare:
            raise Unavailable(
                f"no recording begins: less than {self._spare:.0%} of the disk of {self._folder} is free"
            )
        if not path.exists():
            return path
        parts = (_part(path, number) for number in range(1, _MOST_PARTS))
        return next(part for part in parts if not part.exists())

    async def join(self, key: str) -> tuple[float, int]:
        """Join the parts of a file. Returns its seconds and its size, 0 if there is none.

        Raises:
            Unavailable: the system refuses.
        """
        path = self._path(key)

        def work() -> tuple[float, int]:
            found = (_part(path, number) for number in range(1, _MOST_PARTS))
            return wav_parts.join(path, [part for part in found if part.exists()])

        return await self._in_thread(work, "cannot complete a recording")

    async def find(self, key: str) -> Path:
        """An existing file.

        Raises:
            NotFound: there is none.
        """
        path = self._path(key)
        with self._hold("a file"):
            there = await asyncio.to_thread(path.is_file)
        if not there:
            raise NotFound("the recording has no sound any more")
        return path

    async def mp3(self, key: str) -> Path:
        """The same sound as an MP3, which is made when it is first asked for.

        Raises:
            NotFound: there is no such file.
            Unavailable: it cannot be made.
        """
        path = await self.find(key)
        made = path.with_suffix(".mp3")
        async with self._encoding:
            if not made.exists():
                with self._hold("an MP3 encoder"):
                    await mp3.encode(path, made)
        return made

    async def delete(self, key: str) -> None:
        """Remove a file, with what was made from it; it has no effect if there is none.

        Raises:
            Unavailable: the system refuses.
        """
        path = self._path(key)

        def work() -> None:
            for each in (path, *path.parent.glob(f"{path.stem}.*")):
                each.unlink(missing_ok=True)

        await self._in_thread(work, "cannot delete a recording")

    async def _in_thread(self, work: Callable[[], _Found], failure: str) -> _Found:
        with self._hold(failure):
            try:
                return await asyncio.to_thread(work)
            except OSError as error:
                raise Unavailable(f"{failure}: {error.strerror}") from error

    def _path(self, key: str) -> Path:
        # Keys are made of ids; anything else would be a way out of the directory.
        if not _KEY.fullmatch(key):
            raise NotFound("there is no such recording")
        return self._folder / key


def _part(path: Path, number: int) -> Path:
    return path.with_suffix(f".{number}{path.suffix}")
