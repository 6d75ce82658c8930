"""The client returns a response or a reason for failure, always within its time limit."""

import asyncio
import gzip
import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web
from offhook.base.ids import CallId
from offhook.base.web import WebFailure, WebFault, WebReply, WebRequest
from offhook.egress.audio_cache import AudioCache
from offhook.egress.decoding import AudioDecodePool
from offhook.egress.disk_cache import DiskCache
from offhook.egress.policy import Policy
from offhook.engine.sources import decoded
from offhook.flow.ports import Web
from offhook.webhooks.client import WebhookClient

pytestmark = pytest.mark.real_time
SSRF = tomllib.loads((Path(__file__).parents[3] / "spec" / "ssrf.toml").read_text())["url"]
Then = Callable[[asyncio.StreamWriter], Awaitable[None]]
Start = Callable[[Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]], Any]


async def _fault(asked: Awaitable[WebReply]) -> WebFault:
    with pytest.raises(WebFailure) as failed:
        await asked
    return failed.value.fault


def _fits(web: Web) -> Web:
    """The type checker has the last word on this."""
    return web


async def test_the_client_implements_the_port_of_flow(
    client: WebhookClient,
) -> None:
    assert _fits(client) is client


async def test_a_reply_has_all_its_metadata(
    client: WebhookClient, clock: Any, site: Any, request_to: Any
) -> None:
    url = site.says("/answer", "<Response>é</Response>", after=lambda: clock.advance(1.5))
    reply = await client.fetch(request_to(url + "?x=%2F"))
    assert reply.took_ms == 1500
    assert reply.url == url + "?x=%2F"
    assert (reply.status, reply.content_type) == (200, "text/xml")
    assert reply.body == "<Response>é</Response>".encode()
    ((method, path, headers, form),) = site.asked
    assert (method, path) == ("POST", "/answer?x=%2F")
    assert form == [("From", "alice"), ("To", "bob & co")]
    assert headers["x-signature"] == "signed"
    assert headers["content-type"].startswith("application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("header", "charset"),
    [
        ("text/xml", ""),
        ("text/xml; charset=ISO-8859-1", "iso-8859-1"),
        ('text/xml;q=1; CharSet = "utf-16le" ; x=y', "utf-16le"),
        ("text/xml; charset='koi8-r'", "koi8-r"),
        ("text/xml; charset=", ""),
        (f"text/xml; charset={'x' * 900}", "x" * 40),
    ],
)
async def test_the_encoding_comes_from_the_header(
    client: WebhookClient, site: Any, request_to: Any, header: str, charset: str
) -> None:
    url = site.says("/a", b"<Response/>", Content_Type=header)
    reply = await client.fetch(request_to(url))
    assert (reply.content_type, reply.charset) == ("text/xml", charset)


async def test_a_get_has_no_body(client: WebhookClient, site: Any, request_to: Any) -> None:
    await client.fetch(request_to(site.says("/a") + "?From=alice", method="GET"))
    ((method, path, headers, _),) = site.asked
    assert (method, path) == ("GET", "/a?From=alice&From=alice&To=bob+%26+co")
    assert "content-length" not in headers


