"""Two people talk: what they hear, what they press, and who ends it."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.testing.phone import At
from offhook.testing.sounds import wav
from offhook.testing.stage import Network, Stage
from offhook.testing.web import Page
from scenes import ALICE_HZ, BOB_HZ, CLEAR_DB, talking, two_people
from tongues import TONGUES, Tongue


async def test_both_voices_arrive_within_a_second(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(1)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        assert ringing.hears(ALICE_HZ) > CLEAR_DB
        ringing.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    media = record.legs[0].media
    assert media is not None
    assert media.codec == "opus/48000/2"
    assert media.received.packets > 40
    assert media.received.lost == 0


async def test_early_media_uses_the_callers_preferred_codec(
    tongue: Tongue,
) -> None:
    async with Stage(tongue.dialect()) as stage:
        more = 'answerOnBridge="true"' if tongue.name == "twilio" else ""
        stage.answers(tongue.dial("bob", more=more))
        alice, bob = await two_people(stage)
        alice.prefers = ("PCMU", "opus")
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.answer()
        await calling.until(At.UP)
        await asyncio.sleep(1)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        ringing.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    codecs = [leg.media.codec for leg in record.legs if leg.media is not None]
    assert codecs == ["PCMU/8000", "PCMU/8000"]


async def test_voices_survive_a_tenth_of_the_packets_lost(tongue: Tongue) -> None:
    bad = Network(loss=0.1, delay_ms=40, jitter_ms=10)
    async with Stage(tongue.dialect(), seed=7) as stage:
        calling, ringing = await talking(stage, tongue, network=bad)
        await asyncio.sleep(3)
        # Gaps are bridged, not filled: the voice is most of what is heard, and nobody else is.
        assert calling.hears(BOB_HZ) > 0
        assert calling.hears(BOB_HZ) > calling.hears(ALICE_HZ) + 10
        assert ringing.hears(ALICE_HZ) > 0
        assert ringing.hears(ALICE_HZ) > ringing.hears(BOB_HZ) + 10
        ringing.hang_up()
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    media = record.legs[0].media
    assert media is not None
    assert 0.03 < media.received.lost / media.received.packets < 0.25


async def test_the_caller_gets_ring_back_and_then_the_callee(tongue: Tongue) -> None:
    more = 'answerOnBridge="true"' if tongue.name == "twilio" else ""
    async with Stage(tongue.dialect()) as stage:
        stage.answers(tongue.dial("bob", more=more))
        alice, bob = await two_people(stage)
        calling = alice.call("bob")
        ringing = await bob.rings()
        assert calling.at is At.TRYING
        ringing.ring()
        await calling.until(At.RINGING)
        assert calling.early
        await asyncio.sleep(1)
        assert calling.hears(440) > -4  # half of 440 and 480 Hz together
        assert calling.hears(480) > -4
        ringing.answer()
        await calling.until(At.UP)
        await asyncio.sleep(0.5)
        assert calling.hears(BOB_HZ) > 0  # an Opus encoder needs a second to get a tone pure
        assert calling.hears(480) < -10
        await asyncio.sleep(1)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        calling.hang_up()
        await ringing.until(At.ENDED)


async def test_speech_and_files_are_played(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/tone.wav", Page(answer=wav(700.0, 1.5), content_type="audio/wav"))
        stage.answers(tongue.say("a sentence of thirty letters !") + tongue.play("/tone.wav"))
        alice = await stage.person("alice")
        calling = alice.call("anybody")
        await calling.until_connected()
        await asyncio.sleep(1)
        assert calling.hears(300.0) > CLEAR_DB
        await asyncio.sleep(1.5)
        assert calling.hears(700.0) > CLEAR_DB
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert record.answered_s == pytest.approx(3.3, abs=0.3)


async def test_the_next_verb_runs_after_the_callee_hangs_up(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(
            stage, tongue, then=tongue.say("are you still there, dear?")
        )
        await asyncio.sleep(0.5)
        ringing.hang_up()
        await asyncio.sleep(1)
        assert calling.hears(300.0) > CLEAR_DB
        await calling.until(At.ENDED)
        assert calling.cause == "document-ended"


@pytest.mark.parametrize("who", ["caller", "callee"])
async def test_a_hang_up_of_either_party_is_sent_to_the_other(tongue: Tongue, who: str) -> None:
    async with Stage(tongue.dialect()) as stage:
        stage.web.page("/done", "<Response/>")
        calling, ringing = await talking(stage, tongue, action="/done")
        await asyncio.sleep(2)
        (calling if who == "caller" else ringing).hang_up()
        await calling.until(At.ENDED)
        await ringing.until(At.ENDED)
        asked = await stage.web.request("/done")
        record = await stage.shelf.record()
    assert tongue.how_dial_ended(asked) == "completed"
    assert record.legs[1].cause is Cause.NORMAL
    assert record.legs[0].ended_by == ("peer" if who == "caller" else "server")
    assert stage.media.legs == 0


async def test_dtmf_in_media_and_signalling_reach_the_other_party(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(0.5)
        calling.press("12#")
        await asyncio.sleep(1.5)
        assert ringing.keys == "12#"
        assert [frame["digit"] for frame in ringing.told if frame["type"] == "digit"] == [
            "1",
            "2",
            "#",
        ]
        ringing.press_told("3")
        await asyncio.sleep(1)
        assert calling.keys == "3"
        calling.hang_up()
        await ringing.until(At.ENDED)
        record = await stage.shelf.record()
    pressed = [
        entry.details["pii_digit"] for entry in record.journal if entry.event == "digit-received"
    ]
    assert pressed == ["1", "2", "#", "3"]


async def test_hang_up_on_star_ends_the_callees_leg(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(
            stage, tongue, then=tongue.pause(1), more='hangupOnStar="true"'
        )
        await asyncio.sleep(0.5)
        calling.press("*")
        await ringing.until(At.ENDED)
        assert calling.at is At.UP
        await calling.until(At.ENDED)


async def test_the_time_limit_ends_a_bridged_call(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue, more='timeLimit="5"')
        await ringing.until(At.ENDED)
        assert ringing.cause == "time-limit"
        await calling.until(At.ENDED)
        record = await stage.shelf.record()
    assert record.answered_s == pytest.approx(5, abs=0.5)


async def test_a_call_on_hold_is_silent_plays_music_and_comes_back(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        await asyncio.sleep(1)
        calling.offer("hold", "inactive")
        await calling.until_told("accept")
        await asyncio.sleep(1)
        assert not await calling.gets_sound()
        assert ringing.hears(ALICE_HZ) < CLEAR_DB
        assert await ringing.gets_sound()
        assert [frame["event"] for frame in ringing.told if frame["type"] == "notice"][:1] == [
            "held"
        ]
        calling.offer("resume")
        await asyncio.sleep(1.5)
        assert calling.hears(BOB_HZ) > CLEAR_DB
        assert ringing.hears(ALICE_HZ) > CLEAR_DB
        ringing.hang_up()
        await calling.until(At.ENDED)


async def test_send_digits_are_sent_before_the_bridge() -> None:
    tongue = TONGUES["plivo"]
    async with Stage(tongue.dialect()) as stage:
        stage.answers('<Dial><User sendDigits="42">bob</User></Dial>')
        alice, bob = await two_people(stage)
        calling = alice.call("bob")
        ringing = await bob.rings()
        ringing.answer()
        await calling.until(At.UP)
        await asyncio.sleep(1)
        assert ringing.keys == "42"
        calling.hang_up()
        await ringing.until(At.ENDED)


async def test_a_message_reaches_the_other_page(tongue: Tongue) -> None:
    async with Stage(tongue.dialect()) as stage:
        calling, ringing = await talking(stage, tongue)
        calling.phone.send(
            "message", call=calling.name, id="1", content_type="text/plain", body="hello"
        )
        frame = await ringing.until_told("message")
        assert (frame["content_type"], frame["body"]) == ("text/plain", "hello")
        calling.hang_up()
        await ringing.until(At.ENDED)
