"""The vendors' own validators accept our signature, at every URL a request is sent to."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

import pytest
from offhook.base.media import Decoded
from offhook.base.web import Parameters, Signing
from offhook.dialects.registry import plugins
from offhook.egress.audio_cache import AudioCache
from offhook.egress.decoding import AudioDecodePool
from offhook.egress.disk_cache import DiskCache
from offhook.egress.policy import Policy
from offhook.engine.sources import decoded
from offhook.testing.sounds import wav
from offhook.webhooks.client import WebhookClient
from plivo.utils import validate_signature
from plivo.utils.signature_v3 import validate_v3_signature
from twilio.request_validator import RequestValidator

pytestmark = pytest.mark.real_time
SECRET = "0123456789abcdef" * 2
NONCE = "12345678901234567890"


@dataclass
class Seen:
    """One request as a web server sees it."""

    method: str
    target: str
    headers: dict[str, str]
    form: dict[str, str]

    def valid(self, dialect: str) -> bool:
        """Whether the vendor's library accepts it, for the URL that the server itself would build."""
        url = f"http://{self.headers['host']}{self.target}"
        form = self.form if self.method == "POST" else {}
        if dialect == "twilio":
            said = self.headers.get("x-twilio-signature", "")
            return RequestValidator(SECRET).validate(url, form, said)
        second = self.headers.get("x-plivo-signature-v2", "")
        if not validate_signature(url, NONCE, second, SECRET):
            return False
        if any(byte > 127 for byte in unquote_to_bytes(urlsplit(url).query)):
            # The library of this language cannot read such a query for its version 3.
            return True
        said = self.headers.get("x-plivo-signature-v3", "")
        return validate_v3_signature(self.method, url, NONCE, SECRET, said, form)


class Server:
    """Answers with what a test lays down by path, or with an empty document."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.pages: dict[str, bytes] = {}

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            fields = [line.partition(": ") for line in head[1:] if line]
            headers = {name.lower(): value for name, _, value in fields}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            self.seen.append(Seen(method, target, headers, form))
            empty = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
            writer.write(self.pages.get(urlsplit(target).path, empty))
            await writer.drain()

    def sends(self, path: str, status: int, location: str) -> None:
        self.pages[path] = (
            f"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        )


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture(params=sorted(plugins()))
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def sign(signing: Signing, method: str, url: str, form: Parameters) -> Mapping[str, str]:
    speaker = plugins()[signing.dialect].dialect
    return speaker.sign(method, url, form, secret=signing.secret, nonce=signing.nonce)


async def _anywhere(host: str, port: int) -> Sequence[str]:
    del host, port
    return ["127.0.0.1"]


@pytest.fixture
async def client(clock: Any, tmp_path: Path) -> AsyncIterator[WebhookClient]:
    sounds = AudioCache(clock, DiskCache(tmp_path / "sounds"), AudioDecodePool(decoded))
    made = WebhookClient(Policy(loopback=True), clock, sounds, sign=sign, lookup=_anywhere)
    yield made
    await made.close()


def _signed(request: Any, dialect: str) -> Any:
    return replace(
        request, headers={}, signing=Signing(dialect=dialect, secret=SECRET, nonce=NONCE)
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "url",
    [
        "/a",
        "/a?x=1",
        "/a?x=1&x=2&empty=",
        "",
        "?x=1",
        "/a?",
        "/voz/Jos\u00e9?q=\u00f1and\u00fa",
        "/voz/Jos%C3%A9?q=%C3%B1and%C3%BA",
        "/a%2Fb?q=a+b%20c",
        "/a/../b/./c",
        "/a;b=c/d?q=(x)!*'",
        "/a//b",
        "HTTP://LocalHost:{port}/A?B=C",
        "http://A.Example:{port}",
        "http://b\u00fccher.example:{port}/\u00e9",
        "http://joe:p%40ss@a.example:{port}/a?x=1",
        "http://a.example.:{port}/a",
    ],
)
@pytest.mark.threat("webhook-forgery")
async def test_the_url_that_is_sent_is_the_one_that_is_signed(
    client: WebhookClient,
    server: Server,
    raw_site: Any,
    request_to: Any,
    dialect: str,
    method: str,
    url: str,
) -> None:
    base = (await raw_site(server.talk)).rstrip("/")
    port = base.rpartition(":")[2]
    whole = url.replace("{port}", port) if ":" in url else base + url
    await client.fetch(_signed(request_to(whole, method=method), dialect))
    (seen,) = server.seen
    assert (seen.method, seen.valid(dialect)) == (method, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["/here", "/here?keep=1", "here", "//other.example:{port}/here", "/a b?c d=\u00e9"]
)
@pytest.mark.threat("webhook-forgery")
async def test_each_request_of_a_redirect_is_signed_for_its_own_url(
    client: WebhookClient,
    server: Server,
    raw_site: Any,
    request_to: Any,
    dialect: str,
    method: str,
    status: int,
    location: str,
) -> None:
    url = await raw_site(server.talk)
    server.sends("/moved", status, location.replace("{port}", url.rpartition(":")[2].rstrip("/")))
    await client.fetch(_signed(request_to(url + "moved", method=method), dialect))
    assert [seen.valid(dialect) for seen in server.seen] == [True, True]
    last = server.seen[1]
    said = {**last.form, **dict(parse_qsl(urlsplit(last.target).query))}
    assert (said["From"], said["To"]) == ("alice", "bob & co")


async def test_a_sound_is_requested_with_a_signature(
    client: WebhookClient, server: Server, raw_site: Any, request_to: Any, dialect: str
) -> None:
    url = await raw_site(server.talk)
    body = wav(440.0, 0.1)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: {len(body)}\r\n\r\n"
    server.pages["/caf%C3%A9.wav"] = head.encode() + body
    request = replace(request_to(url + "caf\u00e9.wav", method="GET"), form=())
    sound = await client.fetch_sound(_signed(request, dialect))
    assert isinstance(sound, Decoded)
    assert server.seen[0].valid(dialect)


async def test_an_unsigned_request_has_no_signature(
    client: WebhookClient, server: Server, raw_site: Any, request_to: Any
) -> None:
    await client.fetch(request_to(await raw_site(server.talk)))
    assert not any("signature" in name for name in server.seen[0].headers if name != "x-signature")
