"""The ports of calls: signalling and media.

Commands return at once and never fail for reasons of the network: what becomes of them arrives as
events in the call's inbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from offhook.base.address import Address
from offhook.base.causes import Cause
from offhook.base.events import RenegotiationReason
from offhook.base.feedback import LegCounts
from offhook.base.ids import AccountId, CallId, LegId, PlayId, Sdp
from offhook.base.media import Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation to a party.

    Attributes:
        account: Whose endpoint it is.
        to: The party.
        caller: Who calls, as shown to the party.
        caller_name: A name to show, possibly empty.
        sdp: Our offer.
        parameters: What the application wants its page to know.
        headers: Custom headers.
    """

    account: AccountId
    to: Address
    caller: str
    caller_name: str = ""
    sdp: Sdp
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Signal(Protocol):
    """Signalling. Its events: `Ringing`, `Answered`, `HungUp`, `Reoffered` and so on."""

    def invite(self, leg: LegId, invitation: Invitation) -> None:
        """Fork the invitation to all devices of the party. The first to answer wins."""
        ...

    def reaches(self, account: AccountId, to: Address) -> bool:
        """Whether there is any device now that could be rung."""
        ...

    def ring(self, leg: LegId, sdp: Sdp | None) -> None:
        """Signal ringing to the calling party; with `sdp` it gets early media."""
        ...

    def answer(self, leg: LegId, sdp: Sdp | None) -> None:
        """Signal the answer to the calling party. `sdp` unless `ring` carried it."""
        ...

    def end(self, leg: LegId, cause: Cause) -> None:
        """Reject, cancel or hang up, whichever the state of the leg calls for."""
        ...

    def reoffer(self, leg: LegId, number: int, sdp: Sdp, why: RenegotiationReason) -> None:
        """Offer again. `ReofferAnswered` comes back."""
        ...

    def accept(self, leg: LegId, number: int, sdp: Sdp) -> None:
        """Answer the party's own re-offer."""
        ...

    def refuse(self, leg: LegId, number: int, reason: str) -> None:
        """Refuse the party's re-offer; its media stays as it was."""
        ...

    def message(self, leg: LegId, content_type: str, body: str) -> None:
        """Send the party a message within the call."""
        ...

    def digit(self, leg: LegId, digit: str, seconds: float) -> None:
        """Send the party a DTMF digit of the other end."""
        ...

    def notice(self, leg: LegId, event: str, details: Mapping[str, object]) -> None:
        """Notify the party of `held`, `media-lost` and so on; there is no response."""
        ...

    def done(self, leg: LegId, ref: int) -> None:
        """The party's request of that number succeeded."""
        ...

    def failed(self, leg: LegId, ref: int | None, code: str, why: str) -> None:
        """The party's request of that number failed; without a number, its last description."""
        ...

    def counts(self, leg: LegId, ref: int, ours: LegCounts, theirs: LegCounts | None) -> None:
        """The packet counts that the party requested by that number."""
        ...


class Media(Protocol):
    """Media. Its events: `Connected`, `DtmfReceived`, `Played`, `Reported` and so on."""

    def open(self, leg: LegId, call: CallId, near: LegId | None = None) -> None:
        """Allocate a leg. All legs of one call share a worker, if possible with the leg `near`.

        Raises:
            Unavailable: there are as many legs as the engine can carry.
        """
        ...

    def renew(self, leg: LegId) -> None:
        """The party's page is a new one: replace its transport.

        The leg is unbridged until it is bridged again. A play ends as stopped.

        Raises:
            PeerError: the leg is closed.
            Unavailable: there are as many legs as the engine can carry.
        """
        ...

    def report(self, leg: LegId) -> None:
        """Request a media report. `Reported` follows, unless the leg has no media."""
        ...

    def together(self, a: LegId, b: LegId) -> bool:
        """Whether the two can be bridged: both have media, on one worker."""
        ...

    def offer(
        self,
        leg: LegId,
        *,
        prefer: Sequence[str] = (),
        direction: str = "sendrecv",
        restart: bool = False,
    ) -> Sdp:
        """Our offer to the party. `prefer` puts codecs first, such as those of the other leg.

        Raises:
            PeerError: the leg is closed.
        """
        ...

    def answer(self, leg: LegId, offer: Sdp) -> Sdp:
        """Our answer to the party's offer, first or later.

        Raises:
            PeerError: the offer cannot be used; nothing has changed.
        """
        ...

    def offered(self, offer: Sdp) -> Sequence[str]:
        """Codecs that a party's offer could be answered with, named as by `codec`, in its order.

        Raises:
            PeerError: the offer cannot be used.
        """
        ...

    def accept(self, leg: LegId, answer: Sdp) -> None:
        """Take the party's answer to our offer.

        Raises:
            PeerError: the answer cannot be used.
        """
        ...

    def withdraw(self, leg: LegId) -> None:
        """Our re-offer was refused: go on as before it."""
        ...

    def codec(self, leg: LegId) -> str:
        """What was agreed, as `opus/48000/2`; empty before that."""
        ...

    def bridge(self, a: LegId, b: LegId) -> None:
        """Bridge the two legs."""
        ...

    def unbridge(self, leg: LegId) -> None:
        """Unbridge the leg."""
        ...

    def play(self, leg: LegId, sound: Sound, *, times: int = 1) -> PlayId:
        """Play to the leg in place of its partner; `times` 0 is for ever. `Played` follows.

        Raises:
            PeerError: the sound cannot be played; nothing comes back.
        """
        ...

    def stop(self, leg: LegId) -> None:
        """Stop what is played to the leg."""
        ...

    def send_digits(self, leg: LegId, digits: str) -> PlayId:
        """Press keys for the party to receive. `Played` comes back.

        Raises:
            PeerError: the keys cannot be sent; nothing comes back.
        """
        ...

    def mute(self, leg: LegId, muted: bool) -> None:
        """Discard the leg's audio."""
        ...

    def close(self, leg: LegId) -> None:
        """Forget the leg. A last `Reported`, then `MediaClosed` come back."""
        ...
