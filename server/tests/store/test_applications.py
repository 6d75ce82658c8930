"""Applications belong to one account, have one name each, and are checked before they are kept."""

import re

import pytest
from offhook.base.accounts import Application
from offhook.base.digests import Digests
from offhook.base.errors import NotFound, Unavailable, UsageError
from offhook.base.ids import AccountId, ApplicationId, Ids, hex_id
from offhook.store.accounts import Account
from offhook.store.store import Store

URL = "https://a.example/answer"


async def _make(store: Store, account: Account, name: str = "app") -> Application:
    return await store.applications.create(
        account.id, name=name, dialect="plivo", answer_url=URL, hangup_url=URL, hangup_method="GET"
    )


async def test_a_new_application_is_found_as_it_was_made(store: Store, account: Account) -> None:
    made = await _make(store, account)
    assert made.answer_method == "POST"
    assert made.hangup_method == "GET"
    assert await store.applications.get(account.id, made.id) == made
    assert await store.application(account.id, made.id) == made
    assert await store.applications.named(account.id, "app") == made
    assert await store.applications.named(account.id, "other") is None


@pytest.mark.threat("object-access")
async def test_another_account_never_gets_it(
    store: Store, account: Account, stranger: Account
) -> None:
    made = await _make(store, account)
    assert await store.application(stranger.id, made.id) is None
    assert await store.applications.named(stranger.id, "app") is None
    assert (await store.applications.list(stranger.id)).items == ()
    with pytest.raises(NotFound):
        await store.applications.get(stranger.id, made.id)
    with pytest.raises(NotFound):
        await store.applications.change(stranger.id, made.id, name="mine")
    with pytest.raises(NotFound):
        await store.applications.delete(stranger.id, made.id)
    assert await store.applications.get(account.id, made.id) == made


async def test_names_are_unique_per_account(
    store: Store, account: Account, stranger: Account
) -> None:
    await _make(store, account)
    await _make(store, stranger)
    other = await _make(store, account, "other")
    with pytest.raises(UsageError, match="'app' already") as refused:
        await _make(store, account)
    assert refused.value.code == "conflict"
    with pytest.raises(UsageError) as refused:
        await store.applications.change(account.id, other.id, name="app")
    assert refused.value.code == "conflict"


async def test_only_named_fields_change(store: Store, account: Account) -> None:
    made = await _make(store, account)
    changed = await store.applications.change(account.id, made.id, answer_method="GET")
    assert changed.answer_method == "GET"
    assert changed.name == made.name
    assert await store.applications.get(account.id, made.id) == changed
    assert await store.applications.change(account.id, made.id) == changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("dialect", "Plivo XML"),
        ("answer_url", "/relative"),
        ("answer_url", "ftp://a.example/"),
        ("answer_url", "https:///path"),
        ("answer_url", "https://a.example:99999/"),
        ("answer_url", "https://a.example/ b"),
        ("fallback_url", "javascript:alert(1)"),
        ("hangup_method", "PUT"),
        ("unheard_of", "x"),
    ],
)
async def test_a_wrong_field_is_named(
    store: Store, account: Account, field: str, value: str
) -> None:
    made = await _make(store, account)
    with pytest.raises(UsageError, match=field):
        await store.applications.change(account.id, made.id, **{field: value})
    assert await store.applications.get(account.id, made.id) == made


async def test_an_unknown_dialect_is_rejected(store: Store, account: Account) -> None:
    store.applications._dialects = dict.fromkeys({"plivo"}, hex_id)
    with pytest.raises(UsageError, match="dialect must be one of plivo"):
        await store.applications.create(account.id, name="app", dialect="latin", answer_url=URL)


async def test_an_application_needs_an_account(store: Store) -> None:
    with pytest.raises(NotFound, match="account"):
        await store.applications.create(
            AccountId("MANOBODY"), name="app", dialect="plivo", answer_url=URL
        )


async def test_they_come_in_pages_by_name(store: Store, account: Account) -> None:
    for name in ("d", "b", "a", "c"):
        await _make(store, account, name)
    first = await store.applications.list(account.id, limit=3)
    rest = await store.applications.list(account.id, limit=3, after=first.next)
    assert [app.name for app in (*first.items, *rest.items)] == ["a", "b", "c", "d"]


async def test_endpoints_lose_an_application_that_is_deleted(
    store: Store, account: Account
) -> None:
    made = await _make(store, account)
    await store.endpoints.create(
        account.id, name="a", digests=Digests(sha256="0"), application=made.id
    )
    await store.numbers.create(account.id, "15551230000", application=made.id)
    await store.applications.delete(account.id, made.id)
    assert (await store.endpoints.get(account.id, "a")).application is None
    assert (await store.numbers.get(account.id, "15551230000")).application is None
    with pytest.raises(NotFound):
        await store.applications.delete(account.id, made.id)


@pytest.mark.parametrize("id", ["", "\0", "' OR 1=1 --", "\ud800", "x" * 5000])
@pytest.mark.threat("sql-injection")
async def test_a_malformed_id_finds_nothing(store: Store, account: Account, id: str) -> None:
    await _make(store, account)
    assert await store.application(account.id, ApplicationId(id)) is None


class RepeatedIds:
    """Ids that are in use again and again before a new one comes."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)

    def hex32(self) -> str:
        return f"{self.numbers.pop(0):032x}"

    def digits(self, count: int) -> str:
        return f"{self.numbers.pop(0):0{count}d}"


def _numeric(ids: Ids) -> str:
    return ids.digits(17)


async def test_a_dialect_decides_on_the_form_of_the_id(store: Store, account: Account) -> None:
    store.applications._dialects = {"plivo": _numeric, "twilio": hex_id}
    numeric = await _make(store, account)
    hexadecimal = await store.applications.create(
        account.id, name="other", dialect="twilio", answer_url=URL
    )
    assert re.fullmatch("[1-9][0-9]{16}", numeric.id)
    assert re.fullmatch("[0-9a-f]{32}", hexadecimal.id)
    assert await store.applications.lookup(account.id, numeric.id) == numeric
    changed = await store.applications.change(account.id, numeric.id, dialect="twilio")
    assert changed.id == numeric.id, "an id is for good"


async def test_an_id_in_use_is_replaced_by_another(
    store: Store, account: Account, stranger: Account
) -> None:
    store.applications._dialects = {"plivo": _numeric}
    store.applications._ids = RepeatedIds(7, 7, 7, 8)
    first = await _make(store, account)
    second = await _make(store, stranger)
    assert (int(first.id), int(second.id)) == (7, 8)
    assert await store.applications.get(account.id, first.id) == first


async def test_ids_that_are_all_in_use_are_no_conflict_of_names(
    store: Store, account: Account
) -> None:
    store.applications._dialects = {"plivo": _numeric}
    store.applications._ids = RepeatedIds(*[7] * 20)
    await _make(store, account)
    with pytest.raises(Unavailable, match="no free id"):
        await _make(store, account, "other")
    with pytest.raises(UsageError, match="'app' already"):
        await _make(store, account)


async def test_an_application_with_an_id_of_earlier_versions_is_found_and_used(
    store: Store, account: Account
) -> None:
    store.applications._dialects = {"plivo": hex_id}
    old = await _make(store, account)
    store.applications._dialects = {"plivo": _numeric}
    assert await store.applications.lookup(account.id, old.id) == old
    endpoint = await store.endpoints.create(
        account.id, name="alice", digests=Digests(sha256="0" * 64), application=old.id
    )
    assert endpoint.application == old.id
    changed = await store.applications.change(account.id, old.id, name="renamed")
    assert changed.id == old.id
