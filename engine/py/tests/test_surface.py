"""What the package shows is what its stub says, and what cannot be right is refused with a hint."""

import math
import os
import subprocess
import sys
from importlib.metadata import version

import offhook_engine
import pytest
from offhook_engine import (
    Engine,
    LevelReport,
    NoSuchLeg,
    NotPlayable,
    Reported,
    SdpRefused,
    Source,
    World,
    event_of,
)


def test_the_public_names_are_these():
    assert set(offhook_engine.__all__) == {
        *("Engine", "World", "SimEngine", "Legs", "Source", "SdpRefused", "NoSuchLeg"),
        "NotPlayable",
        *(
            "Event",
            "event_of",
            "events_of",
            "LevelReport",
            "MediaReport",
            "StreamReport",
            "__version__",
        ),
        *("Connected", "MediaStarted", "MediaLost", "MediaResumed", "Failed", "PathChanged"),
        *("DigitPressed", "PlayFinished", "Reported", "Closed"),
        *("AudioTapped", "BeepDetected", "SilenceDetected", "Speaking", "MixerPlayFinished"),
        *("Recorded", "RecordingEnded"),
    }
    assert all(hasattr(offhook_engine, name) for name in offhook_engine.__all__)


def test_the_compiled_half_has_the_version_of_the_package():
    assert offhook_engine.__version__ == version("offhook-engine")


@pytest.mark.real_time
def test_the_stub_is_what_was_compiled(tmp_path):
    command = [sys.executable, "-m", "mypy.stubtest", "offhook_engine._native"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues found in 1 module" in done.stdout


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"workers": 0}, "workers must be 1 to 64, not 0"),
        ({"listen": []}, "listen must name at least one address"),
        ({"listen": ["localhost"]}, 'listen must be an IPv4 or IPv6 address, not "localhost"'),
        ({"listen": ["0.0.0.0"]}, "announce must name the address peers reach this host by"),
        ({"announce": ["::"]}, "announce must name addresses that peers can reach, not ::"),
        ({"media_lost_s": 0.5}, "media_lost_s must be 1 to 60, not 0.5"),
        ({"complexity": 7}, "complexity must be 0, 2 or 5"),
        ({"media_lost_s": math.nan}, "media_lost_s must be 0 to 31536000, not NaN"),
        ({"max_legs": 0}, "max_legs must be 1 to 100000, not 0"),
        ({"port": 65_500}, "port must be 0 to 65471, not 65500"),
    ],
)
def test_a_wrong_setting_is_named_with_its_range(settings, hint):
    with pytest.raises(ValueError, match="^" + hint.replace("(", r"\(")):
        Engine(**settings)


def test_an_address_of_another_machine_cannot_be_bound():
    with pytest.raises(OSError, match=r"cannot bind 192\.0\.2\.1"):
        Engine(listen=["192.0.2.1"])


def test_a_path_out_of_range_changes_nothing():
    world = World()
    with pytest.raises(ValueError, match=r"loss must be 0\.0 to 1\.0, not 2"):
        world.path("10.0.0.1", "10.0.0.2", loss=2.0)
    with pytest.raises(ValueError, match=r"until must be 0 to 31536000"):
        world.advance(math.inf)
    with pytest.raises(ValueError, match=r"address must be new in its world"):
        [world.engine("10.0.0.1", lite=True) for _ in range(2)]


def test_a_leg_that_is_closed_is_no_leg():
    world = World()
    engine = world.engine("10.0.0.1", lite=True)
    leg = engine.open()
    engine.close(leg)
    for ask in (
        engine.codec,
        engine.offer,
        engine.unbridge,
        engine.stop,
        engine.report,
        engine.close,
    ):
        with pytest.raises(NoSuchLeg):
            ask(leg)
    assert engine.open() != leg


