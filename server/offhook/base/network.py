"""Groups network addresses by who can own them, for limits that count by address."""

import ipaddress
from functools import lru_cache
from typing import Final

_HOST_PREFIX: Final = 64
_SITE_PREFIX: Final = 48
_LONGEST: Final = 64
"""Characters kept of a text that is no address; a proxy may send anything."""


@lru_cache(maxsize=4096)
def source_of(address: str) -> str:
    """What one host has: an IPv4 address, or an IPv6 /64 (RFC 7421 section 2).

    An IPv4-mapped address counts as the IPv4 address. A text that is no address stands for itself.
    """
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _HOST_PREFIX), strict=False))
    return address[:_LONGEST] if parsed is None else str(parsed)


@lru_cache(maxsize=4096)
def site_of(address: str) -> str | None:
    """The IPv6 /48 that one site may have (RFC 6177), which holds 65,536 hosts; nothing for IPv4."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _SITE_PREFIX), strict=False))
    return None


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed
