"""Callers leave messages and calls are recorded, with documents that the vendors' own libraries made."""

import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from offhook.base.recordings import RecordingSource, RecordingState
from offhook.dialects.plivo.dialect import Plivo
from offhook.dialects.twilio.dialect import Twilio
from offhook.testing.fake_signal import CallState, FakeLeg
from offhook.testing.unit_harness import SERVER, UnitHarness
from offhook.testing.web import ORIGIN
from plivo import plivoxml
from twilio.twiml.voice_response import Dial, Record, Start, VoiceResponse

BEEP_S: Final = 0.5
Act = Callable[["Caller"], object]


class Caller:
    """Alice, who calls an application."""

    def __init__(self, harness: UnitHarness, leg: FakeLeg) -> None:
        self.harness = harness
        self.leg = leg
        self.loop = asyncio.get_running_loop()

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        self.loop.call_later(seconds, act)

    def presses(self, key: str, at: float) -> None:
        self.at(at, lambda: self.leg.send_digits(key))

    def hangs_up(self, at: float) -> None:
        self.at(at, self.leg.end)

    def requests(self, path: str = "/recorded") -> list[dict[str, str]]:
        return [dict(request.parameters) for request in self.harness.web.requests_to(path)]

    def notices(self) -> list[dict[str, str]]:
        """The requests that are to reach the application sooner or later, about recordings."""
        return [dict(each.request.form) for each in self.harness.recordings.callbacks]


def twiml(build: Callable[[VoiceResponse], object]) -> str:
    response = VoiceResponse()
    build(response)
    return str(response)


def record(**attributes: object) -> str:
    given = {"action": "/recorded", "play_beep": False} | attributes
    return twiml(lambda response: response.append(Record(**given)))


def plivo_record(after: str = "", **attributes: object) -> str:
    given: dict[str, object] = {"action": f"{ORIGIN}/recorded", "play_beep": False}
    response = plivoxml.ResponseElement()
    response.add(plivoxml.RecordElement(**(given | attributes)))
    if after:
        response.add(plivoxml.RedirectElement(ORIGIN + after))
    return response.to_string()


async def calls(
    document: str, dialect: str, act: Act = lambda _caller: None, *, quiet: bool = False
) -> Caller:
    """Alice calls, does something, and the call comes to its end with all its recordings."""
    async with UnitHarness({"twilio": Twilio(), "plivo": Plivo()}) as harness:
        harness.web.page("/answer", document)
        for path in ("/recorded", "/next"):
            harness.web.page(path, "<Response/>")
        caller = Caller(harness, harness.call(dialect=dialect))
        if quiet:
            harness.media.recorder.quiet.add(caller.leg.leg)
        await caller.leg.wait_for(CallState.UP)
        act(caller)
        await caller.leg.wait_for(CallState.ENDED)
        await harness.records.record()
    return caller


BOTH: Final = pytest.mark.parametrize(
    ("dialect", "document"), [("twilio", record), ("plivo", plivo_record)]
)


@BOTH
async def test_a_key_ends_the_recording(dialect: str, document: Callable[..., str]) -> None:
    caller = await calls(
        document(finish_on_key="*"), dialect, lambda alice: alice.presses("*", 4.0)
    )
    (asked,) = caller.requests()
    assert asked["RecordingDuration"] == "4"
    assert asked["Digits"] == "*"
    (kept,) = caller.harness.recordings.all.values()
    # The tone of the key is not in the file.
    assert kept.duration_s == pytest.approx(4.0, abs=0.15)
    assert (kept.state, kept.source) == (RecordingState.COMPLETED, RecordingSource.RECORD_VERB)


@BOTH
async def test_other_keys_change_nothing(dialect: str, document: Callable[..., str]) -> None:
    def act(alice: Caller) -> None:
        alice.presses("5", 1.0)
        alice.presses("#", 3.0)

    caller = await calls(document(finish_on_key="#"), dialect, act)
    (asked,) = caller.requests()
    assert (asked["RecordingDuration"], asked["Digits"]) == ("3", "#")


