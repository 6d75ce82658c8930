"""Authenticates programs: by an account's id and secret, or by an API key."""

import hmac
import logging
import secrets
from typing import Final

from offhook.auth.limiter import Limiter
from offhook.auth.tokens import Signers
from offhook.base.errors import Refused
from offhook.base.ids import AccountId

log = logging.getLogger("offhook.auth")

_DUMMY: Final = secrets.token_urlsafe(32)
_WRONG: Final = "the account id or secret is wrong"


class ApiAuth:
    """Checks ids and secrets, no more often than the limiter allows."""

    def __init__(self, signers: Signers, limiter: Limiter) -> None:
        self._signers = signers
        self._limiter = limiter

    async def account(self, id: str, secret: str, address: str) -> AccountId:
        """The account of a program's credentials.

        Args:
            id: An account id, or the id of an API key.
            secret: That one's secret.
            address: From where, an IP address.

        Raises:
            Blocked: there were too many bad tries; nothing was checked.
            Refused: `unauthorized`, whether the id or the secret is wrong.
        """
        # No endpoint's name has a colon: these tries are counted apart from those for endpoints.
        with self._limiter.attempt(address, f"api:{id[:64]}") as attempt:
            found = await self._signers.signer(id)
            expected = _DUMMY if found is None else found[1]
            same = hmac.compare_digest(_bytes(secret), _bytes(expected))
            if not same or found is None:
                log.warning(
                    "api.refused",
                    extra={"reason": _WRONG, "pii_name": id[:64], "pii_address": address},
                )
                raise Refused(_WRONG, code="unauthorized")
            attempt.good = True
            return found[0]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
