"""Builds the simulated carrier, if there shall be one, with a media engine of its own."""

import ipaddress
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from offhook.base.clock import Clock
from offhook.base.config import Config
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, ApplicationId, Ids, LegId
from offhook.engine.engine import EngineSettings, MediaEngine
from offhook.links.router import Router
from offhook.links.simulated.carrier import MOST_PHONES, SimulatedCarrier
from offhook.links.simulated.ports import Speech
from offhook.links.simulated.table import BUILT_IN, Table, load, read_steps
from offhook.store.numbers import Numbers


def table_of(config: Config) -> Table | None:
    """The numbers of the simulated carrier; nothing if there shall be none.

    Raises:
        UsageError: the file with them cannot be used.
    """
    match config.simulated_carrier:
        case "" | "off":
            return None
        case "auto":
            return BUILT_IN if config.demo and config.loopback else None
        case "built-in":
            return BUILT_IN
        case path:
            return load(Path(path))


class StoredOwners:
    """Who owns a number, as `links.simulated.ports.NumberOwners`."""

    def __init__(self, numbers: Numbers) -> None:
        """Look it up in `numbers`."""
        self._numbers = numbers

    async def owner_of(self, number: str) -> AccountId | None:
        """The account, if the number is one of this server."""
        found = await self._numbers.owner(number)
        return None if found is None else found.account


class SimulatedCalls:
    """What the API can do with the carrier, as `api.dependencies.SimulatedCalls`."""

    def __init__(self, carrier: SimulatedCarrier) -> None:
        """Act on `carrier`."""
        self._carrier = carrier

    def numbers(self) -> Sequence[tuple[str, str]]:
        """Each number that can be called, and what it does."""
        return [(each.number, each.about) for each in self._carrier.numbers()]

    def call(
        self,
        account: AccountId,
        application: ApplicationId,
        caller: str,
        to: str,
        steps: Sequence[Mapping[str, Any]],
    ) -> LegId:
        """Let a number call one of the account's. Returns the id of the call.

        Raises:
            UsageError: a step makes no sense, or there are too many calls.
            Unavailable: the call was refused.
        """
        return self._carrier.call(account, application, caller, to, read_steps(list(steps)))


def build_carrier(
    config: Config,
    numbers: Numbers,
    router: Router,
    speech: Speech,
    clock: Clock,
    ids: Ids,
    stack: AsyncExitStack,
) -> SimulatedCarrier | None:
    """Build it, and let calls reach its numbers.

    Args:
        config: Whether there is one, and which addresses our media has.
        numbers: Whose numbers can be shown as the caller's.
        router: Calls to numbers go through it.
        speech: The voice of its telephones.
        clock: The clock.
        ids: Where ids come from.
        stack: Stops it.

    Raises:
        UsageError: the file with its numbers cannot be used.
        Unavailable: its engine cannot be started.
    """
    table = table_of(config)
    if table is None:
        return None

    def handle(event: LegEvent) -> None:
        carrier.handle(event)

    local = tuple(_reachable(address) for address in config.media_addresses)
    engine = MediaEngine(EngineSettings(listen=local, max_legs=2 * MOST_PHONES, lite=False), handle)
    carrier = SimulatedCarrier(
        router=router,
        media=engine.media,
        speech=speech,
        owners=StoredOwners(numbers),
        clock=clock,
        ids=ids,
        table=table,
        addresses=_replaced(config.public_address, local),
    )
    engine.listen()
    stack.callback(engine.stop)
    stack.push_async_callback(carrier.stop)
    router.attach(carrier)
    return carrier


def _reachable(address: str) -> str:
    """Where media that is bound to the address can be reached from this machine."""
    parsed = ipaddress.ip_address(address)
    if not parsed.is_unspecified:
        return address
    return "127.0.0.1" if parsed.version == 4 else "::1"


def _replaced(announced: Sequence[str], local: Sequence[str]) -> dict[str, str]:
    """What stands on this machine for each announced address, of the same family."""
    of_version = {ipaddress.ip_address(address).version: address for address in reversed(local)}
    found = {
        address: of_version.get(ipaddress.ip_address(address).version) for address in announced
    }
    return {address: reachable for address, reachable in found.items() if reachable is not None}
