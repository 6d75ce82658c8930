"""What the simple verbs do to a call, one document at a time."""

import asyncio

import pytest
from offhook.base.causes import Cause
from offhook.base.media import PlayEnd
from offhook.dialects.base import Dialect
from offhook.testing.fake_signal import CallState
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page
from offhook.verbs import hangup, play, playing, redirect, reject, send_digits, speak, wait

Dialects = dict[str, Dialect]
_TESTED = (hangup, play, playing, send_digits, redirect, reject, speak, wait)


async def _over(dialects: Dialects, xml: str, dialect: str = "twilio") -> UnitHarness:
    async with UnitHarness(dialects) as harness:
        harness.web.page("/two.wav", Page(body=wav(440, 2.0), content_type="audio/wav"))
        harness.web.page("/noise", Page(body="no sound at all but a sentence"))
        harness.web.page("/page.mp3", Page(body="<html>Log in</html>", content_type="audio/mpeg"))
        harness.web.page("/song.m4a", Page(body=b"\0\0\0\x20ftypM4A " + bytes(500)))
        harness.web.page("/voice.amr", Page(body=b"#!AMR\n" + bytes(500)))
        harness.web.page("/nothing", Page(body=""))
        harness.set_answer(xml)
        alice = harness.call(dialect=dialect)
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
    return harness


def _lasted(harness: UnitHarness) -> float:
    return harness.records.records[0].answered_s


@pytest.mark.parametrize(
    ("dialect", "xml", "seconds"),
    [
        ("twilio", "<Play>/two.wav</Play>", 2.0),
        ("twilio", '<Play loop="3">/two.wav</Play>', 6.0),
        ("plivo", '<Play loop="2">http://app.test/two.wav</Play>', 4.0),
        ("twilio", "<Say>0123456789</Say>", 0.6),
        ("plivo", '<Speak loop="2">0123456789</Speak>', 1.2),
        ("twilio", '<Say>0123456789</Say><Pause length="5"/>', 5.6),
        ("plivo", '<DTMF>w</DTMF><Wait length="3"/>', 3.0),
        ("twilio", '<Play digits="1w2"/>', 0.84),
        ("plivo", '<DTMF async="false">12</DTMF>', 0.34),
        ("plivo", "<DTMF>12</DTMF>", 0.0),
        ("twilio", "<Hangup/>", 0.0),
    ],
)
async def test_each_verb_takes_its_time(
    dialects: Dialects, dialect: str, xml: str, seconds: float
) -> None:
    harness = await _over(dialects, xml, dialect)
    assert _lasted(harness) == pytest.approx(seconds, abs=0.02)
    assert harness.records.records[0].answered_at is not None


@pytest.mark.parametrize(
    ("dialect", "xml", "cause"),
    [
        ("twilio", "<Reject/>", Cause.REJECTED),
        ("twilio", '<Reject reason="busy"/>', Cause.BUSY),
        ("plivo", '<Hangup reason="rejected"/>', Cause.REJECTED),
        ("plivo", '<Hangup reason="busy"/>', Cause.BUSY),
        ("plivo", "<Hangup/>", Cause.NORMAL),
        ("twilio", '<Pause length="4"/><Reject/>', Cause.REJECTED),
        ("plivo", '<Wait length="4"/><Hangup reason="busy"/>', Cause.BUSY),
        ("twilio", "", Cause.DOCUMENT_ENDED),
        ("plivo", "", Cause.DOCUMENT_ENDED),
    ],
)
async def test_verbs_that_do_not_answer_a_call(
    dialects: Dialects, dialect: str, xml: str, cause: Cause
) -> None:
    harness = await _over(dialects, xml, dialect)
    record = harness.records.records[0]
    assert record.answered_at is None
    assert record.cause is cause


async def test_a_call_that_was_answered_is_hung_up_and_not_rejected(dialects: Dialects) -> None:
    harness = await _over(dialects, "<Say>no</Say><Reject/>")
    assert harness.records.records[0].cause is Cause.NORMAL


async def test_a_pause_that_comes_first_lets_it_ring(dialects: Dialects) -> None:
    harness = await _over(dialects, '<Pause length="4"/><Say>0123456789</Say>')
    record = harness.records.records[0]
    assert record.answered_at is not None
    assert (record.answered_at - record.started_at).total_seconds() == pytest.approx(4, abs=0.02)


_MISSING = "The sound could not be fetched: status 404: app.test answered with an error"
_PAGE = "/page.mp3 cannot be played: the file is an HTML page, not audio"


