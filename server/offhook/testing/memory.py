"""In-memory directory, records, feedback and metrics."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from offhook.base.accounts import Application, Party
from offhook.base.errors import NotFound, Unavailable
from offhook.base.feedback import Feedback, Sample
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId, RecordingId
from offhook.base.journal.entry import Entry, Epoch
from offhook.base.journal.inputs import Input
from offhook.base.recordings import Recording
from offhook.base.records import Callback, CallRecord
from offhook.testing.outbox import InMemoryOutbox

ACCOUNT: Final = AccountId("MA0123456789ABCDEFGH")
SECRET: Final = "0123456789" * 4


class InMemoryDirectory:
    """A directory with one account, as `offhook.flow.ports.Directory`."""

    def __init__(self) -> None:
        """No application yet."""
        self._applications: dict[ApplicationId, Application] = {}
        self._numbers: set[str] = set()

    def add(self, application: Application) -> ApplicationId:
        """Add an application."""
        self._applications[application.id] = application
        return application.id

    async def application(self, account: AccountId, id: ApplicationId) -> Application | None:
        """The application, if it belongs to the account."""
        found = self._applications.get(id)
        return found if found is not None and found.account == account else None

    def add_number(self, number: str) -> None:
        """Let the account have a number."""
        self._numbers.add(number.removeprefix("+"))

    async def owner_of(self, number: str) -> AccountId | None:
        """The account, if it has the number; as `offhook.links.simulated.ports.NumberOwners`."""
        return ACCOUNT if number.removeprefix("+") in self._numbers else None

    async def secret(self, account: AccountId) -> str | None:
        """The one account's secret."""
        return SECRET if account == ACCOUNT else None


class InMemoryRecords:
    """Keeps records in memory, as `offhook.flow.ports.Records`.

    Attributes:
        records: All kept records.
        callbacks: All pending callbacks.
        written: Journal entries of each live call, in order.
        inputs: What the parties of each call did, in order.
        began: When each call began, by the forward clock.
        outbox: Callbacks that were queued while calls run.
    """

    def __init__(self) -> None:
        """Empty."""
        self.records: list[CallRecord] = []
        self.callbacks: list[Callback] = []
        self.written: dict[CallId, list[Entry]] = {}
        self.inputs: dict[CallId, list[Input]] = {}
        self.began: dict[CallId, float] = {}
        self.outbox = InMemoryOutbox()
        self._orders: dict[CallId, int] = {}
        self._kept = asyncio.Event()

    def begin(self, call: CallId, began: float, written: Iterable[Entry], epoch: Epoch) -> None:
        """Begin a call; entries of an earlier begin are dropped, as they are written again."""
        del epoch
        self.written[call] = list(written)
        self.began[call] = began

    def note(self, call: CallId, entry: Entry) -> None:
        """Append an entry."""
        self.written[call].append(entry)

    def receive(self, call: CallId, entry: Input) -> None:
        """Append an input."""
        self.inputs.setdefault(call, []).append(entry)

    def drop(self, call: CallId) -> None:
        """Drop the entries of the call."""
        self.written.pop(call, None)
        self.inputs.pop(call, None)

    def queue(self, callback: Callback) -> None:
        """Queue a callback."""
        self._orders[callback.call] = callback.order
        self.outbox.add(callback)

    def last_order(self, call: CallId) -> int:
        """The number of the last one under that id."""
        return self._orders.get(call, 0)

    def forget_order(self, call: CallId) -> None:
        """No more under that id."""
        self._orders.pop(call, None)

    def keep(self, record: CallRecord, callbacks: Sequence[Callback], epoch: Epoch) -> None:
        """Keep the record and its callbacks."""
        del epoch
        self.records.append(record)
        self.callbacks.extend(callbacks)
        self._kept.set()

    async def record(self, number: int = 1) -> CallRecord:
        """The `number`th record, as soon as it is kept."""
        while len(self.records) < number:
            self._kept.clear()
            await self._kept.wait()
        return self.records[number - 1]


class InMemoryFeedback:
    """Keeps feedback and samples in memory, as `offhook.links.ports.FeedbackStore`.

    Attributes:
        samples_by_leg: All samples, by leg.
        feedback_by_leg: All feedback, by leg.
    """

    def __init__(self) -> None:
        """Empty."""
        self.samples_by_leg: dict[LegId, list[Sample]] = {}
        self.feedback_by_leg: dict[LegId, Feedback] = {}

    def samples(self, party: Party, leg: LegId, samples: Sequence[Sample]) -> None:
        """Keep the samples."""
        del party
        self.samples_by_leg.setdefault(leg, []).extend(samples)

    async def feedback(self, party: Party, leg: LegId, feedback: Feedback, *, known: bool) -> None:
        """Keep the feedback; only calls that are `known` have any."""
        del party
        if not known:
            raise NotFound(f"there is no call {leg!r} of this party")
        self.feedback_by_leg[leg] = feedback


class InMemoryMetrics:
    """Counts in memory, as `offhook.flow.ports.Metrics`."""

    def __init__(self) -> None:
        """All counts are 0."""
        self.counts: Counter[str] = Counter()

    def count(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """Count one."""
        self.counts[name] += 1
        if labels:
            label = ",".join(f"{key}={labels[key]}" for key in sorted(labels))
            self.counts[f"{name}{{{label}}}"] += 1


class InMemoryRecordings:
    """Keeps recordings in memory, as `offhook.flow.ports.RecordingTable` and `RecordingFiles`.

    Attributes:
        all: Every recording as it is now.
        callbacks: All callbacks about them, in order.
        full: Whether the disk is.
        seconds: How long the file of each is, by its key: what media has written.
    """

    def __init__(self) -> None:
        """Empty."""
        self.all: dict[RecordingId, Recording] = {}
        self.callbacks: list[Callback] = []
        self.full = False
        self.seconds: dict[str, float] = {}
        self._kept = asyncio.Event()

    async def begin(self, recording: Recording) -> None:
        """Keep one that begins."""
        self.all.setdefault(recording.id, recording)

    async def add_callbacks(self, callbacks: Sequence[Callback]) -> None:
        """Send callbacks."""
        self.callbacks.extend(callbacks)

    async def finish(self, recording: Recording, callbacks: Sequence[Callback]) -> bool:
        """Keep how one ended."""
        if not self.all[recording.id].runs:
            return False
        self.all[recording.id] = recording
        self.callbacks.extend(callbacks)
        self._kept.set()
        return True

    async def running(self) -> Sequence[Recording]:
        """All that have not ended."""
        return [recording for recording in self.all.values() if recording.runs]

    def part(self, key: str) -> Path:
        """A name that no disk has."""
        if self.full:
            raise Unavailable("no recording begins: less than 5% of the disk is free")
        return Path(key)

    async def join(self, key: str) -> tuple[float, int]:
        """What was written in all."""
        seconds = self.seconds.get(key, 0.0)
        return seconds, round(seconds * 16_000)

    def write(self, key: str, seconds: float) -> None:
        """Media has written a file, or another part of it."""
        self.seconds[key] = self.seconds.get(key, 0.0) + seconds

    async def ended(self, count: int = 1) -> list[Recording]:
        """All that have ended, as soon as there are so many."""
        while True:
            found = [recording for recording in self.all.values() if not recording.runs]
            if len(found) >= count:
                return found
            self._kept.clear()
            await self._kept.wait()
