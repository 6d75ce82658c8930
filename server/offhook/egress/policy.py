"""Where requests may go: what the operator has allowed beyond the public internet."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from offhook.base.accounts import Application
from offhook.base.errors import UsageError
from offhook.egress.addresses import Address, Network, inside, is_loopback, is_special, parse

_WEB_PORTS: Final = frozenset({80, 443})
_FIRST_FREE_PORT: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Where requests may go.

    Attributes:
        hosts: Names that may be of any address; `*.example.com` stands for all below it.
        networks: Networks that may be reached although they are not public.
        loopback: Whether this machine itself may be requested: only for a server that no other machine
            can reach, because others could use it to reach services on loopback (SSRF).
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    loopback: bool = False

    @classmethod
    def of(cls, allowed: Iterable[str], *, loopback: bool = False) -> "Policy":
        """A policy from the operator's settings.

        Args:
            allowed: Hosts, `*.hosts`, addresses and networks.
            loopback: Whether the server itself listens on loopback only.

        Raises:
            UsageError: one of them is neither.
        """
        hosts: set[str] = set()
        networks: list[Network] = []
        for text in allowed:
            entry = text.strip().lower().rstrip(".")
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                if not _is_host(entry.removeprefix("*.")):
                    raise UsageError(
                        f"{text!r} on the allow-list is neither a host, nor *.host, nor a network"
                    ) from None
                hosts.add(entry)
        return cls(hosts=frozenset(hosts), networks=tuple(networks), loopback=loopback)

    def allows(self, host: str, address: Address) -> bool:
        """Whether `host` may be connected to at `address`."""
        if not is_special(address):
            return True
        if self.loopback and is_loopback(address):
            return True
        return inside(address, self.networks) or self._knows(host)

    def allows_port(self, port: int) -> bool:
        """Whether a port may be that of a user's web server: not one of the mail server's."""
        return port in _WEB_PORTS or port >= _FIRST_FREE_PORT

    def _knows(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        if name in self.hosts:
            return True
        labels = name.split(".")
        return any(f"*.{'.'.join(labels[count:])}" in self.hosts for count in range(1, len(labels)))


def private_host(url: str, policy: Policy) -> str:
    """The host of a URL, if it is by itself an address that the policy forbids; else nothing.

    No name is resolved: what a name means can change until a call is made.

    Args:
        url: `http` or `https`; nothing for none.
        policy: What may be requested.
    """
    host = urlsplit(url).hostname or ""
    address = parse("127.0.0.1" if _means_loopback(host) else host)
    return "" if address is None or policy.allows(host, address) else host


def refused_urls(application: Application, policy: Policy) -> list[str]:
    """What an application's calls would fail with: a sentence and a hint for each URL that is refused."""
    found: list[str] = []
    for field in ("answer_url", "fallback_url", "hangup_url"):
        host = private_host(getattr(application, field), policy)
        if host:
            found.append(
                f"{field}: {host} is a private address, which a server asks only if it is allowed to; "
                "else calls end with 11210\n"
                f"Start it with `offhook serve --allow-webhook {host}`, "
                f"or set OFFHOOK_WEBHOOK_ALLOW={host}."
            )
    return found


def is_loopback_url(url: str) -> bool:
    """Whether the host of a URL is this machine's own loopback."""
    host = urlsplit(url).hostname or ""
    address = parse(host)
    return _means_loopback(host) or (address is not None and is_loopback(address))


def _means_loopback(host: str) -> bool:
    # RFC 6761 section 6.3.
    return host == "localhost" or host.endswith(".localhost")


def _is_host(text: str) -> bool:
    labels = text.split(".")
    return all(
        0 < len(label) <= 63 and label.replace("-", "").replace("_", "").isalnum()
        for label in labels
    )