@pytest.mark.parametrize(
    ("url", "event", "reason", "message"),
    [
        ("/missing.wav", "sound-missing", "status", _MISSING),
        ("gopher://x/y.wav", "sound-missing", "bad-url", "must be absolute"),
        ("/noise", "sound-unplayable", "not-audio", "/noise cannot be played: the file is text"),
        ("/nothing", "sound-unplayable", "not-audio", "the file is empty"),
        ("/page.mp3", "sound-unplayable", "not-audio", _PAGE),
        ("/song.m4a", "sound-unplayable", "damaged", "the file is an MP4 file"),
        ("/voice.amr", "sound-unplayable", "unsupported", "an AMR file, which is not supported"),
    ],
)
@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_an_unavailable_sound_is_journaled_and_skipped(
    dialects: Dialects, dialect: str, url: str, event: str, reason: str, message: str
) -> None:
    # Plivo's URLs are absolute.
    url = url if ":" in url else ORIGIN + url
    speak = "Say" if dialect == "twilio" else "Speak"
    xml = f"<Play>{url}</Play><{speak}>0123456789</{speak}>"
    harness = await _over(dialects, xml, dialect)
    (entry,) = [one for one in harness.records.records[0].journal if one.event == event]
    assert entry.details["reason"] == reason
    assert message in str(entry.details["message"])
    assert [text for text, _, _ in harness.speech.requests] == ["0123456789"]


async def test_a_call_continues_without_speech(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.speech.broken = True
        harness.set_answer('<Say>hello</Say><Pause length="2"/>')
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
    assert "speech-unavailable" in harness.journal()
    assert alice.cause is Cause.DOCUMENT_ENDED


async def test_silence_is_spoken_without_a_voice(dialects: Dialects) -> None:
    harness = await _over(dialects, "<Say>  </Say>")
    assert harness.speech.requests == []
    assert harness.records.records[0].answered_at is not None


async def test_a_redirect_is_requested_and_followed(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Redirect>/next</Redirect><Say>never</Say>")
        harness.web.page("/next", "<Response><Say>there</Say></Response>")
        alice = harness.call()
        await alice.wait_for(CallState.ENDED)
    assert [text for text, _, _ in harness.speech.requests] == ["there"]
    assert harness.web.requests_to("/next")[0].parameters["CallStatus"] == "ringing"


async def test_digits_during_a_prompt_change_nothing(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer('<Say>0123456789</Say><Pause length="2"/>')
        alice = harness.call()
        await alice.wait_for(CallState.UP)
        await asyncio.sleep(0.1)
        alice.send_digits("123")
        await alice.wait_for(CallState.ENDED)
        record = await harness.records.record()
    assert record.answered_s == pytest.approx(2.6, abs=0.02)
    assert harness.journal().count("digit-received") == 3


async def test_a_hang_up_ends_a_prompt(dialects: Dialects) -> None:
    async with UnitHarness(dialects) as harness:
        harness.set_answer("<Say>" + "0123456789" * 10 + "</Say><Say>never</Say>")
        alice = harness.call()
        await alice.wait_for(CallState.UP)
        await asyncio.sleep(1)
        alice.end()
        record = await harness.records.record()
    assert record.cause is Cause.NORMAL
    assert record.legs[0].ended_by == "peer"
    assert len(harness.speech.requests) == 1
    assert harness.media.open_legs == 0
    ends = [entry.details["end"] for entry in record.journal if entry.event == "play-ended"]
    assert ends == [str(PlayEnd.STOPPED)]


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_markup_in_user_input_is_not_interpreted(dialects: Dialects, dialect: str) -> None:
    name = {"twilio": "Say", "plivo": "Speak"}[dialect]
    typed = '&lt;speak&gt;A&lt;break time="6s"/&gt;&lt;/speak&gt;'
    cdata = '<![CDATA[<speak>A<break time="6s"/></speak>]]>'
    spoken = "".join(f"<{name}>{text}</{name}>" for text in (typed, cdata))
    harness = await _over(dialects, spoken, dialect)
    assert [said[0] for said in harness.speech.requests] == [
        '<speak>A<break time="6s"/></speak>'
    ] * 2
    assert harness.speech.ssml_texts == []
    harness = await _over(dialects, f'<{name}>A <break time="1s"/></{name}>', dialect)
    assert harness.speech.ssml_texts == ['<speak>A <break time="1s"></break></speak>']