async def test_a_packed_answer_is_unpacked(
    client: WebhookClient, site: Any, request_to: Any
) -> None:
    url = site.says("/a", gzip.compress(b"<Response/>"), Content_Encoding="gzip")
    assert (await client.fetch(request_to(url))).body == b"<Response/>"


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
async def test_a_redirect_is_followed_as_browsers_do(
    client: WebhookClient, site: Any, request_to: Any, status: int, method: str
) -> None:
    end = site.says("/end")
    reply = await client.fetch(request_to(site.sends("/begin", "/end", status)))
    assert (reply.url, reply.redirected) == (end, True)
    assert site.asked[1][0] == method
    # An application must know whose call it is: in the body, or in the query of a GET.
    assert bool(site.asked[1][3]) is (method == "POST")
    query = parse_qsl(urlsplit(site.asked[1][1]).query)
    assert query == ([] if method == "POST" else [("From", "alice"), ("To", "bob & co")])


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_parameters_that_a_redirect_carries_itself_are_not_sent_twice(
    client: WebhookClient, site: Any, request_to: Any, method: str
) -> None:
    site.says("/end")
    begin = site.sends("/begin", "/end?keep=1&From=carol")
    reply = await client.fetch(request_to(begin, method=method))
    query = parse_qsl(urlsplit(site.asked[1][1]).query)
    assert query == [("keep", "1"), ("From", "carol"), ("To", "bob & co")]
    assert reply.url.endswith("/end?keep=1&From=carol")


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/a b", "/a%20b"),
        (" /a?q=x y ", "/a?q=x%20y"),
        ("/caf\u00e9?q=\u00fc", "/caf%C3%A9?q=%C3%BC"),
        ("/a%20b%2Fc", "/a%20b%2Fc"),
        ("b c", "/b%20c"),
        ("?q=x y", "/begin?q=x%20y"),
    ],
)
async def test_a_location_with_blanks_is_encoded(
    client: WebhookClient, raw_site: Start, request_to: Any, location: str, path: str
) -> None:
    asked: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode())
        there = b"" if len(asked) == 2 else b"Location: " + location.encode() + b"\r\n"
        status = b"200" if len(asked) == 2 else b"302"
        writer.write(b"HTTP/1.1 " + status + b" X\r\nContent-Length: 0\r\n" + there + b"\r\n")
        await writer.drain()

    url = (await raw_site(talk)) + "begin"
    await client.fetch(replace(request_to(url, method="GET"), form=()))
    assert asked == ["/begin", path]


@pytest.mark.parametrize("location", ["/a\tb", "/a\\b", "http://127.0.0.1 :1/", "http://a b/"])
async def test_a_location_that_parsers_read_differently_is_refused(
    client: WebhookClient, raw_site: Start, request_to: Any, location: str
) -> None:
    said = b"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: " + location.encode() + b"\r\n\r\n"
    assert await _talks(client, raw_site, request_to, said) is WebFault.BAD_URL


@pytest.mark.threat("call-loops")
async def test_endless_redirects_end(client: WebhookClient, site: Any, request_to: Any) -> None:
    url = site.sends("/loop", "/loop")
    assert await _fault(client.fetch(request_to(url, redirects=3))) is WebFault.REDIRECTS
    assert len(site.asked) == 4


async def test_signature_and_credentials_stay_with_their_origin(
    client: WebhookClient, site: Any, request_to: Any, raw_site: Start
) -> None:
    seen: list[bytes] = []

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    elsewhere = await raw_site(other)
    begin = site.sends("/begin", elsewhere).replace("http://", "http://user:secret@")
    await client.fetch(request_to(begin))
    assert site.asked[0][2]["authorization"].startswith("Basic ")
    assert b"signed" not in seen[0]
    assert b"uthorization" not in seen[0]
    assert b"user" not in seen[0].lower().replace(b"user-agent", b"")


async def test_cookies_are_kept_within_a_call(
    client: WebhookClient, site: Any, request_to: Any
) -> None:
    site.says("/end")
    url = site.says("/begin", "", status=302, Location="/end", Set_Cookie="id=7; Path=/")
    await client.fetch(request_to(url, call="c1"))
    await client.fetch(request_to(site.base + "/end", call="c1"))
    await client.fetch(request_to(site.base + "/end", call="c2"))
    client.forget(CallId("c1"))
    await client.fetch(request_to(site.base + "/end", call="c1"))
    assert [asked[2].get("cookie") for asked in site.asked] == [None, "id=7", "id=7", None, None]


@pytest.mark.parametrize("status", [201, 204])
async def test_any_2xx_is_an_answer(
    client: WebhookClient, site: Any, request_to: Any, status: int
) -> None:
    assert (await client.fetch(request_to(site.says("/a", "", status=status)))).status == status


