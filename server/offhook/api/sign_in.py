"""`/s/<code>`: a short link that opens the softphone, signed in."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from offhook.api.auth import Deps
from offhook.auth.limiter import Blocked
from offhook.base.errors import Refused

router = APIRouter(include_in_schema=False)
_GONE: Final = "This link does not sign in any more. The server prints new ones when it starts.\n"
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


@router.get("/s/{code}")
async def sign_in(request: Request, deps: Deps, code: str) -> Response:
    """Hand the token to the page behind `#`, which browsers do not send."""
    address = request.client.host if request.client else ""
    try:
        token = deps.sign_in.token(code, address)
    except Blocked:
        raise
    except Refused:
        if "text/html" in request.headers.get("Accept", ""):
            # The page says it, with the form to sign in beside it.
            return RedirectResponse("/#gone", 303, headers=_NOT_KEPT)
        return PlainTextResponse(_GONE, 404, headers=_NOT_KEPT)
    return RedirectResponse(f"/#token={token}", 303, headers=_NOT_KEPT)
