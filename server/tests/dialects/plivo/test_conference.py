"""`<Conference>` with all its attributes, and their defaults."""

from offhook.base.conferences import Happening, MemberOptions, SoundDocument, StatusRequests, Tone
from offhook.base.web import WebReply
from offhook.dialects.plivo.dialect import Plivo
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
    document = Plivo().parse(reply, Purpose.ANSWER)
    (verb,) = document.verbs
    assert isinstance(verb, Conference)
    return verb, [warning.code for warning in document.warnings]


def test_the_defaults() -> None:
    verb, warnings = read("<Conference>My room</Conference>")
    assert warnings == []
    assert verb == Conference(
        name="My room",
        options=MemberOptions(
            ends_together=True,
            most=20,
        ),
        wait=WaitSource(kind=WaitKind.SILENCE),
        limit_s=86_400.0,
    )


def test_all_attributes() -> None:
    verb, warnings = read(
        '<Conference muted="true" enterSound="beep:1" exitSound="beep:2"'
        ' startConferenceOnEnter="false" endConferenceOnExit="true" stayAlone="false"'
        ' waitSound="http://app.test/wait" maxMembers="3" timeLimit="60" hangupOnStar="true"'
        ' action="http://app.test/after" method="GET" redirect="false"'
        ' callbackUrl="http://app.test/own" callbackMethod="GET" floorEvent="true"'
        ' relayDTMF="false" digitsMatch="1, 22,*9">room</Conference>'
    )
    assert warnings == []
    assert verb == Conference(
        name="room",
        options=MemberOptions(
            starts=False,
            ends=True,
            ends_together=True,
            stays_alone=False,
            muted=True,
            enter=Tone.ENTER,
            exit=Tone.EXIT,
            most=3,
            requests=StatusRequests(
                url="http://app.test/own",
                method="GET",
                events=frozenset(
                    {Happening.JOIN, Happening.LEAVE, Happening.SPEECH_START, Happening.DIGITS}
                ),
                for_all=False,
            ),
        ),
        wait=WaitSource(kind=WaitKind.URL, url="http://app.test/wait"),
        limit_s=60.0,
        star_ends=True,
        digits=("1", "22", "*9"),
        then=Continuation(url="http://app.test/after", method="GET", replaces=False),
    )


def test_what_is_not_supported_is_warned_of() -> None:
    verb, warnings = read(
        '<Conference record="true" digitsMatch="x" enterSound="http://app.test/e" size="3">'
        "room</Conference>"
    )
    assert verb.options.enter == SoundDocument(url="http://app.test/e")
    assert sorted(warnings) == ["unknown", "unknown", "unsupported"]
