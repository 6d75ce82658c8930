"""Access tokens of this vendor's libraries: an API key issues them, the identity is a grant."""

from collections.abc import Mapping
from typing import Final

from offhook.base import claims
from offhook.base.errors import Refused
from offhook.base.ids import AccountId
from offhook.base.tokens import TokenClaims
from offhook.dialects.twilio.mapping import account_sid, application_id

_ANONYMOUS: Final = "Anonymous"
"""How the vendor shows a caller whose token has no identity: `From` is `client:Anonymous`."""


class TwilioTokens:
    """`AccessToken` with a `VoiceGrant`, as the libraries of six languages write it."""

    name = "twilio"
    content_type = "twilio-fpa;v=1"

    def read(self, payload: Mapping[str, object]) -> TokenClaims:
        """What the claims ask for.

        Raises:
            Refused: the subject, the identity or the voice grant makes no sense.
        """
        account = payload.get("sub")
        if not isinstance(account, str) or not account:
            raise Refused("sub must be the account", code=claims.SUBJECT)
        grants = claims.mapping(payload.get("grants"), "grants")
        voice = claims.mapping(grants.get("voice"), "grants.voice")
        incoming = claims.mapping(voice.get("incoming"), "grants.voice.incoming")
        outgoing = claims.mapping(voice.get("outgoing"), "grants.voice.outgoing")
        where = "grants.voice.outgoing"
        application = claims.word(outgoing.get("application_sid"), f"{where}.application_sid")
        identity = grants.get("identity")
        # A party without an identity may call; one that cannot be called needs no name.
        anonymous = identity is None or identity == ""
        return TokenClaims(
            name=_ANONYMOUS if anonymous else claims.name(identity, "the identity"),
            anonymous=anonymous,
            account=account,
            incoming=claims.flag(incoming.get("allow"), "grants.voice.incoming.allow"),
            outgoing=bool(application),
            application=application_id(application),
            parameters=claims.parameters(outgoing.get("params"), f"{where}.params"),
        )

    def names(self, account: AccountId, claims: str) -> bool:
        """Whether `claims` is the account, as we or as the vendor would write it."""
        return claims in (account, account_sid(account))
