"""The ICE servers for pages: the STUN and TURN servers of the operator."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final

from offhook.base.accounts import Party
from offhook.base.clock import Clock

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.@+-]{1,128}\Z")
"""Names that stand for themselves in a TURN user name."""


def turn_credentials(secret: str, name: str, until: int) -> tuple[str, str]:
    """User name and password for a TURN server that shares a secret with this server.

    The scheme is that of "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest-00
    §2.2): the name carries the Unix second at which it ends, the password is its HMAC-SHA1 in base64.
    """
    username = f"{until}:{name}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()


class IceServers:
    """The ICE servers of the welcome frame; each page gets credentials of its own."""

    def __init__(
        self,
        clock: Clock,
        *,
        stun: Sequence[str] = (),
        turn: Sequence[str] = (),
        secret: str = "",
        ttl_s: float = 86_400.0,
    ) -> None:
        """The configured servers.

        Args:
            clock: For the expiry of credentials.
            stun: The URLs of STUN servers; never our own media ports, see `docs/decisions`.
            turn: The URLs of TURN servers.
            secret: What is shared with them.
            ttl_s: How long credentials are good for.
        """
        self._clock = clock
        self._stun = stun
        self._turn = turn
        self._secret = secret
        self._ttl_s = ttl_s

    def of(self, party: Party) -> Sequence[Mapping[str, object]]:
        """For the page of `party`, in the link's format."""
        servers: list[Mapping[str, object]] = []
        if self._stun:
            servers.append({"urls": list(self._stun)})
        if self._turn:
            until = int(self._clock.wall().timestamp() + self._ttl_s)
            name = _turn_name(party.name)
            username, credential = turn_credentials(self._secret, name, until)
            servers.append(
                {"urls": list(self._turn), "username": username, "credential": credential}
            )
        return servers


def _turn_name(name: str) -> str:
    """The name, or a digest of it: a TURN user name has at most 509 bytes (RFC 8489 section 14.3).

    Browsers refuse to make a connection with a longer one, and a name may have 256 characters of any script.
    """
    return name if _PLAIN.match(name) else hashlib.sha256(name.encode()).hexdigest()[:32]
