"""Errors as JSON: a code, a sentence, a hint, the field, and an id that is in the log, too."""

import logging
from typing import Any, Final, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from offhook.base.error_catalog import error_spec
from offhook.base.errors import OffhookError

log = logging.getLogger("offhook.api")

_BY_STATUS: Final = {
    401: "unauthorized",
    403: "forbidden",
    # What an account lacks is found by its own code; only the router raises a bare 404.
    404: "no-such-path",
    405: "method-not-allowed",
    413: "too-large",
    429: "too-many-requests",
}
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class ErrorBody(BaseModel):
    """The body of every error response."""

    code: str = Field(examples=["not-found"])
    message: str = Field(examples=["there is no endpoint 'bob' in this account"])
    hint: str = Field(examples=["List the resources of this kind; ids are case-sensitive."])
    field: str | None = Field(default=None, examples=["answer_url"])
    request_id: str = Field(examples=["5f0c1b7e9d3a4c52"])


class TooFast(OffhookError):
    """An account sends too many requests.

    Attributes:
        retry_after_s: Seconds until the next request is answered.
    """

    code = "too-many-requests"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many requests of this account")
        self.retry_after_s = retry_after_s


def reply(request: Request, error: OffhookError, field: str | None = None) -> JSONResponse:
    """The error as a response."""
    row = error_spec(error.code)
    status = row.status or (429 if error.code == "blocked" else 400)
    body = ErrorBody(
        code=error.code,
        message=str(error),
        hint=row.hint,
        field=field,
        request_id=request.scope.get("request_id", ""),
    )
    headers: dict[str, str] = {}
    retry = getattr(error, "retry_after_s", None)
    if retry is not None:
        headers["Retry-After"] = str(max(1, round(retry)))
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="offhook", charset="UTF-8"'
    content = body.model_dump(exclude_none=True)
    return JSONResponse(content, status, headers=headers)


def install(app: FastAPI) -> None:
    """Make `app` send every error in this format."""
    app.add_exception_handler(OffhookError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    return reply(request, cast("OffhookError", error))


_NOT_JSON: Final = frozenset({"json_invalid", "model_attributes_type"})
_NO_OBJECT: Final = "the body must be a JSON object, with `Content-Type: application/json`"


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    first: dict[str, Any] = cast("RequestValidationError", error).errors()[0]
    if first["type"] in _NOT_JSON:
        # A client that leaves the content type out says so of JSON, too.
        return reply(request, OffhookError(_NO_OBJECT, code="bad-request"), "body")
    place = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
    where = ".".join(place)[:120] or "body"
    # What was sent is not repeated: it may be a password.
    return reply(request, OffhookError(f"{where}: {first['msg']}", code="bad-request"), where)


async def _http(request: Request, error: Exception) -> JSONResponse:
    status = cast("HTTPException", error).status_code
    code = _BY_STATUS.get(status, "internal" if status >= 500 else "bad-request")
    answer = reply(request, OffhookError(error_spec(code).message, code=code))
    if status == 405:
        # RFC 9110 section 15.5.6: all methods, and not only those of the first route that fits.
        answer.headers["Allow"] = ", ".join(_methods(request))
    return answer


def _methods(request: Request) -> list[str]:
    return [m for m in _METHODS if any(_takes(route, request, m) for route in request.app.routes)]


def _takes(route: BaseRoute, request: Request, method: str) -> bool:
    # The middleware answers HEAD by what answers GET.
    asked = {**request.scope, "method": "GET" if method == "HEAD" else method}
    return route.matches(asked)[0] is Match.FULL


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    id = request.scope.get("request_id", "")
    # As it was declared: what a client puts into a path may be a secret.
    path = getattr(request.scope.get("route"), "path", "")
    log.error("request.failed", exc_info=error, extra={"request": id, "path": path})
    return reply(request, OffhookError(error_spec("internal").message, code="internal"))
