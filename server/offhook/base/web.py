"""Requests to a user's web server, as values: request, response, failure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode, urlsplit

from offhook.base.ids import AccountId, CallId

Parameters = tuple[tuple[str, str], ...]
"""Names and values in the order they are sent; a name may repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLimits:
    """How long and how much; the dialect's own figures, narrowed by `#ct=…` fragments of the URL.

    Attributes:
        connect_s: Seconds to connect.
        read_s: Seconds to the first byte and between bytes.
        total_s: Seconds for everything, retries and redirects included.
        retries: Further tries after a failure named in `retry_on`.
        retry_on: Of `connect`, `read`, `4xx`, `5xx`.
        redirects: How many are followed.
        body_bytes: Longest answer, decompressed.
    """

    connect_s: float
    read_s: float
    total_s: float
    retries: int
    retry_on: frozenset[str]
    redirects: int
    body_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How a request is signed each time that it is sent, for the URL that it is sent to.

    Attributes:
        dialect: Whose signature.
        secret: The key.
        nonce: 20 decimal digits, the same for all that is sent for one request.
    """

    dialect: str
    secret: str = field(repr=False)
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """One request to a user's web server, already encoded by its dialect.

    Attributes:
        method: `GET` or `POST`.
        url: Absolute, `http` or `https`, without fragment and without the parameters.
        form: The parameters: of the body of a POST, `application/x-www-form-urlencoded`, or of the
            query of a GET.
        headers: Further ones.
        signing: How it is signed; nothing for a request that is not.
        limits: Time and size.
        account: On whose behalf.
        call: Whose cookies are sent and kept; nothing outside a call.
        patience_s: Seconds after which a callback is given up; 0 for as long as all are tried.
    """

    method: str
    url: str
    form: Parameters = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    signing: Signing | None = None
    limits: WebLimits
    account: AccountId
    call: CallId | None = None
    patience_s: float = 0.0

    @property
    def full_url(self) -> str:
        """The URL that is requested: that of a GET with its parameters."""
        return self.url if self.method == "POST" else with_query(self.url, self.form)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebReply:
    """A usable answer: status 2xx, within the limits.

    Attributes:
        url: The URL it came from, after redirects, without user, password and our parameters.
        content_type: The media type in lower case without parameters; empty if there was none.
        took_ms: From the first byte sent to the last byte read, tries included.
        charset: The encoding that the Content-Type header names; empty if it names none.
        redirected: Whether it came from another URL than the one that was requested.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    took_ms: int
    charset: str = ""
    redirected: bool = False


class WebFault(StrEnum):
    """Why there is no usable answer."""

    BAD_URL = "bad-url"
    FORBIDDEN_ADDRESS = "forbidden-address"
    DNS = "dns"
    CONNECT = "connect"
    CONNECT_TIMEOUT = "connect-timeout"
    TLS = "tls"
    READ_TIMEOUT = "read-timeout"
    TOTAL_TIMEOUT = "total-timeout"
    PROTOCOL = "protocol"
    STATUS = "status"
    TOO_LARGE = "too-large"
    REDIRECTS = "redirects"


_SENTENCES: Final[Mapping[WebFault, str]] = {
    WebFault.BAD_URL: "the URL must be absolute and begin with http:// or https://",
    WebFault.FORBIDDEN_ADDRESS: "{host} is at an address that the setting webhook_allow leaves out",
    WebFault.DNS: "the name {host} has no address",
    WebFault.CONNECT: "{host} takes no connection: is the application running there?",
    WebFault.CONNECT_TIMEOUT: "{host} took no connection in time: is a firewall in between?",
    WebFault.TLS: "no TLS connection with {host}: check its certificate, or use http://",
    WebFault.READ_TIMEOUT: "{host} took the request and did not answer in time",
    WebFault.TOTAL_TIMEOUT: "{host} did not answer completely in time",
    WebFault.PROTOCOL: "the answer of {host} is not valid HTTP, or it broke off",
    WebFault.STATUS: "{host} answered with an error; its own log says why",
    WebFault.TOO_LARGE: "the answer of {host} is too large",
    WebFault.REDIRECTS: "too many redirects, or one from https to http",
}
"""What each fault means, for the owner of the URL, and what to check."""


class WebFailure(Exception):
    """There is no usable answer. Its `str` is the fault, a sentence about it, and the detail.

    Attributes:
        fault: Why, in one word.
        url: The URL that failed, after redirects.
        status: The HTTP status, if one came.
        took_ms: How long it took to fail.
        detail: The message of the system or the peer, such as `Connection refused`; possibly empty.
    """

    def __init__(
        self,
        fault: WebFault,
        url: str,
        *,
        status: int | None = None,
        took_ms: int = 0,
        detail: str = "",
    ) -> None:
        super().__init__()
        self.fault = fault
        self.url = url
        self.status = status
        self.took_ms = took_ms
        self.detail = detail

    def __str__(self) -> str:
        """For journals and logs: without the URL, which may hold a password."""
        word = f"{self.fault}" if self.status is None else f"{self.fault} {self.status}"
        sentence = _SENTENCES[self.fault].format(host=_host(self.url))
        return f"{word}: {sentence}" + (f" ({self.detail})" if self.detail else "")


def _host(url: str) -> str:
    """Host and port of a URL, without a user's name and password."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return host[:100] if host.isprintable() and host else "the server"


def with_query(url: str, parameters: Parameters) -> str:
    """The URL with the parameters behind those that it has."""
    if not parameters:
        return url
    joint = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return url + joint + urlencode(parameters)


_LOGIN: Final = re.compile(r"(?<=://)[^\s/?#\"<>]*@")
_PASSWORD: Final = re.compile(r"(?<=://)([^\s/?#:]*):([^\s/?#]*)@")
HIDDEN: Final = "***"
"""Stands for a password where a URL is shown to those who may change it."""


def without_login(text: str) -> str:
    """The text without user and password in any URL, to be written down or shown."""
    return _LOGIN.sub("", text) if "://" in text else text


def with_hidden_password(url: str) -> str:
    """The URL with `***` in the place of its password."""
    return _PASSWORD.sub(rf"\1:{HIDDEN}@", url, count=1)


def with_kept_password(url: str, before: str) -> str:
    """The URL with the password of the one before, if `***` stands in its place.

    Only for the same scheme, user and server: a password must not go to another one.
    """
    new, old = _PASSWORD.search(url), _PASSWORD.search(before)
    if new is None or old is None or new[2] != HIDDEN or new[1] != old[1]:
        return url
    if _server(url, new.end()) != _server(before, old.end()):
        return url
    return f"{url[: new.start(2)]}{old[2]}{url[new.end(2) :]}"


def _server(url: str, place: int) -> tuple[str, str]:
    return url.partition("://")[0].lower(), re.split("[/?#]", url[place:], maxsplit=1)[0].lower()
