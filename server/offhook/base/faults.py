"""Every error a user can meet: its HTTP status, what it says, what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of `spec/errors.toml`.

    Attributes:
        message: What is wrong, in one sentence.
        hint: What to do about it.
        status: HTTP status, if it travels by HTTP.
    """

    message: str
    hint: str
    status: int | None = None


FAULTS: Final[Mapping[str, Fault]] = {
    "bad-request": Fault(
        "The request makes no sense as it is.",
        "The message names the field; correct it and send again.",
        400,
    ),
    "unauthorized": Fault(
        "The account id or secret is wrong.",
        "Show an account with `offhook account list`; make a new secret with `offhook account secret`.",
        401,
    ),
    "forbidden": Fault(
        "This is not allowed.",
        "The message names what is missing: a grant, an application, an address on the allow-list.",
        403,
    ),
    "not-found": Fault(
        "There is no such thing in this account.",
        "List what there is; ids are case-sensitive.",
        404,
    ),
    "no-such-path": Fault(
        "There is nothing at this path.",
        "`/v1/openapi.json` lists the paths of the API; they end without a slash.",
        404,
    ),
    "method-not-allowed": Fault(
        "This method is not allowed here.",
        "The `Allow` header lists the methods of this path.",
        405,
    ),
    "conflict": Fault(
        "There is one of that name already.",
        "Choose another name or change the one there is.",
        409,
    ),
    "too-slow": Fault(
        "The request did not come in time.",
        "Send head and body without pauses; each has 10 seconds.",
        408,
    ),
    "too-large": Fault(
        "The request is too large.",
        "Send less at once; the message says how much is taken.",
        413,
    ),
    "too-many-requests": Fault(
        "Too many requests.",
        "Wait as long as `Retry-After` says.",
        429,
    ),
    "internal": Fault(
        "Something went wrong here, and it is our fault.",
        "The log has the details under the request's id; please report it.",
        500,
    ),
    "unavailable": Fault(
        "This cannot be done now.",
        "Try again in a moment; run `offhook doctor` to diagnose the problem.",
        503,
    ),
    "bad-credentials": Fault(
        "The name or the password is wrong.",
        "`offhook endpoint create` makes an endpoint and shows its password once.",
    ),
    "blocked": Fault(
        "Too many wrong log-ins from this address for this endpoint.",
        "Wait 10 minutes; log-ins from elsewhere and for others go on.",
    ),
    "invalid-access-token": Fault(
        "The access token is not valid.",
        "It must be a JWT made by one of the helper libraries.",
    ),
    "invalid-access-token-header": Fault(
        "The access token's header is not one we take.",
        "Use `alg` HS256, `typ` JWT and the content type of the helper library.",
    ),
    "invalid-access-token-issuer": Fault(
        "The access token's issuer is unknown here.",
        "`iss` must be an account id or an API key of this server.",
    ),
    "invalid-access-token-subject": Fault(
        "The access token's subject or identity cannot be used.",
        "`sub` must be the account or the endpoint's name, as the helper library writes it.",
    ),
    "access-token-not-valid-yet": Fault(
        "The access token is not valid yet.",
        "Check `nbf` and the clock of the machine that made it.",
    ),
    "access-token-expired": Fault(
        "The access token has expired.",
        "Make a new one; the SDK asks for it in time if it was given a refresh function.",
    ),
    "invalid-access-token-signature": Fault(
        "The access token's signature is wrong.",
        "Sign it with the account's secret, or the API key's.",
    ),
    "invalid-access-token-grants": Fault(
        "The access token's grants do not allow this.",
        "Add a voice grant: incoming calls, or an application for outgoing ones.",
    ),
    "expiration-exceeds-max-allowed-time": Fault(
        "The access token is valid for too long.",
        "At most 24 hours.",
    ),
    "max-allowed-login-reached": Fault(
        "This name is in use on as many devices as are allowed.",
        "Log out on another device; at most 10 can be registered.",
    ),
    "hello-expected": Fault(
        "The first frame must be `hello`, within 10 seconds.",
        "Use the SDK, or see the link's reference.",
    ),
    "version-not-supported": Fault(
        "This version of the link is not spoken here.",
        "Use the SDK that this server serves.",
    ),
    "unknown-type": Fault(
        "There is no frame of that type.",
        "See the link's reference; the server may be older than the SDK.",
    ),
    "bad-frame": Fault(
        "A field of the frame is missing or wrong.",
        "The message names the field.",
    ),
    "no-such-call": Fault(
        "There is no such call on this link.",
        "It may just have ended; nothing needs to be done.",
    ),
    "wrong-state": Fault(
        "The call is not in a state for that.",
        "The message says which; see the link's reference.",
    ),
    "too-many-devices": Fault(
        "This name is registered on as many devices as are allowed.",
        "At most 10 devices of one name can be registered.",
    ),
    "identity-missing": Fault(
        "This log-in has no name by which it could be called.",
        "Put an identity into the access token; without one it is good for calling out only.",
    ),
    "incoming-not-allowed": Fault(
        "This log-in does not allow incoming calls.",
        "Grant incoming calls in the access token.",
    ),
    "too-many-calls": Fault(
        "This link has as many calls as are allowed.",
        "End one first; at most 10 at once.",
    ),
    "bad-description": Fault(
        "The session description cannot be used.",
        "The message says what it lacks; an offer or answer of `RTCPeerConnection` can be used "
        "as it is.",
    ),
    "transfer-failed": Fault(
        "The other party could not be connected with somebody else.",
        "Calls must be answered and go on, and whoever is to be rung must be there; "
        "the message says what is missing.",
    ),
}


def fault(code: str) -> Fault:
    """The row of `code`; that of `internal` for a code that is not in the table."""
    return FAULTS.get(code) or FAULTS["internal"]
