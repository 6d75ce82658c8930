"""A small server's worth of accounts, keys, endpoints and applications, in memory."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from offhook.auth.passwords import REALM
from offhook.base.accounts import Application, Endpoint
from offhook.base.digests import Digests
from offhook.base.errors import Unavailable
from offhook.base.ids import AccountId, ApplicationId, EndpointId
from offhook.testing.deterministic import ManualClock

ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")
OTHER = AccountId("MAYYYYYYYYYYYYYYYYYY")
KEY = "SK" + "1" * 32
APPLICATION = ApplicationId("a" * 32)


@dataclass
class Directory:
    """The store's directory, in memory."""

    secrets: dict[str, tuple[AccountId, str]] = field(
        default_factory=lambda: {
            ACCOUNT: (ACCOUNT, "secret-of-the-account-0123456789abcdefghij"),
            OTHER: (OTHER, "secret-of-the-other-one-0123456789abcdefgh"),
            KEY: (ACCOUNT, "secret-of-the-api-key-0123456789abcdefghij"),
            "SKshort": (ACCOUNT, "short"),
        }
    )
    passwords: dict[tuple[str, str], str] = field(
        default_factory=lambda: {
            (ACCOUNT, "alice"): "correct horse",
            (OTHER, "alice"): "battery staple",
            (ACCOUNT, "bob"): "bobs password",
        }
    )
    asked: int = 0
    completed: list[tuple[Endpoint, Digests]] = field(
        default_factory=list[tuple[Endpoint, Digests]]
    )
    md5: str | None = None
    broken: bool = False

    async def signer(self, issuer: str) -> tuple[AccountId, str] | None:
        self.asked += 1
        return self.secrets.get(issuer)

    async def application(self, account: AccountId, id: ApplicationId) -> Application | None:
        if (account, id) != (ACCOUNT, APPLICATION):
            return None
        url = "https://a.example/"
        return Application(id=id, account=account, name="app", dialect="plivo", answer_url=url)

    async def endpoint(self, account: AccountId, name: str) -> Endpoint | None:
        if (account, name) not in self.passwords:
            return None
        return Endpoint(
            id=EndpointId("e" * 32),
            account=account,
            name=name,
            application=APPLICATION if name == "alice" else None,
        )

    async def credentials(
        self, account: AccountId | None, name: str
    ) -> tuple[Endpoint, Digests] | None:
        self.asked += 1
        owners = [owner for owner, known in self.passwords if known == name]
        if account is not None:
            owners = [owner for owner in owners if owner == account]
        if len(owners) != 1:
            return None
        found = await self.endpoint(AccountId(owners[0]), name)
        assert found
        password = self.passwords[owners[0], name]
        sha256 = hashlib.sha256(f"{name}:{REALM}:{password}".encode()).hexdigest()
        return found, Digests(sha256=sha256, md5=self.md5)

    async def complete(self, endpoint: Endpoint, digests: Digests) -> None:
        if self.broken:
            raise Unavailable("the database is read-only")
        self.completed.append((endpoint, digests))


@pytest.fixture
def clock() -> ManualClock:
    # The vendors' libraries write tokens by the machine's clock.
    return ManualClock(start=datetime.now(UTC))


@pytest.fixture
def directory() -> Directory:
    return Directory()
