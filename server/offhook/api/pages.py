"""The softphone at `/` and the SDK's scripts under `/sdk/`, as they were built into the package."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

router = APIRouter(include_in_schema=False)
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"
_NOT_BUILT: Final = (
    "The page was not built. `make run` builds it; the API under /v1 and the link at /link work "
    "without it.\n"
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file.

    Attributes:
        etag: Names its contents (RFC 9110 §8.8.3).
    """

    content: bytes = field(repr=False)
    content_type: str
    etag: str


def load(folder: Traversable | None = None) -> Mapping[str, Asset]:
    """All files that were built, by their path. What is not in here cannot be asked for."""
    root = folder or files("offhook") / "static"
    found: dict[str, Asset] = {}
    if root.is_dir():
        _gather(root, "", found)
    return found


def _gather(folder: Traversable, prefix: str, found: dict[str, Asset]) -> None:
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            _gather(entry, f"{path}/", found)
            continue
        content = entry.read_bytes()
        kind = mimetypes.guess_type(entry.name)[0] or "application/octet-stream"
        kind = "text/javascript" if entry.name.endswith((".js", ".mjs")) else kind
        text = kind.startswith("text/") or kind.endswith(("json", "svg+xml"))
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        found[path] = Asset(content, f"{kind}; charset=utf-8" if text else kind, etag)


@router.api_route("/", methods=["GET", "HEAD"])
async def index(request: Request) -> Response:
    """The softphone."""
    return _serve(request, "index.html", _ASK)


@router.api_route("/assets/{path:path}", methods=["GET", "HEAD"])
async def asset(request: Request, path: str) -> Response:
    """What the softphone is made of; the names change with the contents."""
    return _serve(request, f"assets/{path}", _FOR_EVER)


@router.api_route("/sdk/{path:path}", methods=["GET", "HEAD"])
async def script(request: Request, path: str) -> Response:
    """A ready-made script. Pages of other hosts may load it too."""
    response = _serve(request, f"sdk/{path}", _ASK)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _serve(request: Request, path: str, cache: str) -> Response:
    assets: Mapping[str, Asset] = request.app.state.assets
    found = assets.get(path)
    if found is None:
        if path == "index.html":
            return PlainTextResponse(_NOT_BUILT, 503)
        return PlainTextResponse("There is no such file.\n", 404)
    headers = {"ETag": found.etag, "Cache-Control": cache}
    known = request.headers.get("if-none-match", "")
    if found.etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.content_type, headers=headers)
