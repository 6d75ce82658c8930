"""Each attribute of a dial, and what its action is asked with, in documents of the vendors' libraries."""

import asyncio
from typing import Any, Final

import pytest
from offhook.base.causes import Cause
from offhook.base.media import Tones
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.sounds import wav
from offhook.testing.unit_harness import UnitHarness
from offhook.testing.web import ORIGIN, Page, ReceivedRequest
from plivo import plivoxml
from twilio.twiml.voice_response import Dial, VoiceResponse

NUMBER: Final = "+12025550123"
SIP: Final = "sip:bob@phone.plivo.com"


def twiml(noun: str = "client", more: dict[str, Any] | None = None, **dial: Any) -> str:
    """A dial of bob; `more` are attributes of the noun."""
    response = VoiceResponse()
    made = Dial(**{"action": "/after", **dial})
    names = {"client": "bob", "sip": "sip:bob@localhost", "number": NUMBER}
    getattr(made, noun)(names[noun], **(more or {}))
    response.append(made)
    response.say("afterwards")
    return str(response)


def plivo_xml(more: dict[str, Any] | None = None, **dial: Any) -> str:
    """A dial of bob; `more` are attributes of the target."""
    response = plivoxml.ResponseElement()
    made = plivoxml.DialElement(**{"action": f"{ORIGIN}/after", **dial})
    made.add(plivoxml.UserElement(SIP, **(more or {})))
    response.add(made)
    response.add(plivoxml.SpeakElement("afterwards"))
    return response.to_string()


class Scene:
    """Alice calls, and her document dials bob."""

    def __init__(self, dialect: str, document: str) -> None:
        self.harness = UnitHarness({"twilio": Twilio(), "plivo": Plivo()})
        self.dialect = dialect
        self.name = "bob"
        web = self.harness.web
        web.page("/answer", document)
        web.page("/after", "<Response/>")
        web.page("/screen", "<Response/>")
        self.harness.signal.register("bob")

    def dials_the_number(self) -> None:
        """The document dials bob's number."""
        self.name = NUMBER
        self.harness.signal.register(NUMBER)

    async def ringing(self) -> tuple[FakeLeg, FakeLeg]:
        alice = self.harness.call(dialect=self.dialect)
        bob = await self.harness.signal.next_invite(self.name)
        bob.ring()
        await asyncio.sleep(0.5)
        return alice, bob

    async def talking(self) -> tuple[FakeLeg, FakeLeg]:
        alice, bob = await self.ringing()
        bob.answer()
        await self.harness.media.wait_bridged(alice.leg)
        return alice, bob

    def after(self) -> ReceivedRequest:
        (asked,) = self.harness.web.requests_to("/after")
        return asked


CALLER_IDS: Final = [
    ("twilio", twiml(caller_id="support"), ("support", "")),
    ("twilio", twiml(), ("client:alice", "")),
    ("plivo", plivo_xml(caller_id="12025550199"), ("12025550199", "")),
    ("plivo", plivo_xml(caller_id="desk", caller_name="The desk"), ("desk", "The desk")),
]


@pytest.mark.parametrize(("dialect", "document", "shown"), CALLER_IDS)
async def test_the_caller_is_shown_as_the_document_says(
    dialect: str, document: str, shown: tuple[str, str]
) -> None:
    scene = Scene(dialect, document)
    async with scene.harness:
        alice, bob = await scene.ringing()
        assert bob.invitation is not None
        assert (bob.invitation.caller, bob.invitation.caller_name) == shown
        alice.end()


@pytest.mark.parametrize(
    ("dialect", "document"), [("twilio", twiml(timeout=7)), ("plivo", plivo_xml(timeout=7))]
)
async def test_it_rings_for_as_long_as_the_document_says(dialect: str, document: str) -> None:
    scene = Scene(dialect, document)
    async with scene.harness:
        alice, bob = await scene.ringing()
        began = asyncio.get_running_loop().time()
        await bob.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() - began == pytest.approx(6.5, abs=0.1)
        await alice.wait_for(CallState.ENDED)
    name = "DialCallStatus" if dialect == "twilio" else "DialStatus"
    assert scene.after().parameters[name] == "no-answer"


