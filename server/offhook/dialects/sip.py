"""Writes names into SIP URIs and reads them back (RFC 3261 sections 19.1.1 and 25.1)."""

import re
from typing import Final
from urllib.parse import quote, unquote

from offhook.base.hosts import Hosts

_SCHEME: Final = re.compile(r"\s*sips?:", re.IGNORECASE)
_HOST: Final = re.compile(
    r"(\[[0-9A-Fa-f:.%]+\]|[^:;?\s\[\]]*)(:[0-9]{1,5})?\s*([;?].*)?\Z", re.DOTALL
)
_UNRESERVED: Final = "-_.!~*'()"
"""Beside letters and digits, what stands for itself in a user part. Of the characters that are reserved but
allowed there (`user-unreserved`) all are escaped: many readers take `;` and `?` for the end of the name."""


def uri(name: str, host: str) -> str:
    """The SIP URI of a user at a host; what the user part must not have as it is is escaped."""
    return f"sip:{quote(name, safe=_UNRESERVED)}@{host}"


def has_scheme(text: str) -> bool:
    """Whether it begins as a SIP or SIPS URI does."""
    return _SCHEME.match(text) is not None


def user_at(text: str, hosts: Hosts) -> str | None:
    """The user that a URI names at one of these hosts; nothing if it names another host.

    The user is the whole text before the last `@`, unescaped: a `;` or `?` in it belongs to it, and what
    a writer forgot to escape does not make it a shorter name, which may be another person's. Port,
    parameters and headers of the URI make no difference. Without a host the whole text is the user.

    Args:
        text: A SIP or SIPS URI, the scheme may be missing.
        hosts: Those that count as this server.
    """
    bare = _SCHEME.sub("", text, count=1).strip()
    name, at, place = bare.rpartition("@")
    if not at:
        return unquote(bare)
    found = _HOST.match(place)
    if found is None or not name or found[1] not in hosts:
        return None
    return unquote(name)
