"""Sound files are fetched as often as their servers want, and not more."""

from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from offhook.base.ids import AccountId
from offhook.base.media import UnplayableSound
from offhook.base.web import WebFailure
from offhook.egress.audio_cache import AudioCache
from offhook.egress.decoding import AudioDecodePool
from offhook.egress.disk_cache import DiskCache
from offhook.egress.policy import Policy
from offhook.engine.sources import decoded
from offhook.testing.sounds import wav
from offhook.webhooks.client import WebhookClient

pytestmark = pytest.mark.real_time
WAV = wav(440.0, 0.1)
SIZE = 1_600
"""Of its samples."""


async def _times(client: WebhookClient, site: Any, request: Any, count: int = 2) -> int:
    for _ in range(count):
        assert (await client.fetch_sound(request)).seconds == pytest.approx(0.1)
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
    client: WebhookClient, site: Any, request_to: Any, headers: dict[str, str], asked: int
) -> None:
    url = site.says("/hello.wav", WAV, Content_Type="audio/wav", **headers)
    assert await _times(client, site, request_to(url, method="GET")) == asked


async def test_a_stale_sound_is_kept_when_it_has_not_changed(
    client: WebhookClient, site: Any, request_to: Any, clock: Any
) -> None:
    async def page(request: web.Request) -> web.Response:
        headers = {"ETag": '"v1"', "Cache-Control": "max-age=10"}
        if request.headers.get("If-None-Match") == '"v1"':
            return web.Response(status=304, headers=headers)
        return web.Response(body=WAV, headers=headers)

    site.pages["/a.wav"] = page
    request = request_to(site.base + "/a.wav", method="GET")
    assert await _times(client, site, request) == 1
    clock.advance(11)
    assert await _times(client, site, request) == 2
    assert site.asked[1][2]["if-none-match"] == '"v1"'
    clock.advance(11)
    assert await _times(client, site, request) == 3


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [("greeting.wav", WAV, "audio/wav"), ("greeting", bytes([0xFF]) * 800, "audio/ulaw")],
)
async def test_sounds_survive_a_restart(
    site: Any,
    request_to: Any,
    clock: Any,
    tmp_path: Path,
    name: str,
    content: bytes,
    content_type: str,
) -> None:
    url = site.says(f"/{name}", content, Content_Type=content_type, Cache_Control="max-age=1000")
    request = request_to(url, method="GET")
    for _ in range(2):
        sounds = AudioCache(clock, DiskCache(tmp_path), AudioDecodePool(decoded))
        client = WebhookClient(Policy(loopback=True), clock, sounds)
        sound = await client.fetch_sound(request)
        assert (sound.seconds, sound.name) == (pytest.approx(0.1), name)
        await client.close()
    assert len(site.asked) == 1


async def test_cached_audio_is_separate_per_account(
    client: WebhookClient, site: Any, request_to: Any
) -> None:
    url = site.says("/a.wav", WAV, Cache_Control="max-age=1000")
    request = request_to(url, method="GET")
    await client.fetch_sound(request)
    await client.fetch_sound(replace(request, account=AccountId("MA2")))
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"<html>", "the file is an HTML page"),
        (b"RIFF....AVI ", "a RIFF file that is no WAV"),
        (b'{"error": 1}', "a JSON document"),
        (b"\0\0\0\x20ftypM4A " + bytes(500), "an MP4 file"),
        (b"\x1a\x45\xdf\xa3" + bytes(50), "a WebM or Matroska file"),
    ],
)
async def test_an_unplayable_file_is_reported_and_not_cached(
    client: WebhookClient, site: Any, request_to: Any, content: bytes, said: str
) -> None:
    url = site.says("/a.wav", content, Content_Type="audio/wav", Cache_Control="max-age=9")
    with pytest.raises(UnplayableSound, match=said) as failed:
        await client.fetch_sound(request_to(url, method="GET"))
    assert failed.value.name == "a.wav"
    site.says("/a.wav", WAV)
    assert await _times(client, site, request_to(url, method="GET"), 1) == 2


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "video/mp4"])
async def test_sounds_are_known_by_their_content(
    client: WebhookClient, site: Any, request_to: Any, content_type: str
) -> None:
    url = site.says("/x/", b"\r\n" + WAV, Content_Type=content_type)
    sound = await client.fetch_sound(request_to(url, method="GET"))
    assert (sound.name, sound.seconds) == ("127.0.0.1", pytest.approx(0.1))


@pytest.mark.parametrize("content_type", ["audio/ulaw", "audio/basic", "audio/x-mulaw; rate=8000"])
async def test_audio_without_a_header_is_known_by_its_content_type(
    client: WebhookClient, site: Any, request_to: Any, content_type: str
) -> None:
    url = site.says("/x", bytes(range(128, 256)) * 10, Content_Type=content_type)
    sound = await client.fetch_sound(request_to(url, method="GET"))
    assert sound.seconds == pytest.approx(0.16)


async def test_a_sound_that_fails_is_not_kept(
    client: WebhookClient, site: Any, request_to: Any
) -> None:
    site.says("/a.wav", WAV, status=500, Cache_Control="max-age=9")
    request = request_to(site.base + "/a.wav", method="GET")
    with pytest.raises(WebFailure) as failed:
        await client.fetch_sound(request)
    assert failed.value.status == 500
    site.says("/a.wav", WAV)
    assert await _times(client, site, request, 1) == 2


async def test_memory_is_bounded(site: Any, request_to: Any, clock: Any) -> None:
    sounds = AudioCache(clock, DiskCache(None), AudioDecodePool(decoded), memory_bytes=10 * SIZE)
    client = WebhookClient(Policy(loopback=True), clock, sounds)
    for number in range(30):
        url = site.says(f"/{number}.wav", WAV, Cache_Control="max-age=1000")
        await client.fetch_sound(request_to(url, method="GET"))
        assert sounds.used_bytes == min(number + 1, 10) * SIZE
    await client.close()


async def test_an_account_with_many_sounds_pushes_out_its_own(
    site: Any, request_to: Any, clock: Any
) -> None:
    sounds = AudioCache(clock, DiskCache(None), AudioDecodePool(decoded), memory_bytes=10 * SIZE)
    client = WebhookClient(Policy(loopback=True), clock, sounds)
    url = site.says("/quiet.wav", WAV, Cache_Control="max-age=1000")
    quiet = replace(request_to(url, method="GET"), account=AccountId("MA2"))
    await client.fetch_sound(quiet)
    for number in range(30):
        url = site.says(f"/{number}.wav", WAV, Cache_Control="max-age=1000")
        await client.fetch_sound(request_to(url, method="GET"))
    before = len(site.asked)
    await client.fetch_sound(quiet)
    assert len(site.asked) == before
    await client.close()
