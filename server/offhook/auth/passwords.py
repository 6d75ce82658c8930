"""Passwords of endpoints: how they are made, and how they are kept and compared."""

import hashlib
import hmac
import secrets
import string
from typing import Final

from offhook.base.errors import UsageError

REALM: Final = "offhook"
_SHORTEST: Final = 8
_LONGEST: Final = 128
_GENERATED: Final = 16
# Without letters that look alike: people read these out to each other.
_LETTERS: Final = "".join(set(string.ascii_letters + string.digits) - set("0O1lI"))
_NOBODY: Final = hashlib.sha256(secrets.token_bytes(32)).hexdigest()


def generate() -> str:
    """A password of 16 letters and digits, 93 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_GENERATED))


def ha1(name: str, password: str) -> str:
    """What is kept instead of the password: SHA-256 of name, realm and password.

    SIP digest (RFC 7616 §3.4.2, RFC 8760) is computed from it, so it may not be salted or slow;
    that is why it is kept sealed.

    Raises:
        UsageError: the password is too short or too long.
    """
    if not _SHORTEST <= len(password) <= _LONGEST or not _encodes(password):
        raise UsageError(f"password must have {_SHORTEST} to {_LONGEST} letters")
    return _digest(name, password)


def matches(name: str, password: str, kept: str | None) -> bool:
    """Whether the password is the one that was kept; takes as long when there is none.

    Args:
        name: The name that logs in.
        password: What it shows.
        kept: The HA1 of the endpoint; nothing if there is no such endpoint.
    """
    shown = _digest(name, password[:_LONGEST] if _encodes(password) else "")
    return hmac.compare_digest(shown, kept or _NOBODY) and kept is not None


def _digest(name: str, password: str) -> str:
    text = f"{name}:{REALM}:{password}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _encodes(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
