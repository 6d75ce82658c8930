"""The claims of this vendor's tokens, in our words."""

import pytest
from offhook.base.errors import Refused
from offhook.base.ids import AccountId
from offhook.base.tokens import TokenClaims
from offhook.dialects.plivo.tokens import PlivoTokens
from plivo.utils.jwt import AccessToken

ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")


@pytest.mark.parametrize("spelled", ["grants", "per"])
def test_both_grant_keys_are_equivalent(spelled: str) -> None:
    made = AccessToken(ACCOUNT, "k" * 40, "alice")
    made.add_voice_grants(incoming=True, outgoing=True)
    payload = {"sub": made.username, spelled: made.grants}
    assert PlivoTokens().read(payload) == TokenClaims(name="alice", incoming=True, outgoing=True)


def test_an_application_may_be_written_with_dashes() -> None:
    payload = {"sub": "a", "per": {}, "app": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"}
    assert PlivoTokens().read(payload).application == "a" * 32


def test_only_a_party_that_cannot_be_called_may_lack_a_name() -> None:
    outgoing = {"per": {"voice": {"outgoing_allow": True}}}
    assert PlivoTokens().read(outgoing) == TokenClaims(name="puser", outgoing=True)
    with pytest.raises(Refused, match="sub, must be a text"):
        PlivoTokens().read({"per": {"voice": {"incoming_allow": True}}})


def test_an_account_is_matched_exactly() -> None:
    assert PlivoTokens().names(ACCOUNT, ACCOUNT)
    assert not PlivoTokens().names(ACCOUNT, "AC1")


def test_an_application_of_this_dialect_is_named_by_its_number() -> None:
    payload = {
        "sub": "alice",
        "app": "12345678901234567",
        "per": {"voice": {"outgoing_allow": True}},
    }
    assert PlivoTokens().read(payload).application == "12345678901234567"
