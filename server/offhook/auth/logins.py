"""Lets people in on links: by an endpoint's password, or by an access token."""

from typing import Protocol

from offhook.auth.grants import of_endpoint
from offhook.auth.limiter import Limiter
from offhook.auth.passwords import matches
from offhook.auth.tokens import Tokens
from offhook.base.accounts import Endpoint, Party
from offhook.base.errors import Refused
from offhook.base.ids import AccountId


class Credentials(Protocol):
    """Who can log in with a password."""

    async def credentials(
        self, account: AccountId | None, name: str
    ) -> tuple[Endpoint, str] | None:
        """The endpoint of this name and its HA1; without account, if the name is unique."""
        ...


class Logins:
    """Checks who somebody is, no more often than the limiter bears."""

    def __init__(self, credentials: Credentials, tokens: Tokens, limiter: Limiter) -> None:
        self._credentials = credentials
        self._tokens = tokens
        self._limiter = limiter

    async def by_password(self, endpoint: str, password: str, address: str) -> Party:
        """Who logs in with this endpoint and password.

        Args:
            endpoint: A name, or `account/name`.
            password: What it shows.
            address: From where, an IP address.

        Raises:
            Blocked: there were too many bad log-ins; nothing was checked.
            Refused: `bad-credentials`, whether the name or the password is wrong.
        """
        account, _, name = endpoint.rpartition("/")
        # Counted by the bare name, so that spelling it two ways gives no more tries.
        with self._limiter.attempt(address, name or "?") as attempt:
            owner = AccountId(account) if account else None
            found = await self._credentials.credentials(owner, name)
            if not matches(name, password, None if found is None else found[1]) or found is None:
                raise Refused("the name or the password is wrong", code="bad-credentials")
            attempt.good = True
            return of_endpoint(found[0])

    async def by_token(self, token: str, address: str) -> Party:
        """Who logs in with this access token.

        Args:
            token: A JWT.
            address: From where, an IP address.

        Raises:
            Blocked: there were too many bad log-ins; nothing was checked.
            Refused: the token is not good; the code says what is wrong with it.
        """
        with self._limiter.attempt(address, "") as attempt:
            party = await self._tokens.verify(token)
            attempt.good = True
            return party
