"""Requests to a user's web server, as values: what is asked, what came back, what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
class WebRequest:
    """One request to a user's web server, already spelled and signed by its dialect.

    Attributes:
        method: `GET` or `POST`.
        url: Absolute, `http` or `https`, without fragment; for GET with all parameters in it.
        form: Parameters of a POST body, `application/x-www-form-urlencoded`.
        headers: Signatures and the like.
        limits: Time and size.
        account: On whose behalf.
        call: Whose cookies are sent and kept; nothing outside a call.
    """

    method: str
    url: str
    form: Parameters = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    limits: WebLimits
    account: AccountId
    call: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebReply:
    """A usable answer: status 2xx, within the limits.

    Attributes:
        url: The URL it came from, after redirects.
        content_type: The media type in lower case without parameters; empty if there was none.
        took_ms: From the first byte sent to the last byte read, tries included.
        charset: The encoding that the Content-Type header names; empty if it names none.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    took_ms: int
    charset: str = ""


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


class WebFailure(Exception):
    """There is no usable answer.

    Attributes:
        fault: Why, in one word.
        url: The URL that failed, after redirects.
        status: The HTTP status, if one came.
        took_ms: How long it took to fail.
    """

    def __init__(
        self, fault: WebFault, url: str, *, status: int | None = None, took_ms: int = 0
    ) -> None:
        super().__init__(f"{fault}" if status is None else f"{fault} {status}")
        self.fault = fault
        self.url = url
        self.status = status
        self.took_ms = took_ms
