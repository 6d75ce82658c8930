"""Built-in files, served whole or in ranges, compressed or not, with validators."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response

# Not the system's table, which differs from machine to machine: a browser
# takes no worklet and no WebAssembly under a wrong media type.
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "mjs": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "wasm": "application/wasm",
    "wav": "audio/wav",
}
_NAMELESS: Final = "text/plain; charset=utf-8"
"""Of licences and notices, which have no ending."""
_WORTH_PACKING: Final = 1_000
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True)
class Asset:
    """One file.

    Attributes:
        etag: Names its contents (RFC 9110 §8.8.3).
    """

    content: bytes = field(repr=False)
    content_type: str
    etag: str

    @cached_property
    def packed(self) -> bytes | None:
        """By gzip, if that makes it smaller."""
        if len(self.content) < _WORTH_PACKING or self.content_type.startswith("audio/"):
            return None
        packed = gzip.compress(self.content, 9, mtime=0)
        return packed if len(packed) < len(self.content) else None


def load(folder: Traversable | None = None) -> Mapping[str, Asset]:
    """All files that were built, by their path. Nothing else can be requested."""
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
        _, dot, ending = entry.name.rpartition(".")
        kind = _TYPES.get(ending, "application/octet-stream") if dot else _NAMELESS
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        found[path] = Asset(content, kind, etag)


def serve(request: Request, path: str, cache: str) -> Response:
    """The file at `path`, to be kept as `cache` says, or that there is none."""
    assets: Mapping[str, Asset] = request.app.state.assets
    found = assets.get(path)
    if found is None:
        return PlainTextResponse("There is no such file.\n", 404)
    headers = {
        "ETag": found.etag,
        "Cache-Control": cache,
        "Vary": "Accept-Encoding",
        "Accept-Ranges": "bytes",
    }
    known = request.headers.get("if-none-match", "")
    if found.etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    part = _part(request, found)
    if part is not None:
        return _partial(found, part, headers)
    if found.packed is not None and _takes_gzip(request):
        # The same contents in other octets: what is compared byte by byte needs another name.
        packed = {**headers, "ETag": f"W/{found.etag}", "Content-Encoding": "gzip"}
        return Response(found.packed, media_type=found.content_type, headers=packed)
    return Response(found.content, media_type=found.content_type, headers=headers)


def _takes_gzip(request: Request) -> bool:
    offers = request.headers.get("accept-encoding", "").lower().split(",")
    named = (offer.replace(" ", "").partition(";") for offer in offers)
    return any(name == "gzip" and weight not in ("q=0", "q=0.0") for name, _, weight in named)


def _part(request: Request, asset: Asset) -> range | None:
    """The requested range; some players play only files that are served in ranges."""
    asked = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if asked is None or request.headers.get("if-range", asset.etag) != asset.etag:
        return None
    first, last = asked.groups()
    size = len(asset.content)
    if first:
        return range(int(first), min(int(last) + 1 if last else size, size))
    return range(max(0, size - int(last)), size) if last else None


def _partial(asset: Asset, part: range, headers: Mapping[str, str]) -> Response:
    size = len(asset.content)
    if not part:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    where = {"Content-Range": f"bytes {part.start}-{part.stop - 1}/{size}"}
    content = asset.content[part.start : part.stop]
    return Response(content, 206, {**headers, **where}, asset.content_type)
