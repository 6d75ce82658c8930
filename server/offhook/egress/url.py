"""Parses a URL once, strictly, so that the URL that was checked is the URL that is requested."""

import base64
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from yarl import URL

from offhook.base.web import WebFailure, WebFault
from offhook.egress.addresses import Address, parse
from offhook.egress.policy import Policy

_LONGEST: Final = 8000
# Spaces, controls and backslashes are read differently by different parsers: that is how checks
# are bypassed. A URL that has them raw is none (RFC 3986 §2).
_RAW: Final = re.compile(r"[\x00-\x20\\\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff]")
_AUTHORITY: Final = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE | re.ASCII)
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_NUMBER: Final = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and a password for a web server."""

    user: bytes
    password: bytes = field(repr=False)

    @property
    def basic(self) -> str:
        """As the value of an `Authorization` header (RFC 7617)."""
        return "Basic " + base64.b64encode(self.user + b":" + self.password).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestUrl:
    """Where one request goes.

    Attributes:
        url: Without credentials and fragment, as it is sent.
        host: The name or the address, as ASCII.
        address: The address that the URL names, when it names no host.
        credentials: The user and password of the URL, if it has any.
    """

    url: URL
    host: str
    address: Address | None
    credentials: Credentials | None = None

    @property
    def signed(self) -> str:
        """The URL as the web server sees it: a dot behind the name is not in the `Host` field."""
        if self.address is not None or not self.host.endswith("."):
            return str(self.url)
        return str(self.url.with_host(self.host.removesuffix(".")))

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """What two URLs must share to be of the same server."""
        return self.url.scheme, self.host, self.url.port


def parse_url(text: str, policy: Policy) -> RequestUrl:
    """Where a request to this URL goes.

    Raises:
        WebFailure: it is not a URL that can be requested, or not one that may be.
    """
    matched = _AUTHORITY.match(text)
    if not matched or len(text) > _LONGEST or _RAW.search(text):
        raise WebFailure(WebFault.BAD_URL, text)
    try:
        # As it was signed: only what cannot be sent as it is gets encoded.
        url = URL(text, encoded=text.isascii()).with_fragment(None)
        if matched.end() == len(text) or text[matched.end()] != "/":
            # An empty path is sent as a slash (RFC 9112 section 3.2.1).
            url = url.with_path("/", encoded=True, keep_query=True)
        port = url.port
    except (ValueError, UnicodeError):
        raise WebFailure(WebFault.BAD_URL, text) from None
    # Everything before the path must have been read as what we think it is.
    if url.raw_host is None or port is None or "@" in matched[2].rpartition("@")[0]:
        raise WebFailure(WebFault.BAD_URL, text)
    host = url.raw_host.lower()
    address = parse(host)
    if address is None and not _is_name(host):
        raise WebFailure(WebFault.BAD_URL, text)
    if address is not None and "%" in host:
        raise WebFailure(WebFault.FORBIDDEN_ADDRESS, text)
    if not policy.allows_port(port):
        raise WebFailure(WebFault.FORBIDDEN_ADDRESS, text)
    if address is not None and not policy.allows(host, address):
        raise WebFailure(WebFault.FORBIDDEN_ADDRESS, text)
    bare = url.with_user(None) if url.raw_user or url.raw_password else url
    return RequestUrl(url=bare, host=host, address=address, credentials=_credentials(url))


def _is_name(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    # A name that ends in a number is read as an address by some (decimal, octal, hexadecimal,
    # shortened): `2130706433` and `0x7f.1` are loopback to a C library. So it is no name.
    return (
        len(host) <= 253
        and all(_LABEL.match(label) for label in labels)
        and not _NUMBER.match(labels[-1])
    )


def _credentials(url: URL) -> Credentials | None:
    if not url.raw_user and not url.raw_password:
        return None
    return Credentials(
        unquote_to_bytes(url.raw_user or ""), unquote_to_bytes(url.raw_password or "")
    )
