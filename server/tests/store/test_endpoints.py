"""Endpoints are unique by name within their account, and their passwords are not kept readable."""

import re
from datetime import UTC, datetime

import pytest
from offhook.base.digests import Digests
from offhook.base.errors import NotFound, UsageError
from offhook.base.ids import AccountId, ApplicationId, EndpointId
from offhook.store.accounts import Account
from offhook.store.store import Store
from offhook.store.tables import endpoints
from sqlalchemy import insert, text

HA1 = Digests(sha256="5f" * 32, md5="a7" * 16)
OTHER = Digests(sha256="a0" * 32, md5="b0" * 16)


async def test_a_new_endpoint_is_found_by_name_and_by_id(store: Store, account: Account) -> None:
    made = await store.endpoints.create(account.id, name="alice", digests=HA1, alias="Alice A.")
    assert await store.endpoints.get(account.id, "alice") == made
    assert await store.endpoints.get(account.id, made.id) == made
    assert await store.endpoints.credentials(account.id, "alice") == (made, HA1)
    assert await store.endpoints.credentials(None, "alice") == (made, HA1)


async def test_a_name_that_looks_like_an_id_is_a_name(store: Store, account: Account) -> None:
    first = await store.endpoints.create(account.id, name="alice", digests=HA1)
    second = await store.endpoints.create(account.id, name=first.id, digests=HA1)
    assert await store.endpoints.get(account.id, first.id) == second


async def test_a_name_on_two_accounts_needs_the_account(
    store: Store, account: Account, stranger: Account
) -> None:
    await store.endpoints.create(account.id, name="alice", digests=HA1)
    theirs = await store.endpoints.create(stranger.id, name="alice", digests=OTHER)
    assert await store.endpoints.credentials(None, "alice") is None
    assert await store.endpoints.credentials(stranger.id, "alice") == (theirs, OTHER)
    assert await store.endpoints.credentials(account.id, "bob") is None


async def test_the_digests_are_not_readable_in_the_database(store: Store, account: Account) -> None:
    await store.endpoints.create(account.id, name="alice", digests=HA1)
    async with store.database.read() as connection:
        query = text("SELECT ha1, ha1_md5 FROM endpoints")
        encrypted = (await connection.execute(query)).one()
    for kept in encrypted:
        for digest in (HA1.sha256, str(HA1.md5)):
            assert digest.encode() not in bytes(kept)
            assert bytes.fromhex(digest) not in bytes(kept)
    assert "5f5f" not in repr(HA1)
    assert "a7a7" not in repr(HA1)


async def test_the_two_digests_cannot_change_places(store: Store, account: Account) -> None:
    await store.endpoints.create(account.id, name="alice", digests=HA1)
    async with store.database.write() as connection:
        await connection.execute(text("UPDATE endpoints SET ha1_md5 = ha1"))
    with pytest.raises(UsageError):
        await store.endpoints.credentials(account.id, "alice")


async def test_a_missing_digest_is_kept_once_the_password_is_seen(
    store: Store, account: Account
) -> None:
    old = Digests(sha256=HA1.sha256)
    made = await store.endpoints.create(account.id, name="alice", digests=old)
    assert await store.endpoints.credentials(account.id, "alice") == (made, old)
    await store.endpoints.complete(made, HA1)
    assert await store.endpoints.credentials(account.id, "alice") == (made, HA1)


async def test_a_password_that_was_changed_meanwhile_stays(store: Store, account: Account) -> None:
    made = await store.endpoints.create(
        account.id, name="alice", digests=Digests(sha256=HA1.sha256)
    )
    await store.endpoints.change(account.id, "alice", digests=OTHER)
    await store.endpoints.complete(made, HA1)
    assert await store.endpoints.credentials(account.id, "alice") == (made, OTHER)
    await store.endpoints.delete(account.id, "alice")
    await store.endpoints.complete(made, HA1)
    assert await store.endpoints.find(account.id, "alice") is None


@pytest.mark.threat("object-access")
async def test_another_account_never_gets_it(
    store: Store, account: Account, stranger: Account
) -> None:
    made = await store.endpoints.create(account.id, name="alice", digests=HA1)
    for name in ("alice", made.id):
        assert await store.endpoints.find(stranger.id, name) is None
        with pytest.raises(NotFound):
            await store.endpoints.change(stranger.id, name, alias="x")
        with pytest.raises(NotFound):
            await store.endpoints.delete(stranger.id, name)
    assert await store.endpoints.get(account.id, "alice") == made


