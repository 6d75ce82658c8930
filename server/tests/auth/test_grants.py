"""A token's claims become the party's rights, never more."""

from typing import Any

import pytest
from offhook.auth import grants
from offhook.base.accounts import Party
from offhook.base.errors import Refused
from offhook.base.ids import AccountId, ApplicationId
from offhook.base.tokens import TokenClaims

ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")
OTHER = AccountId("MAYYYYYYYYYYYYYYYYYY")
APPLICATION = ApplicationId("a" * 32)


async def _party(directory: Any, claimed: TokenClaims, account: AccountId = ACCOUNT) -> Party:
    return await grants.party(claimed, account, directory, dialect="", expires_at=1.0)


async def test_without_an_application_of_its_own_the_endpoints_decides(directory: Any) -> None:
    party = await _party(directory, TokenClaims(name="alice", outgoing=True))
    assert (party.application, party.incoming) == (APPLICATION, False)


async def test_a_grant_without_outgoing_calls_has_no_application(directory: Any) -> None:
    claimed = TokenClaims(name="alice", incoming=True, application=APPLICATION)
    assert (await _party(directory, claimed)).application is None


async def test_another_accounts_application_does_not_exist(directory: Any) -> None:
    claimed = TokenClaims(name="alice", incoming=True, outgoing=True, application=APPLICATION)
    with pytest.raises(Refused, match="does not exist") as refused:
        await _party(directory, claimed, OTHER)
    assert refused.value.code == "invalid-access-token-grants"


async def test_a_token_that_allows_nothing_is_refused(directory: Any) -> None:
    for claimed in (TokenClaims(name="alice"), TokenClaims(name="bob", outgoing=True)):
        with pytest.raises(Refused, match="neither") as refused:
            await _party(directory, claimed)
        assert refused.value.code == "invalid-access-token-grants"
