"""The customer's web server, scripted: what it answers, how late, and how it fails."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from offhook.base.ids import CallId
from offhook.base.media import Encoded
from offhook.base.web import WebFailure, WebFault, WebReply, WebRequest
from offhook.engine.sources import decoded

HOME: Final = "http://app.test"
_ERROR: Final = 400
_MODERN: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that reached the server.

    Attributes:
        at: When, in virtual seconds.
        said: Its parameters, of query and form; of a repeated name the last.
    """

    at: float
    method: str
    path: str
    said: Mapping[str, str]
    headers: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the server does with one path.

    Attributes:
        answer: The body, or what makes it from the request.
        late_s: How long it takes.
        fault: How the request fails in place of an answer.
    """

    answer: str | bytes | Callable[[Asked], str]
    status: int = 200
    content_type: str = "text/xml"
    late_s: float = 0.01
    fault: WebFault | None = None


class ScriptedWeb:
    """The customer's web server, as `offhook.flow.ports.Web`.

    Attributes:
        asked: All requests that arrived, oldest first.
        forgotten: Calls whose cookies were dropped.
    """

    def __init__(self) -> None:
        """A server without pages: everything is 404."""
        self.asked: list[Asked] = []
        self.forgotten: list[CallId] = []
        self._pages: dict[str, Page] = {}
        self._bell = asyncio.Event()

    def page(self, path: str, page: Page | str) -> str:
        """Answer `path` so from now on. Returns its URL."""
        self._pages[path] = Page(answer=page) if isinstance(page, str) else page
        return HOME + path

    async def request(self, path: str, number: int = 1) -> Asked:
        """The request to `path`, waited for; `number` 2 is the second one."""
        while len(found := self.to(path)) < number:
            self._bell.clear()
            await self._bell.wait()
        return found[number - 1]

    def to(self, path: str) -> list[Asked]:
        """The requests to `path` that arrived so far."""
        return [asked for asked in self.asked if asked.path == path]

    async def fetch(self, request: WebRequest) -> WebReply:
        """Answer as the page says."""
        began = asyncio.get_running_loop().time()
        content_type, body = await self._answer(request)
        took_ms = round((asyncio.get_running_loop().time() - began) * 1000)
        return WebReply(
            url=request.url, status=200, content_type=content_type, body=body, took_ms=took_ms
        )

    async def fetch_sound(self, request: WebRequest) -> Encoded:
        """The body of the page, if it is a sound that can be decoded."""
        content_type, body = await self._answer(request)
        name = urlsplit(request.url).path
        decoded(body, content_type=content_type, name=name, most_hz=48_000)
        return Encoded(content=body, name=name)

    def forget(self, call: CallId) -> None:
        """Remember that it was said."""
        self.forgotten.append(call)

    async def _answer(self, request: WebRequest) -> tuple[str, bytes]:
        parts = urlsplit(request.full_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise WebFailure(WebFault.BAD_URL, request.url)
        asked = Asked(
            at=asyncio.get_running_loop().time(),
            method=request.method,
            path=parts.path,
            said=dict([*parse_qsl(parts.query, keep_blank_values=True), *request.form]),
            headers=request.headers,
            url=request.full_url,
        )
        self.asked.append(asked)
        self._bell.set()
        page = self._pages.get(parts.path, Page(answer="", status=404))
        await self._take_time(page.late_s, request)
        if page.fault is not None:
            raise WebFailure(page.fault, request.url)
        if not _ERROR > page.status < _MODERN:
            raise WebFailure(WebFault.STATUS, request.url, status=page.status)
        answer = page.answer(asked) if callable(page.answer) else page.answer
        body = answer.encode() if isinstance(answer, str) else answer
        if len(body) > request.limits.body_bytes:
            raise WebFailure(WebFault.TOO_LARGE, request.url)
        return page.content_type, body

    async def _take_time(self, late_s: float, request: WebRequest) -> None:
        never = asyncio.Event()
        limit = min(request.limits.read_s, request.limits.total_s)
        try:
            async with asyncio.timeout(min(late_s, limit)):
                await never.wait()
        except TimeoutError:
            if late_s >= limit:
                raise WebFailure(WebFault.READ_TIMEOUT, request.url) from None
