"""A directory, a store and a counter that live in memory."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from offhook.base.accounts import Application, Party
from offhook.base.errors import NotFound
from offhook.base.feedback import Feedback, Sample
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId
from offhook.base.records import Callback, CallRecord, Entry

ACCOUNT: Final = AccountId("MA0123456789ABCDEFGH")
SECRET: Final = "0123456789" * 4


class OneAccount:
    """A directory with one account, as `offhook.flow.ports.Directory`."""

    def __init__(self) -> None:
        """No application yet."""
        self._applications: dict[ApplicationId, Application] = {}

    def add(self, application: Application) -> ApplicationId:
        """One application more."""
        self._applications[application.id] = application
        return application.id

    async def application(self, account: AccountId, id: ApplicationId) -> Application | None:
        """The application, if it belongs to the account."""
        found = self._applications.get(id)
        return found if found is not None and found.account == account else None

    async def secret(self, account: AccountId) -> str | None:
        """The one account's secret."""
        return SECRET if account == ACCOUNT else None


class Shelf:
    """Keeps records in memory, as `offhook.flow.ports.Records`.

    Attributes:
        records: All that were kept.
        callbacks: All that are owed.
        written: The entries of each call that lives, as they were written.
    """

    def __init__(self) -> None:
        """Empty."""
        self.records: list[CallRecord] = []
        self.callbacks: list[Callback] = []
        self.written: dict[CallId, list[Entry]] = {}
        self._bell = asyncio.Event()

    def begin(self, call: CallId, began: float, written: Iterable[Entry]) -> None:
        """A call begins: what an earlier beginning of it has written is written again."""
        del began, written
        self.written[call] = []

    def note(self, call: CallId, entry: Entry, *, required: bool) -> None:
        """One entry more."""
        del required
        self.written[call].append(entry)

    def drop(self, call: CallId) -> None:
        """Nothing remains of the call, unless it was kept."""
        self.written.pop(call, None)

    def keep(self, record: CallRecord, callbacks: Sequence[Callback]) -> None:
        """Keep both."""
        self.records.append(record)
        self.callbacks.extend(callbacks)
        self._bell.set()

    async def record(self, number: int = 1) -> CallRecord:
        """The record, waited for; `number` 2 is the second one."""
        while len(self.records) < number:
            self._bell.clear()
            await self._bell.wait()
        return self.records[number - 1]


class Notebook:
    """Keeps what pages and people tell, as `offhook.links.ports.FeedbackStore`.

    Attributes:
        seconds: All samples, by leg.
        opinions: All feedback, by leg.
    """

    def __init__(self) -> None:
        """Empty."""
        self.seconds: dict[LegId, list[Sample]] = {}
        self.opinions: dict[LegId, Feedback] = {}

    def samples(self, party: Party, leg: LegId, samples: Sequence[Sample]) -> None:
        """Keep them."""
        del party
        self.seconds.setdefault(leg, []).extend(samples)

    async def feedback(self, party: Party, leg: LegId, feedback: Feedback, *, known: bool) -> None:
        """Keep it; there are no records to look a call up in."""
        del party
        if not known:
            raise NotFound(f"there is no call {leg!r} of this party")
        self.opinions[leg] = feedback


class Counts:
    """Counts in memory, as `offhook.flow.ports.Metrics`."""

    def __init__(self) -> None:
        """Nothing counted."""
        self.counted: Counter[str] = Counter()

    def count(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """One more."""
        self.counted[name] += 1
        if labels:
            told = ",".join(f"{key}={labels[key]}" for key in sorted(labels))
            self.counted[f"{name}{{{told}}}"] += 1
