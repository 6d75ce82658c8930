"""Makes the party of a token's claims or of an endpoint."""

from typing import Protocol

from offhook.base.accounts import Application, Endpoint, Party
from offhook.base.claims import GRANTS
from offhook.base.errors import Refused
from offhook.base.ids import AccountId, ApplicationId
from offhook.base.tokens import TokenClaims


class Directory(Protocol):
    """Which applications and endpoints there are."""

    async def application(self, account: AccountId, id: ApplicationId) -> Application | None:
        """The application, if it exists and belongs to the account."""
        ...

    async def endpoint(self, account: AccountId, name: str) -> Endpoint | None:
        """The endpoint of this name, if the account has it."""
        ...


async def party(
    claims: TokenClaims,
    account: AccountId,
    directory: Directory,
    *,
    dialect: str,
    expires_at: float,
) -> Party:
    """The party of a token's claims.

    Args:
        claims: The token's claims.
        account: Whose secret signed it.
        directory: Which applications and endpoints there are.
        dialect: Whose token it is; empty for our own.
        expires_at: Unix seconds when it ends.

    Raises:
        Refused: it grants nothing, or an application that does not exist.
    """
    application = await _application(claims, account, directory) if claims.outgoing else None
    if application is None and not claims.incoming:
        raise Refused("the token allows neither to call nor to be called", code=GRANTS)
    return Party(
        account=account,
        name=claims.name,
        application=application,
        incoming=claims.incoming and not claims.anonymous,
        anonymous=claims.anonymous,
        parameters=claims.parameters,
        dialect=dialect,
        expires_at=expires_at,
    )


async def _application(
    claims: TokenClaims, account: AccountId, directory: Directory
) -> ApplicationId | None:
    if claims.application:
        found = await directory.application(account, ApplicationId(claims.application))
        if found is None:
            raise Refused(
                f"the token's application {claims.application[:64]!r} does not exist", code=GRANTS
            )
        return found.id
    endpoint = await directory.endpoint(account, claims.name)
    return None if endpoint is None else endpoint.application


def of_endpoint(endpoint: Endpoint) -> Party:
    """The party that logged in with the endpoint's password."""
    return Party(account=endpoint.account, name=endpoint.name, application=endpoint.application)
