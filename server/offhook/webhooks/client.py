"""The HTTP client for users' web servers: redirects, retries, cookies and time limits."""

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from secrets import token_hex
from typing import Final
from urllib.parse import parse_qsl, quote, urldefrag, urljoin, urlsplit

from offhook.base.clock import Clock
from offhook.base.ids import CallId
from offhook.base.media import Decoded
from offhook.base.web import (
    Parameters,
    Signing,
    WebFailure,
    WebFault,
    WebReply,
    WebRequest,
    with_query,
    without_login,
)
from offhook.egress import digest
from offhook.egress.audio_cache import AudioCache
from offhook.egress.http import HttpResponse, HttpTransport
from offhook.egress.http_auth import HttpAuth
from offhook.egress.lookups import Lookup, system_lookup
from offhook.egress.policy import Policy
from offhook.egress.url import Credentials, RequestUrl, parse_url
from offhook.webhooks.cookies import CookieJars

log = logging.getLogger(__name__)

_URLS: Final = 256
"""Parsed URLs that are remembered: most calls ask for the same ones."""
_NOT_MODIFIED: Final = 304
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TURN_TO_GET: Final = frozenset({301, 302, 303})
_KIND: Final[Mapping[WebFault, str]] = {
    WebFault.DNS: "connect",
    WebFault.CONNECT: "connect",
    WebFault.CONNECT_TIMEOUT: "connect",
    WebFault.READ_TIMEOUT: "read",
    WebFault.PROTOCOL: "read",
}
_DEFAULT_HEADERS: Final = {
    "User-Agent": "offhook",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
}
_CHARSET: Final = re.compile(r""";\s*charset\s*=\s*["']?([^\s;,"']{1,40})""", re.IGNORECASE)
_ANY_ORIGIN: Final = frozenset({"cache-control", "idempotency-key"})
"""The headers that are sent to another server after a redirect, too."""
_UNAUTHORIZED: Final = 401
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_AS_IT_IS: Final = "".join(chr(code) for code in range(128) if code != ord(" "))
"""What is not encoded in a `Location`: the check of URLs decides on all but blanks."""

Sign = Callable[[Signing, str, str, Parameters], Mapping[str, str]]
"""Signing, method, URL as it is sent, and form to headers."""


def _unsigned(_signing: Signing, _method: str, _url: str, _form: Parameters) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class _Hop:
    """One of the URLs that a request is sent to.

    Attributes:
        place: The URL as it is sent.
        url: The same without our parameters.
    """

    method: str
    target: RequestUrl
    url: str
    redirected: bool = False

    @property
    def shown(self) -> str:
        return without_login(self.url)


