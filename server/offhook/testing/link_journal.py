"""What links write down, in memory: the journal outlives the process, what it held back does not."""

from offhook.base.clock import Clock
from offhook.store.durable_links import DurableLinks
from offhook.store.encryption import Cipher
from offhook.store.segments import Content


class LinkJournal:
    """The journal of one data directory, as `store.durable_links.Journal`.

    Attributes:
        written: Kind and payload of all entries that were written, in order.
        held: The same of those that wait.
        number: Of the segment that is written to; a test may raise it.
        failure: Why nothing can be written; a test may set it.
    """

    def __init__(self, clock: Clock) -> None:
        """Empty.

        Args:
            clock: The clock of all processes.
        """
        self.written: list[tuple[int, bytes]] = []
        self.held: list[tuple[int, bytes]] = []
        self.number = 1
        self.failure = ""
        self._clock = clock
        self._processes = 0

    def process(self) -> DurableLinks:
        """The log of the next process, which has read what was written before."""
        self.stop()
        log = DurableLinks(_Writer(self, self._processes), Cipher(bytes(32)), self._clock)
        content = Content("", tuple(self.written), 0)
        for _ in log.recover([(self.number, content)]):
            pass
        return log

    def stop(self) -> None:
        """The process dies: what it held back is lost, and what it writes from now on."""
        self._processes += 1
        self.held.clear()

    @property
    def waiting(self) -> int:
        """How many entries wait."""
        return len(self.held)

    def is_written_by(self, process: int) -> bool:
        """Whether the process of that number is the one that lives."""
        return process == self._processes

    def append(self, kind: int, payload: bytes, *, hold: bool = False) -> None:
        """Write one entry; with `hold` it waits for the next one."""
        self.held.append((kind, payload))
        if not hold:
            self.retry()

    def retry(self) -> None:
        """Write all that waits."""
        if not self.failure:
            self.written += self.held
            self.held.clear()


class _Writer:
    """The journal as one process has it."""

    def __init__(self, journal: LinkJournal, process: int) -> None:
        self._journal = journal
        self._process = process

    @property
    def number(self) -> int:
        return self._journal.number

    @property
    def failure(self) -> str:
        return self._journal.failure

    @property
    def waiting(self) -> int:
        return self._journal.waiting

    def append(self, kind: int, payload: bytes, *, hold: bool = False) -> None:
        if self._journal.is_written_by(self._process):
            self._journal.append(kind, payload, hold=hold)

    def retry(self) -> None:
        if self._journal.is_written_by(self._process):
            self._journal.retry()
