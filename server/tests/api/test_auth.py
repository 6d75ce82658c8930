"""Who may ask, and how often."""

from typing import Any

from offhook.api.auth import BURST, AccountRateLimits
from offhook.base.ids import AccountId


async def test_an_api_key_is_as_good_as_the_secret(api: Any) -> None:
    key, secret = await api.deps.store.keys.create(api.account, "script")
    async with api.client(key.id, secret) as client:
        assert (await client.get("/v1/account")).json()["id"] == api.account


async def test_guessing_is_stopped_and_does_not_stop_others(api: Any) -> None:
    async with api.client(secret="wrong") as client:
        codes = [(await client.get("/v1/account")).json()["code"] for _ in range(11)]
    assert codes[:10] == ["unauthorized"] * 10
    assert codes[10] == "blocked"
    other, secret = await api.deps.store.accounts.create("other")
    async with api.client(other.id, secret) as client:
        assert (await client.get("/v1/account")).status_code == 200


async def test_too_many_requests_get_retry_after(api: Any) -> None:
    async with api.client() as client:
        replies = [await client.get("/v1/account") for _ in range(int(BURST) + 1)]
        assert [reply.status_code for reply in replies] == [200] * int(BURST) + [429]
        assert replies[-1].headers["retry-after"] == "1"
        api.clock.advance(1)
        assert (await client.get("/v1/account")).status_code == 200


def test_paces_are_kept_in_bounded_memory() -> None:
    paces = AccountRateLimits()
    for number in range(10_050):
        paces.admit(AccountId(str(number)), now=float(number))
    assert len(paces._buckets) < 200
