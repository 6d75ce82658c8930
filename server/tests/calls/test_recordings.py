"""A call knows its recordings by its journal alone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from offhook.base.errors import Unavailable
from offhook.base.ids import AccountId, ApplicationId, CallId, RecordingId
from offhook.base.recording_events import RecordingEnded, RecordingKept
from offhook.base.recordings import RecordingSource, RecordingTerms, StartRecording, Tracks
from offhook.calls.call import Call, Origin
from offhook.calls.leg import Direction
from offhook.calls.recordings import CallRecordings, RecordingRequest
from offhook.testing.deterministic import ManualClock, SeededIds
from offhook.testing.fake_media import FakeMedia

CALL = CallId("c" * 32)
DIAL = RecordingRequest(
    source=RecordingSource.DIAL_VERB, terms=RecordingTerms(tracks=Tracks.BOTH, dual=True)
)
SESSION = RecordingRequest(source=RecordingSource.SESSION, terms=RecordingTerms())


@dataclass
class Keeper:
    """What was to begin."""

    begun: list[StartRecording] = field(default_factory=list[StartRecording])
    full: bool = False

    def begin(self, start: StartRecording) -> None:
        if self.full:
            raise Unavailable("the disk is full")
        self.begun.append(start)


class Fixture:
    """A call with one leg."""

    def __init__(self) -> None:
        self.clock = ManualClock(start=datetime(2026, 1, 31, tzinfo=UTC))
        origin = Origin(
            id=CALL,
            account=AccountId("MA1"),
            application=ApplicationId("a"),
            dialect="one",
            direction=Direction.INBOUND,
            caller="client:alice",
            callee="bob",
            wall="2026-01-31T00:00:00+00:00",
        )
        self.call = Call(origin, 0.0)
        self.keeper = Keeper()
        self.recordings = self.read()

    def read(self) -> CallRecordings:
        """The recordings as a server that takes the call up finds them."""
        media = FakeMedia(lambda _event: None)
        return CallRecordings(self.call, self.keeper, media, self.clock, SeededIds(1))

    def ended(self, id: RecordingId) -> None:
        leg = self.call.caller_leg.id
        for event in (
            RecordingEnded(leg=leg, recording=id, reason="stopped", seconds=2.0),
            RecordingKept(leg=leg, recording=id, state="completed", seconds=2.0),
        ):
            self.call.take(event, 2.0)
            self.recordings.handle(event)


def test_one_that_runs_goes_on_when_its_leg_has_new_media() -> None:
    fixture = Fixture()
    id = fixture.recordings.begin(fixture.call.caller_leg, SESSION)
    again = fixture.read()
    assert again.running == [id]
    again.restore(fixture.call.caller_leg)
    first, second = fixture.keeper.begun
    assert first == second


def test_one_that_has_ended_stays_ended() -> None:
    fixture = Fixture()
    id = fixture.recordings.begin(fixture.call.caller_leg, SESSION)
    assert id is not None
    fixture.ended(id)
    for recordings in (fixture.recordings, fixture.read()):
        assert recordings.running == []
        kept = recordings.kept(id)
        assert kept is not None
        assert (kept.state, kept.seconds) == ("completed", 2.0)
        recordings.restore(fixture.call.caller_leg)
    assert len(fixture.keeper.begun) == 1


def test_one_that_waits_for_the_bridge_begins_with_it_once() -> None:
    fixture = Fixture()
    id = fixture.recordings.begin_when_bridged(DIAL)
    assert fixture.keeper.begun == []
    again = fixture.read()
    again.restore(fixture.call.caller_leg)
    assert fixture.keeper.begun == []
    for _ in range(2):
        again.bridged()
    assert [start.recording.id for start in fixture.keeper.begun] == [id]
    assert again.of_source(RecordingSource.DIAL_VERB) == id


def test_one_that_still_waits_does_not_begin_after_it_was_stopped() -> None:
    fixture = Fixture()
    fixture.recordings.begin_when_bridged(DIAL)
    fixture.recordings.stop_all(RecordingSource.DIAL_VERB)
    fixture.recordings.bridged()
    assert fixture.keeper.begun == []
    assert fixture.recordings.of_source(RecordingSource.DIAL_VERB) is None


def test_one_that_cannot_begin_is_written_down() -> None:
    fixture = Fixture()
    fixture.keeper.full = True
    assert fixture.recordings.begin(fixture.call.caller_leg, SESSION) is None
    assert fixture.recordings.running == []
    events = [entry.event for entry in fixture.call.journal]
    assert events[-1] == "recording-failed"
