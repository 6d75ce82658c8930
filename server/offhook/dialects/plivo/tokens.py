"""Access tokens of this vendor: its libraries write `grants`, its REST API and its SDK `per`."""

from collections.abc import Mapping
from typing import Final

from offhook.base import claims
from offhook.base.ids import AccountId
from offhook.base.tokens import TokenClaims

_NAMELESS: Final = "puser"
"""The vendor's SDK's name for a party that may only call, and whose token has no identity."""


class PlivoTokens:
    """`AccessToken` with voice grants, under either key."""

    name = "plivo"
    content_type = "plivo;v=1"

    def read(self, payload: Mapping[str, object]) -> TokenClaims:
        """What the claims ask for.

        Raises:
            Refused: the subject or the grants make no sense.
        """
        key = "per" if "per" in payload else "grants"
        granted = claims.mapping(payload.get(key), key)
        voice = claims.mapping(granted.get("voice"), f"{key}.voice")
        incoming = claims.flag(voice.get("incoming_allow"), f"{key}.voice.incoming_allow")
        subject = payload.get("sub")
        if not subject and not incoming:
            subject = _NAMELESS
        return TokenClaims(
            name=claims.name(subject, "the subject, sub,"),
            incoming=incoming,
            outgoing=claims.flag(voice.get("outgoing_allow"), f"{key}.voice.outgoing_allow"),
            application=claims.word(payload.get("app"), "app").replace("-", ""),
        )

    def names(self, account: AccountId, claims: str) -> bool:
        """Whether `claims` is the account."""
        return claims == account
