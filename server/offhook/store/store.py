"""The store: one database, one seal, one small room for each noun."""

import logging
from collections.abc import Mapping
from pathlib import Path

from offhook.base.accounts import Application, Endpoint
from offhook.base.clock import Clock
from offhook.base.errors import Unavailable
from offhook.base.ids import AccountId, ApplicationId, Ids
from offhook.store.accounts import Accounts
from offhook.store.applications import Applications
from offhook.store.calls import Calls
from offhook.store.database import Database
from offhook.store.endpoints import Endpoints
from offhook.store.keys import Keys
from offhook.store.numbers import Numbers
from offhook.store.opinions import Opinions
from offhook.store.outbox import Outbox
from offhook.store.samples import Samples
from offhook.store.seal import Seal, node_key

log = logging.getLogger("offhook.store")


class Store:
    """All that outlives the process. It is the `Directory` and the `Records` of calls as well."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        *,
        ids: Ids,
        clock: Clock,
        dialects: frozenset[str] = frozenset(),
    ) -> None:
        self.database = database
        self.accounts = Accounts(database, seal, clock)
        self.keys = Keys(database, seal, ids, clock)
        self.applications = Applications(database, ids, clock, dialects)
        self.endpoints = Endpoints(database, seal, ids, clock)
        self.numbers = Numbers(database, clock)
        self.outbox = Outbox(database, seal, clock)
        self.calls = Calls(database, self.outbox)
        self.samples = Samples(database, clock)
        self.opinions = Opinions(database, clock, self.samples)
        self.credentials = self.endpoints.credentials
        self.keep = self.calls.keep

    @classmethod
    async def open(
        cls,
        url: str,
        key_file: Path,
        *,
        ids: Ids,
        clock: Clock,
        dialects: frozenset[str] = frozenset(),
    ) -> "Store":
        """Open the database, made and brought up to date as needed, with the node's key.

        Args:
            url: `sqlite:///file.db` or `postgresql://user:password@host/name`.
            key_file: Where the node's key is, or will be.
            ids: Where new ids come from.
            clock: Tells the time.
            dialects: The dialects that applications may speak; any when empty.

        Raises:
            UsageError: the URL or the key makes no sense, or a newer server was here.
            Unavailable: the database does not answer.
        """
        seal = Seal(node_key(key_file))
        database = await Database.open(url)
        return cls(database, seal, ids=ids, clock=clock, dialects=dialects)

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
        secret = await self.accounts.secret(account)
        return None if secret is None else (account, secret)

    async def health(self) -> Mapping[str, str]:
        """What does not work now, by part; empty where all is well."""
        try:
            await self.database.check()
        except Unavailable as error:
            # Where the database is, and as whom we ask it, is for the log alone.
            log.warning("database.silent", extra={"error": str(error)})
            return {"database": "does not answer"}
        return {"database": ""}

    async def close(self) -> None:
        """Write what waits, and let go of the database."""
        await self.samples.write()
        await self.database.close()
