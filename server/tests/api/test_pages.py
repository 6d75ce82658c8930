"""The page and the scripts, as they were built."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from offhook.api.assets import load

OURS = version("offhook")


async def test_the_page_is_served_and_not_sent_twice(api: Any) -> None:
    async with api.client() as client:
        first = await client.get("/")
        assert first.headers["content-type"] == "text/html; charset=utf-8"
        assert first.headers["cache-control"] == "no-cache"
        etag = first.headers["etag"]
        for known in (etag, f'W/{etag}, "other"'):
            again = await client.get("/", headers={"if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
        assert (await client.head("/")).status_code == 200


async def test_hashed_files_are_kept_for_ever(api: Any) -> None:
    async with api.client() as client:
        reply = await client.get("/assets/softphone-1234.js")
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in reply.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["offhook.js", "none.js", f"{OURS}/offhook.js", f"{OURS}9/plivo.js", "noise/worklet.js"]
)
async def test_scripts_may_be_loaded_by_pages_of_other_hosts(api: Any, path: str) -> None:
    async with api.client() as client:
        reply = await client.get(f"/sdk/{path}")
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert reply.headers["access-control-allow-origin"] == "*"


async def test_a_script_under_its_version_is_kept_for_ever(api: Any) -> None:
    async with api.client() as client:
        reply = await client.get(f"/sdk/{OURS}/noise/rnnoise.wasm")
        plain = await client.get("/sdk/noise/rnnoise.wasm")
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["cache-control"] == "no-cache"
    assert (reply.content, reply.headers["etag"]) == (plain.content, plain.headers["etag"])


async def test_a_compatible_script_version_is_redirected(api: Any) -> None:
    major, minor, _ = OURS.split(".")
    fits, breaks = f"{major}.{minor}.99", f"{int(major) + 1}.0.0"
    async with api.client() as client:
        reply = await client.get(f"/sdk/{fits}/plivo.js")
        other = await client.get(f"/sdk/{breaks}/plivo.js")
    assert (reply.status_code, reply.headers["location"]) == (307, "/sdk/plivo.js")
    assert reply.headers["cache-control"] == "no-cache"
    assert (other.status_code, OURS in other.text) == (404, True)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../a.db",
        "/assets/%2e%2e/%2e%2e/node.key",
        "/sdk//etc/passwd",
        "/sdk/none.js",
        "/sdk/",
        f"/sdk/{OURS}/",
        f"/sdk/{OURS}/../../index.html",
        "/assets/",
    ],
)
@pytest.mark.threat("path-traversal")
async def test_other_paths_are_not_found(api: Any, path: str) -> None:
    async with api.client() as client:
        assert (await client.get(path)).status_code == 404


async def test_a_page_that_was_not_built_is_reported(api: Any, tmp_path: Path) -> None:
    api.app.state.assets = load(tmp_path / "nowhere")
    async with api.client() as client:
        reply = await client.get("/")
    assert reply.status_code == 503
    assert "make run" in reply.text
