"""`<MultiPartyCall>` with all its attributes, and their defaults."""

from offhook.base.conferences import (
    ConferenceKind,
    Happening,
    MemberOptions,
    PartyRole,
    SoundDocument,
    Tone,
)
from offhook.base.web import WebReply
from offhook.dialects.base import Document
from offhook.dialects.plivo.dialect import Plivo
from offhook.verbs.base import Continuation, Purpose
from offhook.verbs.conference import Conference
from offhook.verbs.wait_music import MUSIC, WaitKind, WaitSource


def read(attributes: str, name: str = "desk") -> Document:
    body = f"<Response><MultiPartyCall {attributes}>{name}</MultiPartyCall></Response>"
    reply = WebReply(
        url="http://app.test/answer",
        status=200,
        content_type="text/xml",
        body=body.encode(),
        took_ms=1,
    )
    return Plivo().parse(reply, Purpose.ANSWER)


def test_the_defaults_are_those_of_the_vendor() -> None:
    document = read('role="agent"')
    assert document.warnings == ()
    assert document.verbs == (
        Conference(
            name="desk",
            kind=ConferenceKind.MULTI_PARTY_CALL,
            element="MultiPartyCall",
            options=MemberOptions(
                role=PartyRole.AGENT,
                starts_alone=True,
                stays_alone=False,
                enter=Tone.ENTER,
                exit=Tone.EXIT,
                most=10,
                longest_s=14_400.0,
            ),
        ),
    )


def test_a_role_is_read_in_any_case_and_only_supervisors_coach() -> None:
    for word, role in (("Agent", "agent"), ("CUSTOMER", "customer"), ("Supervisor", "supervisor")):
        (verb,) = read(f'role="{word}"').verbs
        assert isinstance(verb, Conference)
        assert verb.options.role == role
        assert verb.options.coaches_agents is (role == "supervisor")


def test_sounds_music_and_requests() -> None:
    document = read(
        'role="customer" enterSound="none" exitSound="http://app.test/bye" exitSoundMethod="POST"'
        ' customerHoldMusicUrl="http://app.test/hold" agentHoldMusicUrl="http://app.test/other"'
        ' statusCallbackUrl="http://app.test/status" statusCallbackMethod="GET"'
        ' statusCallbackEvents="mpc-state-changes,participant-digit-input-events"'
        ' onExitActionUrl="http://app.test/after"'
    )
    assert document.warnings == ()
    (verb,) = document.verbs
    assert isinstance(verb, Conference)
    assert verb.options.enter is Tone.NONE
    assert verb.options.exit == SoundDocument(url="http://app.test/bye", method="POST")
    assert verb.wait == MUSIC
    hold = WaitSource(kind=WaitKind.URL, url="http://app.test/hold", method="GET", loops=True)
    assert verb.hold == hold
    assert verb.all_digits
    requests = verb.options.requests
    assert requests is not None
    assert requests.events == {
        Happening.INITIALIZED,
        Happening.START,
        Happening.END,
        Happening.DIGITS,
    }
    assert verb.then == Continuation(url="http://app.test/after")


def test_one_without_a_role_or_a_name_is_passed_over_and_recording_is_not_supported() -> None:
    for document in (read(""), read('role="ai-agent"'), read('role="agent"', "")):
        assert document.verbs == ()
        assert "unknown" in {warning.code for warning in document.warnings}
    recorded = read('role="agent" record="true" recordFileFormat="wav" transcript="true"')
    assert [warning.code for warning in recorded.warnings] == ["unsupported", "unsupported"]
