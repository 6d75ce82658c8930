"""The page and the scripts, as they were built."""

from pathlib import Path
from typing import Any

import pytest
from offhook.api.pages import load


async def test_the_page_is_served_and_not_sent_twice(rig: Any) -> None:
    async with rig.client() as client:
        first = await client.get("/")
        assert first.headers["content-type"] == "text/html; charset=utf-8"
        assert first.headers["cache-control"] == "no-cache"
        etag = first.headers["etag"]
        for known in (etag, f'W/{etag}, "other"'):
            again = await client.get("/", headers={"if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
        assert (await client.head("/")).status_code == 200


async def test_hashed_files_are_kept_for_ever(rig: Any) -> None:
    async with rig.client() as client:
        reply = await client.get("/assets/softphone-1234.js")
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in reply.headers["cache-control"]


async def test_scripts_may_be_loaded_by_pages_of_other_hosts(rig: Any) -> None:
    async with rig.client() as client:
        reply = await client.get("/sdk/offhook.js")
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert reply.text == "var Offhook = {};"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../a.db",
        "/assets/%2e%2e/%2e%2e/node.key",
        "/sdk//etc/passwd",
        "/sdk/none.js",
        "/assets/",
    ],
)
async def test_nothing_else_can_be_asked_for(rig: Any, path: str) -> None:
    async with rig.client() as client:
        assert (await client.get(path)).status_code == 404


async def test_a_page_that_was_not_built_says_so(rig: Any, tmp_path: Path) -> None:
    rig.app.state.assets = load(tmp_path / "nowhere")
    async with rig.client() as client:
        reply = await client.get("/")
    assert reply.status_code == 503
    assert "make run" in reply.text
