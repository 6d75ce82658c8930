"""Which host names and addresses mean this server."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Hosts:
    """Host names and addresses that mean this server; those of loopback always do.

    Attributes:
        names: The others, in the form of `canonical`.
    """

    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str]) -> "Hosts":
        """Those names and addresses; what is empty is passed over."""
        return cls(frozenset(canonical(name) for name in names if name))

    def also(self, *names: str) -> "Hosts":
        """These and more."""
        return Hosts(self.names | Hosts.of(names).names)

    def __contains__(self, host: str) -> bool:
        """Whether `host`, a name or an address, means this server."""
        known = canonical(host)
        return known in self.names or is_loopback(known)


def canonical(host: str) -> str:
    """The canonical form of a host: lower case, no final dot, addresses without brackets and in short.

    Names are compared without regard to case (RFC 3261 section 19.1.4), addresses by what they are.
    """
    bare = host.strip().removeprefix("[").removesuffix("]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return bare
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def is_loopback(host: str) -> bool:
    """Whether `host` means the machine that one is on (RFC 6761 section 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of a URL; empty if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