async def test_any_key_ends_a_twilio_recording_and_the_pound_key_one_of_plivo() -> None:
    caller = await calls(record(), "twilio", lambda alice: alice.presses("7", 2.0))
    assert caller.requests()[0]["Digits"] == "7"

    def act(alice: Caller) -> None:
        alice.presses("7", 2.0)
        alice.presses("#", 5.0)

    caller = await calls(plivo_record(), "plivo", act)
    assert caller.requests()[0]["Digits"] == "#"


@BOTH
async def test_a_recording_without_keys_ends_at_its_limit(
    dialect: str, document: Callable[..., str]
) -> None:
    none = "" if dialect == "twilio" else "none"

    def act(alice: Caller) -> None:
        alice.presses("#", 2.0)

    caller = await calls(document(finish_on_key=none, max_length=6), dialect, act)
    (asked,) = caller.requests()
    assert asked["RecordingDuration"] == "6"
    assert not asked.get("Digits")


@pytest.mark.parametrize(
    ("dialect", "document", "seconds"),
    [("twilio", record(), 3_600), ("plivo", plivo_record(), 60)],
)
async def test_the_usual_limit_is_the_vendors(dialect: str, document: str, seconds: int) -> None:
    caller = await calls(document, dialect)
    assert caller.requests()[0]["RecordingDuration"] == str(seconds)


@pytest.mark.parametrize(
    ("dialect", "document", "seconds"),
    [
        ("twilio", record(trim="do-not-trim"), 5),
        ("twilio", record(trim="do-not-trim", timeout=9), 9),
        ("plivo", plivo_record(), 15),
        ("plivo", plivo_record(timeout=7), 7),
    ],
)
async def test_silence_ends_it_as_soon_as_the_vendor_says(
    dialect: str, document: str, seconds: int
) -> None:
    caller = await calls(document, dialect, quiet=True)
    assert caller.requests()[0]["RecordingDuration"] == str(seconds)


async def test_without_a_timeout_silence_ends_nothing() -> None:
    document = record(timeout=0, max_length=40, trim="do-not-trim")
    caller = await calls(document, "twilio", quiet=True)
    assert caller.requests()[0]["RecordingDuration"] == "40"


@BOTH
async def test_a_caller_who_hangs_up_leaves_the_recording(
    dialect: str, document: Callable[..., str]
) -> None:
    caller = await calls(document(), dialect, lambda alice: alice.hangs_up(4.0))
    (asked,) = caller.requests()
    assert (asked["RecordingDuration"], asked["Digits"]) == ("4", "hangup")
    assert asked["CallStatus"] == "completed"
    (kept,) = caller.harness.recordings.all.values()
    assert (kept.state, kept.duration_s) == (RecordingState.COMPLETED, pytest.approx(4.0, abs=0.15))


async def test_a_caller_who_hangs_up_at_once_leaves_none_and_no_error() -> None:
    callback = f"{ORIGIN}/status"
    document = record(
        recording_status_callback=callback, recording_status_callback_event="absent completed"
    )
    caller = await calls(document, "twilio", lambda alice: alice.hangs_up(0.05))
    assert caller.requests()[0]["RecordingDuration"] == "0"
    (notice,) = caller.notices()
    assert (notice["RecordingStatus"], notice["ErrorCode"]) == ("absent", "16101")


async def test_silence_that_is_trimmed_away_is_absent() -> None:
    caller = await calls(record(), "twilio", quiet=True)
    (kept,) = caller.harness.recordings.all.values()
    assert (kept.state, kept.duration_s) == (RecordingState.ABSENT, 0.0)
    caller = await calls(record(trim="do-not-trim"), "twilio", quiet=True)
    (kept,) = caller.harness.recordings.all.values()
    assert kept.state is RecordingState.COMPLETED


@BOTH
async def test_the_beep_comes_before_the_recording(
    dialect: str, document: Callable[..., str]
) -> None:
    for beeps in (True, False):
        caller = await calls(document(play_beep=beeps, max_length=3), dialect, lambda _alice: None)
        journal = caller.harness.journal()
        assert ("play-started" in journal) is beeps
        if beeps:
            assert journal.index("play-ended") < journal.index("recording-started")
        assert caller.requests()[0]["RecordingDuration"] == "3"


