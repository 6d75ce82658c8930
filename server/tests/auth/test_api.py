"""Programs get in with an account's secret or a key's, and are slowed down when they guess."""

from typing import Any

import pytest
from offhook.auth.api import ApiAuth
from offhook.auth.limiter import Blocked, Limiter
from offhook.base.errors import Refused
from offhook.base.ids import AccountId

ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")
KEY = "SK" + "1" * 32
HERE = "192.0.2.1"


@pytest.fixture
def api(directory: Any, clock: Any) -> ApiAuth:
    return ApiAuth(directory, Limiter(clock))


async def test_an_account_and_its_key_both_speak_for_the_account(
    api: ApiAuth, directory: Any
) -> None:
    for id in (ACCOUNT, KEY):
        assert await api.account(id, directory.secrets[id][1], HERE) == ACCOUNT


@pytest.mark.parametrize(
    ("id", "secret"),
    [
        (ACCOUNT, ""),
        (ACCOUNT, "secret-of-the-api-key-0123456789abcdefghij"),
        ("MANOBODY", "secret-of-the-account-0123456789abcdefghij"),
        ("", ""),
        ("\ud800", "\ud800"),
    ],
)
async def test_every_failure_gets_the_same_answer(api: ApiAuth, id: str, secret: str) -> None:
    with pytest.raises(Refused, match="the account id or secret is wrong") as refused:
        await api.account(id, secret, HERE)
    assert refused.value.code == "unauthorized"


async def test_only_the_guessing_source_is_blocked(api: ApiAuth, directory: Any) -> None:
    for _ in range(10):
        with pytest.raises(Refused, match="wrong"):
            await api.account(ACCOUNT, "guess", HERE)
    with pytest.raises(Blocked):
        await api.account(ACCOUNT, directory.secrets[ACCOUNT][1], HERE)
    assert await api.account(ACCOUNT, directory.secrets[ACCOUNT][1], "192.0.2.2") == ACCOUNT
    assert await api.account(KEY, directory.secrets[KEY][1], HERE) == ACCOUNT
