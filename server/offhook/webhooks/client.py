"""Asks users' web servers: follows redirects, tries again, keeps cookies, and never waits too long."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from offhook.base.clock import Clock
from offhook.base.ids import CallId
from offhook.base.media import Encoded
from offhook.base.web import Parameters, WebFailure, WebFault, WebReply, WebRequest
from offhook.webhooks.cookies import Jars
from offhook.webhooks.exchange import Answer, Wires
from offhook.webhooks.lookups import Lookup, system_lookup
from offhook.webhooks.policy import Policy
from offhook.webhooks.sounds import Sounds
from offhook.webhooks.target import Target, target

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
_HOP_HEADERS: Final = frozenset({"user-agent", "accept", "accept-encoding", "cache-control"})
"""All that a server other than the one that was meant gets to see of a request's headers."""


class Client:
    """The one way out to URLs that users gave us, as `flow.ports.Web`."""

    def __init__(
        self,
        policy: Policy,
        clock: Clock,
        sounds: Sounds,
        *,
        lookup: Lookup = system_lookup,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """A client. To be made within a running loop.

        Args:
            policy: Where requests may go.
            clock: Says how long they took.
            sounds: Where sound files are kept.
            lookup: How names become addresses.
            tls: Whose certificates are believed; the system's by default.
        """
        self._policy = policy
        self._clock = clock
        self._sounds = sounds
        self._wires = Wires(policy, lookup=lookup, tls=tls)
        self._jars = Jars()

    async def ask(self, request: WebRequest) -> WebReply:
        """Send it, within its limits.

        Raises:
            WebFailure: there is no usable answer.
        """
        began = self._clock.now()
        final, answer = await self._within_time(request, {}, began)
        return WebReply(
            url=str(final.url),
            status=answer.status,
            content_type=_media_type(answer),
            body=answer.body,
            took_ms=self._ms_since(began),
            charset=_charset(answer),
        )

    async def fetch_sound(self, request: WebRequest) -> Encoded:
        """Get a sound file, from the cache if its server allows that.

        Raises:
            WebFailure: it cannot be had, or it is no sound.
        """
        kept = await self._sounds.find(request)
        if kept is not None and self._sounds.is_fresh(kept):
            return kept.sound
        conditions: Mapping[str, str] = {} if kept is None else kept.conditions
        began = self._clock.now()
        try:
            final, answer = await self._within_time(request, conditions, began)
        except WebFailure as failure:
            if kept is None or failure.status != _NOT_MODIFIED:
                raise
            return self._sounds.renew(kept)
        return await self._sounds.keep(request, str(final.url), answer)

    def forget(self, call: CallId) -> None:
        """The call is over: drop its cookies."""
        self._jars.forget(call)

    async def close(self) -> None:
        """Close all connections."""
        await self._wires.close()

    async def _within_time(
        self, request: WebRequest, extra: Mapping[str, str], began: float
    ) -> tuple[Target, Answer]:
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
    ) -> tuple[Target, Answer]:
        left = request.limits.retries
        while True:
            try:
                return await self._follow(request, extra)
            except WebFailure as failure:
                if left == 0 or _kind(failure) not in request.limits.retry_on:
                    raise
                left -= 1

    async def _follow(self, request: WebRequest, extra: Mapping[str, str]) -> tuple[Target, Answer]:
        method, form, url = request.method, request.form, request.url
        first = place = target(url, self._policy)
        for _ in range(request.limits.redirects + 1):
            answer = await self._one(method, form, place, first, request, extra)
            if answer.status not in _REDIRECTS or "Location" not in answer.headers:
                if not 200 <= answer.status < 300:
                    raise WebFailure(WebFault.STATUS, str(place.url), status=answer.status)
                return place, answer
            url = _joined(place, answer.headers["Location"].strip())
            there = target(url, self._policy)
            if place.url.scheme == "https" and there.url.scheme == "http":
                # What was asked in confidence is not repeated in the open.
                raise WebFailure(WebFault.REDIRECTS, url, status=answer.status)
            if answer.status in _TURN_TO_GET:
                # As browsers and both vendors do; the parameters of the body stay behind.
                method, form = "GET", ()
            place = there
        raise WebFailure(WebFault.REDIRECTS, url)

    async def _one(
        self,
        method: str,
        form: Parameters,
        place: Target,
        first: Target,
        request: WebRequest,
        extra: Mapping[str, str],
    ) -> Answer:
        headers = {**_DEFAULT_HEADERS, **request.headers, **extra}
        if place.origin == first.origin:
            authorization = place.authorization or first.authorization
        else:
            # A signature is a proof towards the server that was meant: another could replay it.
            headers = {name: headers[name] for name in headers if name.lower() in _HOP_HEADERS}
            authorization = place.authorization
        if authorization:
            headers["Authorization"] = authorization
        cookie = self._jars.header(request.call, place.url)
        if cookie:
            headers["Cookie"] = cookie
        answer = await self._wires.ask(
            method, place, form, headers, request.limits, request.account
        )
        self._jars.keep(request.call, place.url, answer.headers.getall("Set-Cookie", []))
        return answer

    def _ms_since(self, began: float) -> int:
        return round((self._clock.now() - began) * 1000)


def _joined(place: Target, location: str) -> str:
    try:
        return urljoin(str(place.url), location)
    except ValueError:
        raise WebFailure(WebFault.BAD_URL, location) from None


def _kind(failure: WebFailure) -> str:
    if failure.fault is WebFault.STATUS and failure.status is not None:
        return f"{failure.status // 100}xx"
    return _KIND.get(failure.fault, "")


def _media_type(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()[:100]


def _charset(answer: Answer) -> str:
    found = _CHARSET.search(answer.headers.get("Content-Type", "")[:1_000])
    return found[1].lower() if found else ""