@pytest.mark.parametrize(
    ("dialect", "document"), [("twilio", twiml(time_limit=9)), ("plivo", plivo_xml(time_limit=9))]
)
async def test_the_two_talk_for_as_long_as_the_document_says(dialect: str, document: str) -> None:
    scene = Scene(dialect, document)
    async with scene.harness:
        alice, bob = await scene.talking()
        began = asyncio.get_running_loop().time()
        await bob.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() - began == pytest.approx(9.0, abs=0.1)
        await alice.wait_for(CallState.ENDED)


@pytest.mark.parametrize(
    ("dialect", "document"),
    [("twilio", twiml(hangup_on_star=True)), ("plivo", plivo_xml(hangup_on_star=True))],
)
async def test_the_callers_star_ends_the_other_leg(dialect: str, document: str) -> None:
    scene = Scene(dialect, document)
    async with scene.harness:
        alice, bob = await scene.talking()
        alice.send_digits("*")
        await asyncio.sleep(1.0)
        assert bob.state is CallState.ENDED
        await alice.wait_for(CallState.ENDED)


async def test_the_caller_is_answered_with_the_bridge_if_the_document_says_so() -> None:
    for waits, state in ((True, CallState.RINGING), (False, CallState.UP)):
        scene = Scene("twilio", twiml(answer_on_bridge=waits))
        async with scene.harness:
            alice, bob = await scene.ringing()
            assert alice.state is state
            bob.answer()
            await alice.wait_for(CallState.UP)
            bob.end()
            await alice.wait_for(CallState.ENDED)


async def test_the_caller_hears_the_ring_tone_of_the_country() -> None:
    scene = Scene("twilio", twiml(ring_tone="de"))
    async with scene.harness:
        alice, _ = await scene.ringing()
        heard = scene.harness.media.source_of(alice.leg)
        assert isinstance(heard, Tones)
        assert heard.name == "ring-back de"
        alice.end()


async def test_targets_ring_in_turn_if_the_document_says_so() -> None:
    response = VoiceResponse()
    made = Dial(sequential=True, timeout=5)
    made.client("bob")
    made.client("carol")
    response.append(made)
    scene = Scene("twilio", str(response))
    scene.harness.signal.register("carol")
    async with scene.harness:
        alice, bob = await scene.ringing()
        carol = asyncio.create_task(scene.harness.signal.next_invite("carol"))
        await asyncio.sleep(1.0)
        assert not carol.done(), "bob rings alone"
        bob.end(Cause.BUSY)
        await carol
        alice.end()


async def test_the_method_of_the_action_is_obeyed() -> None:
    for dialect, document in (
        ("twilio", twiml(method="GET")),
        ("plivo", plivo_xml(method="GET")),
    ):
        scene = Scene(dialect, document)
        async with scene.harness:
            alice, bob = await scene.ringing()
            bob.end(Cause.BUSY)
            await alice.wait_for(CallState.ENDED)
        assert scene.after().method == "GET"


async def test_an_ignored_answer_lets_the_document_of_a_dial_go_on() -> None:
    for replaces, spoken in ((True, []), (False, ["afterwards"])):
        scene = Scene("plivo", plivo_xml(redirect=replaces))
        async with scene.harness:
            alice, bob = await scene.ringing()
            bob.end(Cause.BUSY)
            await alice.wait_for(CallState.ENDED)
        assert [said[0] for said in scene.harness.speech.requests] == spoken
        assert scene.after().parameters["DialStatus"] == "busy"


async def test_headers_of_dial_and_target_reach_the_page() -> None:
    document = plivo_xml(more={"sip_headers": "b=2"}, sip_headers="a=1")
    scene = Scene("plivo", document)
    async with scene.harness:
        alice, bob = await scene.ringing()
        assert bob.invitation is not None
        assert bob.invitation.headers == {"X-Ph-A": "1", "X-Ph-B": "2"}
        alice.end()


