"""Conferences over HTTP: what is listed, what is requested of them, and what is refused."""

from typing import Any

import pytest
from offhook.api import conference_schemas, conferences
from offhook.base.conference_control import (
    AnnounceText,
    AnnounceUrl,
    CoachMember,
    ConferenceAction,
    EndConference,
    HoldMember,
    MuteMember,
    RemoveMember,
)
from offhook.base.conferences import SoundDocument
from offhook.base.ids import CallId, ConferenceId, LegId
from offhook.flow.live_conferences import LiveConference, LiveMember

_TESTED = (conferences, conference_schemas)
ID = ConferenceId("c" * 32)


def running() -> LiveConference:
    member = LiveMember(
        call=CallId("a" * 32),
        leg=LegId("a" * 32),
        number=1,
        label="desk",
        role="",
        muted=False,
        held=False,
        coaching=False,
        coaches=None,
        speaking=True,
        starts=True,
        ends=False,
    )
    return LiveConference(
        id=ID, name="room", kind="conference", state="init", age_s=3.5, members=(member,)
    )


async def test_conferences_are_listed_and_read_by_id_and_name(api: Any) -> None:
    async with api.client() as client:
        assert (await client.get("/v1/conferences")).json()["items"] == []
        api.deps.conferences.conference = running()
        (listed,) = (await client.get("/v1/conferences")).json()["items"]
        assert (await client.get(f"/v1/conferences/{ID}")).json() == listed
        assert (await client.get("/v1/conferences/room")).json() == listed
        none = await client.get("/v1/conferences/other")
    assert (listed["state"], listed["members"][0]["label"]) == ("init", "desk")
    assert (none.status_code, none.json()["code"]) == (404, "not-found")


REQUESTS: list[tuple[str, dict[str, object], ConferenceAction]] = [
    ("mute", {"member": "1"}, MuteMember(member="1")),
    ("mute", {"member": "1", "muted": False}, MuteMember(member="1", muted=False)),
    ("hold", {"member": "1"}, HoldMember(member="1")),
    (
        "hold",
        {"member": "1", "url": "http://a.example/hold", "method": "GET"},
        HoldMember(member="1", music=SoundDocument(url="http://a.example/hold", method="GET")),
    ),
    ("coach", {"member": "1", "coaches": "2"}, CoachMember(member="1", coaches="2")),
    ("coach", {"member": "1", "agents": True}, CoachMember(member="1", agents=True)),
    ("remove", {"member": "desk"}, RemoveMember(member="desk")),
    ("announce", {"url": "http://a.example/x.wav"}, AnnounceUrl(url="http://a.example/x.wav")),
    ("announce", {"text": "hello"}, AnnounceText(text="hello", language="en-US")),
]


@pytest.mark.parametrize(("what", "body", "action"), REQUESTS)
async def test_each_request_reaches_the_conference(
    api: Any, what: str, body: dict[str, object], action: ConferenceAction
) -> None:
    api.deps.conferences.conference = running()
    async with api.client() as client:
        answer = await client.post(f"/v1/conferences/room/{what}", json=body)
    assert (answer.status_code, answer.json()["id"]) == (200, ID)
    assert api.deps.conferences.actions == [action]


async def test_a_conference_that_was_ended_is_over(api: Any) -> None:
    api.deps.conferences.conference = running()
    async with api.client() as client:
        ended = (await client.post(f"/v1/conferences/{ID}/end")).json()
        again = await client.post(f"/v1/conferences/{ID}/end")
    assert (ended["state"], ended["members"]) == ("completed", [])
    assert again.status_code == 404
    assert api.deps.conferences.actions == [EndConference()]


async def test_a_request_that_makes_no_sense_is_refused(api: Any) -> None:
    api.deps.conferences.conference = running()
    async with api.client() as client:
        for what, body in (
            ("announce", {}),
            ("announce", {"url": "http://a.example/x.wav", "text": "hello"}),
            ("hold", {"member": "1", "url": "ftp://a.example"}),
            ("mute", {"member": ""}),
        ):
            answer = await client.post(f"/v1/conferences/{ID}/{what}", json=body)
            assert answer.status_code == 400, (what, body)
    assert api.deps.conferences.actions == []
