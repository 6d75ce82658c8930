"""The store: one database, one cipher, one class for each table."""

from collections.abc import Mapping
from pathlib import Path

from offhook.base.accounts import Application, Endpoint
from offhook.base.clock import Clock, SteadyClock
from offhook.base.ids import AccountId, ApplicationId, Ids, NewId
from offhook.store.accounts import Accounts
from offhook.store.applications import Applications
from offhook.store.calls import Calls
from offhook.store.database import Database
from offhook.store.deliveries import Deliveries
from offhook.store.durable import DurableCalls, Fold
from offhook.store.durable_links import DurableLinks
from offhook.store.encryption import Cipher, node_key
from offhook.store.endpoints import Endpoints
from offhook.store.feedback import FeedbackTable
from offhook.store.journal import JournalFile
from offhook.store.keys import ApiKeys
from offhook.store.node_fence import NodeFence
from offhook.store.numbers import Numbers
from offhook.store.outbox import Outbox
from offhook.store.probe import WriteProbe, reason
from offhook.store.recordings import Recordings
from offhook.store.samples import Samples


class Store:
    """All that outlives the process. It is the `Directory` of calls as well."""

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        *,
        ids: Ids,
        clock: Clock,
        dialects: Mapping[str, NewId] | None = None,
    ) -> None:
        self.database = database
        self._cipher = cipher
        self._clock = clock
        self.steady = SteadyClock(clock)
        """The clock of the outbox: its worker needs the same one."""
        self.accounts = Accounts(database, cipher, clock)
        self.keys = ApiKeys(database, cipher, ids, clock)
        self.applications = Applications(database, ids, clock, dialects or {})
        self.endpoints = Endpoints(database, cipher, ids, clock)
        self.numbers = Numbers(database, clock)
        self._fence = NodeFence(database)
        self.outbox = Outbox(database, cipher, self.steady, self._fence)
        self.calls = Calls(database, self.outbox, self._fence)
        self.samples = Samples(database, clock)
        self.recordings = Recordings(database, self.outbox, cipher)
        self.feedback = FeedbackTable(database, clock, self.samples)
        self.credentials = self.endpoints.credentials
        self._probe = WriteProbe(database, clock)
        self._durable: DurableCalls | None = None
        self._journal: JournalFile | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        key_file: Path,
        *,
        ids: Ids,
        clock: Clock,
        dialects: Mapping[str, NewId] | None = None,
    ) -> "Store":
        """Open the database, made and brought up to date as needed, with the node's key.

        Args:
            url: `sqlite:///file.db` or `postgresql://user:password@host/name`.
            key_file: Where the node's key is, or will be.
            ids: Where new ids come from.
            clock: The clock.
            dialects: The dialects that applications may speak, each with what makes their ids;
                any when empty.

        Raises:
            UsageError: the URL or the key makes no sense, or a newer server was here.
            Unavailable: the database does not answer.
        """
        cipher = Cipher(node_key(key_file))
        database = await Database.open(url, clock.hold)
        return cls(database, cipher, ids=ids, clock=clock, dialects=dialects)

    async def application(self, account: AccountId, id: ApplicationId) -> Application | None:
        """The application, if it exists and belongs to the account."""
        return await self.applications.find(account, id)

    async def endpoint(self, account: AccountId, name: str) -> Endpoint | None:
        """The endpoint of this name, if the account has it."""
        return await self.endpoints.find(account, name)

    async def secret(self, account: AccountId) -> str | None:
        """What the account's requests to its web servers are signed with."""
        return await self.accounts.secret(account)

    async def signer(self, issuer: str) -> tuple[AccountId, str] | None:
        """Whose secret an account id or the id of an API key stands for, and the secret."""
        if issuer.startswith("SK"):
            return await self.keys.signer(issuer)
        account = AccountId(issuer)
        secret = await self.accounts.signer(account)
        return None if secret is None else (account, secret)

    def durable(self, folder: Path, epoch: str, fold: Fold) -> DurableCalls:
        """What calls are written to; one process at a time.

        Args:
            folder: Of the journal.
            epoch: This process: 32 characters, never used before.
            fold: Reads the record out of a call's entries.

        Raises:
            Unavailable: another process has the folder, or it cannot be made.
        """
        journal = JournalFile(folder, epoch)
        deliveries = Deliveries(journal, self.outbox, self.steady)
        links = DurableLinks(journal, self._cipher, self._clock)
        self._journal = journal
        self._durable = DurableCalls(
            journal, self.calls, self.outbox, deliveries, links, self._clock, fold, self._cipher
        )
        return self._durable

    async def enter(self) -> None:
        """From now on, what an earlier start on this data directory wants to write is refused.

        Raises:
            Unavailable: the database does not answer.
            OSError: the number of the start cannot be written.
        """
        if self._journal is not None:
            self._journal.advance(await self._fence.enter(self._journal.lock))

    async def health(self) -> Mapping[str, str]:
        """What does not work now, by part; an empty text for a part that works."""
        parts = {"database": await self._probe.check()}
        calls = self._durable
        if calls is not None:
            # A small write may still fit where a call does not.
            feed = calls.feed
            stuck = f"{reason(feed.failure)}; {feed.waiting} calls wait" if feed.failure else ""
            parts["database"] = stuck or parts["database"]
            parts["journal"] = calls.health()
        return parts

    async def close(self) -> None:
        """Write what waits, and close the database."""
        await self.samples.write()
        await self._probe.close()
        await self.database.close()