async def test_headers_of_a_number_are_part_of_its_invitation() -> None:
    response = plivoxml.ResponseElement()
    made = plivoxml.DialElement().add(plivoxml.NumberElement(NUMBER))
    response.add(made)
    # The library does not know the attribute.
    document = response.to_string().replace("<Number>", '<Number sipHeaders="c=3">')
    scene = Scene("plivo", document)
    scene.dials_the_number()
    async with scene.harness:
        alice, bob = await scene.ringing()
        assert bob.invitation is not None
        assert bob.invitation.headers == {"X-Ph-C": "3"}
        alice.end()


async def test_music_from_a_url_is_refused_with_a_warning() -> None:
    scene = Scene("plivo", plivo_xml(dial_music=f"{ORIGIN}/music"))
    async with scene.harness:
        alice, _ = await scene.ringing()
        alice.end()
        record = await scene.harness.records.record()
    (warned,) = [e.details for e in record.journal if e.event == "document-warning"]
    assert "dialMusic" in str(warned["message"])


async def recorded(**dial: Any) -> tuple[list[dict[str, str]], UnitHarness, set[str]]:
    """A dial of 3 seconds was recorded: what is reported of it, and by which methods."""
    callback = {"recording_status_callback": "/status", "record": "record-from-answer"}
    scene = Scene("twilio", twiml("client", None, **(callback | dial)))
    async with scene.harness:
        alice, bob = await scene.talking()
        await asyncio.sleep(3.0)
        bob.end()
        await alice.wait_for(CallState.ENDED)
        await scene.harness.records.record()
    callbacks = scene.harness.recordings.callbacks
    reports = [dict(each.request.form) for each in callbacks]
    return reports, scene.harness, {each.request.method for each in callbacks}


async def test_the_recording_of_a_dial_is_reported_as_its_attributes_say() -> None:
    reports, _, methods = await recorded(
        recording_status_callback_method="GET",
        recording_status_callback_event="in-progress completed",
    )
    assert [each["RecordingStatus"] for each in reports] == ["in-progress", "completed"]
    assert methods == {"GET"}


async def test_the_recording_of_a_dial_has_the_wanted_side() -> None:
    _, harness, _ = await recorded(recording_track="inbound")
    (kept,) = harness.recordings.all.values()
    assert kept.tracks == "inbound"


async def test_the_silence_of_a_recorded_dial_is_trimmed_if_it_shall() -> None:
    wanted = "completed absent"
    for trim, status in (("do-not-trim", "completed"), ("trim-silence", "absent")):
        scene = Scene(
            "twilio",
            twiml(
                record="record-from-answer",
                recording_status_callback="/status",
                recording_status_callback_event=wanted,
                trim=trim,
            ),
        )
        async with scene.harness:
            alice, bob = await scene.ringing()
            scene.harness.media.recorder.quiet.update((alice.leg, bob.leg))
            bob.answer()
            await asyncio.sleep(3.0)
            bob.end()
            await alice.wait_for(CallState.ENDED)
            await scene.harness.records.record()
        (report,) = [dict(each.request.form) for each in scene.harness.recordings.callbacks]
        assert report["RecordingStatus"] == status


async def test_the_party_has_as_long_as_the_document_says() -> None:
    scene = Scene("plivo", plivo_xml(confirm_key="1", confirm_timeout=4))
    async with scene.harness:
        alice, bob = await scene.ringing()
        bob.answer()
        began = asyncio.get_running_loop().time()
        await bob.wait_for(CallState.ENDED)
        assert asyncio.get_running_loop().time() - began == pytest.approx(4.0, abs=0.1)
        await alice.wait_for(CallState.ENDED)


async def test_a_file_is_played_as_often_as_plivo_says() -> None:
    made = plivoxml.ResponseElement()
    made.add(plivoxml.PlayElement(f"{ORIGIN}/two.wav", loop=3))
    scene = Scene("plivo", made.to_string())
    scene.harness.web.page("/two.wav", Page(body=wav(440.0, 2.0), content_type="audio/wav"))
    async with scene.harness:
        alice = scene.harness.call(dialect="plivo")
        await alice.wait_for(CallState.ENDED)
        record = await scene.harness.records.record()
    assert record.answered_s == pytest.approx(6.0, abs=0.1)


