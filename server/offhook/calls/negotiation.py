"""Offers and answers of a leg (RFC 3264): the first ones, later ones, and those of a new page."""

import logging
from collections.abc import Sequence
from typing import Final

from offhook.base import commands
from offhook.base.causes import Cause
from offhook.base.clock import Clock
from offhook.base.errors import PeerError, Unavailable
from offhook.base.events import RenegotiationReason, Reoffered
from offhook.base.ids import LegId, Sdp
from offhook.base.journal.media_entries import AnswerRefused, OfferFailed, OfferRefused
from offhook.calls.call import Call
from offhook.calls.leg import Leg
from offhook.calls.ports import Media, Signal

log = logging.getLogger("offhook.calls")

BAD_DESCRIPTION: Final = "bad-description"
"""The code of the error that a party gets whose offer or answer cannot be used."""

MAX_REASON: Final = 200
"""Longest text of an engine's error that is sent to a peer, in characters."""

_NO_CODEC: Final = frozenset({"no-common-codec", "no-audio", "not-encrypted"})
"""Reasons of the engine for which there is no audio that both ends can use."""

_Refusal = type[OfferRefused] | type[AnswerRefused]


class Negotiation:
    """The offers and answers of a call's legs. What fails is noted, and sent to a party that can mend it."""

    def __init__(
        self, call: Call, media: Media, signal: Signal, clock: Clock, near: LegId | None = None
    ) -> None:
        """Nothing is offered yet.

        Args:
            call: Of the legs.
            media: Makes and takes descriptions.
            signal: Carries them.
            clock: The clock.
            near: A leg of another call that the first one may have to be bridged with.
        """
        self._call = call
        self._media = media
        self._signal = signal
        self._clock = clock
        self._near = near

    def offer(self, leg: Leg) -> Sdp | Cause:
        """Our first offer to a party, with the anchor's codec preferred; or why there is none."""
        leg.detached = False
        try:
            self._media.open(leg.id, self._call.origin.id)
            return self._media.offer(leg.id, prefer=self._preferred_codec())
        except (PeerError, Unavailable) as error:
            self._call.journal.note(
                self._clock.now(), OfferFailed(reason=str(error)[:MAX_REASON]), leg.id
            )
            return _cause_of(error)

    def answer(self, leg: Leg) -> Cause | None:
        """Answer the leg's first offer, if that was not done. Returns why it cannot be used.

        Not before it must be: the peer can only begin ICE once it has our answer, and the engine gives
        up on a peer that does not begin in time.
        """
        offer, leg.offer = leg.offer, None
        if leg.agreed or offer is None:
            return None
        try:
            self._media.open(leg.id, self._call.origin.id, self._near)
            leg.answer = self._media.answer(leg.id, offer)
        except (PeerError, Unavailable) as error:
            self._refuse(OfferRefused, leg, error)
            leg.media_closed = isinstance(error, Unavailable)
            return _cause_of(error)
        leg.agreed = True
        return None

    def accept(self, leg: Leg, answer: Sdp | None) -> Cause | None:
        """Take the party's answer to our first offer. Returns why it cannot be used."""
        if leg.agreed or answer is None:
            return None
        try:
            self._media.accept(leg.id, answer)
        except PeerError as error:
            self._refuse(AnswerRefused, leg, error)
            return _cause_of(error)
        leg.agreed = True
        return None

    def take_offer(self, leg: Leg, offer: Reoffered) -> bool:
        """Answer a later offer. Returns whether the leg's media is new: that of another page."""
        # RFC 3264 §8: an offer that is refused leaves everything as it was.
        if leg.ended:
            return False
        attaches = offer.reason is RenegotiationReason.ATTACH
        try:
            if attaches:
                # What the old page had goes on if the new one cannot do better.
                self._media.offered(offer.sdp)
                self._renew(leg)
            answer = self._media.answer(leg.id, offer.sdp)
        except (PeerError, Unavailable) as error:
            reason = self._note_refusal(OfferRefused, leg, error)
            self._signal.send(leg.id, commands.RefuseOffer(offer.number, reason))
            return False
        self._signal.send(leg.id, commands.AcceptOffer(offer.number, answer))
        leg.agreed = leg.agreed or attaches
        return attaches

    def settle(self, leg: Leg, answer: Sdp | None) -> None:
        """Take the party's answer to a later offer of ours; without one it refused."""
        if leg.ended:
            return
        if answer is None:
            self._media.withdraw(leg.id)
            return
        try:
            self._media.accept(leg.id, answer)
        except PeerError as error:
            self._refuse(AnswerRefused, leg, error)
            self._media.withdraw(leg.id)

    def _preferred_codec(self) -> Sequence[str]:
        """The anchor's codec; before that is agreed, those of its offer in its order."""
        anchor = self._call.anchor
        codec = self._media.codec(anchor.id)
        if codec:
            return (codec,)
        if anchor.offer is None:
            return ()
        try:
            return self._media.offered(anchor.offer)
        except PeerError:
            # It learns of that with the answer to its offer.
            return ()

    def _renew(self, leg: Leg) -> None:
        """New media for a leg whose page is a new one, or whose server is."""
        if not leg.detached:
            self._media.renew(leg.id)
            return
        self._media.open(leg.id, self._call.origin.id, self._call.joined.get(leg.id))
        leg.detached = False

    def _refuse(self, entry: _Refusal, leg: Leg, error: PeerError | Unavailable) -> None:
        """Send the party the reason why its description cannot be used."""
        reason = self._note_refusal(entry, leg, error)
        if isinstance(error, PeerError):
            self._signal.send(leg.id, commands.FailRequest(None, BAD_DESCRIPTION, reason))

    def _note_refusal(self, entry: _Refusal, leg: Leg, error: PeerError | Unavailable) -> str:
        reason = str(error)[:MAX_REASON]
        body = entry(code=error.code, reason=reason)
        self._call.journal.note(self._clock.now(), body, leg.id)
        log.warning(
            body.event.replace("-", "."),
            extra={
                "call": self._call.origin.id,
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