class WebhookClient:
    """The HTTP client for URLs that users gave us; implements `flow.ports.Web`."""

    def __init__(
        self,
        policy: Policy,
        clock: Clock,
        audio_cache: AudioCache,
        *,
        sign: Sign = _unsigned,
        lookup: Lookup = system_lookup,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """A client. To be made within a running loop.

        Args:
            policy: Where requests may go.
            clock: Measures how long they take.
            audio_cache: Caches sound files.
            sign: Makes the headers of a signature.
            lookup: How names become addresses.
            tls: Whose certificates are believed; the system's by default.
        """
        self._parsed = lru_cache(_URLS)(partial(parse_url, policy=policy))
        self._clock = clock
        self._audio = audio_cache
        self._transport = HttpTransport(policy, lookup=lookup, tls=tls)
        self._jars = CookieJars()
        self._auth = HttpAuth()
        self._sign = sign

    async def fetch(self, request: WebRequest) -> WebReply:
        """Send it, within its limits.

        Raises:
            WebFailure: there is no usable answer.
        """
        began = self._clock.now()
        final, answer = await self._within_time(request, {}, began)
        return WebReply(
            url=final.shown,
            redirected=final.redirected,
            status=answer.status,
            content_type=_media_type(answer),
            body=answer.body,
            took_ms=self._ms_since(began),
            charset=_charset(answer),
        )

    async def fetch_sound(self, request: WebRequest) -> Decoded:
        """Get a sound file, from the cache if its server allows that.

        Raises:
            WebFailure: it cannot be had.
            UnplayableSound: it cannot be played.
        """
        kept = await self._audio.find(request)
        if kept is not None and self._audio.is_fresh(kept):
            return kept.sound
        conditions: Mapping[str, str] = {} if kept is None else kept.conditions
        began = self._clock.now()
        try:
            final, answer = await self._within_time(request, conditions, began)
        except WebFailure as failure:
            if kept is None or failure.status != _NOT_MODIFIED:
                facts = {"account": request.account, "reason": str(failure)}
                log.warning("sound.missing", extra=facts)
                raise
            return self._audio.renew(kept)
        return await self._audio.keep(request, final.shown, answer)

    def forget(self, call: CallId) -> None:
        """The call is over: drop its cookies and logins."""
        self._jars.forget(call)
        self._auth.forget(call)

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def _within_time(
        self, request: WebRequest, extra: Mapping[str, str], began: float
    ) -> tuple[_Hop, HttpResponse]:
        try:
            async with asyncio.timeout(request.limits.total_s):
                return await self._with_tries(request, extra)
        except TimeoutError:
            failure = WebFailure(WebFault.TOTAL_TIMEOUT, request.url)
            failure.took_ms = self._ms_since(began)
            raise failure from None
        except WebFailure as failure:
            failure.took_ms = self._ms_since(began)
            raise

    async def _with_tries(
        self, request: WebRequest, extra: Mapping[str, str]
    ) -> tuple[_Hop, HttpResponse]:
        left = request.limits.retries
        while True:
            try:
                with self._clock.hold("a request"):
                    return await self._follow(request, extra)
            except WebFailure as failure:
                if left == 0 or _kind(failure) not in request.limits.retry_on:
                    raise
                left -= 1

    async def _follow(
        self, request: WebRequest, extra: Mapping[str, str]
    ) -> tuple[_Hop, HttpResponse]:
        first = self._parsed(request.full_url)
        hop = _Hop(request.method, first, request.url)
        for _ in range(request.limits.redirects + 1):
            # Conditional headers refer to what one server sent, and headers are meant for that server.
            kept = {**request.headers, **extra}
            same = hop.target.origin == first.origin
            if not same:
                kept = {name: kept[name] for name in kept if name.lower() in _ANY_ORIGIN}
            credentials = self._auth.find(request.call, hop.target) or (
                first.credentials if same else None
            )
            answer = await self._authorized(hop, request, kept, credentials)
            if answer.status not in _REDIRECTS or "Location" not in answer.headers:
                if not 200 <= answer.status < 300:
                    raise WebFailure(WebFault.STATUS, hop.shown, status=answer.status)
                return hop, answer
            hop = self._next_hop(hop, request, answer)
        raise WebFailure(WebFault.REDIRECTS, hop.shown)

    def _next_hop(self, hop: _Hop, request: WebRequest, answer: HttpResponse) -> _Hop:
        url = _joined(hop.target, answer.headers["Location"])
        # As browsers do; but the application must know which call it is, so the parameters
        # are added to the query. Those that the server put there itself are kept.
        method = "GET" if answer.status in _TURN_TO_GET else hop.method
        requested = url if method == "POST" else with_query(url, _missing(url, request.form))
        target = self._parsed(requested)
        if hop.target.url.scheme == "https" and target.url.scheme == "http":
            # A request that began over TLS is not repeated in clear text.
            raise WebFailure(WebFault.REDIRECTS, without_login(url), status=answer.status)
        return _Hop(method, target, urldefrag(url).url, redirected=True)

    async def _authorized(
        self,
        hop: _Hop,
        request: WebRequest,
        headers: Mapping[str, str],
        credentials: Credentials | None,
    ) -> HttpResponse:
        """One request, and again for a challenge: once, or twice when the nonce was too old."""
        if credentials is None:
            return await self._once(hop, request, headers, "")
        first = self._auth.header(credentials, hop.target, hop.method, token_hex(8))
        answer = await self._once(hop, request, headers, first)
        for again in range(2):
            if answer.status != _UNAUTHORIZED:
                break
            challenge = digest.choose(answer.headers.getall("WWW-Authenticate", []))
            if challenge is None or (again and not challenge.stale):
                self._auth.forget_challenge(credentials, hop.target)
                break
            header = self._auth.answer(challenge, credentials, hop.target, hop.method, token_hex(8))
            if header is None:
                break
            answer = await self._once(hop, request, headers, header)
        return answer

    async def _once(
        self, hop: _Hop, request: WebRequest, further: Mapping[str, str], authorization: str
    ) -> HttpResponse:
        form = request.form if hop.method == "POST" else ()
        url = hop.target.url
        signed: Mapping[str, str] = {}
        if request.signing is not None:
            signed = self._sign(request.signing, hop.method, hop.target.signed, form)
        headers = {**_DEFAULT_HEADERS, **signed, **further}
        if authorization:
            headers["Authorization"] = authorization
        cookie = self._jars.header(request.call, url)
        if cookie:
            headers["Cookie"] = cookie
        answer = await self._transport.send(
            hop.method, hop.target, form, headers, request.limits, request.account
        )
        self._jars.keep(request.call, url, answer.headers.getall("Set-Cookie", []))
        return answer

    def _ms_since(self, began: float) -> int:
        return round((self._clock.now() - began) * 1000)


def _joined(target: RequestUrl, location: str) -> str:
    """Where a `Location` leads, with blanks and bytes beyond ASCII encoded, as browsers do."""
    if _CONTROL.search(location):
        # Some parsers drop them, some stop at them.
        raise WebFailure(WebFault.BAD_URL, location)
    try:
        joined = urljoin(str(target.url), location.strip(" "))
        parts = urlsplit(joined)
    except ValueError:
        raise WebFailure(WebFault.BAD_URL, location) from None
    raw = joined.encode("utf-8", "surrogateescape")
    start = len(f"{parts.scheme}://{parts.netloc}".encode("utf-8", "surrogateescape"))
    try:
        return raw[:start].decode() + quote(raw[start:], safe=_AS_IT_IS)
    except UnicodeDecodeError:
        raise WebFailure(WebFault.BAD_URL, location) from None


def _missing(url: str, parameters: Parameters) -> Parameters:
    """The parameters whose names are not in the query of the URL yet."""
    there = {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    return tuple(pair for pair in parameters if pair[0] not in there)


def _kind(failure: WebFailure) -> str:
    if failure.fault is WebFault.STATUS and failure.status is not None:
        return f"{failure.status // 100}xx"
    return _KIND.get(failure.fault, "")


def _media_type(answer: HttpResponse) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()[:100]


def _charset(answer: HttpResponse) -> str:
    found = _CHARSET.search(answer.headers.get("Content-Type", "")[:1_000])
    return found[1].lower() if found else ""
