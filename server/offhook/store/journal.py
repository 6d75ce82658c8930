"""The journal's file: appended to before anything leaves the process, deleted once it is in the database.

An entry is written when `write` has returned from the kernel: that survives the process. `sync`, at most
once a second, makes it survive a loss of power. What cannot be written waits in memory, up to a bound.
"""

import errno
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from offhook.base.errors import Unavailable
from offhook.base.ownership import DirectoryLock
from offhook.store import segments
from offhook.store.node_lock import NodeLock
from offhook.store.segments import Content, Segment

log = logging.getLogger("offhook.journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much the journal may take.

    Attributes:
        segment_bytes: Of one file; as much is allocated in reserve for the time when the disk is full.
        total_bytes: Of all files.
        memory_bytes: Of entries that cannot be written now; the oldest are dropped beyond that.
    """

    segment_bytes: int = 4 << 20
    total_bytes: int = 1 << 30
    memory_bytes: int = 64 << 20


class JournalFile:
    """Appends entries to segments in one folder. One process at a time has it.

    Attributes:
        failure: Why entries cannot be written now; empty when they are.
        dropped: How many entries were lost because disk and memory were full.
    """

    def __init__(self, folder: Path, epoch: str, bounds: Bounds | None = None) -> None:
        """Begin a new segment after those that are there.

        Args:
            folder: Made if it is missing, mode 0700.
            epoch: This process: 32 characters, never used before.
            bounds: How much it may take.

        Raises:
            Unavailable: another process has the folder, or it cannot be made.
        """
        self._folder = folder
        self._epoch = epoch
        self._bounds = bounds or Bounds()
        self._unwritten: deque[bytes] = deque()
        self._unwritten_bytes = 0
        self._dirty = False
        self._segment: Segment | None = None
        self._fenced = False
        self.failure = ""
        self.dropped = 0
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held = NodeLock(folder, epoch)
        except OSError as error:
            raise Unavailable(f"cannot use the journal's folder {folder}: {error}") from error
        self._old = segments.numbers(folder)
        self.number = self._old[-1] + 1 if self._old else 1
        """Of the segment that entries are written to."""
        self._first = self._old[0] if self._old else self.number

    def earlier(self) -> Iterator[tuple[int, Content]]:
        """The segments of earlier processes, in order, with their numbers.

        Raises:
            UsageError: a file is no segment, or a newer version wrote it.
        """
        for number in self._old:
            yield number, self.read(number)

    def read(self, number: int) -> Content:
        """One segment.

        Raises:
            UsageError: the file is no segment, or a newer version wrote it.
        """
        content = segments.read(segments.path_of(self._folder, number))
        if content.torn_bytes and number in self._old:
            log.warning(
                "journal.damaged", extra={"segment": number, "unreadable": content.torn_bytes}
            )
        return content

    @property
    def files(self) -> int:
        """How many segments there are."""
        return self.number - self._first + (self._segment is not None)

    @property
    def waiting(self) -> int:
        """How many entries are in memory alone."""
        return len(self._unwritten)

    def append(self, kind: int, payload: bytes, *, hold: bool = False) -> None:
        """Write one entry. Never raises: what cannot be written now is tried again by `retry`.

        Args:
            kind: What it is.
            payload: At least one byte.
            hold: It may wait for the next entry, or for `retry`.
        """
        if self._fenced:
            return
        framed = segments.frame(kind, payload)
        if not hold and not self._unwritten and self._written(framed):
            return
        self._unwritten.append(framed)
        self._unwritten_bytes += len(framed)
        if not hold and not self.failure:
            self.retry()
        while self._unwritten_bytes > self._bounds.memory_bytes:
            self._unwritten_bytes -= len(self._unwritten.popleft())
            self.dropped += 1

    def _written(self, framed: bytes) -> bool:
        """Whether it could be written at once, with nothing before it that waits."""
        segment = self._segment
        if segment is None or self.failure or not segment.fits(len(framed)):
            return False
        try:
            segment.append(framed)
        except OSError:
            # It is tried again, and what is wrong said, like for all that waits.
            return False
        self._dirty = True
        return True

    def retry(self) -> None:
        """Write all that waits."""
        if not self._unwritten and not self.failure:
            return
        try:
            while self._unwritten:
                self._write()
        except OSError as error:
            if not self.failure:
                log.error("journal.unwritable", extra={"error": _why(error)})
            self.failure = _why(error)
        else:
            if self.failure:
                log.warning("journal.writable", extra={"dropped": self.dropped})
            self.failure = ""

    def _write(self) -> None:
        """Write what fits into one segment."""
        segment = self._segment_for(len(self._unwritten[0]))
        if segment.fits(self._unwritten_bytes):
            segment.append(b"".join(self._unwritten))
            self._unwritten.clear()
            self._unwritten_bytes = 0
            self._dirty = True
            return
        size = count = 0
        for framed in self._unwritten:
            if not segment.fits(size + len(framed)):
                break
            size, count = size + len(framed), count + 1
        segment.append(b"".join(self._unwritten[index] for index in range(count)))
        for _ in range(count):
            self._unwritten.popleft()
        self._unwritten_bytes -= size
        self._dirty = True

    def _segment_for(self, size: int) -> Segment:
        if self._segment is not None and self._segment.fits(size):
            return self._segment
        number = self.number if self._segment is None else self.number + 1
        if (number - self._first) * self._bounds.segment_bytes >= self._bounds.total_bytes:
            raise OSError(errno.EFBIG, "the journal has reached its largest size")
        capacity = max(self._bounds.segment_bytes, size + 1024)
        opened = Segment(
            self._folder, number, epoch=self._epoch, start=self.lock.start, size=capacity
        )
        if self._segment is not None:
            self._segment.sync()
            self._segment.close()
        self._segment, self.number = opened, number
        return opened

    def fence(self) -> None:
        """A later start has the folder: write and delete nothing any more."""
        self._fenced = True
        self._unwritten.clear()
        self._unwritten_bytes = 0

    def sync(self) -> None:
        """Wait for the disk, and keep space for the next segment. May be called from a thread."""
        if self._fenced:
            return
        segment, dirty, self._dirty = self._segment, self._dirty, False
        try:
            if segment is not None and dirty:
                segment.sync()
            segments.prepare(self._folder, self._bounds.segment_bytes)
        except OSError as error:
            # Seen when it is written to; what is in the kernel survives the process in any case.
            log.debug("journal.unsynced", extra={"error": _why(error)})

    def forget_before(self, number: int) -> None:
        """Delete the segments before that one: all that they hold is elsewhere."""
        if self._fenced:
            return
        while self._first < min(number, self.number):
            try:
                segments.path_of(self._folder, self._first).unlink(missing_ok=True)
            except OSError as error:
                log.debug("journal.undeleted", extra={"error": _why(error)})
                return
            self._first += 1

    def close(self) -> None:
        """Write what can be written, and let go of the folder."""
        self.retry()
        self.sync()
        if self._segment is not None:
            self._segment.close()
            self._segment = None
        self._held.release()

    @property
    def lock(self) -> DirectoryLock:
        """That this process has the folder, and which start of its node it is."""
        return self._held.evidence

    def advance(self, lock: DirectoryLock) -> None:
        """This start has a later number; before the first entry is written.

        Raises:
            OSError: it cannot be written.
        """
        self._held.advance(lock)

    @property
    def is_ours(self) -> bool:
        """Whether this process still has the folder: its lock is there, and no later start has been."""
        return self._held.is_ours


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
