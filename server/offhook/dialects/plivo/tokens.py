"""Access tokens of this vendor: its libraries write `grants`, its REST API and its SDK `per`."""

from collections.abc import Mapping
from typing import Final

from offhook.base import claims
from offhook.base.ids import AccountId
from offhook.base.tokens import TokenClaims

_NAMELESS: Final = "puser"
"""What the vendor's SDK calls somebody who may only call, and whose token names nobody."""


class PlivoTokens:
    """`AccessToken` with voice grants, in either spelling."""

    name = "plivo"
    content_type = "plivo;v=1"

    def read(self, payload: Mapping[str, object]) -> TokenClaims:
        """What the claims ask for.

        Raises:
            Refused: the subject or the grants make no sense.
        """
        spelled = "per" if "per" in payload else "grants"
        granted = claims.mapping(payload.get(spelled), spelled)
        voice = claims.mapping(granted.get("voice"), f"{spelled}.voice")
        incoming = claims.flag(voice.get("incoming_allow"), f"{spelled}.voice.incoming_allow")
        subject = payload.get("sub")
        if not subject and not incoming:
            subject = _NAMELESS
        return TokenClaims(
            name=claims.name(subject, "the subject, sub,"),
            incoming=incoming,
            outgoing=claims.flag(voice.get("outgoing_allow"), f"{spelled}.voice.outgoing_allow"),
            application=claims.word(payload.get("app"), "app").replace("-", ""),
        )

    def names(self, account: AccountId, claims: str) -> bool:
        """Whether `claims` is the account."""
        return claims == account
