"""What the flow of a call needs of the world: the web, the directory, a voice, a memory."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from offhook.base.accounts import Application
from offhook.base.clock import Clock
from offhook.base.ids import AccountId, ApplicationId, CallId, Ids
from offhook.base.journal.entry import FIRST, Entry, Epoch
from offhook.base.journal.inputs import Input
from offhook.base.media import Encoded, Sound
from offhook.base.recordings import Recording
from offhook.base.records import Callback, CallRecord
from offhook.base.web import WebReply, WebRequest
from offhook.calls.ports import Media, Signal
from offhook.dialects.base import Dialect


class Web(Protocol):
    """Requests to URLs that users gave us."""

    async def fetch(self, request: WebRequest) -> WebReply:
        """Send it, within its limits.

        Raises:
            WebFailure: there is no usable answer.
        """
        ...

    async def fetch_sound(self, request: WebRequest) -> Sound:
        """Get a sound file, from the cache if its server allows that.

        Raises:
            WebFailure: it cannot be had.
            UnplayableSound: it cannot be played.
        """
        ...

    def forget(self, call: CallId) -> None:
        """The call is over: drop its cookies."""
        ...


class Directory(Protocol):
    """Who is who."""

    async def application(self, account: AccountId, id: ApplicationId) -> Application | None:
        """The application, if it exists and belongs to the account."""
        ...

    async def secret(self, account: AccountId) -> str | None:
        """What the account's requests to its web servers are signed with."""
        ...


class Speech(Protocol):
    """Speech synthesis."""

    async def synthesize(
        self, text: str, *, language: str, voice: str, markup: bool = False, account: str = ""
    ) -> Encoded:
        """Speak `text`; an unknown voice or language falls back to the nearest there is.

        Args:
            text: What to speak.
            language: A language tag, such as `en-US`.
            voice: As the application calls it; possibly empty.
            markup: `text` is SSML; otherwise it is plain text.
            account: On whose behalf; texts of one account do not delay those of another.

        Raises:
            Unavailable: no voice works now.
        """
        ...


class Records(Protocol):
    """What remains of calls, even when the process dies. Never waits, never fails."""

    def begin(self, call: CallId, began: float, written: Iterable[Entry], epoch: Epoch) -> None:
        """A call begins.

        Args:
            call: Its id.
            began: When, by the forward clock.
            written: Returns all its entries.
            epoch: Who has it. What comes with an older one later has no effect.
        """
        ...

    def note(self, call: CallId, entry: Entry) -> None:
        """The call has one entry more; one of state is written before this returns."""
        ...

    def receive(self, call: CallId, entry: Input) -> None:
        """The call has one input more: it is written before this returns."""
        ...

    def drop(self, call: CallId) -> None:
        """Discard the call, unless `keep` has recorded its end."""
        ...

    def queue(self, callback: Callback) -> None:
        """A callback is pending from now on; it is written before this returns."""
        ...

    def last_order(self, call: CallId) -> int:
        """The number of the last callback that was queued under that id; 0 before the first."""
        ...

    def forget_order(self, call: CallId) -> None:
        """No more callbacks are queued under that id."""
        ...

    def keep(self, record: CallRecord, callbacks: Sequence[Callback], epoch: Epoch) -> None:
        """The call has ended: keep the record and its callbacks, both or neither.

        Args:
            record: What remains of it.
            callbacks: What its application is to be notified of.
            epoch: With which this process has it.
        """
        ...


class RecordingTable(Protocol):
    """What is known of recordings, in the database."""

    async def begin(self, recording: Recording) -> None:
        """Keep one that begins; the same one again changes nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def add_callbacks(self, callbacks: Sequence[Callback]) -> None:
        """Send callbacks; the same ones again change nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def finish(self, recording: Recording, callbacks: Sequence[Callback]) -> bool:
        """Keep how one ended, with callbacks that are to be sent, both or neither.

        Returns:
            Whether it ran until now.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def running(self) -> Sequence[Recording]:
        """All that have not ended."""
        ...


class RecordingFiles(Protocol):
    """Where their sound is."""

    def part(self, key: str) -> Path:
        """Where to write a new file, or another part of one.

        Raises:
            Unavailable: there is too little space.
        """
        ...

    async def join(self, key: str) -> tuple[float, int]:
        """Join the parts of a file. Returns its seconds and its size, 0 if there is none.

        Raises:
            Unavailable: the system refuses.
        """
        ...


class Metrics(Protocol):
    """Counts what happens, for people who watch."""

    def count(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """One more of `name`."""
        ...


class Dependencies(NamedTuple):
    """All that the flow of calls is given, in one place."""

    media: Media
    signal: Signal
    web: Web
    directory: Directory
    speech: Speech
    records: Records
    metrics: Metrics
    clock: Clock
    ids: Ids
    dialects: Mapping[str, Dialect]
    hold_music: Sound | None = None
    """Played to a party on hold; nothing for silence."""
    recordings: RecordingTable | None = None
    """What is known of recordings; without it nothing is recorded."""
    files: RecordingFiles | None = None
    """Their sound."""
    base_url: Callable[[], str] = str
    """Where people reach the server, without a path: links in requests begin with it."""
    first_epoch: Epoch = FIRST
    """Of calls that begin here."""
