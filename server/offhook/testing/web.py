"""A scripted web server of a customer: its responses, delays and failures."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from offhook.base.ids import CallId
from offhook.base.media import Encoded
from offhook.base.web import WebFailure, WebFault, WebReply, WebRequest
from offhook.engine.sources import decoded

ORIGIN: Final = "http://app.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request that reached the server.

    Attributes:
        at: Time of arrival, in virtual seconds.
        parameters: Its parameters, of query and form; of a repeated name the last.
        nonce: The same for each time that one request is sent; empty if it is not signed.
    """

    at: float
    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    url: str
    nonce: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the server does with one path.

    Attributes:
        body: The body, or a function that makes it from the request.
        delay_s: Time until the response.
        fault: Failure in place of a response.
    """

    body: str | bytes | Callable[[ReceivedRequest], str]
    status: int = 200
    content_type: str = "text/xml"
    delay_s: float = 0.01
    fault: WebFault | None = None


class ScriptedWeb:
    """The customer's web server, as `offhook.flow.ports.Web`.

    Attributes:
        requests: All requests that arrived, oldest first.
        forgotten: Calls whose cookies were dropped.
    """

    def __init__(self) -> None:
        """A server without pages: everything is 404."""
        self.requests: list[ReceivedRequest] = []
        self.forgotten: list[CallId] = []
        self._pages: dict[str, Page] = {}
        self._arrived = asyncio.Event()

    def page(self, path: str, page: Page | str) -> str:
        """Set the response for `path`. Returns its URL."""
        self._pages[path] = Page(body=page) if isinstance(page, str) else page
        return ORIGIN + path

    async def request(self, path: str, number: int = 1) -> ReceivedRequest:
        """The `number`th request to `path`, as soon as it arrives."""
        while len(found := self.requests_to(path)) < number:
            self._arrived.clear()
            await self._arrived.wait()
        return found[number - 1]

    def requests_to(self, path: str) -> list[ReceivedRequest]:
        """The requests to `path` that arrived so far."""
        return [request for request in self.requests if request.path == path]

    async def fetch(self, request: WebRequest) -> WebReply:
        """Respond as the page defines."""
        began = asyncio.get_running_loop().time()
        content_type, body = await self._answer(request)
        took_ms = round((asyncio.get_running_loop().time() - began) * 1000)
        return WebReply(
            url=request.url, status=200, content_type=content_type, body=body, took_ms=took_ms
        )

    async def fetch_sound(self, request: WebRequest) -> Encoded:
        """The body of the page, if it is audio that can be decoded."""
        content_type, body = await self._answer(request)
        name = urlsplit(request.url).path
        decoded(body, content_type=content_type, name=name, most_hz=48_000)
        return Encoded(content=body, name=name)

    def forget(self, call: CallId) -> None:
        """Record the call."""
        self.forgotten.append(call)

    async def _answer(self, request: WebRequest) -> tuple[str, bytes]:
        parts = urlsplit(request.full_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise WebFailure(WebFault.BAD_URL, request.url)
        received = ReceivedRequest(
            at=asyncio.get_running_loop().time(),
            method=request.method,
            path=parts.path,
            parameters=dict([*parse_qsl(parts.query, keep_blank_values=True), *request.form]),
            headers=request.headers,
            url=request.full_url,
            nonce="" if request.signing is None else request.signing.nonce,
        )
        self.requests.append(received)
        self._arrived.set()
        page = self._pages.get(parts.path, Page(body="", status=404))
        await self._take_time(page.delay_s, request)
        if page.fault is not None:
            raise WebFailure(page.fault, request.url)
        if not HTTPStatus.OK <= page.status < HTTPStatus.MULTIPLE_CHOICES:
            raise WebFailure(WebFault.STATUS, request.url, status=page.status)
        answer = page.body(received) if callable(page.body) else page.body
        body = answer.encode() if isinstance(answer, str) else answer
        if len(body) > request.limits.body_bytes:
            raise WebFailure(WebFault.TOO_LARGE, request.url)
        return page.content_type, body

    async def _take_time(self, delay_s: float, request: WebRequest) -> None:
        limit_s = min(request.limits.read_s, request.limits.total_s)
        await asyncio.sleep(min(delay_s, limit_s))
        if delay_s >= limit_s:
            raise WebFailure(WebFault.READ_TIMEOUT, request.url)
