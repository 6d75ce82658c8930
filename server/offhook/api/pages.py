"""The softphone at `/` and the SDK under `/sdk/`, as they were built into the package."""

import re
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from offhook.api.assets import serve

router = APIRouter(include_in_schema=False)
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"
_NOT_BUILT: Final = (
    "The page was not built. `make run` builds it; the API under /v1 and the link at /link work "
    "without it.\n"
)
_VERSIONED: Final = re.compile(r"(\d+\.\d+\.\d+[a-z0-9.+-]*)/(.*)", re.ASCII)


@router.api_route("/", methods=["GET", "HEAD"])
async def index(request: Request) -> Response:
    """The softphone."""
    if "index.html" not in request.app.state.assets:
        return PlainTextResponse(_NOT_BUILT, 503)
    return serve(request, "index.html", _ASK)


@router.api_route("/assets/{path:path}", methods=["GET", "HEAD"])
async def asset(request: Request, path: str) -> Response:
    """What the softphone is made of; the names change with the contents."""
    return serve(request, f"assets/{path}", _FOR_EVER)


@router.api_route("/sdk/{path:path}", methods=["GET", "HEAD"])
async def script(request: Request, path: str) -> Response:
    """A ready-made script or a piece of one. Pages of other hosts may load it too."""
    named = _VERSIONED.fullmatch(path)
    response = _of_version(request, *named.groups()) if named else _newest(request, path)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _newest(request: Request, path: str) -> Response:
    return serve(request, f"sdk/{path}", _ASK)


def _of_version(request: Request, wanted: str, path: str) -> Response:
    """The script of a version, which a browser need not ask for again."""
    ours = version("offhook")
    if wanted == ours:
        return serve(request, f"sdk/{path}", _FOR_EVER)
    if _promise(wanted) == _promise(ours):
        # Pages that named an older one go on after an upgrade that breaks nothing.
        return RedirectResponse(f"/sdk/{path}", headers={"Cache-Control": _ASK})
    return PlainTextResponse(f"This server has the SDK {ours}, not {wanted}.\n", 404)


def _promise(version: str) -> str:
    """The part of a version that must be the same for one to stand for the other (SemVer §4, §8)."""
    major, minor, _ = version.split(".", 2)
    return f"0.{minor}" if major == "0" else major
