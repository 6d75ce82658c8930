"""`/v1/calls`: what remains of calls."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from offhook.api.auth import Caller, Deps
from offhook.api.schemas import (
    After,
    CallOut,
    CallWithJournal,
    FeedbackOut,
    Limit,
    ListOf,
    SamplesOut,
)
from offhook.base.errors import UsageError
from offhook.base.ids import CallId
from offhook.base.records import CallRecord
from offhook.store.pagination import Page
from offhook.store.samples import Piece

router = APIRouter(prefix="/calls", tags=["calls"])


def _whole_day(given: object) -> object:
    # Without this a date would be midnight without a time zone.
    if isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given):
        return f"{given}T00:00:00Z"
    return given


Moment = Annotated[
    datetime | None,
    BeforeValidator(_whole_day),
    Query(
        description="A time with its zone, or a date, which begins at midnight UTC.",
        examples=["2026-01-31T12:00:00Z", "2026-01-31"],
    ),
]


@router.get("", response_model=ListOf[CallOut])
async def list_calls(
    caller: Caller,
    deps: Deps,
    after: After = "",
    limit: Limit = 50,
    since: Moment = None,
    until: Moment = None,
) -> Page[CallRecord]:
    """The account's ended calls, newest first."""
    for name, moment in (("since", since), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            raise UsageError(
                f"{name} must say its time zone, as 2026-01-31T12:00:00Z, or be a date"
            )
    return await deps.store.calls.list(caller, after=after, limit=limit, since=since, until=until)


@router.get("/{id}", response_model=CallWithJournal)
async def get_call(caller: Caller, deps: Deps, id: str) -> CallRecord:
    """One ended call with its journal."""
    return await deps.store.calls.get(caller, CallId(id))


@router.get("/{id}/feedback", response_model=ListOf[FeedbackOut])
async def get_feedback(caller: Caller, deps: Deps, id: str) -> Page[FeedbackOut]:
    """The feedback on an ended call."""
    given = await deps.store.feedback.of_call(caller, CallId(id))
    return Page(tuple(FeedbackOut.of(each) for each in given))


@router.get("/{id}/quality", response_model=ListOf[SamplesOut])
async def get_quality(
    caller: Caller, deps: Deps, id: str, after: After = "", limit: Limit = 50
) -> Page[Piece]:
    """The quality samples of an ended call's pages, one per second: leg by leg, in pieces of some seconds."""
    return await deps.store.samples.of_call(caller, CallId(id), after=after, limit=limit)
