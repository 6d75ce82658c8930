"""Sound files are fetched as often as their servers want, and not more."""

from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from offhook.base.ids import AccountId
from offhook.base.web import WebFailure, WebFault
from offhook.webhooks.client import Client
from offhook.webhooks.policy import Policy
from offhook.webhooks.shelf import Shelf
from offhook.webhooks.sounds import Sounds

pytestmark = pytest.mark.real_time
WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(20)


async def _times(client: Client, site: Any, request: Any, count: int = 2) -> int:
    for _ in range(count):
        assert (await client.fetch_sound(request)).content == WAV
    return len(site.asked)


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"Cache_Control": "max-age=60"}, 1),
        ({"Cache_Control": 'public, max-age="60"'}, 1),
        ({"Expires": formatdate(4102444800, usegmt=True)}, 1),
        ({"ETag": '"a"'}, 1),
        ({"Cache_Control": "no-store"}, 2),
        ({"Cache_Control": "no-cache"}, 2),
        ({"Cache_Control": "max-age=0"}, 2),
        ({"Expires": "0"}, 2),
        ({"Expires": formatdate(0, usegmt=True)}, 2),
        ({"Vary": "*", "ETag": '"a"'}, 2),
        ({}, 2),
    ],
    ids=str,
)
async def test_a_sound_is_fetched_again_when_it_must_be(
    client: Client, site: Any, request_to: Any, headers: dict[str, str], asked: int
) -> None:
    url = site.says("/hello.wav", WAV, Content_Type="audio/wav", **headers)
    assert await _times(client, site, request_to(url, method="GET")) == asked


async def test_a_stale_sound_is_kept_when_it_has_not_changed(
    client: Client, site: Any, request_to: Any, clock: Any
) -> None:
    async def page(request: web.Request) -> web.Response:
        headers = {"ETag": '"v1"', "Cache-Control": "max-age=10"}
        if request.headers.get("If-None-Match") == '"v1"':
            return web.Response(status=304, headers=headers)
        return web.Response(body=WAV, headers=headers)

    site.pages["/a.wav"] = page
    request = request_to(site.base + "/a.wav", method="GET")
    assert await _times(client, site, request) == 1
    clock.forward(11)
    assert await _times(client, site, request) == 2
    assert site.asked[1][2]["if-none-match"] == '"v1"'
    clock.forward(11)
    assert await _times(client, site, request) == 3


async def test_sounds_survive_a_restart(
    site: Any, request_to: Any, clock: Any, tmp_path: Path
) -> None:
    url = site.says("/greeting.wav", WAV, Cache_Control="max-age=1000")
    request = request_to(url, method="GET")
    for _ in range(2):
        client = Client(Policy(loopback=True), clock, Sounds(clock, Shelf(tmp_path)))
        sound = await client.fetch_sound(request)
        assert (sound.content, sound.name) == (WAV, "greeting.wav")
        await client.close()
    assert len(site.asked) == 1


async def test_what_one_account_fetched_is_not_anothers(
    client: Client, site: Any, request_to: Any
) -> None:
    from dataclasses import replace

    url = site.says("/a.wav", WAV, Cache_Control="max-age=1000")
    request = request_to(url, method="GET")
    await client.fetch_sound(request)
    await client.fetch_sound(replace(request, account=AccountId("MA2")))
    assert len(site.asked) == 2


@pytest.mark.parametrize("content", [b"", b"<html>", b"RIFF....AVI ", b'{"error": 1}'])
async def test_what_is_no_sound_is_said_so(
    client: Client, site: Any, request_to: Any, content: bytes
) -> None:
    url = site.says("/a.wav", content, Content_Type="audio/wav", Cache_Control="max-age=9")
    with pytest.raises(WebFailure) as failed:
        await client.fetch_sound(request_to(url, method="GET"))
    assert failed.value.fault is WebFault.PROTOCOL


@pytest.mark.parametrize("content", [b"OggS", b"ID3", b"\xff\xfb\x90\0", b"\xff\xf3\x90\0"])
async def test_sounds_are_known_by_how_they_begin(
    client: Client, site: Any, request_to: Any, content: bytes
) -> None:
    url = site.says("/x/", content + bytes(20), Content_Type="text/plain")
    sound = await client.fetch_sound(request_to(url, method="GET"))
    assert sound.name == "127.0.0.1"


async def test_a_sound_that_fails_is_not_kept(client: Client, site: Any, request_to: Any) -> None:
    site.says("/a.wav", WAV, status=500, Cache_Control="max-age=9")
    with pytest.raises(WebFailure) as failed:
        await client.fetch_sound(request_to(site.base + "/a.wav", method="GET"))
    assert failed.value.status == 500
    site.says("/a.wav", WAV)
    assert (await client.fetch_sound(request_to(site.base + "/a.wav", method="GET"))).content == WAV


async def test_memory_is_bounded(site: Any, request_to: Any, clock: Any) -> None:
    sounds = Sounds(clock, Shelf(None), memory_bytes=10 * len(WAV))
    client = Client(Policy(loopback=True), clock, sounds)
    for number in range(30):
        url = site.says(f"/{number}.wav", WAV, Cache_Control="max-age=1000")
        await client.fetch_sound(request_to(url, method="GET"))
    assert sounds._used <= 10 * len(WAV)
    await client.close()
