"""Answers challenges of HTTP Digest authentication (RFC 7616), without IO."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_from_bytes

from offhook.egress.url import Credentials

_HASHES: Final[Mapping[str, str]] = {
    "SHA-512-256": "sha512_256",
    "SHA-256": "sha256",
    "MD5": "md5",
}
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER: Final = re.compile(rf'({_NAME})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_NAME}))(?=\s*(?:,|\Z))')
_SCHEME: Final = re.compile(
    rf"({_NAME})(?:\s+[0-9A-Za-z._~+/-]+=*(?=\s*(?:,|\Z)))?(?:\s+|\s*(?=,)|\Z)"
)
_GAP: Final = re.compile(r"[\s,]*")
_LONGEST: Final = 4096
_PRINTABLE: Final = re.compile(r"[\x20-\x7e\x80-\U0010ffff]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A challenge of a server.

    Attributes:
        algorithm: As the server wrote it; empty if it named none, which means MD5.
        qop: Whether the server knows `qop=auth`; without, the answer is that of RFC 2069.
        stale: Whether the nonce of the request was too old, and nothing else was wrong.
        userhash: Whether the user's name is sent as a hash.
    """

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str
    qop: bool
    stale: bool
    userhash: bool


def choose(headers: Iterable[str]) -> Challenge | None:
    """The first challenge that can be answered (RFC 7616 section 3.7).

    Args:
        headers: The values of all `WWW-Authenticate` fields.
    """
    for header in headers:
        for scheme, parameters in _challenges(header[:_LONGEST]):
            if scheme == "digest" and (challenge := _challenge(parameters)) is not None:
                return challenge
    return None


def answer(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    target: str,
    count: int,
    cnonce: str,
) -> str | None:
    """The value of an `Authorization` header; nothing if the credentials cannot be encoded in one.

    Args:
        challenge: What is answered.
        credentials: User and password.
        method: Of the request.
        target: The request target: path and query, as sent.
        count: How often the nonce was answered, this time included.
        cnonce: A text that was never used before.
    """
    digest = _hash(challenge.algorithm)
    realm, count_hex = challenge.realm.encode(), f"{count:08x}"
    secret = digest(b":".join((credentials.user, realm, credentials.password)))
    if challenge.algorithm.lower().endswith("-sess"):
        secret = digest(f"{secret}:{challenge.nonce}:{cnonce}".encode())
    asked = digest(f"{method}:{target}".encode())
    of_count = f"{count_hex}:{cnonce}:auth:" if challenge.qop else ""
    response = digest(f"{secret}:{challenge.nonce}:{of_count}{asked}".encode())
    user = _user(challenge, credentials)
    if user is None:
        return None
    parts = [
        user,
        f"realm={_quoted(challenge.realm)}",
        f"nonce={_quoted(challenge.nonce)}",
        f"uri={_quoted(target)}",
        f'response="{response}"',
    ]
    if challenge.algorithm:
        parts.append(f"algorithm={challenge.algorithm}")
    if challenge.opaque is not None:
        parts.append(f"opaque={_quoted(challenge.opaque)}")
    if challenge.qop:
        parts += ["qop=auth", f"nc={count_hex}"]
    if challenge.qop or challenge.algorithm.lower().endswith("-sess"):
        parts.append(f'cnonce="{cnonce}"')
    if challenge.userhash:
        parts.append("userhash=true")
    return "Digest " + ", ".join(parts)


def _user(challenge: Challenge, credentials: Credentials) -> str | None:
    if challenge.userhash:
        name = _hash(challenge.algorithm)(credentials.user + b":" + challenge.realm.encode())
        return f'username="{name}"'
    try:
        name = credentials.user.decode()
    except UnicodeDecodeError:
        return f"username*=UTF-8''{quote_from_bytes(credentials.user, safe='')}"
    if not _PRINTABLE.match(name):
        return None
    if not name.isascii():
        # RFC 7616 section 3.4.4: a quoted string cannot carry it.
        return f"username*=UTF-8''{quote_from_bytes(credentials.user, safe='')}"
    return f"username={_quoted(name)}"


def _hash(algorithm: str) -> Callable[[bytes], str]:
    """The hash function of an algorithm; it makes lower-case hex digits."""
    name = _HASHES[_plain(algorithm)]
    # Servers request MD5; the hash hides the password and is no signature.
    return lambda text: hashlib.new(name, text, usedforsecurity=False).hexdigest()


def _plain(algorithm: str) -> str:
    return (algorithm or "MD5").upper().removesuffix("-SESS")


def _challenge(parameters: Mapping[str, str]) -> Challenge | None:
    algorithm = parameters.get("algorithm", "")
    options = {option.strip().lower() for option in parameters.get("qop", "").split(",")} - {""}
    known = _HASHES.get(_plain(algorithm)) in hashlib.algorithms_available
    if not known or not parameters.get("nonce") or "realm" not in parameters:
        return None
    if options and "auth" not in options:
        return None
    if not all(_PRINTABLE.match(text) for text in parameters.values()):
        return None
    return Challenge(
        realm=parameters["realm"],
        nonce=parameters["nonce"],
        opaque=parameters.get("opaque"),
        algorithm=algorithm,
        qop=bool(options),
        stale=parameters.get("stale", "").lower() == "true",
        userhash=parameters.get("userhash", "").lower() == "true",
    )


def _challenges(header: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Schemes with their parameters (RFC 9110 section 11.6.1), as far as they can be read."""
    scheme, parameters = "", dict[str, str]()
    place = 0
    while True:
        gap = _GAP.match(header, place)
        place = gap.end() if gap else place
        if found := _PARAMETER.match(header, place):
            quoted = found[2]
            value = found[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters.setdefault(found[1].lower(), value)
        elif found := _SCHEME.match(header, place):
            yield scheme, parameters
            scheme, parameters = found[1].lower(), {}
        else:
            break
        place = found.end()
    yield scheme, parameters


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
