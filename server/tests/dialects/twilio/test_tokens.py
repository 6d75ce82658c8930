"""The claims of this vendor's tokens, in our words."""

import jwt
import pytest
from offhook.base.errors import Refused
from offhook.base.ids import AccountId
from offhook.base.tokens import TokenClaims
from offhook.dialects.twilio.mapping import account_sid
from offhook.dialects.twilio.tokens import TwilioTokens
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VideoGrant, VoiceGrant

ACCOUNT = AccountId("MAXXXXXXXXXXXXXXXXXX")


def _read(*grants: VoiceGrant | VideoGrant, identity: str = "alice") -> TokenClaims:
    token = AccessToken(ACCOUNT, "SK1", "k" * 32, grants=list(grants), identity=identity)
    payload = jwt.decode(token.to_jwt(), options={"verify_signature": False})
    return TwilioTokens().read(payload)


def test_a_full_voice_grant_is_read_whole() -> None:
    grant = VoiceGrant(
        incoming_allow=True,
        outgoing_application_sid="AP" + "a" * 32,
        outgoing_application_params={"team": "blue"},
        push_credential_sid="CR1",
        endpoint_id="legacy",
    )
    assert _read(grant) == TokenClaims(
        name="alice",
        account=ACCOUNT,
        incoming=True,
        outgoing=True,
        application="a" * 32,
        parameters={"team": "blue"},
    )


def test_ungranted_fields_are_ignored() -> None:
    nothing = TokenClaims(name="alice", account=ACCOUNT)
    assert _read() == nothing
    assert _read(VideoGrant(room="r")) == nothing
    assert _read(VoiceGrant(incoming_allow=False)) == nothing


def test_a_party_without_an_identity_is_anonymous() -> None:
    grant = VoiceGrant(incoming_allow=True, outgoing_application_sid="AP" + "a" * 32)
    found = _read(grant, identity="")
    assert (found.name, found.anonymous, found.outgoing) == ("Anonymous", True, True)
    assert not _read(grant).anonymous


def test_an_unusable_identity_is_refused_with_a_reason() -> None:
    with pytest.raises(Refused, match=r"the identity has U\+0007 as its character 2"):
        _read(VoiceGrant(incoming_allow=True), identity="a\a")


def test_an_account_has_two_spellings() -> None:
    assert TwilioTokens().names(ACCOUNT, ACCOUNT)
    assert TwilioTokens().names(ACCOUNT, account_sid(ACCOUNT))
    assert not TwilioTokens().names(ACCOUNT, account_sid(AccountId("MAYYYYYYYYYYYYYYYYYY")))