async def test_keys_are_pressed_before_a_user_is_bridged() -> None:
    scene = Scene("plivo", plivo_xml(more={"send_digits": "1w2"}))
    async with scene.harness:
        _, bob = await scene.talking()
        assert scene.harness.media.digits_sent(bob.leg) == ["1w2"]
        bob.end()


@pytest.mark.parametrize("noun", ["client", "sip", "number"])
async def test_the_party_that_answers_gets_its_own_document(noun: str) -> None:
    scene = Scene("twilio", twiml(noun, {"url": "/screen", "method": "GET"}))
    if noun == "number":
        scene.dials_the_number()
    async with scene.harness:
        _, bob = await scene.talking()
        (asked,) = scene.harness.web.requests_to("/screen")
        assert asked.method == "GET"
        bob.end()


async def test_the_action_gets_all_of_twilios_parameters() -> None:
    scene = Scene("twilio", twiml())
    async with scene.harness:
        alice, bob = await scene.talking()
        await asyncio.sleep(8.0)
        bob.end()
        await alice.wait_for(CallState.ENDED)
    asked = scene.after().parameters
    assert asked["DialCallStatus"] == "completed"
    assert asked["DialCallSid"] == f"CA{bob.leg}"
    assert asked["DialCallDuration"] == "8"
    assert asked["DialBridged"] == "true"


async def test_the_action_gets_all_of_plivos_parameters() -> None:
    scene = Scene("plivo", plivo_xml())
    async with scene.harness:
        alice, bob = await scene.talking()
        bob.end()
        await alice.wait_for(CallState.ENDED)
    asked = scene.after().parameters
    assert asked["DialStatus"] == "completed"
    assert asked["DialRingStatus"] == "true"
    assert asked["DialHangupCause"] == "NORMAL_CLEARING"
    assert asked["DialALegUUID"].replace("-", "") == alice.leg
    assert asked["DialBLegUUID"].replace("-", "") == bob.leg


def spoken(dialect: str, **attributes: Any) -> str:
    """A document that speaks."""
    if dialect == "twilio":
        response = VoiceResponse()
        response.say("a text", **attributes)
        return str(response)
    made = plivoxml.ResponseElement()
    return made.add(plivoxml.SpeakElement("a text", **attributes)).to_string()


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_text_is_spoken_as_its_attributes_say(dialect: str) -> None:
    voice = {"twilio": "woman", "plivo": "MAN"}[dialect]
    scene = Scene(dialect, spoken(dialect, voice=voice, language="fr-FR", loop=3))
    async with scene.harness:
        alice = scene.harness.call(dialect=dialect)
        await alice.wait_for(CallState.ENDED)
        record = await scene.harness.records.record()
    assert scene.harness.speech.requests == [("a text", "fr-FR", voice)]
    assert record.answered_s == pytest.approx(3 * 0.36, abs=0.1)


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_redirect_has_its_method(dialect: str) -> None:
    response = VoiceResponse()
    response.redirect(f"{ORIGIN}/after", method="GET")
    made = plivoxml.ResponseElement()
    made.add(plivoxml.RedirectElement(f"{ORIGIN}/after", method="GET"))
    scene = Scene(dialect, str(response) if dialect == "twilio" else made.to_string())
    async with scene.harness:
        alice = scene.harness.call(dialect=dialect)
        await alice.wait_for(CallState.ENDED)
    assert scene.after().method == "GET"


@pytest.mark.parametrize("dialect", ["twilio", "plivo"])
async def test_a_call_is_refused_with_its_reason(dialect: str) -> None:
    for reason, cause in (("busy", Cause.BUSY), ("rejected", Cause.REJECTED)):
        response = VoiceResponse()
        response.reject(reason=reason)
        made = plivoxml.ResponseElement()
        made.add(plivoxml.HangupElement(reason=reason))
        scene = Scene(dialect, str(response) if dialect == "twilio" else made.to_string())
        async with scene.harness:
            alice = scene.harness.call(dialect=dialect)
            await alice.wait_for(CallState.ENDED)
            assert alice.cause is cause
