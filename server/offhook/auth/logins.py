"""Authenticates links: by an endpoint's password, or by an access token."""

import hmac
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from offhook.auth.grants import of_endpoint
from offhook.auth.limiter import Limiter
from offhook.auth.passwords import matches, of_shown
from offhook.auth.tokens import Tokens
from offhook.base.accounts import Endpoint, Party
from offhook.base.digests import Digests
from offhook.base.errors import Refused, Unavailable
from offhook.base.ids import AccountId

log = logging.getLogger("offhook.auth")


class Credentials(Protocol):
    """The endpoints that log in with a password."""

    async def credentials(
        self, account: AccountId | None, name: str
    ) -> tuple[Endpoint, Digests] | None:
        """The endpoint of this name and its digests; without account, if the name is unique."""
        ...

    async def complete(self, endpoint: Endpoint, digests: Digests) -> None:
        """Keep the digests that were missing, unless the password is another by now.

        Raises:
            Unavailable: not now.
        """
        ...


class Logins:
    """Authenticates parties, within the limiter's bounds."""

    def __init__(self, credentials: Credentials, tokens: Tokens, limiter: Limiter) -> None:
        self._credentials = credentials
        self._tokens = tokens
        self._limiter = limiter

    async def by_password(self, endpoint: str, password: str, address: str) -> Party:
        """Who logs in with this endpoint and password.

        Args:
            endpoint: A name, or `account/name`.
            password: The password that was sent.
            address: From where, an IP address.

        Raises:
            Blocked: there were too many bad logins; nothing was checked.
            Refused: `bad-credentials`, whether the name or the password is wrong.
        """
        account, _, name = endpoint.rpartition("/")
        # Counted by the bare name, so that writing it in two ways gives no more tries.
        with _logged(address, name), self._limiter.attempt(address, name or "?") as attempt:
            owner = AccountId(account) if account else None
            found = await self._credentials.credentials(owner, name)
            if not matches(name, password, None if found is None else found[1]) or found is None:
                raise Refused("the name or the password is wrong", code="bad-credentials")
            attempt.good = True
        if found[1].md5 is None:
            await self._complete(found[0], password)
        return _proven(*found)

    async def _complete(self, endpoint: Endpoint, password: str) -> None:
        """Add the digest that is missing for passwords of earlier versions."""
        try:
            await self._credentials.complete(endpoint, of_shown(endpoint.name, password))
        except Unavailable:
            # The login succeeds all the same; the next one tries again.
            log.info("digests.not-stored", extra={"endpoint": endpoint.id})

    async def by_token(self, token: str, address: str) -> Party:
        """Who logs in with this access token.

        Args:
            token: A JWT.
            address: From where, an IP address.

        Raises:
            Blocked: there were too many bad logins; nothing was checked.
            Refused: the token is not valid; the code is the reason.
        """
        with _logged(address, "A token"), self._limiter.attempt(address, "") as attempt:
            party = await self._tokens.verify(token)
            attempt.good = True
            return replace(party, proof=token)

    async def by_key(self, link: str, party: Party | None, address: str) -> Party:
        """The party that resumes a link by its key alone; what the link was opened with must still be valid.

        Args:
            link: The link's id, as the page sent it.
            party: Who opened it; nothing if the page cannot have it.
            address: From where, an IP address.

        Raises:
            Blocked: there were too many bad logins; nothing was checked.
            Refused: `bad-credentials`, or what is wrong with the token by now.
        """
        # No endpoint has a space in its name: guessing at a link spends no endpoint's tries.
        who = "A page" if party is None else party.name
        with _logged(address, who), self._limiter.attempt(address, f"link {link}") as attempt:
            if party is None:
                raise Refused("the link cannot be had", code="bad-credentials")
            again = await self._renewed(party)
            attempt.good = True
            return again

    async def _renewed(self, party: Party) -> Party:
        if party.expires_at is not None:
            return replace(await self._tokens.verify(party.proof), proof=party.proof)
        found = await self._credentials.credentials(party.account, party.name)
        if found is None or not hmac.compare_digest(_proof(found[1]), party.proof):
            raise Refused("the endpoint or its password is another now", code="bad-credentials")
        return _proven(*found)


def _proven(endpoint: Endpoint, kept: Digests) -> Party:
    return replace(of_endpoint(endpoint), proof=_proof(kept))


def _proof(kept: Digests) -> str:
    # An HA1 is equivalent to the password; it cannot be computed from this.
    return sha256(kept.sha256.encode()).hexdigest()


@contextmanager
def _logged(address: str, name: str) -> Generator[None]:
    """Log a login that is refused; names and addresses for the terminal only."""
    try:
        yield
    except Refused as error:
        facts = {"code": error.code, "reason": str(error)}
        log.warning("login.refused", extra={**facts, "pii_name": name, "pii_address": address})
        raise