async def test_a_record_without_an_action_asks_for_its_own_document_until_the_caller_is_gone() -> (
    None
):
    def act(alice: Caller) -> None:
        for n in range(3):
            alice.presses("1", 2.0 + 3 * n)
        alice.hangs_up(12.0)

    document = twiml(lambda response: (response.record(play_beep=False), response.hangup()))
    caller = await calls(document, "twilio", act)
    requests = caller.requests("/answer")
    assert [asked.get("Digits") for asked in requests] == [None, "1", "1", "1", "hangup"]
    assert all("RecordingUrl" in asked for asked in requests[1:])


async def test_the_action_gets_what_names_the_recording() -> None:
    caller = await calls(record(max_length=4), "twilio")
    (asked,) = caller.requests()
    (kept,) = caller.harness.recordings.all.values()
    assert asked["RecordingSid"] == f"RE{kept.id}"
    account = asked["AccountSid"]
    assert asked["RecordingUrl"] == (
        f"{SERVER}/2010-04-01/Accounts/{account}/Recordings/RE{kept.id}"
    )
    caller = await calls(plivo_record(max_length=4), "plivo")
    (asked,) = caller.requests()
    (kept,) = caller.harness.recordings.all.values()
    assert asked["RecordingID"].replace("-", "") == kept.id
    link = f"{SERVER}/v1/Account/{kept.account}/Recording/{asked['RecordingID']}.mp3"
    assert asked["RecordUrl"] == link
    started, ended = int(asked["RecordingStartMs"]), int(asked["RecordingEndMs"])
    assert ended - started == int(asked["RecordingDurationMs"]) == 4_000


async def test_the_format_of_the_link_is_that_of_the_document() -> None:
    caller = await calls(plivo_record(max_length=4, file_format="wav"), "plivo")
    assert caller.requests()[0]["RecordUrl"].endswith(".wav")


async def test_the_methods_and_the_actions_own_query_are_kept() -> None:
    for document, dialect in (
        (record(action="/recorded?room=5", method="GET", max_length=3), "twilio"),
        (plivo_record(action=f"{ORIGIN}/recorded?room=5", method="GET", max_length=3), "plivo"),
    ):
        caller = await calls(document, dialect)
        (request,) = caller.harness.web.requests_to("/recorded")
        assert request.method == "GET"
        assert request.parameters["RecordingDuration"] == "3"
        assert "room=5" in request.url


async def test_an_ignored_answer_lets_the_document_go_on() -> None:
    document = plivo_record(after="/next", redirect=False, max_length=3)
    caller = await calls(document, "plivo")
    assert len(caller.requests()) == len(caller.requests("/next")) == 1
    document = plivo_record(after="/next", max_length=3)
    caller = await calls(document, "plivo")
    assert (len(caller.requests()), caller.requests("/next")) == (1, [])


async def test_twilio_is_told_of_the_states_that_it_wants() -> None:
    usual = record(max_length=3, recording_status_callback="/status")
    caller = await calls(usual, "twilio")
    (notice,) = caller.notices()
    assert notice["RecordingStatus"] == "completed"
    assert (notice["RecordingDuration"], notice["RecordingChannels"]) == ("3", "1")
    assert (notice["RecordingSource"], notice["RecordingTrack"]) == ("RecordVerb", "inbound")
    assert notice["CallSid"] == caller.requests()[0]["CallSid"]
    assert {"AccountSid", "RecordingSid", "RecordingUrl", "RecordingStartTime"} <= set(notice)
    (callback,) = caller.harness.recordings.callbacks
    assert (callback.request.url, callback.request.method) == (f"{ORIGIN}/status", "POST")
    both = record(
        max_length=3,
        recording_status_callback="/status",
        recording_status_callback_method="GET",
        recording_status_callback_event="in-progress completed",
    )
    caller = await calls(both, "twilio")
    assert [notice["RecordingStatus"] for notice in caller.notices()] == [
        "in-progress",
        "completed",
    ]
    assert {each.request.method for each in caller.harness.recordings.callbacks} == {"GET"}
    assert len({each.key for each in caller.harness.recordings.callbacks}) == 2