@pytest.mark.parametrize("status", [300, 304, 400, 404, 500, 503])
async def test_any_other_status_is_none(
    client: WebhookClient, site: Any, request_to: Any, status: int
) -> None:
    with pytest.raises(WebFailure) as failed:
        await client.fetch(request_to(site.says("/a", "", status=status)))
    assert (failed.value.fault, failed.value.status) == (WebFault.STATUS, status)


@pytest.mark.parametrize(
    ("status", "retry_on", "tries"),
    [(500, "5xx", 3), (500, "4xx", 1), (404, "4xx", 3), (404, "connect", 1)],
)
async def test_a_failure_is_retried_as_requested(
    client: WebhookClient, site: Any, request_to: Any, status: int, retry_on: str, tries: int
) -> None:
    url = site.says("/a", "", status=status)
    await _fault(client.fetch(request_to(url, retries=2, retry_on=frozenset({retry_on}))))
    assert len(site.asked) == tries


async def test_a_second_try_may_succeed(client: WebhookClient, site: Any, request_to: Any) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(status=503 if len(site.asked) == 1 else 200)

    site.pages["/a"] = page
    reply = await client.fetch(request_to(site.base + "/a", retries=1, retry_on=frozenset({"5xx"})))
    assert reply.status == 200


async def test_a_closed_port_is_reported(
    client: WebhookClient, request_to: Any, raw_site: Start
) -> None:
    with pytest.raises(WebFailure) as failed:
        await client.fetch(request_to("http://127.0.0.1:1025/"))
    assert failed.value.fault is WebFault.CONNECT
    assert failed.value.detail == "Connection refused"


