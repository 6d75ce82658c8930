"""Ended calls over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

from offhook.base.accounts import Party
from offhook.base.causes import Cause
from offhook.base.feedback import Feedback
from offhook.base.ids import ApplicationId, CallId, LegId
from offhook.base.journal.call_entries import CallStarted
from offhook.base.journal.entry import Entry
from offhook.base.media import MediaReport
from offhook.base.records import CallRecord, DialRecord, LegRecord

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def record(api: Any, number: int) -> CallRecord:
    began = BEGAN + timedelta(minutes=number)
    times = {"started_at": began, "answered_at": began, "ended_at": began + timedelta(seconds=9)}
    leg = LegRecord(
        id=LegId(f"{number:032x}"),
        direction="inbound",
        peer="client:alice",
        cause=Cause.NORMAL,
        ended_by="peer",
        media=MediaReport(codec="opus/48000/2"),
        **times,
    )
    started = CallStarted(
        account=api.account,
        application="a" * 32,
        dialect="neutral",
        direction="inbound",
        at=began.isoformat(),
        pii_caller="client:alice",
        pii_callee="bob",
        secret_parameters={"plan": "gold"},
        secret_headers={"X-Plan": "gold"},
    )
    return CallRecord(
        id=CallId(f"{number:032x}"),
        account=api.account,
        application=ApplicationId("a" * 32),
        dialect="neutral",
        direction="inbound",
        caller="client:alice",
        callee="bob",
        cause=Cause.NORMAL,
        hung_up_by="callee",
        dialled=DialRecord(leg=leg.id, answered=False, cause=Cause.REJECTED, by="callee"),
        legs=(leg,),
        journal=(Entry(number=0, at=0.0, body=started),),
        **times,
    )


async def test_calls_are_listed_newest_first_and_shown_with_their_journal(api: Any) -> None:
    for number in range(3):
        await api.deps.store.calls.keep(record(api, number), [])
    async with api.client() as client:
        page = (await client.get("/v1/calls", params={"limit": 2})).json()
        assert [int(call["id"], 16) for call in page["items"]] == [2, 1]
        assert "journal" not in page["items"][0]
        assert page["items"][0]["hung_up_by"] == "callee"
        assert page["items"][0]["dialled"] == {
            "leg": f"{2:032x}",
            "answered": False,
            "cause": "rejected",
            "by": "callee",
        }
        rest = (await client.get("/v1/calls", params={"after": page["next"]})).json()
        assert [int(call["id"], 16) for call in rest["items"]] == [0]
        one = (await client.get(f"/v1/calls/{1:032x}")).json()
    assert one["journal"][0] == {
        "number": 0,
        "detail": 0,
        "at": 0.0,
        "event": "call-started",
        "leg": None,
        "details": {
            "account": api.account,
            "application": "a" * 32,
            "dialect": "neutral",
            "direction": "inbound",
            "at": "2026-01-01T12:01:00+00:00",
            "pii_caller": "client:alice",
            "pii_callee": "bob",
        },
    }
    assert (one["duration_s"], one["answered_s"]) == (9.0, 9.0)
    assert one["legs"][0]["media"]["codec"] == "opus/48000/2"


async def test_calls_of_a_time(api: Any) -> None:
    for number in range(3):
        await api.deps.store.calls.keep(record(api, number), [])
    span = {"since": "2026-01-01T12:01:00Z", "until": "2026-01-01T12:02:00Z"}
    async with api.client() as client:
        page = (await client.get("/v1/calls", params=span)).json()
        assert [int(call["id"], 16) for call in page["items"]] == [1]
        for since, count in (("2026-01-01", 3), ("2026-01-02", 0)):
            page = (await client.get("/v1/calls", params={"since": since})).json()
            assert len(page["items"]) == count, "a date begins at midnight UTC"
        assert (await client.get("/v1/calls", params={"since": "2026-13-01"})).status_code == 400
        vague = await client.get("/v1/calls", params={"since": "2026-01-01T12:01:00"})
        assert "time zone" in vague.json()["message"]


async def test_a_call_that_is_not_there(api: Any) -> None:
    async with api.client() as client:
        for path in ("none", "none/feedback", "none/quality"):
            assert (await client.get(f"/v1/calls/{path}")).status_code == 404


def alice(api: Any) -> Party:
    return Party(account=api.account, name="alice", application=None)


async def test_feedback_of_a_call_is_listed(api: Any) -> None:
    call = record(api, 1)
    await api.deps.store.calls.keep(call, [])
    said = Feedback(score=2, issues=("echo",), note="far away", log=("a line",), at=BEGAN)
    await api.deps.store.feedback.feedback(alice(api), call.legs[0].id, said, known=False)
    async with api.client() as client:
        page = (await client.get(f"/v1/calls/{call.id}/feedback")).json()
    assert page == {
        "items": [
            {
                "leg": call.legs[0].id,
                "party": "alice",
                "created_at": "2026-01-01T12:00:00Z",
                "score": 2,
                "issues": ["echo"],
                "note": "far away",
                "log": ["a line"],
            }
        ],
        "next": "",
    }


async def test_samples_of_a_call_are_paginated(api: Any) -> None:
    call = record(api, 1)
    await api.deps.store.calls.keep(call, [])
    for second in range(3):
        measured = [{"mos": 4.1, "jitterMs": second}]
        api.deps.store.samples.add(alice(api), call.legs[0].id, measured)
    path = f"/v1/calls/{call.id}/quality"
    async with api.client() as client:
        first = (await client.get(path, params={"limit": 2})).json()
        rest = (await client.get(path, params={"limit": 2, "after": first["next"]})).json()
        wrong = await client.get(path, params={"after": "nonsense"})
    leg = call.legs[0].id
    assert [*first["items"], *rest["items"]] == [
        {"leg": leg, "position": n, "samples": [{"mos": 4.1, "jitterMs": n}]} for n in range(3)
    ]
    assert rest["next"] == ""
    assert wrong.status_code == 400
