"""Which IP addresses are of the public internet, and which are private, local or reserved."""

import ipaddress
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The IANA special-purpose registries (RFC 6890) with what was added since, multicast included. The
# standard library knows most of them too, but which ones depends on its version.
_SPECIAL: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carrier's NAT (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "169.254.0.0/16",  # link-local, clouds' metadata (RFC 3927)
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.31.196.0/24",  # AS112 (RFC 7535)
        "192.52.193.0/24",  # AMT (RFC 7450)
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved, broadcast (RFC 1112, RFC 919)
        "::/3",  # unspecified, loopback, mapped, NAT64 (RFC 4291, RFC 6052, RFC 8215), discard
        "2001::/23",  # Teredo, ORCHID and other assignments (RFC 2928, RFC 4380, RFC 7343)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056)
        "2620:4f:8000::/48",  # AS112 (RFC 7534)
        "3fff::/20",  # documentation (RFC 9637)
        "4000::/2",  # not assigned
        "8000::/1",  # not assigned, unique local (RFC 4193), link-local, multicast
    )
)


def parse(text: str) -> Address | None:
    """The address that `text` is, or nothing if it is none."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_special(address: Address) -> bool:
    """Whether an address is anything but a host of the public internet.

    Addresses that carry another one (mapped, NAT64, 6to4, Teredo) are special, whatever address they
    carry: no public server is reached by them that could not be reached without.
    """
    return any(address in network for network in _SPECIAL) or not address.is_global


def is_loopback(address: Address) -> bool:
    """Whether an address is this machine's own loopback."""
    return address.is_loopback


def inside(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of these networks."""
    return any(address in network for network in networks)