async def test_a_sound_that_cannot_be_had_is_logged(
    client: WebhookClient, site: Any, request_to: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(WebFailure):
        await client.fetch_sound(request_to(site.base + "/missing.wav?token=secret", method="GET"))
    (record,) = [one for one in caplog.records if one.message == "sound.missing"]
    assert vars(record)["reason"].startswith("status 404: 127.0.0.1:")
    assert "secret" not in str(vars(record))


async def test_a_name_that_does_not_exist_is_reported(
    clock: Any, request_to: Any, tmp_path: Path
) -> None:
    async def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError(f"{host}:{port} is unknown")

    client = WebhookClient(
        Policy(),
        clock,
        AudioCache(clock, DiskCache(None), AudioDecodePool(decoded)),
        lookup=nothing,
    )
    assert await _fault(client.fetch(request_to("https://a.example/"))) is WebFault.DNS
    await client.close()


async def test_a_server_without_tls_is_reported(
    client: WebhookClient, site: Any, request_to: Any
) -> None:
    url = site.says("/a").replace("http://", "https://")
    assert await _fault(client.fetch(request_to(url))) is WebFault.TLS


async def _talks(
    client: WebhookClient, raw_site: Start, request: Any, *said: bytes, then: Then | None = None
) -> WebFault:
    """Why a client gives up on a server that sends this, and goes on to do `then`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"".join(said))
        await writer.drain()
        if then is not None:
            await then(writer)

    return await _fault(client.fetch(request(await raw_site(talk))))


async def _says_no_more(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _drips(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def test_a_silent_server_times_out(
    client: WebhookClient, raw_site: Start, request_to: Any
) -> None:
    def impatient(url: str) -> WebRequest:
        return request_to(url, read_s=0.1)

    fault = await _talks(client, raw_site, impatient, then=_says_no_more)
    assert fault is WebFault.READ_TIMEOUT


@pytest.mark.threat("response-bombs")
async def test_a_slow_response_body_times_out(
    client: WebhookClient, raw_site: Start, request_to: Any
) -> None:
    def impatient(url: str) -> WebRequest:
        return request_to(url, total_s=0.3)

    head = b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n"
    fault = await _talks(client, raw_site, impatient, head, then=_drips)
    assert fault is WebFault.TOTAL_TIMEOUT


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0" * 1000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
    ],
    ids=lambda said: repr(said[:40]),
)
async def test_a_response_that_is_not_http_is_reported(
    client: WebhookClient, raw_site: Start, request_to: Any, said: bytes
) -> None:
    assert await _talks(client, raw_site, request_to, said) is WebFault.PROTOCOL


async def test_a_body_that_is_announced_too_long_is_not_waited_for(
    client: WebhookClient, raw_site: Start, request_to: Any
) -> None:
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"
    fault = await _talks(client, raw_site, request_to, said, then=_says_no_more)
    assert fault is WebFault.TOO_LARGE


async def test_an_undeclared_large_body_is_cut_off(
    client: WebhookClient, site: Any, request_to: Any
) -> None:
    sent = 0

    async def page(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b"x" * 1000)
            sent += 1000
        return response

    site.pages["/big"] = page
    assert await _fault(client.fetch(request_to(site.base + "/big"))) is WebFault.TOO_LARGE
    assert sent < 10_000_000


@pytest.mark.threat("response-bombs")
async def test_a_bomb_is_cut_off(client: WebhookClient, site: Any, request_to: Any) -> None:
    bomb = gzip.compress(bytes(50_000_000), 9)
    url = site.says("/bomb", bomb, Content_Encoding="gzip")
    assert await _fault(client.fetch(request_to(url, body_bytes=90_000))) is WebFault.TOO_LARGE


async def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure(
    client: WebhookClient, raw_site: Start, request_to: Any
) -> None:
    served = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        await reader.readuntil(b"\r\n\r\n")
        served += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        # It does not announce the close, waits for the next request, and closes upon it.
        await reader.readuntil(b"\r\n\r\n")

    url = await raw_site(talk)
    for _ in range(3):
        assert (await client.fetch(request_to(url, method="POST"))).body == b"ok"
    assert served == 3


async def test_calls_do_not_wait_for_each_other(
    client: WebhookClient, site: Any, request_to: Any
) -> None:
    all_here = asyncio.Barrier(50)

    async def waits_for_the_others(_request: web.Request) -> web.Response:
        await all_here.wait()
        return web.Response()

    site.pages["/waits"] = waits_for_the_others
    url = site.base + "/waits"
    replies = await asyncio.gather(*(client.fetch(request_to(url)) for _ in range(50)))
    assert [reply.status for reply in replies] == [200] * 50


# --- where a request may go


class Canary:
    """Listens on loopback and counts who connects."""

    def __init__(self) -> None:
        self.touched = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.touched += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        await writer.drain()
        await reader.read(1)


async def _to_loopback(host: str, port: int) -> Sequence[str]:
    del host, port
    return ["127.0.0.1", "::1", "169.254.169.254", "10.0.0.1"]


@pytest.mark.threat("ssrf")
async def test_no_url_of_the_corpus_reaches_loopback(
    clock: Any, raw_site: Start, request_to: Any
) -> None:
    canary = Canary()
    port = (await raw_site(canary.talk)).rpartition(":")[2].rstrip("/")
    client = WebhookClient(
        Policy(),
        clock,
        AudioCache(clock, DiskCache(None), AudioDecodePool(decoded)),
        lookup=_to_loopback,
    )
    assert len(SSRF) > 120
    reached: list[str] = []
    for vector in SSRF:
        url = vector["url"].replace("{port}", port)
        for method in ("GET", "POST"):
            fault = await _fault(client.fetch(request_to(url, method=method)))
            if fault not in (WebFault.BAD_URL, WebFault.FORBIDDEN_ADDRESS):
                reached.append(f"{vector['what']} {fault}")
    assert reached == []
    assert canary.touched == 0
    # The canary is alive: who may ask it gets its answer.
    allowed = WebhookClient(
        Policy(loopback=True), clock, AudioCache(clock, DiskCache(None), AudioDecodePool(decoded))
    )
    reply = await allowed.fetch(request_to(f"http://127.0.0.1:{port}/"))
    assert (reply.body, canary.touched) == (b"secret", 1)
    await client.close()
    await allowed.close()


@pytest.mark.threat("ssrf")
async def test_a_redirect_to_a_forbidden_address_is_rejected(
    clock: Any, site: Any, raw_site: Start, request_to: Any
) -> None:
    canary = Canary()
    port = (await raw_site(canary.talk)).rpartition(":")[2].rstrip("/")
    first = site.base.rpartition(":")[2]

    async def lookup(host: str, port: int) -> Sequence[str]:
        del port
        return ["127.0.0.1"] if host == "app.example" else ["10.0.0.1"]

    policy = Policy.of(["app.example"])
    client = WebhookClient(
        policy, clock, AudioCache(clock, DiskCache(None), AudioDecodePool(decoded)), lookup=lookup
    )
    for number, vector in enumerate(SSRF):
        there = vector["url"].replace("{port}", port)
        if not there.isprintable() or not there.strip():
            continue
        site.sends(f"/{number}", there)
        fault = await _fault(client.fetch(request_to(f"http://app.example:{first}/{number}")))
        assert fault not in (WebFault.CONNECT, WebFault.PROTOCOL, WebFault.READ_TIMEOUT), vector
    assert canary.touched == 0
    await client.close()


@pytest.mark.threat("dns-rebinding")
async def test_a_rebound_name_is_connected_to_at_the_checked_address(
    clock: Any, raw_site: Start, request_to: Any
) -> None:
    canary = Canary()
    port = (await raw_site(canary.talk)).rpartition(":")[2].rstrip("/")
    answers = iter([["192.0.2.1", "8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    looked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        del port
        looked.append(host)
        return next(answers)

    client = WebhookClient(
        Policy(),
        clock,
        AudioCache(clock, DiskCache(None), AudioDecodePool(decoded)),
        lookup=rebinding,
    )
    url = f"http://rebind.example:{port}/"
    # At first it is public (nothing answers there), then it is this very machine.
    first = await _fault(client.fetch(request_to(url, connect_s=0.2)))
    assert first in (WebFault.CONNECT, WebFault.CONNECT_TIMEOUT)
    assert await _fault(client.fetch(request_to(url))) is WebFault.FORBIDDEN_ADDRESS
    assert looked == ["rebind.example"] * 2
    assert canary.touched == 0
    await client.close()


async def test_no_variable_of_the_environment_makes_a_proxy(
    client: WebhookClient,
    site: Any,
    request_to: Any,
    raw_site: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    canary = Canary()
    proxy = await raw_site(canary.talk)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    await client.fetch(request_to(site.says("/a")))
    assert canary.touched == 0


async def test_a_redirect_from_tls_to_clear_text_is_refused(
    clock: Any, tmp_path: Path, request_to: Any
) -> None:
    import ssl

    import trustme

    authority = trustme.CA()
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    believing = ssl.create_default_context()
    authority.configure_trust(believing)

    async def page(request: web.Request) -> web.Response:
        if request.path == "/down":
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:8080/"})
        return web.Response(body=b"<Response/>")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", page)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving)
    await listener.start()
    base = f"https://127.0.0.1:{runner.addresses[0][1]}"
    audio_cache = AudioCache(clock, DiskCache(None), AudioDecodePool(decoded))
    client = WebhookClient(Policy(loopback=True), clock, audio_cache, tls=believing)
    assert (await client.fetch(request_to(f"{base}/"))).body == b"<Response/>"
    assert await _fault(client.fetch(request_to(f"{base}/down"))) is WebFault.REDIRECTS
    stranger = WebhookClient(Policy(loopback=True), clock, audio_cache)
    assert await _fault(stranger.fetch(request_to(f"{base}/"))) is WebFault.TLS
    await client.close()
    await stranger.close()
    await runner.cleanup()
