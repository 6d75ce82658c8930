"""Access tokens: JWTs (RFC 7519) signed by an account or one of its keys, checked as RFC 8725 advises."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, cast

import jwt

from offhook.auth.grants import Directory, party
from offhook.auth.native_tokens import AUDIENCE, LONGEST_S, NativeTokens
from offhook.base import claims
from offhook.base.accounts import Party
from offhook.base.clock import Clock
from offhook.base.errors import Refused
from offhook.base.ids import AccountId
from offhook.base.tokens import TokenClaims

_HEADER, _PAYLOAD = 0, 1
_LONGEST: Final = 8192
_LEEWAY_S: Final = 60
_KEY_BYTES: Final = 32
"""A key for HS256 must be at least as long as the hash (RFC 7518 §3.2)."""
_NOT_TAKEN: Final = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "enc", "zip"})
"""Header fields that would change what is verified, or with which key (RFC 8725 §3.10)."""

_OPTIONS: Final[Mapping[str, object]] = {
    "verify_signature": True,
    # Times are checked below, by the injected clock; the rest with messages of our own.
    **{f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")},
}

INVALID: Final = "invalid-access-token"
HEADER: Final = "invalid-access-token-header"
ISSUER: Final = "invalid-access-token-issuer"
SIGNATURE: Final = "invalid-access-token-signature"
EARLY: Final = "access-token-not-valid-yet"
EXPIRED: Final = "access-token-expired"
TOO_LONG: Final = "expiration-exceeds-max-allowed-time"


class TokenFormat(Protocol):
    """How one library writes its tokens."""

    @property
    def name(self) -> str:
        """The dialect whose token it is; empty for our own."""
        ...

    @property
    def content_type(self) -> str:
        """The `cty` of its header."""
        ...

    def read(self, payload: Mapping[str, object]) -> TokenClaims:
        """What the claims ask for.

        Raises:
            Refused: the subject or the grants make no sense.
        """
        ...

    def names(self, account: AccountId, claims: str) -> bool:
        """Whether `claims` is how it writes the account."""
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
        formats: Sequence[TokenFormat] = (),
    ) -> None:
        """A checker.

        Args:
            signers: Who may sign.
            directory: Which applications and endpoints there are.
            clock: Its wall time is compared with a token's.
            formats: How vendors' libraries write tokens; the native format is always known.
        """
        self._signers = signers
        self._directory = directory
        self._clock = clock
        self._formats = {each.content_type: each for each in (NativeTokens(), *formats)}

    async def verify(self, token: str) -> Party:
        """The party that a token authenticates.

        Raises:
            Refused: the token is not good; the code is the kind of fault, and the message exactly
                why. Neither contains anything of the token that identifies a person.
        """
        if len(token) > _LONGEST:
            raise Refused(f"the token has more than {_LONGEST} letters", code=INVALID)
        format = self._format(_part(token, _HEADER))
        issuer = _part(token, _PAYLOAD).get("iss")
        if not isinstance(issuer, str):
            raise Refused("iss is missing, or no text", code=ISSUER)
        signer = await self._signers.signer(issuer)
        if signer is None:
            raise Refused("iss is no account and no API key of this server", code=ISSUER)
        account, secret = signer
        payload = _signed(token, secret)
        expires_at = self._on_time(payload)
        _for_us(payload)
        read = format.read(payload)
        if read.account and not format.names(account, read.account):
            raise Refused("sub is not the account of iss", code=claims.SUBJECT)
        return await party(
            read, account, self._directory, dialect=format.name, expires_at=expires_at
        )

    def _format(self, header: Mapping[str, object]) -> TokenFormat:
        if header.get("alg") != "HS256":
            raise Refused(f"alg must be HS256, not {_shown(header.get('alg'))}", code=HEADER)
        if str(header.get("typ", "")).upper() != "JWT":
            raise Refused(f"typ must be JWT, not {_shown(header.get('typ'))}", code=HEADER)
        refused = sorted(_NOT_TAKEN.intersection(header))
        if refused:
            raise Refused(f"the token's header must not have {refused[0]}", code=HEADER)
        format = self._formats.get(str(header.get("cty", "")))
        if format is None:
            known = ", ".join(sorted(self._formats))
            message = f"cty must be one of {known}, not {_shown(header.get('cty'))}"
            raise Refused(message, code=HEADER)
        return format

    def _on_time(self, payload: Mapping[str, object]) -> float:
        now = self._clock.wall().timestamp()
        expires_at = claims.seconds(payload.get("exp"))
        if expires_at is None:
            raise Refused("the token must have an end, exp, as a number", code=INVALID)
        starts = {each: claims.seconds(payload[each]) for each in ("nbf", "iat") if each in payload}
        for claim, start in starts.items():
            if start is None:
                raise Refused(f"the token's time {claim} must be a number", code=INVALID)
            if start > now + _LEEWAY_S:
                ahead = round(start - now)
                raise Refused(f"{claim} is {ahead} s later than the clock here", code=EARLY)
        # Both vendors count from when the token was issued. `nbf` is not that time: it is put back
        # against clocks that differ, or is 0. A token without it counts from now.
        issued = starts.get("iat")
        lasts = expires_at - (now if issued is None else issued)
        if lasts > LONGEST_S + _LEEWAY_S:
            hours = f"{lasts / 3600:.1f}"
            raise Refused(f"the token is valid for {hours} hours, from iat to exp", code=TOO_LONG)
        if now >= expires_at + _LEEWAY_S:
            raise Refused(f"exp was {round(now - expires_at)} s ago", code=EXPIRED)
        return expires_at


def _part(token: str, number: int) -> Mapping[str, object]:
    parts = token.split(".")
    try:
        if len(parts) != 3 or not token.isascii():
            raise ValueError
        encoded = parts[number] + "=" * (-len(parts[number]) % 4)
        found = json.loads(base64.b64decode(encoded, altchars=b"-_", validate=True))
    # Deep nesting exceeds the recursion limit before it is a syntax error.
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused("the token is no JWT", code=INVALID)
    return cast("Mapping[str, object]", found)


def _signed(token: str, secret: str) -> Mapping[str, object]:
    if len(secret.encode()) < _KEY_BYTES:
        raise Refused(f"the issuer's secret has less than {_KEY_BYTES} bytes", code=SIGNATURE)
    try:
        found = jwt.decode(token, secret, algorithms=["HS256"], options=cast("Any", _OPTIONS))
    except jwt.InvalidSignatureError:
        raise Refused("the token's signature is wrong", code=SIGNATURE) from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Refused("the token is no JWT", code=INVALID) from None
    return found


def _shown(value: object) -> str:
    """A header field in an error: what kind of token it is, which identifies no person."""
    return "missing" if value is None else repr(value)[:40]


def _for_us(payload: Mapping[str, object]) -> None:
    # Helper libraries name no audience. A token that does name one must mean us (RFC 7519 §4.1.3).
    audience = payload.get("aud")
    if audience is None:
        return
    named = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    if AUDIENCE not in named:
        message = f"the audience, aud, must be {AUDIENCE!r} or be left out"
        raise Refused(message, code=INVALID)
