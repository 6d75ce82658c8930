"""One live call without a task, to try the machines of calls on."""

from collections.abc import Mapping

from offhook.base.address import client
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId, Sdp
from offhook.base.media import Sound
from offhook.calls.call import Call, Origin
from offhook.calls.call_control import CallControl, DialTarget, Ports
from offhook.calls.leg import Direction, Leg
from offhook.testing.chance import LoopClock, SeededIds
from offhook.testing.desk import Desk, Line
from offhook.testing.engine import QuietEngine


class Bench:
    """Alice's call, and what it works on.

    Attributes:
        heard: Events that ports told and nobody took yet.
        begun: Legs that were announced.
        crossed: Events that were told to other calls.
    """

    def __init__(self, offer: str = "offer", *, hold_music: Sound | None = None) -> None:
        """Alice has called with that offer; nothing was answered."""
        ids = SeededIds(3)
        self.heard: list[LegEvent] = []
        self.on_leg: list[LegId] = []
        self.transferred: list[LegEvent] = []
        self.desk = Desk(ids)
        self.desk.tell = self.heard.append
        self.engine = QuietEngine(self.heard.append)
        first = LegId(ids.hex32())
        self.alice = self.desk.place(Line(first, self.heard.append))
        origin = Origin(
            id=CallId(first),
            account=AccountId("MA0123456789ABCDEFGH"),
            application=ApplicationId("app"),
            dialect="d",
            direction=Direction.INBOUND,
            caller="client:alice",
            callee="bob",
            wall="2026-11-20T10:00:00+00:00",
        )
        self.clock = LoopClock()
        ports = Ports(
            signal=self.desk,
            media=self.engine,
            clock=self.clock,
            ids=ids,
            on_leg=self.on_leg.append,
            hold_music=hold_music,
            post=self.transferred.append,
        )
        self.control = CallControl(Call(origin, self.clock.now()), ports, Sdp(offer))

    def answered(self) -> Leg:
        """Alice's leg, once her call is answered."""
        self.control.answer()
        return self.control.caller_leg

    def invite(self, name: str) -> tuple[Leg, Line]:
        """Ring somebody."""
        self.desk.register(name)
        leg = self.control.invite(DialTarget(to=client(name), caller="client:alice"))
        return leg, self.desk.line(leg.id)

    def taken(self) -> list[LegEvent]:
        """Let all happen that was told, as a driver would. Returns what changed anything."""
        told, self.heard[:] = list(self.heard), []
        return [event for event in told if self.control.take(event)]

    def journal(self) -> list[str]:
        """The events of the journal, in order."""
        return [entry.event for entry in self.control.call.journal]

    def details(self, event: str) -> Mapping[str, object]:
        """What the journal says of the only event of that kind."""
        (found,) = [entry for entry in self.control.call.journal if entry.event == event]
        return found.details
