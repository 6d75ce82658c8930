"""Access tokens: JWTs (RFC 7519) signed by an account or one of its keys, checked as RFC 8725 advises."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, cast

import jwt

from offhook.auth.grants import Directory, party
from offhook.auth.own import AUDIENCE, LONGEST_S, Own
from offhook.base import claims
from offhook.base.accounts import Party
from offhook.base.clock import Clock
from offhook.base.errors import Refused
from offhook.base.ids import AccountId
from offhook.base.tokens import Claimed

_HEADER, _PAYLOAD = 0, 1
_LONGEST: Final = 8192
_LEEWAY_S: Final = 60
_KEY_BYTES: Final = 32
"""A key for HS256 must be at least as long as the hash (RFC 7518 §3.2)."""
_NOT_TAKEN: Final = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "enc", "zip"})
"""Header fields that would change what is verified, or with which key (RFC 8725 §3.10)."""

_OPTIONS: Final[Mapping[str, object]] = {
    "verify_signature": True,
    # Times are checked below, by the clock that we are given; the rest with words of our own.
    **{f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")},
}

INVALID: Final = "invalid-access-token"
HEADER: Final = "invalid-access-token-header"
ISSUER: Final = "invalid-access-token-issuer"
SIGNATURE: Final = "invalid-access-token-signature"
EARLY: Final = "access-token-not-valid-yet"
EXPIRED: Final = "access-token-expired"
TOO_LONG: Final = "expiration-exceeds-max-allowed-time"


class Spelling(Protocol):
    """How one library writes its tokens."""

    @property
    def name(self) -> str:
        """The dialect whose token it is; empty for our own."""
        ...

    @property
    def content_type(self) -> str:
        """The `cty` of its header."""
        ...

    def read(self, payload: Mapping[str, object]) -> Claimed:
        """What the claims ask for.

        Raises:
            Refused: the subject or the grants make no sense.
        """
        ...

    def names(self, account: AccountId, claimed: str) -> bool:
        """Whether `claimed` is how it writes the account."""
        ...


class Signers(Protocol):
    """Who may sign tokens."""

    async def signer(self, issuer: str) -> tuple[AccountId, str] | None:
        """The account that an issuer stands for, and the issuer's secret."""
        ...


class Tokens:
    """Checks access tokens of every library we know."""

    def __init__(
        self,
        signers: Signers,
        directory: Directory,
        clock: Clock,
        spellings: Sequence[Spelling] = (),
    ) -> None:
        """A checker.

        Args:
            signers: Who may sign.
            directory: Which applications and endpoints there are.
            clock: Its wall time is compared with a token's.
            spellings: How others' libraries write tokens; our own is known anyway.
        """
        self._signers = signers
        self._directory = directory
        self._clock = clock
        self._spellings = {each.content_type: each for each in (Own(), *spellings)}

    async def verify(self, token: str) -> Party:
        """Who somebody is who shows this token.

        Raises:
            Refused: the token is not good; the code says what is wrong with it.
        """
        if len(token) > _LONGEST:
            raise Refused(f"the token has more than {_LONGEST} letters", code=INVALID)
        spelling = self._spelling(_part(token, _HEADER))
        issuer = _part(token, _PAYLOAD).get("iss")
        if not isinstance(issuer, str):
            raise Refused("the token has no issuer", code=ISSUER)
        signer = await self._signers.signer(issuer)
        if signer is None:
            raise Refused("the token's issuer is unknown here", code=ISSUER)
        account, secret = signer
        payload = _verified(token, secret)
        expires_at = self._on_time(payload)
        _for_us(payload)
        claimed = spelling.read(payload)
        if claimed.account and not spelling.names(account, claimed.account):
            raise Refused("the token's account is not that of its issuer", code=claims.SUBJECT)
        return await party(
            claimed, account, self._directory, dialect=spelling.name, expires_at=expires_at
        )

    def _spelling(self, header: Mapping[str, object]) -> Spelling:
        if header.get("alg") != "HS256":
            raise Refused("the token must be signed with HS256", code=HEADER)
        if str(header.get("typ", "")).upper() != "JWT":
            raise Refused("the token's header must have typ JWT", code=HEADER)
        refused = sorted(_NOT_TAKEN.intersection(header))
        if refused:
            raise Refused(f"the token's header must not have {refused[0]}", code=HEADER)
        spelling = self._spellings.get(str(header.get("cty", "")))
        if spelling is None:
            raise Refused("the token's content type is of no library we know", code=HEADER)
        return spelling

    def _on_time(self, payload: Mapping[str, object]) -> float:
        now = self._clock.wall().timestamp()
        expires_at = claims.seconds(payload.get("exp"))
        if expires_at is None:
            raise Refused("the token must have an end, exp, as a number", code=INVALID)
        starts = [claims.seconds(payload[claim]) for claim in ("nbf", "iat") if claim in payload]
        if any(start is None for start in starts):
            raise Refused("the token's times, nbf and iat, must be numbers", code=INVALID)
        known = [start for start in starts if start is not None]
        if max(known, default=now) > now + _LEEWAY_S:
            raise Refused("the token is not valid yet", code=EARLY)
        # The longest it can ever have been valid counts, not what is left of it.
        if expires_at - min(known, default=now) > LONGEST_S + _LEEWAY_S:
            raise Refused("the token is valid for more than 24 hours", code=TOO_LONG)
        if now >= expires_at + _LEEWAY_S:
            raise Refused("the token has expired", code=EXPIRED)
        return expires_at


def _part(token: str, number: int) -> Mapping[str, object]:
    parts = token.split(".")
    try:
        if len(parts) != 3 or not token.isascii():
            raise ValueError
        encoded = parts[number] + "=" * (-len(parts[number]) % 4)
        found = json.loads(base64.b64decode(encoded, altchars=b"-_", validate=True))
    # What is nested too deeply runs out of stack, not out of grammar.
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused("the token is no JWT", code=INVALID)
    return cast("Mapping[str, object]", found)


def _verified(token: str, secret: str) -> Mapping[str, object]:
    if len(secret.encode()) < _KEY_BYTES:
        raise Refused(f"the issuer's secret has less than {_KEY_BYTES} bytes", code=SIGNATURE)
    try:
        found = jwt.decode(token, secret, algorithms=["HS256"], options=cast("Any", _OPTIONS))
    except jwt.InvalidSignatureError:
        raise Refused("the token's signature is wrong", code=SIGNATURE) from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Refused("the token is no JWT", code=INVALID) from None
    return found


def _for_us(payload: Mapping[str, object]) -> None:
    # Helper libraries name no audience. A token that does name one must mean us (RFC 7519 §4.1.3).
    audience = payload.get("aud")
    if audience is None:
        return
    named = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    if AUDIENCE not in named:
        raise Refused("the token is meant for somebody else", code=INVALID)
