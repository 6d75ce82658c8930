"""Passwords of endpoints: how they are made, and how they are kept and compared."""

import hashlib
import hmac
import secrets
import string
from typing import Final

from offhook.base.digests import Digests
from offhook.base.errors import UsageError

REALM: Final = "offhook"
"""Part of every digest, so it can never change without new passwords. It is no host name, because servers
are renamed.

Deviation: RFC 3261 section 22.1 wants it to be unique in the world. Clients take the realm of the challenge
as it comes, and a password of one server is of no use at another.
"""
_SHORTEST: Final = 8
_LONGEST: Final = 128
_GENERATED: Final = 16
# Without letters that look alike: people read passwords aloud.
_LETTERS: Final = "".join(set(string.ascii_letters + string.digits) - set("0O1lI"))
_DUMMY: Final = hashlib.sha256(secrets.token_bytes(32)).hexdigest()


def generate() -> str:
    """A password of 16 letters and digits, 93 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_GENERATED))


def digests(name: str, password: str) -> Digests:
    """What is kept instead of the password.

    SIP digest is computed from it (RFC 7616 section 3.4.2, RFC 8760), so it may not be salted or slow;
    so it is kept encrypted. The MD5 one cannot be made later, when the password is not known.

    Raises:
        UsageError: the password is too short or too long.
    """
    if not _SHORTEST <= len(password) <= _LONGEST or not _encodes(password):
        raise UsageError(f"password must have {_SHORTEST} to {_LONGEST} letters")
    return of_shown(name, password)


def of_shown(name: str, password: str) -> Digests:
    """The digests of a password that `matches`, of the part of it that counts."""
    counts = password[:_LONGEST]
    return Digests(sha256=_sha256(name, counts), md5=_md5(name, counts))


def matches(name: str, password: str, kept: Digests | None) -> bool:
    """Whether the password is the one that was kept; takes as long when there is none.

    Args:
        name: The name that logs in.
        password: The password that was sent.
        kept: The digests of the endpoint; nothing if there is no such endpoint.
    """
    shown = _sha256(name, password[:_LONGEST] if _encodes(password) else "")
    expected = _DUMMY if kept is None else kept.sha256
    return hmac.compare_digest(shown, expected) and kept is not None


def _sha256(name: str, password: str) -> str:
    return hashlib.sha256(_material(name, password)).hexdigest()


def _md5(name: str, password: str) -> str:
    return hashlib.md5(_material(name, password), usedforsecurity=False).hexdigest()


def _material(name: str, password: str) -> bytes:
    return f"{name}:{REALM}:{password}".encode("utf-8", "surrogatepass")


def _encodes(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
