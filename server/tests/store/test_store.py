"""The store as the rest of the server sees it."""

from pathlib import Path

import pytest
from offhook.auth.grants import Directory as GrantDirectory
from offhook.auth.logins import Credentials
from offhook.auth.tokens import Signers
from offhook.base.errors import UsageError
from offhook.calls.cdr import fold
from offhook.flow.ports import Directory, Records
from offhook.store.accounts import Account
from offhook.store.store import Store
from offhook.webhooks.outbox_worker import OutboxStore


async def test_an_account_id_signs_for_itself(store: Store, account: Account) -> None:
    secret = await store.secret(account.id)
    assert await store.signer(account.id) == (account.id, secret)
    assert await store.signer("MANOBODY") is None
    assert await store.signer("SKNOTHING") is None


def _fits(
    directory: Directory,
    records: Records,
    debts: OutboxStore,
    signers: Signers,
    credentials: Credentials,
    grants: GrantDirectory,
) -> int:
    """The type checker has the last word on these."""
    return len((directory, records, debts, signers, credentials, grants))


async def test_the_store_implements_the_ports_of_other_packages(
    store: Store, tmp_path: Path
) -> None:
    records = store.durable(tmp_path / "journal", "e" * 32, fold)
    assert _fits(store, records, records.deliveries, store, store.endpoints, store) == 6


async def test_data_are_there_after_a_restart(
    database: str, tmp_path: Path, clock: "object", store: Store, account: Account
) -> None:
    secret = await store.secret(account.id)
    await store.close()
    again = await Store.open(
        database, tmp_path / "node.key", ids=store.endpoints._ids, clock=store.accounts._clock
    )
    assert await again.secret(account.id) == secret
    await again.close()


async def test_a_database_with_another_nodes_key_is_reported(
    database: str, tmp_path: Path, store: Store, account: Account
) -> None:
    other = await Store.open(
        database, tmp_path / "other.key", ids=store.endpoints._ids, clock=store.accounts._clock
    )
    with pytest.raises(UsageError, match="put back the key file"):
        await other.secret(account.id)
    await other.close()
