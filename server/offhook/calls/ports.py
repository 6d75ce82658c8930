"""The ports of calls: signalling and media.

Commands return at once and never fail for reasons of the network: what becomes of them arrives as
events in the call's inbox.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from offhook.base.address import Address
from offhook.base.commands import Command
from offhook.base.conferences import ConferenceMessage, Role
from offhook.base.errors import Unavailable
from offhook.base.events import LegEvent
from offhook.base.ids import AccountId, CallId, ConferenceId, LegId, PlayId, RecordingId, Sdp
from offhook.base.media import Detection, Sound
from offhook.base.queues import Place, Taking, Waiting
from offhook.base.recordings import RecordingTerms, StartRecording


class Signal(Protocol):
    """Signalling. Its events: `Ringing`, `Answered`, `HungUp`, `Reoffered` and so on."""

    def send(self, leg: LegId, command: Command) -> None:
        """Carry out a command on a leg; for an unknown leg it has no effect."""
        ...

    def forget(self, leg: LegId) -> None:
        """Know the leg no more, without a word to its party."""
        ...

    def has_route(self, to: Address) -> bool:
        """Whether parties with addresses of that kind can be invited at all."""
        ...

    def reaches(self, account: AccountId, to: Address) -> bool:
        """Whether there is any device now that could be rung."""
        ...


class CallListener(Protocol):
    """Takes the events of one call, each after it has happened; a call has an ordered list of listeners."""

    def handle(self, event: LegEvent, now: float) -> bool:
        """Take one event.

        Args:
            event: What has happened; its leg has moved already.
            now: The time, by the forward clock.

        Returns:
            Whether that settles it: neither later listeners nor the verb that runs get it.
        """
        ...


class Conferences(Protocol):
    """The conferences of this process. Their answers are a call's events: `ConferenceEntered` and so on."""

    def send(self, message: ConferenceMessage) -> None:
        """Send a message to a conference; `Enter` begins one, if there is none of that name."""
        ...


class NoConferences:
    """For calls that can be in none."""

    def send(self, message: ConferenceMessage) -> None:
        """Drop the message."""


class Queues(Protocol):
    """The queues of all calls. Its events: `QueueTaken`, `QueueGiven`, `QueueParted`."""

    def enter(self, caller: Waiting) -> bool:
        """A caller enters its queue. False if it is full."""
        ...

    def dial(self, agent: Taking) -> None:
        """An agent dials a queue; `QueueGiven` follows once it has a caller."""
        ...

    def leave(self, leg: LegId) -> None:
        """A caller or an agent leaves; the other end, if it has one, gets `QueueParted`."""
        ...

    def place(self, leg: LegId) -> Place | None:
        """The caller's place in its queue, while it waits there."""
        ...


class NoQueues:
    """Where there is but one call: every queue is full."""

    def enter(self, caller: Waiting) -> bool:
        """There is no room."""
        del caller
        return False

    def dial(self, agent: Taking) -> None:
        """There is no caller."""

    def leave(self, leg: LegId) -> None:
        """There is nothing to leave."""

    def place(self, leg: LegId) -> Place | None:
        """There is no place."""


class Recordings(Protocol):
    """Keeps what is recorded."""

    def begin(self, start: StartRecording) -> None:
        """Begin a recording. `RecordingKept` follows once it has ended and can be fetched.

        One that was begun before goes on in another part of its file: the leg has new media.

        Raises:
            Unavailable: none can begin now.
            PeerError: the leg is closed.
        """
        ...


class NoRecordings:
    """Where nothing can be recorded."""

    def begin(self, start: StartRecording) -> None:
        """Refuse it."""
        del start
        raise Unavailable("nothing can be recorded here")


class Recorder(Protocol):
    """Records legs. Its events: `RecordingEnded`, and `RecordingWritten` for who keeps recordings."""

    def begin(self, leg: LegId, id: RecordingId, path: Path, terms: RecordingTerms) -> None:
        """Record a leg into a file that does not exist yet.

        Raises:
            PeerError: the leg is closed.
        """
        ...

    def stop(self, id: RecordingId, cut_s: float = 0.0) -> None:
        """End a recording without the last `cut_s` seconds of it; without effect if it has ended."""
        ...

    def pause(self, id: RecordingId, *, skip: bool) -> None:
        """Record silence, or with `skip` nothing, until it is resumed."""
        ...

    def resume(self, id: RecordingId) -> None:
        """Record again after a pause."""
        ...


class Media(Protocol):
    """Media. Its events: `Connected`, `DtmfReceived`, `Played`, `Reported` and so on."""

    @property
    def recorder(self) -> Recorder:
        """Records legs."""
        ...

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
        """Whether the two can be bridged: both have media."""
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

    def join(self, leg: LegId, conference: ConferenceId, role: Role) -> None:
        """The leg is a member of the conference, or has another role in it; `Speaking` follows."""
        ...

    def leave(self, leg: LegId) -> None:
        """The leg is in no conference any more."""
        ...

    def play_to_members(self, conference: ConferenceId, sound: Sound) -> float:
        """Play to all members, beside those who speak. Without members it has no effect.

        Returns:
            How long it lasts, in seconds.

        Raises:
            PeerError: the sound cannot be played.
        """
        ...

    def play(
        self,
        leg: LegId,
        sound: Sound,
        id: PlayId,
        *,
        times: int = 1,
        stop_on_digit: bool = False,
    ) -> None:
        """Play to the leg in place of its partner; `times` 0 is for ever. `Played` with that `id` follows.

        With `stop_on_digit` the first packet of a key of the party stops it, without a way through us.

        Raises:
            PeerError: the sound cannot be played; nothing comes back.
        """
        ...

    def stop(self, leg: LegId) -> None:
        """Stop what is played to the leg."""
        ...

    def send_digits(self, leg: LegId, digits: str, id: PlayId) -> None:
        """Press keys for the party to receive. `Played` with that `id` comes back.

        Raises:
            PeerError: the keys cannot be sent; nothing comes back.
        """
        ...

    def detect(self, leg: LegId, wanted: Detection) -> None:
        """Look for that in what the leg's party sends, and for nothing else. What is found are events.

        The keys of a party that sends no telephone events are always looked for.
        """
        ...

    def mute(self, leg: LegId, muted: bool) -> None:
        """Discard the leg's audio."""
        ...

    def close(self, leg: LegId) -> None:
        """Forget the leg. A last `Reported`, then `MediaClosed` come back."""
        ...
