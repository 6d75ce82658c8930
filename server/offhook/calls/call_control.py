"""A call while it lives: the commands that change it, each written into its journal."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from offhook.base import commands
from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.errors import PeerError, Unavailable
from offhook.base.events import (
    Answered,
    HungUp,
    LegEvent,
    RenegotiationReason,
    ReofferAnswered,
    Reoffered,
    Reported,
    StatsRequested,
)
from offhook.base.ids import Ids, LegId, PlayId, Sdp
from offhook.base.journal import call_entries, media_entries
from offhook.base.journal.entry import JournalEntry
from offhook.base.media import Sound
from offhook.calls.call import Call
from offhook.calls.leg import Direction, EndedBy, Leg, State, Step
from offhook.calls.packet_stats import PacketStats
from offhook.calls.ports import Media, Signal

log = logging.getLogger("offhook.calls")

Refusal = type[media_entries.OfferRefused] | type[media_entries.AnswerRefused]
"""The entry about a description that cannot be used."""

_MAX_REASON: Final = 200
"""Longest text of an engine's error that is sent to a peer, in characters."""

BAD_DESCRIPTION: Final = "bad-description"
"""The code of the error that a party gets whose offer or answer cannot be used."""

_NO_CODEC: Final = frozenset({"no-common-codec", "no-audio", "not-encrypted"})
"""Reasons of the engine for which there is no audio that both ends can use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialTarget:
    """A party to dial.

    Attributes:
        to: Its address.
        caller: Who calls, as shown to the party; set by the verb that dials.
        caller_name: A name to show, possibly empty.
        parameters: Sent to its page by the application.
        headers: Custom headers of its invitation.
        digits: DTMF to send to it once it has answered, before the two are bridged.
    """

    to: Address
    caller: str = ""
    caller_name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    digits: str = ""


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
    """

    signal: Signal
    media: Media
    clock: Clock
    ids: Ids
    on_leg: Callable[[LegId], None]
    post: Callable[[LegEvent], None] = _discard
    hold_music: Sound | None = None
    near: LegId | None = None


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
        self._offer = offer
        self.signal = ports.signal
        self.media = ports.media
        self.hold_music = ports.hold_music
        self.post = ports.post
        self._ports = ports
        self._packet_stats = PacketStats(self.call, self.media, self.signal)
        self._loops: dict[LegId, Sound] = {}
        self._muted: set[LegId] = set(muted)
        self._alone: set[LegId] = set()
        """Legs whose page came back after a restart, and the page of the other end did not yet."""

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
        if first.state is State.NEW and self._agree_first():
            first.step(Step.RANG)
            self.note(call_entries.LegRinging(), first.id)
            self.signal.send(first.id, commands.Ring(self._answer_for(first)))

    def answer(self) -> None:
        """Take the first leg's call, unless that was done or it is gone."""
        first = self.caller_leg
        if first.state in (State.NEW, State.RINGING) and self._agree_first():
            self.call.answer(first, self.now())
            self.signal.send(first.id, commands.Answer(self._answer_for(first)))

    def invite(self, target: DialTarget, number: int | None = None) -> Leg:
        """Invite one more party, with the anchor's codec preferred; `number` is that of the target."""
        leg = self.begin(target.to, number)
        self.invite_leg(leg, target)
        return leg

    def invite_leg(self, leg: Leg, target: DialTarget) -> None:
        """Invite the party of a leg that is new, or of one that rang when its server was restarted."""
        leg.detached = False
        try:
            self.media.open(leg.id, self.call.origin.id)
            offer = self.media.offer(leg.id, prefer=self._preferred_codec())
        except (PeerError, Unavailable) as error:
            self.note(media_entries.OfferFailed(reason=str(error)[:_MAX_REASON]), leg.id)
            self.drop(leg, _cause_of(error))
            return
        self.signal.send(
            leg.id,
            commands.Invite(
                account=self.call.origin.account,
                to=target.to,
                caller=target.caller,
                caller_name=target.caller_name,
                sdp=offer,
                parameters=target.parameters,
                headers=target.headers,
            ),
        )

    def _preferred_codec(self) -> Sequence[str]:
        """The anchor's codec; before that is agreed, those of its offer in its order."""
        codec = self.media.codec(self.anchor.id)
        if codec:
            return (codec,)
        if self.anchor is not self.caller_leg or self._offer is None:
            return ()
        try:
            return self.media.offered(self._offer)
        except PeerError:
            # It learns of that with the answer to its offer.
            return ()

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

    def join(self, leg: Leg, other: LegId) -> None:
        """Bridge the leg with one of another call, as soon as both have media."""
        self.call.join(leg.id, other, self.now())
        if self.media.together(leg.id, other):
            self.media.bridge(leg.id, other)

    def unbridge(self, leg: Leg) -> None:
        """Unbridge the leg and its partner."""
        other = self.call.unbridge(leg.id, self.now())
        if other is not None and not leg.detached:
            self.media.unbridge(leg.id)

    def play(self, leg: Leg, sound: Sound, times: int = 1) -> PlayId | None:
        """Play to the leg in place of its partner; nothing if the sound cannot be played."""
        if leg.ended:
            return None
        if leg.detached and times == 0:
            # It is played once the leg's page has offered again.
            self._loops[leg.id] = sound
        if leg.detached:
            return None
        try:
            play = self.media.play(leg.id, sound, times=times)
        except PeerError as error:
            self.note(media_entries.PlayFailed(reason=str(error)[:_MAX_REASON]), leg.id)
            return None
        if times == 0:
            self._loops[leg.id] = sound
        else:
            self._loops.pop(leg.id, None)
        kind = type(sound).__name__.lower()
        self.note(media_entries.PlayStarted(play=play, sound=kind, times=times), leg.id)
        return play

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
        """Press keys for the party of the leg; nothing if they cannot be sent."""
        if leg.ended or leg.detached:
            return None
        try:
            play = self.media.send_digits(leg.id, digits)
        except PeerError as error:
            self.note(media_entries.DigitsFailed(reason=str(error)[:_MAX_REASON]), leg.id)
            return None
        self.note(media_entries.DigitsSent(play=play, keys=len(digits)), leg.id)
        return play

    def take(self, event: LegEvent, cause: int | None = None) -> bool:
        """Let an event happen, the input of that number. Returns whether it changed anything."""
        if not self.call.take(event, self.now(), cause):
            return False
        leg = self.call.leg(event.leg)
        if leg is None:
            return False
        match event:
            case HungUp():
                self._forget(leg)
            case Answered(sdp=sdp):
                self._agree(leg, sdp)
            case Reoffered():
                self._take_offer(leg, event)
            case ReofferAnswered(sdp=sdp):
                self._settle(leg, sdp)
            case StatsRequested(ref=ref):
                self._packet_stats.ask(leg, ref)
            case Reported():
                self._packet_stats.handle(event)
            case _:
                pass
        return True

    def _agree_first(self) -> bool:
        """Answer the first leg's offer, if that was not done. False ends it: its offer is useless.

        Not before it must be: the peer can only begin ICE once it has our answer, and the engine gives
        up on a peer that does not begin in time.
        """
        first = self.caller_leg
        offer, self._offer = self._offer, None
        if first.agreed or offer is None:
            return first.agreed
        try:
            self.media.open(first.id, self.call.origin.id, self._ports.near)
            first.answer = self.media.answer(first.id, offer)
        except (PeerError, Unavailable) as error:
            self._refuse(media_entries.OfferRefused, first, error)
            first.media_closed = isinstance(error, Unavailable)
            self.end(first, _cause_of(error))
            return False
        first.agreed = True
        return True

    def _answer_for(self, leg: Leg) -> Sdp | None:
        answer, leg.answer = leg.answer, None
        return answer

    def _agree(self, leg: Leg, answer: Sdp | None) -> None:
        if leg.agreed or answer is None:
            return
        try:
            self.media.accept(leg.id, answer)
        except PeerError as error:
            self._refuse(media_entries.AnswerRefused, leg, error)
            self.end(leg, _cause_of(error))
            return
        leg.agreed = True

    def _take_offer(self, leg: Leg, offer: Reoffered) -> None:
        # RFC 3264 §8: an offer that is refused leaves everything as it was.
        if leg.ended:
            return
        try:
            if offer.reason is RenegotiationReason.ATTACH:
                # What the old page had goes on if the new one cannot do better.
                self.media.offered(offer.sdp)
                self._renew(leg)
            answer = self.media.answer(leg.id, offer.sdp)
        except (PeerError, Unavailable) as error:
            reason = self._note_refusal(media_entries.OfferRefused, leg, error)
            self.signal.send(leg.id, commands.RefuseOffer(offer.number, reason))
            return
        self.signal.send(leg.id, commands.AcceptOffer(offer.number, answer))
        if offer.reason is RenegotiationReason.ATTACH:
            leg.agreed = True
            self._unchanged(leg)

    def _renew(self, leg: Leg) -> None:
        """New media for a leg whose page is a new one, or whose server is."""
        if not leg.detached:
            self.media.renew(leg.id)
            return
        near = self.call.joined.get(leg.id)
        self.media.open(leg.id, self.call.origin.id, near)
        leg.detached = False

    def _unchanged(self, leg: Leg) -> None:
        """Join and feed new media as the old was."""
        partner = self.call.bridged_with(leg.id)
        other = None if partner is None else self.call.leg(partner)
        if other is not None and other.detached:
            self._tell_of_other_end(leg, audible=False)
        elif other is not None:
            self.media.bridge(leg.id, other.id)
            if other.id in self._alone:
                self._tell_of_other_end(other, audible=True)
        joined = self.call.joined.get(leg.id)
        if joined is not None and self.media.together(leg.id, joined):
            self.media.bridge(leg.id, joined)
        if leg.id in self._muted:
            self.media.mute(leg.id, True)
        loop = self._loops.get(leg.id)
        if loop is not None:
            self.play(leg, loop, 0)

    def _tell_of_other_end(self, leg: Leg, *, audible: bool) -> None:
        (self._alone.discard if audible else self._alone.add)(leg.id)
        event = "media-resumed" if audible else "media-lost"
        self.signal.send(leg.id, commands.Notify(event))
        self.signal.send(leg.id, commands.Notify("remote-audio", {"audible": audible}))

    def _settle(self, leg: Leg, answer: Sdp | None) -> None:
        if leg.ended:
            return
        if answer is None:
            self.media.withdraw(leg.id)
            return
        try:
            self.media.accept(leg.id, answer)
        except PeerError as error:
            self._refuse(media_entries.AnswerRefused, leg, error)
            self.media.withdraw(leg.id)

    def _forget(self, leg: Leg) -> None:
        self.unbridge(leg)
        self._loops.pop(leg.id, None)
        never_agreed = leg is self.caller_leg and self._offer is not None
        if leg.detached or never_agreed:
            # Its media was never opened: there is nothing to wait for.
            leg.media_closed, leg.detached = True, False
        else:
            self.media.close(leg.id)

    def _refuse(self, entry: Refusal, leg: Leg, error: PeerError | Unavailable) -> None:
        """Send the party the reason why its description cannot be used."""
        reason = self._note_refusal(entry, leg, error)
        if isinstance(error, PeerError):
            self.signal.send(leg.id, commands.FailRequest(None, BAD_DESCRIPTION, reason))

    def _note_refusal(self, entry: Refusal, leg: Leg, error: PeerError | Unavailable) -> str:
        reason = str(error)[:_MAX_REASON]
        body = entry(code=error.code, reason=reason)
        self.note(body, leg.id)
        log.warning(
            body.event.replace("-", "."),
            extra={
                "call": self.call.origin.id,
                "leg": leg.id,
                "code": error.code,
                "reason": reason,
            },
        )
        return reason


def _cause_of(error: PeerError | Unavailable) -> Cause:
    if isinstance(error, Unavailable):
        return Cause.CONGESTION
    return Cause.INCOMPATIBLE_MEDIA if error.code in _NO_CODEC else Cause.MEDIA_FAILED