async def test_plivo_is_told_when_the_file_is_ready() -> None:
    document = plivo_record(
        max_length=3, callback_url=f"{ORIGIN}/status", callback_method="GET", redirect=True
    )
    caller = await calls(document, "plivo")
    (notice,) = caller.notices()
    (asked,) = caller.requests()
    same = ("RecordUrl", "RecordingID", "RecordingDuration", "RecordingDurationMs")
    assert [notice[name] for name in same] == [asked[name] for name in same]
    assert "Digits" not in notice
    (callback,) = caller.harness.recordings.callbacks
    assert callback.request.method == "GET"


async def test_a_session_is_recorded_to_the_end_of_the_call() -> None:
    document = plivo_record(
        after="/next", record_session=True, redirect=False, callback_url=f"{ORIGIN}/status"
    )
    waits = plivoxml.ResponseElement().add(plivoxml.WaitElement(length=20)).to_string()
    async with UnitHarness({"plivo": Plivo()}) as harness:
        harness.web.page("/answer", document)
        harness.web.page("/recorded", "<Response/>")
        harness.web.page("/next", waits)
        caller = Caller(harness, harness.call())
        caller.presses("#", 5.0)
        await caller.leg.wait_for(CallState.ENDED)
        (asked,) = caller.requests()
        names = ("RecordingDuration", "RecordingDurationMs", "RecordingStartMs", "RecordingEndMs")
        assert {asked[name] for name in names} == {"-1"}
        (kept,) = await harness.recordings.ended()
    assert kept.duration_s == pytest.approx(20.0, abs=0.2)
    assert (kept.channels, kept.source) == (2, RecordingSource.SESSION)
    (notice,) = caller.notices()
    assert notice["RecordingDuration"] == "20"


def start(**attributes: object) -> str:
    def build(response: VoiceResponse) -> None:
        begin = Start()
        begin.recording(**attributes)
        response.append(begin)
        response.pause(length=9)

    return twiml(build)


async def test_twilio_records_in_the_background() -> None:
    document = start(recording_status_callback=f"{ORIGIN}/status", channels="dual")
    caller = await calls(document, "twilio")
    (notice,) = caller.notices()
    assert (notice["RecordingDuration"], notice["RecordingChannels"]) == ("9", "2")
    assert notice["RecordingSource"] == "StartCallRecordingTwiML"
    caller = await calls(start(track="inbound"), "twilio")
    (kept,) = caller.harness.recordings.all.values()
    assert (kept.channels, kept.tracks) == (1, "inbound")


def dial(record: str, **attributes: object) -> str:
    def build(response: VoiceResponse) -> None:
        verb = Dial(action="/recorded", record=record, **attributes)
        verb.client("bob")
        response.append(verb)

    return twiml(build)


async def dialled(document: str, dialect: str = "twilio", talk_s: float = 10.0) -> Caller:
    """Bob answers after 8 seconds; then the two talk."""
    async with UnitHarness({"twilio": Twilio(), "plivo": Plivo()}) as harness:
        harness.web.page("/answer", document)
        for path in ("/recorded", "/next"):
            harness.web.page(path, "<Response/>")
        harness.signal.register("bob")
        caller = Caller(harness, harness.call(dialect=dialect))
        bob = await harness.signal.next_invite("bob")
        bob.ring()
        await asyncio.sleep(8.0)
        bob.answer()
        await harness.media.wait_bridged(caller.leg.leg)
        await asyncio.sleep(talk_s)
        bob.end()
        await caller.leg.wait_for(CallState.ENDED)
        await harness.records.record()
    return caller


@pytest.mark.parametrize(
    ("words", "seconds", "channels"),
    [
        ("record-from-answer", 10, 1),
        ("record-from-answer-dual", 10, 2),
        ("record-from-ringing", 18, 1),
        ("record-from-ringing-dual", 18, 2),
        ("true", 10, 1),
    ],
)
async def test_a_dial_is_recorded_from_where_it_says(
    words: str, seconds: int, channels: int
) -> None:
    caller = await dialled(dial(words, recording_status_callback="/status"))
    (notice,) = caller.notices()
    assert (notice["RecordingDuration"], notice["RecordingChannels"]) == (
        str(seconds),
        str(channels),
    )
    assert notice["RecordingSource"] == "DialVerb"
    (asked,) = caller.requests()
    assert asked["RecordingUrl"] == notice["RecordingUrl"]


