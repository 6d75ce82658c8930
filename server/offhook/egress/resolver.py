"""Resolves names and returns only addresses that may be connected to."""

import socket
from contextvars import ContextVar
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from offhook.egress.addresses import parse
from offhook.egress.lookups import Lookup, Lookups, system_lookup
from offhook.egress.policy import Policy

_MOST: Final = 8
ON_BEHALF_OF: Final[ContextVar[str]] = ContextVar("on_behalf_of", default="")
"""Whose request needs a name; aiohttp's resolver interface has no parameter for it."""


class Forbidden(OSError):
    """The name has no address that may be connected to."""


class CheckedResolver(AbstractResolver):
    """The connector's resolver: connections go to the addresses that it returns, and to no others.

    A name that has both good and forbidden addresses is connected to at the good ones only. Nothing is
    cached: a name that resolves to another address a second later is checked again.
    """

    def __init__(self, policy: Policy, lookup: Lookup = system_lookup) -> None:
        self._policy = policy
        self._lookups = Lookups(lookup)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of `host` that may be connected to.

        Raises:
            OSError: there are none at all.
            Forbidden: there are, but none that may be connected to.
        """
        found = dict.fromkeys(await self._lookups.find(ON_BEHALF_OF.get(), host, port))
        good: list[ResolveResult] = []
        for text in found:
            address = parse(text)
            if address is None or "%" in text or not self._policy.allows(host, address):
                continue
            kind = socket.AF_INET if address.version == 4 else socket.AF_INET6
            if family in (socket.AF_UNSPEC, kind):
                good.append(_result(host, str(address), port, kind))
        if found and not good:
            raise Forbidden(f"{host} has no address that may be connected to")
        if not good:
            raise OSError(f"{host} has no address")
        return good[:_MOST]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, address: str, port: int, kind: socket.AddressFamily) -> ResolveResult:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=address, port=port, family=kind, proto=socket.IPPROTO_TCP, flags=flags
    )
