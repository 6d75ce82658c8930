"""Files as players, worklets and slow networks want them."""

import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest
from offhook.api.assets import load
from offhook.api.pages import router

CONTENT = bytes(range(250)) * 8


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("offhook.js", "text/javascript; charset=utf-8"),
        ("noise/worklet.js", "text/javascript; charset=utf-8"),
        ("noise/rnnoise.wasm", "application/wasm"),
        ("noise/LICENSE", "text/plain; charset=utf-8"),
        ("sounds/ringing.wav", "audio/wav"),
    ],
)
async def test_each_asset_has_its_content_type(api: Any, path: str, kind: str) -> None:
    async with api.client() as client:
        reply = await client.get(f"/sdk/{path}")
    assert (reply.status_code, reply.headers["content-type"]) == (200, kind)
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_compressible_assets_are_sent_compressed_if_accepted(api: Any) -> None:
    async with api.client() as client:
        packed = await client.get("/sdk/plivo.js", headers={"accept-encoding": "br, GZIP;q=0.8"})
        plain = await client.get("/sdk/plivo.js", headers={"accept-encoding": "gzip;q=0, br"})
        small = await client.get("/sdk/offhook.js", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 200 < len(plain.content)
    assert packed.content == plain.content
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    for reply in (plain, small):
        assert "content-encoding" not in reply.headers
    assert {reply.headers["vary"] for reply in (packed, plain, small)} == {"Accept-Encoding"}


async def test_compression_is_deterministic(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("let a = 1;" * 1_000)
    first, again = (load(tmp_path)["a.js"].packed for _ in range(2))
    assert first is not None
    assert first == again
    assert gzip.decompress(first) == (tmp_path / "a.js").read_bytes()


async def part(api: Any, asked: str, **headers: str) -> httpx.Response:
    async with api.client() as client:
        return await client.get("/sdk/sounds/ringing.wav", headers={"range": asked, **headers})


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-1", 0, 1),
        ("bytes=100-199", 100, 199),
        ("bytes=1990-", 1990, 1999),
        ("bytes=-5", 1995, 1999),
        ("bytes=-9999", 0, 1999),
        ("bytes=1990-99999", 1990, 1999),
    ],
)
async def test_a_range_request_gets_its_part(api: Any, asked: str, first: int, last: int) -> None:
    reply = await part(api, asked)
    assert reply.status_code == 206
    assert reply.headers["content-range"] == f"bytes {first}-{last}/2000"
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.content == CONTENT[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=2000-", "bytes=2000-2001", "bytes=5-4", "bytes=-0"])
async def test_a_part_that_is_not_there_is_refused(api: Any, asked: str) -> None:
    reply = await part(api, asked)
    assert (reply.status_code, reply.headers["content-range"]) == (416, "bytes */2000")


@pytest.mark.parametrize("asked", ["bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=a-b"])
async def test_an_unusable_range_gets_the_whole_asset(api: Any, asked: str) -> None:
    reply = await part(api, asked)
    assert (reply.status_code, reply.content) == (200, CONTENT)


async def test_if_range_of_another_version_gets_the_whole_asset(api: Any) -> None:
    assert (await part(api, "bytes=0-1", **{"if-range": '"other"'})).status_code == 200
    etag = (await part(api, "bytes=0-1")).headers["etag"]
    assert (await part(api, "bytes=0-1", **{"if-range": etag})).status_code == 206


def test_head_works_for_every_page() -> None:
    assert all({"GET", "HEAD"} <= route.methods for route in router.routes)  # type: ignore[attr-defined]
