"""Our own tokens are good for what they were made for, and for no longer."""

from datetime import timedelta
from typing import Any

import pytest
from offhook.auth.limiter import Blocked, Limiter, LimiterLimits
from offhook.auth.native_tokens import Grant, NativeTokens, mint
from offhook.auth.tokens import Tokens
from offhook.base.errors import Refused, UsageError
from offhook.base.ids import AccountId, ApplicationId

ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")
APPLICATION = ApplicationId("a" * 32)


def _mint(directory: Any, clock: Any, grant: Grant, issuer: str = ACCOUNT) -> str:
    secret = directory.secrets[issuer][1]
    return mint(grant, issuer=issuer, secret=secret, now=clock.wall().timestamp())


async def test_a_native_token_is_valid_until_it_expires(directory: Any, clock: Any) -> None:
    tokens = Tokens(directory, directory, clock)
    grant = Grant(name="alice", parameters={"team": "blue"}, lifetime_s=60)
    token = _mint(directory, clock, grant)
    party = await tokens.verify(token)
    assert (party.account, party.name, party.dialect) == (ACCOUNT, "alice", "")
    assert (party.application, party.incoming) == (APPLICATION, True)
    assert party.parameters == {"team": "blue"}
    clock.advance(121)
    with pytest.raises(Refused) as refused:
        await tokens.verify(token)
    assert refused.value.code == "access-token-expired"


async def test_a_key_can_sign_and_no_two_tokens_are_the_same(directory: Any, clock: Any) -> None:
    grant = Grant(name="carol", application=APPLICATION, incoming=False)
    key = "SK" + "1" * 32
    token = _mint(directory, clock, grant, key)
    assert token != _mint(directory, clock, grant, key)
    party = await Tokens(directory, directory, clock).verify(token)
    assert (party.name, party.application, party.incoming) == ("carol", APPLICATION, False)


@pytest.mark.parametrize("lifetime_s", [0, 59, 86_401])
def test_a_token_lifetime_is_a_minute_to_a_day(directory: Any, clock: Any, lifetime_s: int) -> None:
    with pytest.raises(UsageError, match="lifetime_s"):
        _mint(directory, clock, Grant(name="a", lifetime_s=lifetime_s))


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a%40b", "a" * 257])
def test_a_token_needs_a_name(directory: Any, clock: Any, name: str) -> None:
    with pytest.raises(Refused, match="name"):
        _mint(directory, clock, Grant(name=name))


def test_an_account_is_matched_exactly() -> None:
    assert NativeTokens().names(ACCOUNT, ACCOUNT)
    assert not NativeTokens().names(ACCOUNT, "AC" + "0" * 32)


@pytest.mark.threat("clock-jumps")
async def test_new_logins_follow_the_date_that_is_set(directory: Any, clock: Any) -> None:
    tokens = Tokens(directory, directory, clock)
    grant = Grant(name="alice", lifetime_s=1800)
    before = _mint(directory, clock, grant)
    clock.start += timedelta(hours=1)
    with pytest.raises(Refused) as refused:
        await tokens.verify(before)
    assert refused.value.code == "access-token-expired"
    ahead = _mint(directory, clock, grant)
    assert (await tokens.verify(ahead)).expires_at == int(clock.wall().timestamp()) + 1800
    clock.start -= timedelta(hours=1)
    assert (await tokens.verify(before)).name == "alice"
    assert (await tokens.verify(_mint(directory, clock, grant))).name == "alice"


@pytest.mark.threat("clock-jumps")
async def test_blocks_and_counts_of_bad_logins_do_not_follow_the_date(clock: Any) -> None:
    limiter = Limiter(clock)
    for _ in range(LimiterLimits().per_name):
        with pytest.raises(Refused), limiter.attempt("192.0.2.1", "alice"):
            raise Refused("wrong")
    for jump in (timedelta(hours=1), timedelta(hours=-2)):
        clock.start += jump
        with pytest.raises(Blocked) as blocked, limiter.attempt("192.0.2.1", "alice"):
            pass
        assert blocked.value.retry_after_s == pytest.approx(LimiterLimits().block_s)
