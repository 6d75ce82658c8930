"""Authenticates requests: an account by its id and secret, or by an API key; and limits their rate."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from offhook.api.dependencies import ApiDependencies
from offhook.api.errors import TooFast
from offhook.api.listen.connection import of_scope
from offhook.base.errors import Refused
from offhook.base.ids import AccountId, ApplicationId
from offhook.base.rate_limit import TokenBucket

PER_S = 20.0
BURST = 40.0
_MAX_BUCKETS = 10_000

basic = HTTPBasic(auto_error=False, description="Account id (or API key) and its secret.")


class AccountRateLimits:
    """The request rate of each account, in bounded memory."""

    def __init__(self) -> None:
        self._buckets: dict[AccountId, TokenBucket] = {}

    def admit(self, account: AccountId, now: float) -> None:
        """Count one request.

        Raises:
            TooFast: there were too many.
        """
        bucket = self._buckets.get(account)
        if bucket is None:
            if len(self._buckets) >= _MAX_BUCKETS:
                self._buckets = {k: p for k, p in self._buckets.items() if not p.is_full(now)}
            bucket = self._buckets[account] = TokenBucket(PER_S, BURST, now)
        if not bucket.allows(now):
            raise TooFast(1.0)


def deps(request: Request) -> ApiDependencies:
    """The dependencies of the API."""
    return request.app.state.deps


async def account(
    request: Request,
    given: Annotated[HTTPBasicCredentials | None, Depends(basic)],
    api: Annotated[ApiDependencies, Depends(deps)],
) -> AccountId:
    """The account of the request.

    Raises:
        Refused: it has no credentials, or wrong ones.
        TooFast: there were too many requests.
    """
    if given is None:
        raise Refused("an account id and its secret are needed", code="unauthorized")
    address = request.client.host if request.client else ""
    found = await api.auth.account(given.username, given.password, address)
    request.app.state.rate_limits.admit(found, api.clock.now())
    if (connection := of_scope(request.scope)) is not None:
        connection.sign_in()
    return found


async def application_of(
    deps: ApiDependencies, caller: AccountId, wanted: str | None
) -> ApplicationId | None:
    """The id of the application that a request means by name or by id; nothing if it means none.

    Raises:
        NotFound: the account has none such.
    """
    return None if not wanted else (await deps.store.applications.lookup(caller, wanted)).id


Deps = Annotated[ApiDependencies, Depends(deps)]
Caller = Annotated[AccountId, Depends(account)]
