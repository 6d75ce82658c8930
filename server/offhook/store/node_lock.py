"""The lock of the journal's folder: which node it is, how often it was started, and that it is ours.

The lock is the evidence by which a start may take the calls of the one before. Its file has the node's id
and the number of the start, which no later start has again.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from offhook.base.errors import Unavailable
from offhook.base.ownership import DirectoryLock
from offhook.store import segments

_NAME: Final = "lock"
_LONGEST: Final = 128


class NodeLock:
    """The lock, held until `release` or the end of the process."""

    def __init__(self, folder: Path, fresh: str) -> None:
        """Take it, as the next start of the node.

        Args:
            folder: Of the journal, which exists.
            fresh: The node's id if it has none: 32 characters, never used before.

        Raises:
            Unavailable: another process has it.
            OSError: the file cannot be used.
        """
        self._path = folder / _NAME
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            node, start = _read(self._file)
            # Without the file the segments may still be there, and each of them names its start.
            last = max(start, *(segments.start_of(folder, n) for n in segments.numbers(folder)), 0)
            self._write(DirectoryLock(node or fresh, last + 1))
        except BlockingIOError as error:
            os.close(self._file)
            raise Unavailable(
                f"another server uses {folder.parent}; stop it, or choose another --data-dir"
            ) from error
        except OSError:
            os.close(self._file)
            raise

    def advance(self, evidence: DirectoryLock) -> None:
        """The number of this start is a later one.

        Raises:
            OSError: it cannot be written.
        """
        if evidence != self.evidence:
            self._write(evidence)

    def _write(self, evidence: DirectoryLock) -> None:
        self.evidence = evidence
        self._text = f"{evidence.node} {evidence.start}\n".encode()
        os.pwrite(self._file, self._text, 0)
        os.ftruncate(self._file, len(self._text))
        os.fsync(self._file)

    @property
    def is_ours(self) -> bool:
        """Whether the lock's file is the one that is held, and no later start has written into it."""
        try:
            there, held = self._path.stat(), os.fstat(self._file)
            text = os.pread(self._file, _LONGEST, 0)
        except FileNotFoundError:
            return False
        except OSError:
            # A disk that cannot be read says nothing about who has it.
            return True
        return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino) and text == self._text

    def release(self) -> None:
        """Let go of it."""
        os.close(self._file)


def _read(file: int) -> tuple[str, int]:
    node, _, start = os.pread(file, _LONGEST, 0).decode("ascii", "replace").strip().partition(" ")
    return (node, int(start)) if start.isdecimal() else ("", 0)
