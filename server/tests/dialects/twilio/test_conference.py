"""`<Conference>` with all its attributes, and their defaults."""

from offhook.base.conferences import Happening, MemberOptions, Refusal, StatusRequests, Tone
from offhook.base.ids import CallId
from offhook.base.web import WebReply
from offhook.dialects.twilio.dialect import Twilio
from offhook.verbs.base import Continuation, Purpose
from offhook.verbs.conference import Conference
from offhook.verbs.wait_music import WaitKind, WaitSource

URL = "http://app.test/voice/answer"


def read(body: str) -> tuple[Conference, list[str]]:
    """The verb of a document, and the codes of its warnings."""
    reply = WebReply(
        url=URL,
        status=200,
        content_type="text/xml",
        body=f"<Response>{body}</Response>".encode(),
        took_ms=1,
    )
    document = Twilio().parse(reply, Purpose.ANSWER)
    (verb,) = document.verbs
    assert isinstance(verb, Conference)
    return verb, [warning.code for warning in document.warnings]


def test_the_defaults() -> None:
    verb, warnings = read("<Dial><Conference>My room</Conference></Dial>")
    assert warnings == []
    assert verb == Conference(
        name="My room",
        options=MemberOptions(
            enter=Tone.ENTER,
            exit=Tone.EXIT,
        ),
        limit_s=14_400.0,
        codes=verb.codes,
    )
    assert dict(verb.codes)[Refusal.FULL] == "16020"


def test_all_attributes() -> None:
    verb, warnings = read(
        '<Dial action="/after" method="GET" timeLimit="60" hangupOnStar="true">'
        '<Conference muted="true" beep="onExit" startConferenceOnEnter="false"'
        ' endConferenceOnExit="true" waitUrl="wait" waitMethod="GET" maxParticipants="3"'
        f' coach="CA{"a" * 32}" participantLabel="agent" statusCallback="/status"'
        ' statusCallbackMethod="GET" statusCallbackEvent="start leave speaker hold"'
        ' region="ie1" jitterBufferSize="small" trim="do-not-trim">room</Conference></Dial>'
    )
    assert warnings == []
    assert verb == Conference(
        name="room",
        options=MemberOptions(
            starts=False,
            ends=True,
            muted=True,
            coaches=CallId("a" * 32),
            exit=Tone.EXIT,
            most=3,
            label="agent",
            requests=StatusRequests(
                url="http://app.test/status",
                method="GET",
                events=frozenset(
                    {
                        Happening.START,
                        Happening.LEAVE,
                        Happening.HOLD,
                        Happening.UNHOLD,
                        Happening.SPEECH_START,
                        Happening.SPEECH_STOP,
                    }
                ),
            ),
        ),
        wait=WaitSource(kind=WaitKind.URL, url="http://app.test/voice/wait", method="GET"),
        limit_s=60.0,
        star_ends=True,
        codes=verb.codes,
        then=Continuation(url="http://app.test/after", method="GET"),
    )


def test_what_is_wrong_is_warned_of() -> None:
    verb, warnings = read(
        '<Dial><Conference coach="bob" participantLabel="a/b" record="record-from-start"'
        ' statusCallbackEvent="lunch" size="3">room</Conference><Client>bob</Client></Dial>'
    )
    assert (verb.options.coaches, verb.options.label) == ("", "")
    assert sorted(warnings) == sorted(["13000", "unsupported", "13240", "16025", "12200", "12200"])