def test_a_leg_needs_a_worker_that_exists():
    with pytest.raises(ValueError, match="worker must be less than 1, not 1"):
        World().engine("10.0.0.1", lite=True).open(1)


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        ("", "malformed"),
        ("v=0\r\ns=-\r\n" * 100_000, "too-large"),
        ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", "no-audio"),
    ],
)
def test_an_offer_that_cannot_be_used_is_refused_with_a_word_and_a_sentence(offer, reason):
    engine = World().engine("10.0.0.1", lite=True)
    leg = engine.open()
    with pytest.raises(SdpRefused) as refused:
        engine.answer(leg, offer)
    word, sentence = refused.value.args
    assert word == reason
    assert len(sentence.split()) > 3
    assert engine.codec(leg) == ""


def test_two_engines_like_servers_cannot_agree():
    world = World()
    engine = world.engine("10.0.0.1", lite=True)
    other = world.engine("10.0.0.2", lite=True)
    with pytest.raises(SdpRefused) as refused:
        other.answer(other.open(), engine.offer(engine.open()))
    assert refused.value.args[0] == "both-lite"


@pytest.mark.parametrize(
    ("digits", "hint"),
    [("12x", "digits must be of 0-9"), ("", "digits must be 1 to 200, not 0")],
)
def test_keys_that_no_phone_has_cannot_be_pressed(digits, hint):
    engine = World().engine("10.0.0.1", lite=True)
    with pytest.raises(ValueError, match=hint):
        engine.digits(engine.open(), digits)


@pytest.mark.parametrize(
    "cadence",
    [
        [],
        [(440.0, 0.0, 0.0, -13.0)],
        [(440.0, 0.0, 1.0, 3.0)],
        [(440.0, 0.0, math.inf, -13.0)],
        [(99_000.0, 0.0, 1.0, -13.0)],
    ],
)
def test_tones_that_cannot_sound_are_refused(cadence):
    with pytest.raises(ValueError, match="must"):
        Source.tones(cadence)


def test_a_file_to_play_must_exist_and_must_not_be_endless():
    with pytest.raises(FileNotFoundError):
        Source.file("/nowhere/at/all.wav")
    if os.path.exists("/dev/zero"):
        with pytest.raises(ValueError, match="at most 20000000 bytes"):
            Source.file("/dev/zero")


def test_a_file_is_decoded_when_its_source_is_made():
    # Half a second of mu-law without a header.
    silence = bytes([0xFF]) * 4_000
    source = Source.encoded(silence, "audio/ulaw")
    assert (source.seconds, source.size_bytes) == (0.5, 8_000)
    assert Source.encoded(silence, name="a.ulaw").seconds == 0.5
    wide = Source.encoded(bytes(96_000), "audio/L16;rate=48000", most_hz=8_000)
    assert (wide.seconds, wide.size_bytes) == (1.0, 16_000)
    assert Source.silence(3.0).seconds is None
    with pytest.raises(NotPlayable) as refused:
        Source.encoded(b"<html>no</html>", "audio/ulaw")
    reason, sentence = refused.value.args
    assert reason == "not-audio"
    assert sentence.startswith("the file is an HTML page")


def test_a_report_has_the_audio_level_where_one_was_negotiated():
    counts = {"packets": 50, "bytes": 4_000, "lost": 0, "longest_loss": 0}
    sent = {**counts, "jitter_s": 0.002, "mos": None, "level": None}
    received = {**sent, "mos": 4.4, "level": (-30.0, -35.5, True, 40)}
    event = event_of(("reported", 1, 2.0, ("opus/48000/2", received, sent, None, 0)))
    assert isinstance(event, Reported)
    assert event.report.received.level == LevelReport(-30.0, -35.5, is_voice=True, voice_packets=40)
    assert event.report.received.mos == 4.4
    assert event.report.sent.level is None
    # What the engine names and what the classes have are made from one struct.
    with pytest.raises(TypeError, match="reordered"):
        event_of(("reported", 1, 2.0, ("", {**sent, "reordered": 1}, sent, None, 0)))