async def test_an_application_must_be_the_accounts_own(
    store: Store, account: Account, stranger: Account
) -> None:
    theirs = await store.applications.create(
        stranger.id, name="app", dialect="plivo", answer_url="https://a.example/"
    )
    for id in (theirs.id, ApplicationId("nothing")):
        with pytest.raises(NotFound, match="application"):
            await store.endpoints.create(account.id, name="alice", digests=HA1, application=id)
    await store.endpoints.create(account.id, name="alice", digests=HA1)
    with pytest.raises(NotFound, match="application"):
        await store.endpoints.change(account.id, "alice", application=theirs.id)


async def test_names_are_unique(store: Store, account: Account) -> None:
    await store.endpoints.create(account.id, name="alice", digests=HA1)
    with pytest.raises(UsageError, match="'alice' already") as refused:
        await store.endpoints.create(account.id, name="alice", digests=HA1)
    assert refused.value.code == "conflict"
    with pytest.raises(NotFound, match="account"):
        await store.endpoints.create(AccountId("MANOBODY"), name="alice", digests=HA1)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "a" * 129, "a\0", "a\n"])
async def test_a_name_must_be_dialable(store: Store, account: Account, name: str) -> None:
    with pytest.raises(UsageError, match="A-Z a-z 0-9"):
        await store.endpoints.create(account.id, name=name, digests=HA1)


async def test_only_named_fields_change(store: Store, account: Account) -> None:
    app = await store.applications.create(
        account.id, name="app", dialect="plivo", answer_url="https://a.example/"
    )
    await store.endpoints.create(account.id, name="a", digests=HA1, alias="A")
    changed = await store.endpoints.change(account.id, "a", application=app.id)
    assert (changed.alias, changed.application) == ("A", app.id)
    changed = await store.endpoints.change(account.id, changed.id, digests=OTHER, alias="")
    assert (changed.alias, changed.application) == ("", app.id)
    assert await store.endpoints.credentials(account.id, "a") == (changed, OTHER)
    changed = await store.endpoints.change(account.id, "a", application=None)
    assert changed.application is None


async def test_they_come_in_pages_by_name_and_go(store: Store, account: Account) -> None:
    for name in ("c", "a", "b"):
        await store.endpoints.create(account.id, name=name, digests=HA1)
    first = await store.endpoints.list(account.id, limit=2)
    rest = await store.endpoints.list(account.id, limit=2, after=first.next)
    assert [endpoint.name for endpoint in (*first.items, *rest.items)] == ["a", "b", "c"]
    await store.endpoints.delete(account.id, "b")
    assert [e.name for e in (await store.endpoints.list(account.id)).items] == ["a", "c"]
    with pytest.raises(NotFound):
        await store.endpoints.delete(account.id, "b")


class RepeatedIds:
    """Gives one number again and again before a new one."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)

    def hex32(self) -> str:
        raise AssertionError("ids of endpoints are decimal numbers")

    def digits(self, count: int) -> str:
        return f"{self.numbers.pop(0):0{count}d}"


async def test_ids_are_numbers_of_fourteen_digits(store: Store, account: Account) -> None:
    made = await store.endpoints.create(account.id, name="alice", digests=HA1)
    assert re.fullmatch("[1-9][0-9]{13}", made.id)


async def test_an_id_in_use_is_replaced_by_another(
    store: Store, account: Account, stranger: Account
) -> None:
    store.endpoints._ids = RepeatedIds(7, 7, 8)
    first = await store.endpoints.create(account.id, name="alice", digests=HA1)
    second = await store.endpoints.create(stranger.id, name="alice", digests=OTHER)
    assert (int(first.id), int(second.id)) == (7, 8)
    assert await store.endpoints.credentials(account.id, "alice") == (first, HA1)
    assert await store.endpoints.credentials(stranger.id, "alice") == (second, OTHER)


async def test_an_endpoint_with_an_id_of_earlier_versions_is_found_and_logs_in(
    store: Store, account: Account
) -> None:
    old = EndpointId("0123456789abcdef" * 2)
    row = store.endpoints._encrypted(old, HA1)
    row |= {"id": old, "account": account.id, "name": "alice", "alias": ""}
    async with store.database.write() as connection:
        await connection.execute(
            insert(endpoints).values(**row, created_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
    found = await store.endpoints.get(account.id, old)
    assert (found.id, found.name) == (old, "alice")
    assert await store.endpoints.credentials(account.id, "alice") == (found, HA1)
    changed = await store.endpoints.change(account.id, old, digests=OTHER)
    assert changed.id == old
    assert await store.endpoints.credentials(None, "alice") == (found, OTHER)
