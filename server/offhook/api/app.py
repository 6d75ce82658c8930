"""Builds the HTTP application."""

from typing import Final

from fastapi import APIRouter, FastAPI

from offhook.api import (
    accounts,
    applications,
    assets,
    calls,
    conferences,
    endpoints,
    errors,
    health,
    keys,
    link,
    live,
    numbers,
    pages,
    recordings,
    sign_in,
    simulated,
)
from offhook.api.auth import AccountRateLimits
from offhook.api.compat import recordings as recording_links
from offhook.api.dependencies import ApiDependencies
from offhook.api.errors import ErrorBody
from offhook.api.middleware import ApiMiddleware

_ABOUT: Final = """
Accounts, API keys, endpoints, applications, numbers, access tokens and calls of this server.

Every request names its account by HTTP Basic authentication: the account's id and secret, or an
API key and its secret. Lists come in pages: repeat the request with `after` set to `next` until that is
empty. An account may send 20 requests a second, 40 at once. Errors have a `code`, a `message`, a
`hint` and the `request_id` of the server's log.
"""


def create_app(deps: ApiDependencies) -> FastAPI:
    """The application with all routes and middleware."""
    app = FastAPI(
        title="offhook",
        version="1",
        description=_ABOUT,
        openapi_url="/v1/openapi.json",
        # Their pages load scripts from other hosts, which the content security policy forbids.
        docs_url=None,
        redoc_url=None,
        # A redirect would name whatever host the request names.
        redirect_slashes=False,
    )
    app.state.deps = deps
    app.state.rate_limits = AccountRateLimits()
    app.state.assets = assets.load()
    app.add_middleware(ApiMiddleware, tls=bool(deps.config.tls_cert))
    errors.install(app)
    answers = {status: {"model": ErrorBody} for status in (400, 401, 404, 429)}
    v1 = APIRouter(prefix="/v1", responses={**answers})
    of_account = (accounts, keys, endpoints, applications, numbers)
    for part in (*of_account, live, calls, conferences, recordings, simulated):
        v1.include_router(part.router)
    app.include_router(v1)
    app.include_router(recording_links.router, responses={**answers})
    app.include_router(link.router)
    app.include_router(health.router)
    app.include_router(pages.router)
    app.include_router(sign_in.router)
    return app
