"""Native access tokens: issued by this server or by any holder of an account's secret or key."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import jwt

from offhook.base import claims
from offhook.base.errors import UsageError
from offhook.base.ids import AccountId, ApplicationId
from offhook.base.tokens import TokenClaims

CONTENT_TYPE: Final = "offhook;v=1"
AUDIENCE: Final = "offhook"
LONGEST_S: Final = 86_400
SHORTEST_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token allows.

    Attributes:
        name: The client name.
        incoming: Whether it may register and be called.
        outgoing: Whether it may call.
        application: Decides on its calls; nothing for that of the endpoint of this name.
        parameters: Sent to the application with each call.
        lifetime_s: 60 to 86,400 seconds.
    """

    name: str
    incoming: bool = True
    outgoing: bool = True
    application: ApplicationId | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    lifetime_s: int = 3600


def mint(grant: Grant, *, issuer: str, secret: str, now: float) -> str:
    """A token.

    Args:
        grant: What it allows.
        issuer: An account id, or the id of an API key.
        secret: That one's secret.
        now: Unix seconds.

    Raises:
        UsageError: the lifetime is out of range.
        Refused: the name is none, or there are too many parameters.
    """
    if not SHORTEST_S <= grant.lifetime_s <= LONGEST_S:
        raise UsageError(f"lifetime_s must be {SHORTEST_S} to {LONGEST_S}, not {grant.lifetime_s}")
    began = int(now)
    voice: dict[str, object] = {"incoming": grant.incoming, "outgoing": grant.outgoing}
    if grant.application is not None:
        voice["application"] = grant.application
    if grant.parameters:
        voice["parameters"] = dict(claims.parameters(grant.parameters, "parameters"))
    payload: dict[str, object] = {
        "jti": secrets.token_hex(16),
        "iss": issuer,
        "sub": claims.name(grant.name),
        "aud": AUDIENCE,
        "iat": began,
        "nbf": began,
        "exp": began + grant.lifetime_s,
        "grants": {"voice": voice},
    }
    return jwt.encode(payload, secret, algorithm="HS256", headers={"cty": CONTENT_TYPE})


class NativeTokens:
    """Reads native tokens, as `auth.tokens.TokenFormat`."""

    name = ""
    content_type = CONTENT_TYPE

    def read(self, payload: Mapping[str, object]) -> TokenClaims:
        """What the claims ask for.

        Raises:
            Refused: the subject or the grants make no sense.
        """
        voice = claims.mapping(
            claims.mapping(payload.get("grants"), "grants").get("voice"), "grants.voice"
        )
        return TokenClaims(
            name=claims.name(payload.get("sub"), "the subject, sub,"),
            incoming=claims.flag(voice.get("incoming"), "grants.voice.incoming"),
            outgoing=claims.flag(voice.get("outgoing"), "grants.voice.outgoing"),
            application=claims.word(voice.get("application"), "grants.voice.application"),
            parameters=claims.parameters(voice.get("parameters"), "grants.voice.parameters"),
        )

    def names(self, account: AccountId, claims: str) -> bool:
        """Whether `claims` stands for the account."""
        return claims == account
