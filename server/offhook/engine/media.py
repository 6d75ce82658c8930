"""Carries the sound of legs (`calls.ports.Media`) on an engine, real or simulated."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from offhook_engine import (
    Closed,
    Event,
    Legs,
    NoSuchLeg,
    PlayFinished,
    Recorded,
    RecordingEnded,
    SdpRefused,
)

from offhook.base.conferences import Role
from offhook.base.errors import PeerError
from offhook.base.events import LegEvent, Played, Reported
from offhook.base.ids import CallId, ConferenceId, LegId, PlayId, Sdp
from offhook.base.media import Detection, MediaReport, Sound
from offhook.engine.conferences import ConferenceTable
from offhook.engine.detection import Detected, DetectorTable
from offhook.engine.events import continued, translated
from offhook.engine.recorder import EngineRecorder
from offhook.engine.sources import Sources

log = logging.getLogger("offhook.engine")

SPEAKERS: Final = 3


@dataclass(slots=True)
class _Call:
    worker: int
    legs: int = 0


@dataclass(slots=True)
class _Leg:
    number: int
    call: CallId
    before: MediaReport | None = None
    plays: dict[tuple[int, int], PlayId] = field(default_factory=dict[tuple[int, int], PlayId])
    """What calls name the plays that are not over, by the engine's numbers of leg and play."""


