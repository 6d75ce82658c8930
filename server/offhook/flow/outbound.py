"""Calls that a program begins: a party is invited, and once it answers the documents run for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from offhook.base.accounts import Application
from offhook.base.address import Address, of_canonical
from offhook.base.causes import Cause
from offhook.base.ids import AccountId
from offhook.base.journal.call_entries import LegStarted
from offhook.calls.call import Origin
from offhook.calls.dial_target import DialTarget
from offhook.calls.elapsed import elapsed
from offhook.calls.machine_detection import MachineDetection
from offhook.flow.driver import Driver
from offhook.flow.script import Script
from offhook.flow.webhook_request import WebhookRequest
from offhook.verbs.base import Purpose
from offhook.verbs.context import CallOver, Redirected

RING_S: Final = 60.0
"""How long a party rings, unless the program says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundCall:
    """A call to begin.

    Attributes:
        to: The party.
        caller: Who calls, as shown to the party and to the application; an address in canonical form.
        caller_name: A name to show, possibly empty.
        application: Decides on the call.
        url: Where the first document is; empty for the application's answer URL.
        method: `GET` or `POST`, for `url`.
        document: The first document itself; nothing if it is to be requested.
        ring_s: Seconds before giving up, more than 0.
        machine: How to decide who answered, before the first document; nothing not to.
        parameters: What the application gets with every request, and the party's page.
    """

    account: AccountId
    to: Address
    caller: str
    caller_name: str = ""
    application: Application
    url: str = ""
    method: str = "POST"
    document: str | None = field(default=None, repr=False)
    ring_s: float = RING_S
    machine: MachineDetection | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    def write(self) -> dict[str, object]:
        """What of it the call does not have elsewhere, as JSON values."""
        return {
            "url": self.url,
            "method": self.method,
            "document": self.document,
            "ring_s": self.ring_s,
            "caller_name": self.caller_name,
            "machine": None if self.machine is None else self.machine.write(),
        }

    @classmethod
    def read(cls, origin: Origin, application: Application) -> "OutboundCall":
        """The call that `write` wrote, from where its journal began.

        Raises:
            ValueError: the journal has no such call.
        """
        values = origin.outbound
        if values is None:
            raise ValueError("the call was not begun by a program")
        document = values["document"]
        # An earlier version did not write it.
        machine = cast("dict[str, Any] | None", values.get("machine"))
        return cls(
            account=origin.account,
            to=of_canonical(origin.callee),
            caller=origin.caller,
            caller_name=str(values["caller_name"]),
            application=application,
            url=str(values["url"]),
            method=str(values["method"]),
            document=None if document is None else str(document),
            ring_s=float(str(values["ring_s"])),
            machine=None if machine is None else MachineDetection.read(machine),
            parameters=origin.parameters,
        )

    @property
    def first(self) -> WebhookRequest:
        """What to ask once the party has answered."""
        own = bool(self.url) or self.document is not None
        return WebhookRequest(
            url=self.url or self.application.answer_url,
            method=self.method if own else self.application.answer_method,
            purpose=Purpose.ANSWER,
            document=self.document,
        )


async def reach(driver: Driver, script: Script, call: OutboundCall) -> WebhookRequest:
    """Invite the party of the call's first leg, and wait until it answers.

    Returns:
        What to ask now: a redirect while it rang takes the place of the call's own document.

    Raises:
        CallOver: it did not answer; the leg has the cause.
    """
    return await _ring(driver, script, call, call.ring_s)


async def reach_again(driver: Driver, script: Script, call: OutboundCall) -> WebhookRequest:
    """Let the party ring on that rang when its server was restarted.

    Returns:
        As `reach`.

    Raises:
        CallOver: as `reach`.
    """
    journal = driver.control.call.journal
    began = next((e.at for e in journal if isinstance(e.body, LegStarted)), 0.0)
    rung_s = elapsed(journal, began, driver.control.at())
    return await _ring(driver, script, call, call.ring_s - rung_s)


async def _ring(
    driver: Driver, script: Script, call: OutboundCall, seconds: float
) -> WebhookRequest:
    control, first = driver.control, call.first
    leg = control.caller_leg
    target = DialTarget(
        to=call.to,
        caller=call.caller,
        caller_name=call.caller_name,
        parameters=call.parameters,
    )
    if not leg.ended:
        control.invite_leg(leg, target)
    until = control.now() + seconds
    while not leg.up:
        try:
            event = await driver.next(until)
        except Redirected:
            first = script.redirected() or first
            continue
        if event is None and not leg.up:
            control.end(leg, Cause.NO_ANSWER)
            raise CallOver
    return first
