"""Whole calls between simulated engines, in virtual time."""

import pytest
from offhook_engine import (
    AudioTapped,
    Closed,
    Connected,
    DigitPressed,
    Failed,
    MediaLost,
    MediaResumed,
    MediaStarted,
    PathChanged,
    PlayFinished,
    Reported,
    SilenceDetected,
    Source,
    World,
    events_of,
)

SERVER, ALICE, BOB = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def tone(hz, seconds=1.0):
    return Source.tones([(hz, 0.0, seconds, -13.0)])


def lossy(world, host, **fate):
    world.path(SERVER, host, **fate)
    world.path(host, SERVER, **fate)


@pytest.fixture
def call(agree):
    """Alice and Bob, joined in a server."""

    def call(world, **terms):
        server = world.engine(SERVER, lite=True)
        parties = []
        for address in (ALICE, BOB):
            party = world.engine(address, lite=False)
            lossy(world, address, delay_ms=20.0)
            leg, far = party.open(), server.open()
            agree(party, leg, server, far, **terms)
            parties.append((party, leg, far))
        (alice, a, far_a), (bob, b, far_b) = parties
        server.bridge(far_a, far_b)
        return server, (alice, a, far_a), (bob, b, far_b)

    return call


def names(world, engines, until):
    """All that is told until then, as `(moment, engine, event's name, leg)`."""
    reported = []
    while True:
        news = world.advance(until)
        for n, engine in enumerate(engines):
            reported += [(round(at, 6), n, name, leg) for name, leg, at, *_ in engine.events()]
        if not news:
            return reported


@pytest.mark.parametrize("codec", ["opus", "PCMU", "PCMA"])
def test_each_party_hears_the_others_tone_over_a_lossy_path(call, loudest, codec):
    world = World(seed=1)
    server, (alice, a, _), (bob, b, _) = call(world, prefer=[codec])
    for address in (ALICE, BOB):
        lossy(world, address, loss=0.02, delay_ms=30.0, jitter_ms=20.0)
    alice.play(a, tone(440.0), times=0)
    bob.play(b, tone(1000.0), times=0)
    names(world, [server, alice, bob], 6.0)
    for engine, leg, hz in [(alice, a, 1000.0), (bob, b, 440.0)]:
        assert engine.codec(leg).lower().startswith(codec.lower())
        heard_hz, above_db = loudest(*engine.captured(leg, 2.0))
        assert heard_hz == pytest.approx(hz, abs=2.0)
        assert above_db > 12.0


def test_opus_and_g711_parties_hear_each_other(agree, loudest):
    world = World(seed=2)
    server = world.engine(SERVER, lite=True)
    legs = []
    for address, codec, hz in [(ALICE, "opus", 440.0), (BOB, "PCMU", 1000.0)]:
        party = world.engine(address, lite=False)
        leg, far = party.open(), server.open()
        agree(party, leg, server, far, prefer=[codec])
        party.play(leg, tone(hz), times=0)
        legs.append((party, leg, far))
    (alice, a, far_a), (bob, b, far_b) = legs
    server.bridge(far_a, far_b)
    names(world, [server, alice, bob], 5.0)
    for engine, leg, hz in [(alice, a, 1000.0), (bob, b, 440.0)]:
        heard_hz, above_db = loudest(*engine.captured(leg, 2.0))
        assert heard_hz == pytest.approx(hz, abs=2.0)
        assert above_db > 20.0


def test_the_same_seed_tells_the_same_events_at_the_same_moments(call):
    def run(seed):
        world = World(seed)
        server, (alice, a, _), (bob, b, _) = call(world)
        for address in (ALICE, BOB):
            lossy(world, address, loss=0.1, delay_ms=40.0, jitter_ms=30.0, reorder=0.05)
        alice.play(a, tone(440.0, 3.0))
        bob.digits(b, "12#")
        reported = names(world, [server, alice, bob], 12.0)
        assert len(reported) > 8
        return reported

    assert run(5) == run(5)
    assert run(5) != run(6)


def test_a_leg_tells_its_life_in_order(call, reported):
    world = World(seed=3)
    server, (alice, a, far_a), _ = call(world)
    connected = reported(world, server, Connected)
    assert (connected.leg, connected.transport) == (far_a, "udp")
    assert connected.remote == f"{ALICE}:10000"
    assert connected.profile in {"AEAD_AES_128_GCM", "AEAD_AES_256_GCM"}
    assert 0.0 < connected.at <= world.now < 2.0
    play = alice.play(a, tone(440.0, 2.0))
    assert reported(world, server, MediaStarted).leg == far_a
    assert reported(world, alice, PlayFinished).play == play
    alice.close(a)
    server.close(far_a)
    world.advance(world.now + 0.1)
    last = [event for event in events_of(server) if event.leg == far_a][-2:]
    assert [type(event) for event in last] == [Reported, Closed]
    assert isinstance(last[0], Reported)
    received = last[0].report.received
    assert received.packets >= 95
    assert received.lost == 0
    assert last[0].report.codec == "opus/48000/2"


