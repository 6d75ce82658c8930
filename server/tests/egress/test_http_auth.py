"""Users and passwords of URLs reach only their own server, in the scheme that it requests."""

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from offhook.base.ids import CallId
from offhook.base.web import WebFailure, WebFault
from offhook.egress import digest
from offhook.egress.http_auth import HttpAuth
from offhook.egress.policy import Policy
from offhook.egress.url import Credentials, RequestUrl, parse_url
from offhook.webhooks.client import WebhookClient

OPEN = Policy(loopback=True)
Algorithm = Callable[[bytes], Any]


def _place(url: str) -> RequestUrl:
    return parse_url(url, OPEN)


class Guard:
    """A web server behind Digest authentication, as strict as the RFC lets it be."""

    def __init__(self, algorithm: str = "SHA-256", *, nonces: int = 1_000_000) -> None:
        self._algorithm = algorithm
        self._hash: Algorithm = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[
            algorithm.removesuffix("-sess")
        ]
        self._nonces = nonces
        self.nonce = 0
        self.seen: list[str] = []
        self.counts: Counter[str] = Counter()
        self.wrong = False

    def _h(self, text: str) -> str:
        return str(self._hash(text.encode()).hexdigest())

    def _lets_in(self, method: str, path: str, header: str) -> bool:
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', header))
        if self.wrong or said.get("nonce") != f"n{self.nonce}" or said["uri"] != path:
            return False
        self.counts[said["nonce"]] += 1
        if int(said["nc"], 16) != self.counts[said["nonce"]]:
            return False
        secret = self._h("joe:voice:s3:cret")
        if self._algorithm.endswith("-sess"):
            secret = self._h(f"{secret}:{said['nonce']}:{said['cnonce']}")
        asked = self._h(f"{method}:{path}")
        parts = (secret, said["nonce"], said["nc"], said["cnonce"], "auth", asked)
        return bool(said["response"] == self._h(":".join(parts)))

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split("\r\n")[0].split(" ")
        found = re.search(r"(?i)^authorization: (.*)\r$", head, re.MULTILINE)
        header = found[1] if found else ""
        self.seen.append(header.partition(" ")[0])
        fits = header.startswith("Digest") and self._lets_in(method, path, header)
        if fits:
            if self.counts[f"n{self.nonce}"] >= self._nonces:
                self.nonce += 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        else:
            stale = "true" if header.startswith("Digest") and not self.wrong else "false"
            challenge = (
                f'Digest realm="voice", nonce="n{self.nonce}", qop="auth",'
                f" algorithm={self._algorithm}, stale={stale}"
            )
            writer.write(
                f'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n'
                f"WWW-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n".encode()
            )
        await writer.drain()


def _with_login(url: str, login: str = "joe:s3%3Acret") -> str:
    return url.replace("://", f"://{login}@")


@pytest.mark.real_time
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "MD5-sess", "SHA-256-sess"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_digest_challenge_is_answered_and_remembered(
    client: WebhookClient, raw_site: Any, request_to: Any, algorithm: str, method: str
) -> None:
    guard = Guard(algorithm)
    url = _with_login(await raw_site(guard.talk)) + "a?x=1%2F"
    for _ in range(3):
        assert (await client.fetch(request_to(url, method=method))).body == b"ok"
    # The password goes out once, before the server has requested Digest; then the nonce is counted.
    assert guard.seen == ["Basic", "Digest", "Digest", "Digest"]
    assert guard.counts == {"n0": 3}


@pytest.mark.real_time
async def test_a_stale_nonce_is_replaced(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    guard = Guard(nonces=2)
    url = _with_login(await raw_site(guard.talk))
    for _ in range(5):
        assert (await client.fetch(request_to(url))).body == b"ok"
    assert guard.seen == [
        "Basic",
        "Digest",
        "Digest",
        "Digest",
        "Digest",
        "Digest",
        "Digest",
        "Digest",
    ]
    assert guard.nonce == 2


@pytest.mark.real_time
async def test_a_wrong_password_is_tried_a_few_times_only(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    guard = Guard()
    guard.wrong = True
    with pytest.raises(WebFailure) as failed:
        await client.fetch(request_to(_with_login(await raw_site(guard.talk))))
    assert (failed.value.fault, failed.value.status) == (WebFault.STATUS, 401)
    assert "cret" not in f"{failed.value} {failed.value.url}"
    assert guard.seen == ["Basic", "Digest"]


@pytest.mark.real_time
async def test_a_server_that_always_answers_stale_is_given_up(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    guard = Guard(nonces=0)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        guard.nonce += 1  # no answer ever fits
        await guard.talk(reader, writer)

    with pytest.raises(WebFailure):
        await client.fetch(request_to(_with_login(await raw_site(talk))))
    assert guard.seen == ["Basic", "Digest", "Digest"]


@pytest.mark.real_time
async def test_a_url_without_a_login_answers_no_challenge(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    guard = Guard()
    with pytest.raises(WebFailure):
        await client.fetch(request_to(await raw_site(guard.talk)))
    assert guard.seen == [""]


@pytest.mark.real_time
async def test_the_rest_of_a_call_has_the_login_of_its_document(
    client: WebhookClient, raw_site: Any, request_to: Any
) -> None:
    guard, other = Guard(), Guard()
    url, elsewhere = await raw_site(guard.talk), await raw_site(other.talk)
    assert (
        await client.fetch(request_to(_with_login(url) + "answer", call="c1"))
    ).url == url + "answer"
    # As a relative URL of the document would be resolved: without the login.
    assert (await client.fetch(request_to(url + "next", call="c1"))).body == b"ok"
    for place, call in ((elsewhere, "c1"), (url, "c2")):
        with pytest.raises(WebFailure):
            await client.fetch(request_to(place, call=call))
    assert other.seen == [""]
    client.forget(CallId("c1"))
    with pytest.raises(WebFailure):
        await client.fetch(request_to(url + "next", call="c1"))


@pytest.mark.real_time
async def test_only_redirects_within_an_origin_keep_the_login(
    client: WebhookClient, raw_site: Any, request_to: Any, site: Any
) -> None:
    guard = Guard()
    url = await raw_site(guard.talk)
    begin = _with_login(site.sends("/begin", "/end"))
    site.sends("/end", url + "x")
    with pytest.raises(WebFailure):
        await client.fetch(request_to(begin))
    assert [asked[2].get("authorization", "")[:6] for asked in site.asked] == ["Basic "] * 2
    assert guard.seen == [""]


def test_memory_is_bounded() -> None:
    logins = HttpAuth(max_calls=10)
    for number in range(50):
        for server in range(20):
            logins.find(CallId(f"c{number}"), _place(f"http://u:p@s{server}.example/"))
    assert len(logins._calls) == 10
    assert {len(known) for known in logins._calls.values()} == {8}
    challenge = digest.choose(['Digest realm="r", nonce="n"'])
    assert challenge is not None
    for number in range(50):
        place = _place(f"http://s{number}.example/")
        assert logins.header(Credentials(b"u", b"p"), place, "GET", "c") == "Basic dTpw"
        assert logins.answer(challenge, Credentials(b"u", b"p"), place, "GET", "c")
    assert len(logins._answered) == 10