class EngineMedia:
    """Names legs as calls do, and chooses a worker for each call: the one with the fewest legs."""

    def __init__(
        self,
        legs: Legs,
        workers: int,
        deliver: Callable[[LegEvent], None],
        speakers: int = SPEAKERS,
    ) -> None:
        """No leg yet.

        Args:
            legs: The engine.
            workers: How many workers it has.
            deliver: Takes the events of legs.
            speakers: How many speakers of a conference are mixed at once.
        """
        self._engine = legs
        self._deliver = deliver
        self._sources = Sources()
        self._legs: dict[LegId, _Leg] = {}
        self._names: dict[int, LegId] = {}
        self._closing: set[LegId] = set()
        self._retired: set[int] = set()
        self._load: Counter[int] = Counter(dict.fromkeys(range(workers), 0))
        self._calls: dict[CallId, _Call] = {}
        self._conferences = ConferenceTable(legs, speakers)
        self._detectors = DetectorTable(legs)
        self.recorder = EngineRecorder(legs, deliver, self._number)
        """Records legs."""
        self._across: dict[LegId, LegId] = {}
        """Bridged legs on different workers: each pair is a conference of two."""

    @property
    def legs(self) -> int:
        """How many legs there are."""
        return len(self._legs)

    def open(self, leg: LegId, call: CallId, near: LegId | None = None) -> None:
        """Allocate a leg, on the worker that its call has already, or the leg `near`."""
        known = self._calls.get(call)
        if known is None:
            neighbour = self._legs.get(near) if near is not None else None
            worker = (
                min(self._load, key=self._load.__getitem__)
                if neighbour is None
                else self._calls[neighbour.call].worker
            )
            known = self._calls[call] = _Call(worker)
        known.legs += 1
        self._load[known.worker] += 1
        number = self._engine.open(known.worker)
        self._detectors.forget(leg)
        self._legs[leg] = _Leg(number, call)
        self._names[number] = leg

    def renew(self, leg: LegId) -> None:
        """A new transport for the leg; what the old one played is reported as stopped."""
        try:
            old = self._number(leg)
            known = self._legs[leg]
            number = self._engine.open(self._calls[known.call].worker)
        except NoSuchLeg as error:
            raise _refused(error) from None
        known.number = number
        self._detectors.forget(leg)
        self._names[number] = leg
        self._retired.add(old)
        self.recorder.replaced(leg)
        self._conferences.leave(leg)
        self._engine.close(old)

    def number_of(self, leg: LegId) -> int:
        """The engine's number of the leg.

        Raises:
            NoSuchLeg: it is closed.
        """
        return self._number(leg)

    def report(self, leg: LegId) -> None:
        """Ask the engine how the leg fares."""
        self._ask(leg, self._engine.report)

    def together(self, a: LegId, b: LegId) -> bool:
        """Whether both have media."""
        return all(leg in self._legs and leg not in self._closing for leg in (a, b))

    def offer(
        self,
        leg: LegId,
        *,
        prefer: Sequence[str] = (),
        direction: str = "sendrecv",
        restart: bool = False,
    ) -> Sdp:
        """Our offer. `prefer` has codecs named as by `codec`."""
        names = [codec.partition("/")[0] for codec in prefer if codec]
        try:
            return Sdp(self._engine.offer(self._number(leg), names, direction, restart))
        except (SdpRefused, NoSuchLeg) as error:
            raise _refused(error) from None

    def answer(self, leg: LegId, offer: Sdp) -> Sdp:
        """Our answer to the party's offer."""
        try:
            number = self._number(leg)
            answer = Sdp(self._engine.answer(number, offer))
            self._detectors.described(leg, number, offer)
            return answer
        except (SdpRefused, NoSuchLeg) as error:
            raise _refused(error) from None

    def offered(self, offer: Sdp) -> Sequence[str]:
        """Codecs that an offer could be answered with."""
        try:
            return self._engine.offered(offer)
        except SdpRefused as error:
            raise _refused(error) from None

    def accept(self, leg: LegId, answer: Sdp) -> None:
        """Take the party's answer."""
        try:
            number = self._number(leg)
            self._engine.accept(number, answer)
            self._detectors.described(leg, number, answer)
        except (SdpRefused, NoSuchLeg) as error:
            raise _refused(error) from None

    def withdraw(self, leg: LegId) -> None:
        """Our re-offer was refused."""
        self._ask(leg, self._engine.withdraw)

    def codec(self, leg: LegId) -> str:
        """What was agreed."""
        known = self._legs.get(leg)
        return "" if known is None or leg in self._closing else self._engine.codec(known.number)

    def bridge(self, a: LegId, b: LegId) -> None:
        """Bridge the two legs; if they are on different workers, in a conference of their own."""
        one, other = self._legs.get(a), self._legs.get(b)
        if one is None or other is None:
            return
        if self._calls[one.call].worker == self._calls[other.call].worker:
            self._ask(a, lambda number: self._engine.bridge(number, other.number))
            return
        if self._across.get(a) != b:
            self._part(a)
            self._part(b)
        self._across[a], self._across[b] = b, a
        pair = ConferenceId("+".join(sorted((a, b))))
        for leg in (a, b):
            # A bridge takes the place of what is played.
            self._ask(leg, self._engine.stop)
            self.join(leg, pair, Role())

    def unbridge(self, leg: LegId) -> None:
        """Unbridge the leg."""
        self._part(leg)
        self._ask(leg, self._engine.unbridge)

    def _part(self, leg: LegId) -> None:
        """End the leg's bridge with one on another worker."""
        other = self._across.pop(leg, None)
        if other is not None:
            self._across.pop(other, None)
            self.leave(leg)
            self.leave(other)

    def join(self, leg: LegId, conference: ConferenceId, role: Role) -> None:
        """The leg is a member of that conference, or has another role in it."""
        try:
            number = self._number(leg)
            worker = self._calls[self._legs[leg].call].worker
            coached = None if role.coaches is None else self._number(role.coaches)
            self._conferences.join(leg, number, worker, conference, role, coached)
        except NoSuchLeg:
            log.debug("leg.missing", extra={"leg": leg})

    def leave(self, leg: LegId) -> None:
        """The leg is in no conference any more."""
        self._conferences.leave(leg)
        self._ask(leg, self._engine.leave)

    def play_to_members(self, conference: ConferenceId, sound: Sound) -> float:
        """Play to the members, on each of their workers. Returns how long it lasts, in seconds.

        Raises:
            PeerError: the sound cannot be played.
        """
        source = self._sources.of(sound)
        self._conferences.play(conference, source)
        return source.seconds or 0.0

    def play(
        self,
        leg: LegId,
        sound: Sound,
        id: PlayId,
        *,
        times: int = 1,
        stop_on_digit: bool = False,
    ) -> None:
        """Play to the leg.

        Raises:
            PeerError: the sound cannot be played.
        """
        source = self._sources.of(sound)
        try:
            number = self._number(leg)
            play = self._engine.play(number, source, times, stop_on_digit)
            self._legs[leg].plays[number, play] = id
        except NoSuchLeg as error:
            raise _refused(error) from None

    def stop(self, leg: LegId) -> None:
        """Stop what is played."""
        self._ask(leg, self._engine.stop)

    def send_digits(self, leg: LegId, digits: str, id: PlayId) -> None:
        """Press keys for the party.

        Raises:
            PeerError: there is no such key, or the leg is closed.
        """
        try:
            number = self._number(leg)
            self._legs[leg].plays[number, self._engine.digits(number, digits)] = id
        except (NoSuchLeg, ValueError) as error:
            raise _refused(error) from None

    def detect(self, leg: LegId, wanted: Detection) -> None:
        """Look for that in what the party sends."""
        self._ask(leg, lambda number: self._detectors.detect(leg, number, wanted))

    def mute(self, leg: LegId, muted: bool) -> None:
        """Discard the leg's audio."""
        self._ask(leg, lambda number: self._engine.mute(number, muted))

    def close(self, leg: LegId) -> None:
        """Forget the leg, once the engine has sent its last event."""
        if leg in self._legs and leg not in self._closing:
            self._part(leg)
            self._closing.add(leg)
            self._conferences.leave(leg)
            self._ask(leg, self._engine.close, closing=True)

    def handle(self, batch: Iterable[Event]) -> None:
        """Deliver a batch of the engine's events."""
        for event in batch:
            if isinstance(event, RecordingEnded | Recorded):
                self.recorder.handle(event)
            # Those of conferences and recordings name no leg.
            leg = self._names.get(event.leg)
            event_of_leg = None if leg is None else self._translated(event, leg)
            if leg is None or event_of_leg is None:
                continue
            if isinstance(event_of_leg, Played):
                event_of_leg = self._named(event.leg, event_of_leg)
            if event.leg in self._retired:
                self._handle_last(event, event_of_leg)
                if not isinstance(event, PlayFinished):
                    continue
            elif isinstance(event, Closed):
                self._forget(leg)
            elif isinstance(event_of_leg, Reported):
                event_of_leg = self._in_all(event_of_leg)
            try:
                self._deliver(event_of_leg)
            except Exception:
                # One event that cannot be handled must not keep the others from their calls.
                log.exception("event.failed", extra={"leg": leg, "event": type(event).__name__})

    def _translated(self, event: Event, leg: LegId) -> LegEvent | None:
        if isinstance(event, Detected):
            return self._detectors.found(event, leg)
        return translated(event, leg)

    def _named(self, number: int, played: Played) -> Played:
        """With the call's own name of the play: the engine counts from 1 again in each process."""
        id = self._legs[played.leg].plays.pop((number, played.play), played.play)
        return replace(played, play=id)

    def _handle_last(self, event: Event, event_of_leg: LegEvent) -> None:
        """The last event of a replaced transport: its counts continue in its replacement."""
        known = self._legs.get(event_of_leg.leg)
        if isinstance(event_of_leg, Reported) and known is not None:
            known.before = self._in_all(event_of_leg).report
        if isinstance(event, Closed):
            self._retired.remove(event.leg)
            del self._names[event.leg]

    def _in_all(self, reported: Reported) -> Reported:
        known = self._legs.get(reported.leg)
        if known is None or known.before is None:
            return reported
        return Reported(leg=reported.leg, report=continued(known.before, reported.report))

    def _number(self, leg: LegId) -> int:
        known = self._legs.get(leg)
        if known is None or leg in self._closing:
            raise NoSuchLeg(leg)
        return known.number

    def _ask(self, leg: LegId, command: Callable[[int], None], *, closing: bool = False) -> None:
        """Command the engine; a leg that is gone needs no command."""
        known = self._legs.get(leg)
        if known is not None and (closing or leg not in self._closing):
            try:
                command(known.number)
            except NoSuchLeg:
                log.debug("leg.missing", extra={"leg": leg})

    def _forget(self, leg: LegId) -> None:
        known = self._legs.pop(leg)
        self._detectors.forget(leg)
        del self._names[known.number]
        self._closing.discard(leg)
        call = self._calls[known.call]
        self._load[call.worker] -= 1
        call.legs -= 1
        if call.legs == 0:
            del self._calls[known.call]


def _refused(error: SdpRefused | NoSuchLeg | ValueError) -> PeerError:
    if isinstance(error, SdpRefused):
        return PeerError(str(error.args[1]), code=str(error.args[0]))
    if isinstance(error, NoSuchLeg):
        return PeerError("the leg is closed")
    return PeerError(str(error))
