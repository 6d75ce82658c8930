"""Keys are sent, files repeated and time passes, as documents of the vendors' libraries say."""

import pytest
from offhook.base.ids import LegId, PlayId
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.fake_signal import CallState
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page
from plivo import plivoxml
from twilio.twiml.voice_response import VoiceResponse


async def runs(document: str, dialect: str) -> tuple[UnitHarness, list[str]]:
    """Alice calls and listens to the end; gives what was sent to her."""
    async with UnitHarness({"twilio": Twilio(), "plivo": Plivo()}) as harness:
        harness.web.page("/two.wav", Page(body=wav(440.0, 2.0), content_type="audio/wav"))
        harness.web.page("/answer", document)
        sent: list[str] = []
        send = harness.media.send_digits

        def recorded(leg: LegId, digits: str, id: PlayId) -> None:
            sent.append(digits)
            send(leg, digits, id)

        harness.media.send_digits = recorded
        alice = harness.call(dialect=dialect)
        await alice.wait_for(CallState.ENDED)
        await harness.records.record()
    return harness, sent


def twiml(**play: object) -> str:
    response = VoiceResponse()
    response.play(f"{ORIGIN}/two.wav" if "digits" not in play else None, **play)
    return str(response)


async def test_keys_are_sent_to_the_caller() -> None:
    _, sent = await runs(twiml(digits="12w#"), "twilio")
    assert sent == ["12w#"]
    # The library of the other vendor writes them as text; its other library as an attribute.
    element = plivoxml.ResponseElement().add(plivoxml.DTMFElement("34", async_=False))
    text = element.to_string()
    for document in (text, text.replace(">34<", "><").replace("<DTMF", '<DTMF digits="34"')):
        _, sent = await runs(document, "plivo")
        assert sent == ["34"]


async def test_a_file_is_played_as_often_as_it_says() -> None:
    harness, _ = await runs(twiml(loop=3), "twilio")
    assert harness.records.records[0].answered_s == pytest.approx(6.0, abs=0.1)


async def test_the_next_element_waits_for_keys_if_it_shall() -> None:
    lasted: list[float] = []
    for later in (True, False):
        response = plivoxml.ResponseElement()
        response.add(plivoxml.DTMFElement("1W2", async_=later))
        harness, _ = await runs(response.to_string(), "plivo")
        lasted.append(harness.records.records[0].answered_s)
    assert lasted == [pytest.approx(0.0, abs=0.05), pytest.approx(1.34, abs=0.05)]


async def test_time_passes_and_the_first_wait_lets_it_ring() -> None:
    response = VoiceResponse()
    response.pause(length=4)
    response.play(digits="1")
    response.pause(length=3)
    other = plivoxml.ResponseElement()
    other.add(plivoxml.WaitElement(length=4))
    other.add(plivoxml.DTMFElement("1", async_=False))
    other.add(plivoxml.WaitElement(length=3))
    for document, dialect in ((str(response), "twilio"), (other.to_string(), "plivo")):
        harness, _ = await runs(document, dialect)
        (record,) = harness.records.records
        assert record.duration_s == pytest.approx(7.17, abs=0.2)
        assert record.answered_s == pytest.approx(3.17, abs=0.1)
