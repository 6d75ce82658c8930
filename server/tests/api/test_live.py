"""Running calls over HTTP: what is listed, what is requested of them, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest
from offhook.api import live, live_schemas
from offhook.base.control import (
    ControlAction,
    HangUpCall,
    MuteLeg,
    PlayInto,
    RedirectCall,
    SendDigitsTo,
    SpeakInto,
    StopPlaying,
)
from offhook.base.errors import NotFound, PeerError
from offhook.base.ids import ApplicationId, CallId, LegId
from offhook.flow.live import LiveCall, LiveLeg

_TESTED = (live, live_schemas)
ID = CallId("a" * 32)
LEG = LegId("b" * 32)


def running() -> LiveCall:
    leg = LiveLeg(id=LEG, direction="inbound", peer="client:alice", state="up", bridged_with=None)
    return LiveCall(
        id=ID,
        application=ApplicationId("d" * 32),
        dialect="neutral",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        started_at="2026-01-01T12:00:00+00:00",
        state="up",
        answered_s=1.5,
        legs=(leg,),
    )


async def test_running_calls_are_listed_and_read(api: Any) -> None:
    api.deps.live_calls.calls.append(running())
    async with api.client() as client:
        (listed,) = (await client.get("/v1/calls/live")).json()["items"]
        one = (await client.get(f"/v1/calls/live/{ID}")).json()
        none = await client.get(f"/v1/calls/live/{'0' * 32}")
    assert listed == one
    assert (one["answered_s"], one["legs"][0]["peer"]) == (1.5, "client:alice")
    assert (none.status_code, none.json()["code"]) == (404, "not-found")


async def test_running_calls_are_listed_in_pages(api: Any) -> None:
    times = [
        "2026-01-01T12:00:01+00:00",
        "2026-01-01T12:00:00.5+00:00",
        "2026-01-01T12:00:00+00:00",
    ]
    for number, started_at in enumerate([*times, times[0]]):
        call = replace(running(), id=CallId(f"{number:032x}"), started_at=started_at)
        api.deps.live_calls.calls.append(call)
    found: list[str] = []
    after = ""
    async with api.client() as client:
        for _ in range(4):
            shown = await client.get("/v1/calls/live", params={"limit": 1, "after": after})
            found += [call["id"] for call in shown.json()["items"]]
            after = shown.json()["next"]
        wrong = await client.get("/v1/calls/live", params={"after": "x"})
    assert ([int(id, 16) for id in found], after) == ([2, 1, 0, 3], "")
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("path", "body", "action"),
    [
        ("hangup", None, HangUpCall()),
        ("hangup", {}, HangUpCall()),
        ("redirect", {"url": "https://a.example/x"}, RedirectCall(url="https://a.example/x")),
        ("redirect", {"document": "<Response/>"}, RedirectCall(document="<Response/>")),
        ("play", {"url": "https://a.example/x.wav"}, PlayInto(url="https://a.example/x.wav")),
        (
            "speak",
            {"text": "hello", "leg": LEG, "times": 2},
            SpeakInto(text="hello", language="en-US", leg=LEG, times=2),
        ),
        ("stop", None, StopPlaying()),
        ("stop", {"leg": LEG}, StopPlaying(leg=LEG)),
        ("mute", {"muted": False}, MuteLeg(muted=False)),
        ("digits", {"digits": "1ww2#"}, SendDigitsTo(digits="1ww2#")),
    ],
)
async def test_a_request_reaches_its_call(
    api: Any, path: str, body: dict[str, Any] | None, action: ControlAction
) -> None:
    async with api.client() as client:
        answer = await client.post(f"/v1/calls/{ID}/{path}", json=body)
    assert answer.json() == {"request": "c" * 32}
    assert api.deps.live_calls.requested == [(api.account, ID, action)]


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("redirect", {}, "either `url` or `document`"),
        ("redirect", {"url": "https://a.example/", "document": "<a/>"}, "either"),
        ("redirect", {"url": "/relative"}, "absolute"),
        ("play", {"url": "file:///etc/passwd"}, "absolute"),
        ("play", {"url": "https://a.example/", "times": -1}, "times"),
        ("speak", {"text": ""}, "text"),
        ("digits", {"digits": "1x"}, "digits"),
        ("mute", {"mute": True}, "mute"),
    ],
)
async def test_a_body_that_makes_no_sense_changes_nothing(
    api: Any, path: str, body: dict[str, Any], named: str
) -> None:
    async with api.client() as client:
        answer = await client.post(f"/v1/calls/{ID}/{path}", json=body)
    said = answer.json()
    assert answer.status_code == 400
    assert named in said["message"] + str(said.get("field"))
    assert api.deps.live_calls.requested == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("no call is running"), 404),
        (PeerError("the call is over", code="wrong-state"), 409),
        (PeerError("the call has no leg", code="no-such-call"), 404),
    ],
)
async def test_what_the_call_refuses_is_the_answer(api: Any, error: Any, status: int) -> None:
    api.deps.live_calls.error = error
    async with api.client() as client:
        answer = await client.post(f"/v1/calls/{ID}/hangup")
    assert (answer.status_code, answer.json()["code"]) == (status, error.code)


async def test_controlling_calls_needs_an_account(api: Any) -> None:
    async with api.client(secret="wrong") as client:
        answer = await client.post(f"/v1/calls/{ID}/hangup")
    assert answer.status_code == 401
    assert api.deps.live_calls.requested == []


async def test_a_call_is_begun_through_an_application(api: Any, make_application: Any) -> None:
    made = await make_application("board")
    api.deps.live_calls.calls.append(running())
    wanted = {
        "to": "bob",
        "caller": "support",
        "application": "board",
        "document": "<Response/>",
        "ring_s": 12,
        "parameters": {"ticket": "7"},
    }
    async with api.client() as client:
        answer = await client.post("/v1/calls", json=wanted)
    assert (answer.status_code, answer.json()["id"]) == (201, ID)
    (call,) = api.deps.live_calls.begun
    assert (str(call.to), call.caller) == ("client:bob", "client:support")
    assert (call.application.id, call.account) == (made["id"], api.account)
    assert (call.document, call.ring_s, call.parameters) == ("<Response/>", 12.0, {"ticket": "7"})


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"application": "none"}, 404, "none"),
        ({"to": ""}, 400, "to"),
        ({"url": "https://a.example/", "document": "<Response/>"}, 400, "either"),
        ({"url": "relative"}, 400, "absolute"),
        ({"ring_s": 0}, 400, "ring_s"),
        ({"parameters": {"a" * 200: "1"}}, 400, "parameters"),
    ],
)
async def test_a_call_that_makes_no_sense_does_not_begin(
    api: Any, make_application: Any, change: dict[str, Any], status: int, named: str
) -> None:
    await make_application("board")
    wanted = {"to": "bob", "caller": "support", "application": "board", **change}
    async with api.client() as client:
        answer = await client.post("/v1/calls", json=wanted)
    said = answer.json()
    assert answer.status_code == status
    assert named in said["message"] + str(said.get("field"))
    assert api.deps.live_calls.begun == []
