"""The catalog of `spec/errors.toml`: status, message and hint of every error code of the server."""

# Generated from spec/errors.toml by `python tools/generate.py catalogs`; do not edit.

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """One row of `spec/errors.toml`.

    Attributes:
        message: What is wrong, in one sentence.
        hint: What to do about it.
        status: HTTP status, if it travels by HTTP.
    """

    message: str
    hint: str
    status: int | None = None


def error_spec(code: str) -> ErrorSpec:
    """The row of `code`; that of `internal` for a code that is not in the table."""
    return ERRORS.get(code) or ERRORS["internal"]


ERRORS: Final[Mapping[str, ErrorSpec]] = {
    "bad-request": ErrorSpec(
        "The request is invalid.",
        "Correct the field that the message names.",
        400,
    ),
    "unauthorized": ErrorSpec(
        "The account id or secret is wrong.",
        "List accounts with `offhook account list`; create a new secret with `offhook account secret`.",
        401,
    ),
    "forbidden": ErrorSpec(
        "This is not allowed.",
        "Add what the message names: a grant, an application or an allowed address.",
        403,
    ),
    "not-found": ErrorSpec(
        "The account has no such resource.",
        "List the resources of this kind; ids are case-sensitive.",
        404,
    ),
    "no-such-path": ErrorSpec(
        "No resource has this path.",
        "See the paths in `/v1/openapi.json`; they have no trailing slash.",
        404,
    ),
    "method-not-allowed": ErrorSpec(
        "This path does not support the method.",
        "Use a method of the `Allow` header.",
        405,
    ),
    "conflict": ErrorSpec(
        "This name is already in use.",
        "Choose another name, or change the existing resource.",
        409,
    ),
    "request-timeout": ErrorSpec(
        "The request took too long to arrive.",
        "Send the headers within 10 seconds, and the body within 10 more.",
        408,
    ),
    "too-large": ErrorSpec(
        "The request is too large.",
        "Send at most the size that the message names.",
        413,
    ),
    "too-many-requests": ErrorSpec(
        "Too many requests.",
        "Wait for the seconds in `Retry-After`.",
        429,
    ),
    "internal": ErrorSpec(
        "The server failed to process the request.",
        "Find the request's id in the server's log, and report the bug.",
        500,
    ),
    "unavailable": ErrorSpec(
        "The service is unavailable.",
        "Try again later; run `offhook doctor` to diagnose the problem.",
        503,
    ),
    "bad-credentials": ErrorSpec(
        "The name or the password is wrong.",
        "Create an endpoint with `offhook endpoint create`, which shows its password once.",
    ),
    "blocked": ErrorSpec(
        "Too many failed logins for this endpoint from this address.",
        "Wait 10 minutes; other addresses and endpoints are not blocked.",
    ),
    "too-many-links": ErrorSpec(
        "The account has as many pages connected as its share of the server allows.",
        "Close pages that are not needed, then try again; the operator can raise `max_connections`.",
    ),
    "invalid-access-token": ErrorSpec(
        "The access token is not valid.",
        "Create the JWT with one of the helper libraries.",
    ),
    "invalid-access-token-header": ErrorSpec(
        "The access token's header is not supported.",
        "Use `alg` HS256, `typ` JWT and the content type of the helper library.",
    ),
    "invalid-access-token-issuer": ErrorSpec(
        "The access token's issuer is unknown.",
        "Set `iss` to an account id or an API key of this server.",
    ),
    "invalid-access-token-subject": ErrorSpec(
        "The access token's subject or identity is invalid.",
        "Set `sub` to the account or the endpoint's name, as the helper library does.",
    ),
    "access-token-not-valid-yet": ErrorSpec(
        "The access token is not valid yet.",
        "Check `nbf` and the clock of the machine that created the token.",
    ),
    "access-token-expired": ErrorSpec(
        "The access token has expired.",
        "Create a new token; with a refresh function the SDK requests one in time.",
    ),
    "invalid-access-token-signature": ErrorSpec(
        "The access token's signature is wrong.",
        "Sign the token with the secret of the account or API key in `iss`.",
    ),
    "invalid-access-token-grants": ErrorSpec(
        "The access token's grants do not allow this.",
        "Add a voice grant: incoming calls, or an application for outgoing calls.",
    ),
    "expiration-exceeds-max-allowed-time": ErrorSpec(
        "The access token is valid for too long.",
        "Set a lifetime of at most 24 hours.",
    ),
    "max-allowed-login-reached": ErrorSpec(
        "This endpoint has reached its limit of devices.",
        "Log out on another device; at most 10 can register.",
    ),
    "hello-expected": ErrorSpec(
        "The first frame must be `hello`, within 10 seconds.",
        "Use the SDK, or see the link protocol's reference.",
    ),
    "version-not-supported": ErrorSpec(
        "This version of the link protocol is not supported.",
        "Use the SDK from this server.",
    ),
    "unknown-type": ErrorSpec(
        "The frame type is unknown.",
        "Update the server if it is older than the SDK; see the link protocol's reference.",
    ),
    "bad-frame": ErrorSpec(
        "A field of the frame is missing or invalid.",
        "Correct the field that the message names.",
    ),
    "no-such-call": ErrorSpec(
        "This link has no such call.",
        "Ignore this if the call has just ended.",
        404,
    ),
    "wrong-state": ErrorSpec(
        "The call's state does not allow this.",
        "Wait for the state that the message names; see the link protocol's reference.",
        409,
    ),
    "too-many-devices": ErrorSpec(
        "This endpoint has reached its limit of registered devices.",
        "Unregister another device; at most 10 can register.",
    ),
    "identity-missing": ErrorSpec(
        "This login has no identity for incoming calls.",
        "Add an identity to the access token; without one only outgoing calls are possible.",
    ),
    "incoming-not-allowed": ErrorSpec(
        "This login does not allow incoming calls.",
        "Add the grant for incoming calls to the access token.",
    ),
    "too-many-calls": ErrorSpec(
        "This link has reached its limit of calls.",
        "End a call first; at most 10 are allowed at once.",
    ),
    "bad-description": ErrorSpec(
        "The session description (SDP) is not acceptable.",
        "Add what the message names; SDP of `RTCPeerConnection` is acceptable unchanged.",
    ),
    "transfer-failed": ErrorSpec(
        "The call could not be transferred.",
        "Both calls must be answered and the target must be registered; the message names the problem.",
    ),
}
