"""`/v1/account` and `/v1/tokens`: who asks, and access tokens for its pages."""

from datetime import UTC, datetime

from fastapi import APIRouter

from offhook.api.auth import Caller, Deps, application_of
from offhook.api.schemas import AccountOut, TokenIn, TokenOut
from offhook.auth.native_tokens import Grant, mint
from offhook.base.errors import NotFound
from offhook.store.accounts import Account

router = APIRouter(tags=["account"])


@router.get("/account", response_model=AccountOut)
async def get_account(caller: Caller, deps: Deps) -> Account:
    """The account of the request."""
    return await deps.store.accounts.get(caller)


@router.post("/tokens", status_code=201)
async def create_token(caller: Caller, deps: Deps, wanted: TokenIn) -> TokenOut:
    """Create an access token, with which a page logs in.

    The page never sees the account's secret. Make the token on your own server, for a person who has
    logged in there, and hand it to the page.
    """
    decides = await application_of(deps, caller, wanted.application)
    secret = await deps.store.secret(caller)
    if secret is None:
        raise NotFound(f"there is no account {caller!r}")
    now = deps.clock.wall().timestamp()
    grant = Grant(
        name=wanted.name,
        incoming=wanted.incoming,
        outgoing=wanted.outgoing,
        application=decides,
        parameters=wanted.parameters,
        lifetime_s=wanted.lifetime_s,
    )
    token = mint(grant, issuer=caller, secret=secret, now=now)
    expires_at = datetime.fromtimestamp(int(now) + wanted.lifetime_s, UTC)
    return TokenOut(token=token, expires_at=expires_at)
