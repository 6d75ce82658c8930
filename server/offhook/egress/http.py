"""One HTTP request and its response; redirects are not followed."""

import asyncio
import os
import resource
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote_plus

import aiohttp
from aiohttp import ClientTimeout
from multidict import CIMultiDictProxy

from offhook.base.fair_share import FairShare
from offhook.base.ids import AccountId
from offhook.base.web import Parameters, WebFailure, WebFault, WebLimits
from offhook.egress import body
from offhook.egress.bounded import (
    HEADER_BYTES,
    USE,
    BoundedConnector,
    BoundedResponses,
    Use,
    read_body,
)
from offhook.egress.fair_slot import fair_slot
from offhook.egress.kept import send
from offhook.egress.lookups import Lookup, system_lookup
from offhook.egress.policy import Policy
from offhook.egress.resolver import ON_BEHALF_OF, CheckedResolver, Forbidden
from offhook.egress.url import RequestUrl

# Shorter than the keep-alive of common servers: a connection that they just closed is seldom reused.
_KEEP_S: Final = 4.0
_MOST_CONNECTIONS: Final = 2000
_SHORT: Final = 128
"""Letters of a form's name or value whose encoding is remembered."""
_TEXT_FORM: Final = "application/x-www-form-urlencoded; charset=UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What came back; the body of a redirect is not read.

    Attributes:
        headers: As they came.
        body: Unpacked; empty unless the status is 2xx.
    """

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes = b""


def connections() -> int:
    """How many connections there may be: a sixth of the descriptors, within bounds.

    A quarter is what incoming connections leave for everything else.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_CONNECTIONS if soft < 0 else min(max(soft // 6, 1), _MOST_CONNECTIONS)


class HttpTransport:
    """Connections to users' web servers, to checked addresses only."""

    def __init__(
        self,
        policy: Policy,
        *,
        lookup: Lookup = system_lookup,
        tls: ssl.SSLContext | None = None,
        most: int | None = None,
    ) -> None:
        """Connections. To be made within a running loop.

        Args:
            policy: Where they may go.
            lookup: How names become addresses.
            tls: The certificates that are trusted; the system's by default.
            most: How many there may be at the same time; by default a share of the process's descriptors.
        """
        connector = self._connector = BoundedConnector(
            CheckedResolver(policy, lookup),
            tls or ssl.create_default_context(),
            keep_s=_KEEP_S,
            limit=0,
        )
        # The pool of aiohttp knows no accounts, and counts the time in its line as time to connect.
        self._slots = FairShare(connections() if most is None else most)
        # No variables of the environment, so no proxy; no cookies but ours; nothing unpacked
        # before it is counted.
        self._client = aiohttp.ClientSession(
            connector=connector,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def send(
        self,
        method: str,
        target: RequestUrl,
        form: Parameters,
        headers: Mapping[str, str],
        limits: WebLimits,
        account: AccountId,
    ) -> HttpResponse:
        """Send one request and read its answer, once the account has a connection for it.

        Raises:
            WebFailure: there is none, or none that can be read.
        """
        name = f"{target.host}:{target.url.port}"
        token = ON_BEHALF_OF.set(account)
        try:
            async with fair_slot(self._slots, account, name):
                return await self._twice(method, target, form, headers, limits)
        finally:
            ON_BEHALF_OF.reset(token)

    async def _twice(
        self,
        method: str,
        target: RequestUrl,
        form: Parameters,
        headers: Mapping[str, str],
        limits: WebLimits,
    ) -> HttpResponse:
        for _ in range(2):
            use = Use()
            USE.set(use)
            try:
                return await self._once(method, target, form, headers, limits)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                # The server may close a kept connection just as it is reused. It has not seen the
                # request then, so the request is sent again on another one.
                if not use.reused or isinstance(error, aiohttp.ClientConnectorError):
                    raise _failure(error, target) from error
            except (aiohttp.ClientError, OSError, body.TooLarge, body.BadEncoding) as error:
                raise _failure(error, target) from error
        raise WebFailure(WebFault.CONNECT, str(target.url))

    async def _once(
        self,
        method: str,
        target: RequestUrl,
        form: Parameters,
        headers: Mapping[str, str],
        limits: WebLimits,
    ) -> HttpResponse:
        content = _encoded(form) if method == "POST" else None
        sent = dict(headers)
        if content is not None:
            sent["Content-Type"] = _TEXT_FORM
        kept = await self._connector.kept(target.url)
        if kept is not None:
            message, whole = await send(kept, method, target.url, sent, content, limits)
            return HttpResponse(status=message.code, headers=message.headers, body=whole)
        async with self._client.request(
            method,
            target.url,
            data=content,
            headers=sent,
            allow_redirects=False,
            timeout=_timeout(limits.connect_s, limits.read_s),
        ) as response:
            if not 200 <= response.status < 300:
                # The rest is not read, so the connection cannot be reused.
                response.close()
                return HttpResponse(status=response.status, headers=response.headers)
            protocol = None if response.connection is None else response.connection.protocol
            bounded = protocol if isinstance(protocol, BoundedResponses) else None
            most = limits.body_bytes
            whole = await read_body(bounded, response.headers, response.content, most)
            return HttpResponse(status=response.status, headers=response.headers, body=whole)


@lru_cache(64)
def _timeout(connect_s: float, read_s: float) -> ClientTimeout:
    return ClientTimeout(total=None, connect=connect_s, sock_read=read_s, ceil_threshold=1e9)


def _encoded(form: Parameters) -> bytes:
    """As `urllib.parse.urlencode`, which encodes the same names and values for each call again."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form).encode()


def _quoted(text: str) -> str:
    return _quoted_before(text) if len(text) <= _SHORT else quote_plus(text)


@lru_cache(2_048)
def _quoted_before(text: str) -> str:
    return quote_plus(text)


_FAULTS: Final[tuple[tuple[type[BaseException], WebFault], ...]] = (
    (aiohttp.ConnectionTimeoutError, WebFault.CONNECT_TIMEOUT),
    (aiohttp.ServerTimeoutError, WebFault.READ_TIMEOUT),
    (aiohttp.ClientConnectorDNSError, WebFault.DNS),
    (aiohttp.ClientSSLError, WebFault.TLS),
    (aiohttp.ClientConnectorError, WebFault.CONNECT),
    (aiohttp.InvalidURL, WebFault.BAD_URL),
    (body.TooLarge, WebFault.TOO_LARGE),
    (aiohttp.ClientError, WebFault.PROTOCOL),
    (body.BadEncoding, WebFault.PROTOCOL),
    (asyncio.TimeoutError, WebFault.READ_TIMEOUT),
    (OSError, WebFault.PROTOCOL),
)


def _failure(error: BaseException, target: RequestUrl) -> WebFailure:
    return WebFailure(_fault(error), str(target.url), detail=_detail(error))


def _detail(error: BaseException) -> str:
    """The message of the system or of TLS; nothing that the peer wrote."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            reason = getattr(error.certificate_error, "verify_message", "")
            return str(reason or "the certificate is not valid")
        case aiohttp.ClientConnectorDNSError():
            return ""
        case aiohttp.ClientConnectorError():
            # asyncio puts a message of its own, with the address, in place of the system's.
            return os.strerror(error.os_error.errno) if error.os_error.errno else ""
        case aiohttp.ServerDisconnectedError():
            return "it closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return "the answer broke off"
        case body.BadEncoding():
            return "its body is not packed as its Content-Encoding says"
        case _:
            return ""


def _fault(error: BaseException) -> WebFault:
    cause = getattr(error, "os_error", None) or error.__cause__
    if isinstance(cause, Forbidden):
        return WebFault.FORBIDDEN_ADDRESS
    return next(fault for kind, fault in _FAULTS if isinstance(error, kind))
