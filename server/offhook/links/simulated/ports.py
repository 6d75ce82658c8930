"""What simulated telephones need: an engine of their own, a voice, and who owns a number."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from offhook.base.clock import Clock
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, CallId, Ids, LegId, PlayId, Sdp
from offhook.base.media import Sound
from offhook.links.ports import Router


class PhoneMedia(Protocol):
    """The media of simulated telephones: an engine that connects to ours as a browser does."""

    def open(self, leg: LegId, call: CallId) -> None:
        """Allocate the media of one telephone call.

        Raises:
            Unavailable: there are as many as the engine can carry.
        """
        ...

    def offer(self, leg: LegId) -> Sdp:
        """Its offer.

        Raises:
            PeerError: the leg is closed.
        """
        ...

    def answer(self, leg: LegId, offer: Sdp) -> Sdp:
        """Its answer to an offer.

        Raises:
            PeerError: the offer cannot be used.
        """
        ...

    def accept(self, leg: LegId, answer: Sdp) -> None:
        """Take the answer to its offer.

        Raises:
            PeerError: the answer cannot be used.
        """
        ...

    def play(self, leg: LegId, sound: Sound, id: PlayId, *, times: int = 1) -> None:
        """Send a sound; `Played` with that `id` follows.

        Raises:
            PeerError: the sound cannot be played, or the leg is closed.
        """
        ...

    def send_digits(self, leg: LegId, digits: str, id: PlayId) -> None:
        """Send keys as telephone events; `Played` with that `id` follows.

        Raises:
            PeerError: the leg is closed.
        """
        ...

    def close(self, leg: LegId) -> None:
        """Forget the leg."""
        ...


class Speech(Protocol):
    """Speech synthesis."""

    async def synthesize(self, text: str, *, language: str, voice: str) -> Sound:
        """Speak a text.

        Raises:
            Unavailable: no voice works now.
        """
        ...


class NumberOwners(Protocol):
    """Which account a number belongs to."""

    async def owner_of(self, number: str) -> AccountId | None:
        """The account, if the number is one of this server."""
        ...


class Phone(Protocol):
    """A telephone in a call, as its carrier sees it."""

    @property
    def media_leg(self) -> LegId:
        """Its end of the media."""
        ...

    def handle(self, event: LegEvent) -> None:
        """An event of its end of the media."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDependencies:
    """All that simulated telephones need.

    Attributes:
        router: Takes what they do.
        reachable: Turns our description into one whose addresses can be reached from this machine.
        spawn: Runs what a telephone does, until the carrier stops.
    """

    router: Router
    media: PhoneMedia
    speech: Speech
    owners: NumberOwners
    clock: Clock
    ids: Ids
    reachable: Callable[[Sdp], Sdp]
    spawn: Callable[[Coroutine[Any, Any, None]], Callable[[], None]]
    """Returns how to cancel it."""
    opened: Callable[["Phone"], None]
    """Told of a telephone whose media is open, and whose events follow."""
