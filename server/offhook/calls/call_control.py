"""A call while it lives: the commands that change it, each written into its journal."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from offhook.base import commands
from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.conferences import Role
from offhook.base.errors import PeerError
from offhook.base.events import (
    Answered,
    HungUp,
    LegEvent,
    ReofferAnswered,
    Reoffered,
    Reported,
    Ringing,
    StatsRequested,
)
from offhook.base.ids import ConferenceId, Ids, LegId, PlayId, Sdp
from offhook.base.journal import call_entries, media_entries
from offhook.base.journal.entry import JournalEntry
from offhook.base.media import Sound
from offhook.calls.call import Call
from offhook.calls.dial_target import DialTarget
from offhook.calls.leg import Direction, EndedBy, Leg, State, Step
from offhook.calls.negotiation import MAX_REASON, Negotiation
from offhook.calls.packet_stats import PacketStats
from offhook.calls.ports import (
    Conferences,
    Media,
    NoConferences,
    NoQueues,
    NoRecordings,
    Queues,
    Recordings,
    Signal,
)
from offhook.calls.recordings import CallRecordings

_PAUSE: Final = "W"
_KEY_S: Final = 0.1


def _discard(_event: LegEvent) -> None:
    """Where there is but one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a live call acts through.

    Attributes:
        on_leg: Called with each new leg before it is invited, so that its events are routed here.
        post: Posts an event to the call that has its leg.
        hold_music: Played to a party on hold; nothing for silence.
        near: A leg of another call that shares a page with the first: the two may be bridged one day.
        conferences: Where a party can become a member.
        queues: Where callers wait for agents.
        recordings: Keeps what is recorded.
    """

    signal: Signal
    media: Media
    clock: Clock
    ids: Ids
    on_leg: Callable[[LegId], None]
    post: Callable[[LegEvent], None] = _discard
    hold_music: Sound | None = None
    near: LegId | None = None
    conferences: Conferences = field(default_factory=NoConferences)
    queues: Queues = field(default_factory=NoQueues)
    recordings: Recordings = field(default_factory=NoRecordings)


class CallControl:
    """One call and the ports through which it acts.

    Nothing here waits: what becomes of a command arrives as an event.
    """

    def __init__(
        self,
        call: Call,
        ports: Ports,
        offer: Sdp | None = None,
        *,
        muted: Collection[LegId] = (),
    ) -> None:
        """Take charge of `call`.

        Args:
            call: The call; its legs may be those of an earlier process.
            ports: What it acts through.
            offer: That of its first leg, if its party called.
            muted: Legs that are muted already.
        """
        self.call = call
        self.signal = ports.signal
        self.media = ports.media
        self.hold_music = ports.hold_music
        self.post = ports.post
        self.conferences = ports.conferences
        self.queues = ports.queues
        self._ports = ports
        self._negotiation = Negotiation(call, ports.media, ports.signal, ports.clock, ports.near)
        self._packet_stats = PacketStats(self.call, self.media, self.signal)
        self.recordings = CallRecordings(
            call, ports.recordings, ports.media, ports.clock, ports.ids
        )
        self._loops: dict[LegId, tuple[Sound, bool]] = {}
        self._muted: set[LegId] = set(muted)
        self._conferring: dict[LegId, tuple[ConferenceId, Role]] = {}
        self._alone: set[LegId] = set()
        """Legs whose page came back after a restart, and the page of the other end did not yet."""
        if offer is not None:
            call.caller_leg.offer = offer

    @property
    def caller_leg(self) -> Leg:
        """The leg that began the call."""
        return self.call.caller_leg

    @property
    def anchor(self) -> Leg:
        """The leg that the call lives for."""
        return self.call.anchor

    def now(self) -> float:
        """The forward clock."""
        return self._ports.clock.now()

    def at(self) -> float:
        """Seconds since the call began."""
        return self.call.journal.at(self.now())

    def note(self, body: JournalEntry, leg: LegId | None = None) -> None:
        """Write a line into the journal."""
        self.call.journal.note(self.now(), body, leg)

    def ring(self) -> None:
        """Signal ringing to the caller's leg; early media flows from now on."""
        first = self.caller_leg
        if first.state is State.NEW and self._agreed(first):
            first.step(Step.RANG)
            self.note(call_entries.LegRinging(), first.id)
            self.signal.send(first.id, commands.Ring(_answer_of(first)))

    def answer(self) -> None:
        """Take the first leg's call, unless that was done or it is gone."""
        first = self.caller_leg
        if first.state in (State.NEW, State.RINGING) and self._agreed(first):
            self.call.answer(first, self.now())
            self.signal.send(first.id, commands.Answer(_answer_of(first)))

    def signal_again(self) -> None:
        """After a restart: the process may have died between a state's entry and its signal."""
        first = self.caller_leg
        if first.direction is not Direction.INBOUND:
            # Its party answers, and not we.
            return
        if first.up:
            self.signal.send(first.id, commands.Answer(None))
        elif first.state is State.RINGING:
            self.signal.send(first.id, commands.Ring(None))

    def invite(self, target: DialTarget, number: int | None = None) -> Leg:
        """Invite one more party, with the anchor's codec preferred; `number` is that of the target."""
        leg = self.begin(target.to, number)
        self.invite_leg(leg, target)
        return leg

    def invite_leg(self, leg: Leg, target: DialTarget) -> None:
        """Invite the party of a leg that is new, or of one that rang when its server was restarted."""
        offer = self._negotiation.offer(leg)
        if isinstance(offer, Cause):
            self.drop(leg, offer)
            return
        origin = self.call.origin
        self.signal.send(
            leg.id,
            commands.Invite(
                account=origin.account,
                to=target.to,
                caller=target.caller,
                caller_name=target.caller_name,
                caller_takes_part=_bare(target.caller)
                in (_bare(origin.caller), _bare(origin.callee)),
                sdp=offer,
                parameters=target.parameters,
                headers=target.headers,
            ),
        )

    def begin(self, to: Address, target: int | None = None) -> Leg:
        """One more leg, not invited yet; `target` is which of those that a verb dials, from 0."""
        id = LegId(self._ports.ids.hex32())
        leg = self.call.add(id, Direction.OUTBOUND, str(to), self.now(), target)
        self._ports.on_leg(leg.id)
        return leg

    def end(self, leg: Leg, cause: Cause, by: EndedBy = EndedBy.SERVER) -> bool:
        """Reject, cancel or hang up. Returns whether there was anything to end."""
        if not self.call.end(leg, cause, by, self.now()):
            return False
        self.signal.send(leg.id, commands.End(cause))
        self._forget(leg)
        return True

    def drop(self, leg: Leg, cause: Cause) -> bool:
        """End a leg that reached no party: there is no one to notify."""
        leg.media_closed = True
        return self.call.end(leg, cause, EndedBy.SERVER, self.now())

    def bridge(self, a: Leg, b: Leg) -> None:
        """Bridge the two legs."""
        self.call.bridge(a.id, b.id, self.now())
        if not (a.detached or b.detached):
            self.media.bridge(a.id, b.id)
        self.recordings.bridged()

    def join(self, leg: Leg, other: LegId) -> None:
        """Bridge the leg with one of another call, as soon as both have media."""
        self.call.join(leg.id, other, self.now())
        if self.media.together(leg.id, other):
            self.media.bridge(leg.id, other)

    def part(self, leg: Leg) -> None:
        """Bridge the leg no longer with one of another call."""
        self.call.part(leg.id, self.now())
        if not leg.detached:
            self.media.unbridge(leg.id)

    def confer(self, leg: Leg, conference: ConferenceId, role: Role | None) -> None:
        """Let the leg hear the other members of a conference in that role; without a role, no more."""
        if role is None:
            self._conferring.pop(leg.id, None)
            if not leg.detached:
                self.media.leave(leg.id)
            return
        self._conferring[leg.id] = conference, role
        if not leg.detached:
            self.media.join(leg.id, conference, role)

    def unbridge(self, leg: Leg) -> None:
        """Unbridge the leg and its partner."""
        other = self.call.unbridge(leg.id, self.now())
        if other is not None and not leg.detached:
            self.media.unbridge(leg.id)

    def play(
        self, leg: Leg, sound: Sound, times: int = 1, *, stop_on_digit: bool = False
    ) -> PlayId | None:
        """Play to the leg in place of its partner; nothing if the sound cannot be played.

        With `stop_on_digit` the first packet of a key of the leg's party stops it.
        """
        if leg.ended:
            return None
        if leg.detached and times == 0:
            # It is played once the leg's page has offered again.
            self._loops[leg.id] = sound, stop_on_digit
        if leg.detached:
            return None
        id = PlayId(self.call.journal.next_number)
        try:
            self.media.play(leg.id, sound, id, times=times, stop_on_digit=stop_on_digit)
        except PeerError as error:
            self.note(media_entries.PlayFailed(reason=str(error)[:MAX_REASON]), leg.id)
            return None
        if times == 0:
            self._loops[leg.id] = sound, stop_on_digit
        else:
            self._loops.pop(leg.id, None)
        kind = type(sound).__name__.lower()
        self.note(media_entries.PlayStarted(sound=kind, times=times), leg.id)
        return id

    def stop(self, leg: Leg) -> None:
        """Stop playing to the leg: it hears its partner again."""
        self._loops.pop(leg.id, None)
        if not leg.detached:
            self.media.stop(leg.id)

    def mute(self, leg: Leg, *, muted: bool) -> None:
        """Discard what the leg sends, or let it through again."""
        (self._muted.add if muted else self._muted.discard)(leg.id)
        if not leg.detached:
            self.media.mute(leg.id, muted)
        entry = call_entries.LegMuted if muted else call_entries.LegUnmuted
        self.note(entry(by="server"), leg.id)

    def press(self, leg: Leg, digits: str) -> PlayId | None:
        """Press keys for the party of the leg; nothing if they cannot be sent.

        Browsers report no DTMF that is in their media (RFC 4733), so pages get each key by signalling, too.
        """
        if leg.ended or leg.detached:
            return None
        id = PlayId(self.call.journal.next_number)
        try:
            self.media.send_digits(leg.id, digits, id)
        except PeerError as error:
            self.note(media_entries.DigitsFailed(reason=str(error)[:MAX_REASON]), leg.id)
            return None
        self.note(media_entries.DigitsSent(keys=len(digits)), leg.id)
        for key in digits.upper():
            if key != _PAUSE:
                self.signal.send(leg.id, commands.SendDtmf(key, _KEY_S))
        return id

    def take(self, event: LegEvent, cause: int | None = None) -> bool:
        """Let an event happen, the input of that number. Returns whether it changed anything."""
        if not self.call.take(event, self.now(), cause):
            return False
        self.recordings.handle(event)
        leg = self.call.leg(event.leg)
        if leg is None:
            return False
        self._act_on(event, leg)
        return True

    def _act_on(self, event: LegEvent, leg: Leg) -> None:
        match event:
            case HungUp():
                self._forget(leg)
            case Answered(sdp=sdp) | Ringing(sdp=sdp):
                refused = self._negotiation.accept(leg, sdp)
                if refused is not None:
                    self.end(leg, refused)
            case Reoffered():
                if self._negotiation.take_offer(leg, event):
                    self._restore_media(leg)
            case ReofferAnswered(sdp=sdp):
                self._negotiation.settle(leg, sdp)
            case StatsRequested(ref=ref):
                self._packet_stats.ask(leg, ref)
            case Reported():
                self._packet_stats.handle(event)
            case _:
                pass

    def _agreed(self, leg: Leg) -> bool:
        """Answer the leg's offer, if that was not done. False ends it: its offer is useless."""
        refused = self._negotiation.answer(leg)
        if refused is not None:
            self.end(leg, refused)
        return leg.agreed

    def _restore_media(self, leg: Leg) -> None:
        """Join, mute and feed new media as the old was."""
        partner = self.call.bridged_with(leg.id)
        other = None if partner is None else self.call.leg(partner)
        if other is not None and other.detached:
            self._notify_of_other_end(leg, audible=False)
        elif other is not None:
            self.media.bridge(leg.id, other.id)
            if other.id in self._alone:
                self._notify_of_other_end(other, audible=True)
        joined = self.call.joined.get(leg.id)
        if joined is not None and self.media.together(leg.id, joined):
            self.media.bridge(leg.id, joined)
        if leg.id in self._conferring:
            self.media.join(leg.id, *self._conferring[leg.id])
        if leg.id in self._muted:
            self.media.mute(leg.id, True)
        self.recordings.restore(leg)
        loop = self._loops.get(leg.id)
        if loop is not None:
            self.play(leg, loop[0], 0, stop_on_digit=loop[1])

    def _notify_of_other_end(self, leg: Leg, *, audible: bool) -> None:
        (self._alone.discard if audible else self._alone.add)(leg.id)
        event = "media-resumed" if audible else "media-lost"
        self.signal.send(leg.id, commands.Notify(event))
        self.signal.send(leg.id, commands.Notify("remote-audio", {"audible": audible}))

    def _forget(self, leg: Leg) -> None:
        self.unbridge(leg)
        self._loops.pop(leg.id, None)
        self._conferring.pop(leg.id, None)
        if leg.detached or leg.offer is not None:
            # Its media was never opened: there is nothing to wait for.
            leg.media_closed, leg.detached = True, False
        else:
            self.media.close(leg.id)


def _bare(number: str) -> str:
    """A number without its `+`, as some dialects write it."""
    return number.removeprefix("+")


def _answer_of(leg: Leg) -> Sdp | None:
    """Our answer to the leg's offer, once."""
    answer, leg.answer = leg.answer, None
    return answer