async def test_a_dial_that_is_not_recorded_names_no_recording() -> None:
    caller = await dialled(dial("do-not-record"))
    assert "RecordingUrl" not in caller.requests()[0]
    assert not caller.harness.recordings.all


async def test_nothing_is_recorded_of_a_dial_that_nobody_answers() -> None:
    document = dial("record-from-answer", timeout=5)
    async with UnitHarness({"twilio": Twilio()}) as harness:
        harness.web.page("/answer", document)
        harness.web.page("/recorded", "<Response/>")
        harness.signal.register("bob")
        caller = Caller(harness, harness.call())
        await caller.leg.wait_for(CallState.ENDED)
    assert "RecordingUrl" not in caller.requests()[0]
    assert not harness.recordings.all


async def test_plivo_records_from_the_answer_of_the_dial_that_follows() -> None:
    response = plivoxml.ResponseElement()
    response.add(
        plivoxml.RecordElement(
            action=f"{ORIGIN}/recorded",
            callback_url=f"{ORIGIN}/status",
            start_on_dial_answer=True,
            redirect=False,
            record_channel_type="mono",
        )
    )
    response.add(plivoxml.DialElement().add(plivoxml.UserElement("sip:bob@phone.plivo.com")))
    caller = await dialled(response.to_string(), "plivo")
    (asked,) = caller.requests()
    assert asked["RecordingDuration"] == "-1"
    (notice,) = caller.notices()
    assert notice["RecordingDuration"] == "10"
    assert notice["RecordingID"] == asked["RecordingID"]


async def test_a_full_disk_lets_the_call_go_on() -> None:
    async with UnitHarness({"twilio": Twilio()}) as harness:
        harness.recordings.full = True
        harness.web.page(
            "/answer", twiml(lambda r: (r.record(play_beep=False), r.redirect("/next")))
        )
        harness.web.page("/next", "<Response/>")
        leg = harness.call()
        await leg.wait_for(CallState.ENDED)
        await harness.records.record()
    assert "recording-failed" in harness.journal()
    assert len(harness.web.requests_to("/next")) == 1


async def test_a_disk_that_becomes_full_leaves_what_was_written() -> None:
    async with UnitHarness({"twilio": Twilio()}) as harness:
        harness.media.recorder.disk_error = "No space left on device"
        harness.web.page("/answer", record(max_length=5))
        harness.web.page("/recorded", "<Response/>")
        leg = harness.call()
        await leg.wait_for(CallState.ENDED)
        (kept,) = await harness.recordings.ended()
    assert (kept.state, kept.reason) == (RecordingState.FAILED, "No space left on device")
    assert kept.duration_s == pytest.approx(5.0, abs=0.1)


async def test_a_transcript_is_refused_with_a_warning_until_speech_is_recognised() -> None:
    for document, dialect in (
        (record(transcribe=True, transcribe_callback="/text", max_length=3), "twilio"),
        (plivo_record(transcription_type="auto", max_length=3), "plivo"),
    ):
        caller = await calls(document, dialect)
        assert "document-warning" in caller.harness.journal()
        assert len(caller.requests()) == 1


async def test_silence_of_a_whole_call_is_kept_unless_it_is_trimmed() -> None:
    for words, state in (("do-not-trim", "completed"), ("trim-silence", "absent")):
        caller = await calls(start(trim=words), "twilio", quiet=True)
        (kept,) = caller.harness.recordings.all.values()
        assert kept.state == state


async def test_a_whole_call_is_told_of_as_its_document_says() -> None:
    document = start(
        recording_status_callback="/status",
        recording_status_callback_method="GET",
        recording_status_callback_event="in-progress",
    )
    caller = await calls(document, "twilio")
    assert [notice["RecordingStatus"] for notice in caller.notices()] == ["in-progress"]
    (callback,) = caller.harness.recordings.callbacks
    assert callback.request.method == "GET"
