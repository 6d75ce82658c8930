"""A record knows how long its call was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from offhook.base.causes import Cause
from offhook.base.ids import AccountId, ApplicationId, CallId
from offhook.base.records import CallRecord

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RECORD = CallRecord(
    id=CallId("c"),
    account=AccountId("MA0123456789ABCDEFGH"),
    application=ApplicationId("a"),
    dialect="d",
    direction="inbound",
    caller="client:alice",
    callee="bob",
    started_at=BEGAN,
    answered_at=None,
    ended_at=BEGAN + timedelta(seconds=90),
    cause=Cause.NORMAL,
    legs=(),
    journal=(),
)


def test_an_unanswered_call_has_a_duration_but_no_answered_time() -> None:
    assert (RECORD.duration_s, RECORD.answered_s) == (90.0, 0.0)


def test_talking_begins_with_the_answer() -> None:
    assert replace(RECORD, answered_at=BEGAN + timedelta(seconds=30)).answered_s == 60.0