def test_keys_arrive_over_a_path_that_loses_a_fifth(call, reported):
    world = World(seed=4)
    server, (_, _, _), (bob, b, far_b) = call(world)
    reported(world, server, Connected)
    lossy(world, BOB, loss=0.2)
    bob.digits(b, "159#")
    pressed = [reported(world, server, DigitPressed) for _ in range(4)]
    assert [(event.leg, event.digit) for event in pressed] == [(far_b, key) for key in "159#"]


def test_silence_is_told_and_so_is_its_end(call, reported):
    world = World(seed=5)
    server, (alice, a, far_a), _ = call(world)
    alice.play(a, tone(440.0), times=0)
    reported(world, server, MediaStarted)
    lossy(world, ALICE, blocked=True)
    lost = reported(world, server, MediaLost)
    assert lost.leg == far_a
    lossy(world, ALICE)
    resumed = reported(world, server, MediaResumed)
    assert 4.9 < lost.at < resumed.at < 12.0


def test_a_party_whose_nat_forgets_is_found_again(call, reported, loudest):
    world = World(seed=6)
    server, (alice, a, far_a), (bob, b, _) = call(world)
    alice.play(a, tone(440.0), times=0)
    reported(world, server, MediaStarted)
    world.rebind(ALICE)
    moved = reported(world, server, PathChanged)
    assert moved.leg == far_a
    assert moved.remote != f"{ALICE}:10000"
    names(world, [server, alice, bob], world.now + 5.0)
    assert loudest(*bob.captured(b, 1.0))[0] == pytest.approx(440.0, abs=2.0)


def test_a_peer_that_is_gone_is_told_when_its_consent_expires(call, reported):
    world = World(seed=7)
    server, _, _ = call(world)
    reported(world, server, Connected)
    for address in (ALICE, BOB):
        lossy(world, address, blocked=True)
    failed = reported(world, server, Failed, limit_s=60.0)
    assert failed.fault == "consent-expired"
    assert 20.0 < failed.at < 45.0


def test_a_peer_that_was_never_reached_is_told(agree, reported):
    world = World(seed=8)
    server, alice = world.engine(SERVER, lite=True), world.engine(ALICE, lite=False)
    lossy(world, ALICE, blocked=True)
    agree(alice, alice.open(), server, server.open())
    assert reported(world, server, Failed, limit_s=60.0).fault == "ice-timeout"


def test_time_passes_only_when_it_is_let_and_stops_at_news(call):
    world = World(seed=9)
    server, (alice, _, _), (bob, _, _) = call(world)
    assert world.now == 0.0
    assert world.advance(10.0)
    first = world.now
    assert 0.0 < first < 1.0
    reported = [event for engine in (server, alice, bob) for event in events_of(engine)]
    assert {event.at for event in reported} == {first}
    woken = world.wake()
    assert woken is not None
    assert woken >= first
    names(world, [server, alice, bob], 10.0)
    assert world.now == 10.0


def test_ten_minutes_of_a_call_pass_in_a_blink(call):
    world = World(seed=10)
    server, (alice, a, far_a), (bob, _, _) = call(world, prefer=["PCMU"])
    alice.play(a, tone(440.0), times=0)
    names(world, [server, alice, bob], 600.0)
    server.report(far_a)
    world.advance(600.1)
    (reported,) = [event for event in events_of(server) if isinstance(event, Reported)]
    assert reported.report.received.packets > 29_000
    assert reported.report.received.lost == 0


def test_a_tap_gives_the_audio_of_a_leg_and_silence_is_reported(call, loudest):
    world = World(seed=3)
    server, (alice, a, far_a), (bob, _, _) = call(world)
    alice.play(a, tone(440.0, 4.0))
    server.tap(far_a, frames=5)
    server.detect(far_a, silence_s=1.5)
    heard = []
    while world.advance(10.0):
        heard += events_of(server)
        alice.events()
        bob.events()
    batches = [event for event in heard if isinstance(event, AudioTapped)]
    assert {len(batch.samples) for batch in batches} == {5 * 320 * 2}
    assert {batch.dropped for batch in batches} == {0}
    assert any(batch.voice for batch in batches)
    # RTP time runs in the clock of Opus, once the delay is known.
    assert batches[30].rtp_time - batches[20].rtp_time == pytest.approx(48_000, abs=1_000)
    samples = b"".join(batch.samples for batch in batches[12:32])
    heard_hz, above_db = loudest(16_000, samples)
    assert heard_hz == pytest.approx(440.0, abs=2.0)
    assert above_db > 12.0
    silences = [event for event in heard if isinstance(event, SilenceDetected)]
    assert [silence.seconds for silence in silences] == [1.5]


def test_taps_and_detectors_refuse_what_cannot_be(call):
    server, (_, _, far), _ = call(World(seed=4))
    with pytest.raises(ValueError, match="frames must be 1 to 50, not 0"):
        server.tap(far, frames=0)
    with pytest.raises(ValueError, match="silence_s"):
        server.detect(far, silence_s=-1.0)
