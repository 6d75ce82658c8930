"""The simulated carrier: a trunk whose numbers are entries of a table."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from offhook.base.accounts import Party
from offhook.base.clock import Clock
from offhook.base.errors import UsageError
from offhook.base.events import LegEvent, MediaClosed
from offhook.base.ids import AccountId, ApplicationId, Ids, LegId, Sdp
from offhook.links.ports import Device, Router
from offhook.links.simulated.behaviour import Behaviour, Step
from offhook.links.simulated.phone import SimulatedPhone
from offhook.links.simulated.ports import (
    NumberOwners,
    Phone,
    PhoneDependencies,
    PhoneMedia,
    Speech,
)
from offhook.links.simulated.sdp import with_addresses
from offhook.links.simulated.table import BUILT_IN, Table

log = logging.getLogger("offhook.simulated")

MOST_PHONES: Final = 200
"""Telephones in calls at once."""


class SimulatedCarrier:
    """Implements `links.ports.Trunk`: numbers of a table, and calls from any number to this server.

    Attributes:
        phones: The telephones that are in a call, by their end of the media.
    """

    def __init__(
        self,
        *,
        router: Router,
        media: PhoneMedia,
        speech: Speech,
        owners: NumberOwners,
        clock: Clock,
        ids: Ids,
        table: Table = BUILT_IN,
        addresses: Mapping[str, str] | None = None,
    ) -> None:
        """A carrier without calls.

        Args:
            router: Takes what its telephones do.
            media: Their engine; its events come to `handle`.
            speech: Their voice.
            owners: Whose numbers can be shown as the caller's.
            clock: The clock.
            ids: Where ids come from.
            table: What its numbers do.
            addresses: What stands for an address of our descriptions that cannot be reached from here.
        """
        replaced = dict(addresses or {})
        self.phones: dict[LegId, Phone] = {}
        self._table = dict(table)
        self._tasks: set[asyncio.Task[None]] = set()

        def reachable(description: Sdp) -> Sdp:
            return with_addresses(description, replaced) if replaced else description

        self._deps = PhoneDependencies(
            router=router,
            media=media,
            speech=speech,
            owners=owners,
            clock=clock,
            ids=ids,
            reachable=reachable,
            spawn=self._spawn,
            opened=self._opened,
        )

    def of(self, account: AccountId, name: str) -> Sequence[Device]:
        """A telephone of that number for one call; none if there are too many already."""
        if len(self.phones) >= MOST_PHONES:
            return ()
        number = canonical(name)
        return (SimulatedPhone(self._deps, account, number, self._table.get(number)),)

    def set(self, behaviour: Behaviour) -> None:
        """Let a number do that from now on."""
        self._table[behaviour.number] = behaviour

    def numbers(self) -> Sequence[Behaviour]:
        """What there is, in the order of the table."""
        return tuple(self._table.values())

    def call(
        self,
        account: AccountId,
        application: ApplicationId,
        number: str,
        to: str,
        steps: Sequence[Step] = (),
    ) -> LegId:
        """Let a number call one of this server's. Returns the first leg of the call.

        Args:
            account: Whose number is called.
            application: Decides on the call.
            number: Who calls.
            to: The number that is called.
            steps: What the caller does once it is answered; afterwards it stays silent.

        Raises:
            UsageError: there are too many calls.
            Unavailable: the call was refused.
        """
        if len(self.phones) >= MOST_PHONES:
            raise UsageError(f"there are {MOST_PHONES} simulated telephones in calls already")
        phone = SimulatedPhone(self._deps, account, canonical(number), None)
        party = Party(
            account=account,
            name=phone.number,
            application=application,
            incoming=False,
            anonymous=True,
        )
        return phone.call(canonical(to), steps, party)

    def handle(self, event: LegEvent) -> None:
        """An event of the telephones' engine."""
        phone = self.phones.get(event.leg)
        if phone is None:
            return
        if isinstance(event, MediaClosed):
            del self.phones[event.leg]
        else:
            phone.handle(event)

    async def stop(self) -> None:
        """End all that telephones do."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _opened(self, phone: Phone) -> None:
        self.phones[phone.media_leg] = phone

    def _spawn(self, work: Coroutine[Any, Any, None]) -> Callable[[], None]:
        task = asyncio.get_running_loop().create_task(work, name="simulated telephone")
        self._tasks.add(task)
        task.add_done_callback(self._done)

        def cancel() -> None:
            # A telephone that hangs up does so from its own task, which then ends by itself.
            if task is not asyncio.current_task():
                task.cancel()

        return cancel

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("phone.crashed", exc_info=task.exception())


def canonical(number: str) -> str:
    """The number with its `+`."""
    return f"+{number.removeprefix('+')}"
