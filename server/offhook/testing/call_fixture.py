"""One live call without a task, for tests of the state machines in `offhook.calls`."""

from collections.abc import Mapping

from offhook.base.address import client
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, ApplicationId, CallId, LegId, Sdp
from offhook.base.media import Sound
from offhook.calls.call import Call, Origin
from offhook.calls.call_control import CallControl, Ports
from offhook.calls.dial_target import DialTarget
from offhook.calls.leg import Direction, Leg
from offhook.testing.deterministic import LoopClock, SeededIds
from offhook.testing.fake_media import FakeMedia
from offhook.testing.fake_signal import FakeLeg, FakeSignal


class CallFixture:
    """A call from alice, and its fake ports.

    Attributes:
        pending: Events that the ports reported and `process_events` has not handled yet.
        announced: Legs that were announced by `on_leg`.
        transferred: Events that were posted to other calls.
        caller: The remote end of alice's leg.
    """

    def __init__(self, offer: str = "offer", *, hold_music: Sound | None = None) -> None:
        """Begin the call with that offer; it is not answered yet."""
        ids = SeededIds(3)
        self.pending: list[LegEvent] = []
        self.announced: list[LegId] = []
        self.transferred: list[LegEvent] = []
        self.signal = FakeSignal(ids)
        self.signal.on_event = self.pending.append
        self.media = FakeMedia(self.pending.append)
        first = LegId(ids.hex32())
        self.caller = self.signal.add(FakeLeg(first, self.pending.append))
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
            signal=self.signal,
            media=self.media,
            clock=self.clock,
            ids=ids,
            on_leg=self.announced.append,
            hold_music=hold_music,
            post=self.transferred.append,
        )
        self.control = CallControl(Call(origin, self.clock.now()), ports, Sdp(offer))

    def answer(self) -> Leg:
        """Answer the call; returns alice's leg."""
        self.control.answer()
        return self.control.caller_leg

    def invite(self, name: str) -> tuple[Leg, FakeLeg]:
        """Invite a client; returns the leg and its remote end."""
        self.signal.register(name)
        leg = self.control.invite(DialTarget(to=client(name), caller="client:alice"))
        return leg, self.signal.leg(leg.id)

    def process_events(self) -> list[LegEvent]:
        """Handle all pending events, as a driver would. Returns those that had an effect."""
        events, self.pending[:] = list(self.pending), []
        return [event for event in events if self.control.take(event)]

    def journal(self) -> list[str]:
        """The events of the journal, in order."""
        return [entry.event for entry in self.control.call.journal]

    def details(self, event: str) -> Mapping[str, object]:
        """Details of the only journal entry of that event."""
        (found,) = [entry for entry in self.control.call.journal if entry.event == event]
        return found.details
