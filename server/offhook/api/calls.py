"""`/v1/calls`: what remains of calls."""

from datetime import datetime

from fastapi import APIRouter

from offhook.api.access import Caller, Rooms
from offhook.api.endpoints import After, Limit
from offhook.api.shapes import CallOut, CallWithJournal, FeedbackOut, ListOf, SamplesOut
from offhook.base.errors import UsageError
from offhook.base.ids import CallId
from offhook.base.records import CallRecord
from offhook.store.pages import Page
from offhook.store.samples import Piece

router = APIRouter(prefix="/calls", tags=["calls"])


@router.get("", response_model=ListOf[CallOut])
async def list_calls(
    caller: Caller,
    rooms: Rooms,
    after: After = "",
    limit: Limit = 50,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[CallRecord]:
    """The account's ended calls, the newest first."""
    for name, moment in (("since", since), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            raise UsageError(f"{name} must say its time zone, as 2026-01-31T12:00:00Z")
    return await rooms.store.calls.list(caller, after=after, limit=limit, since=since, until=until)


@router.get("/{id}", response_model=CallWithJournal)
async def get_call(caller: Caller, rooms: Rooms, id: str) -> CallRecord:
    """One ended call with its journal."""
    return await rooms.store.calls.get(caller, CallId(id))


@router.get("/{id}/feedback", response_model=ListOf[FeedbackOut])
async def get_feedback(caller: Caller, rooms: Rooms, id: str) -> Page[FeedbackOut]:
    """What the people of an ended call thought of it."""
    said = await rooms.store.opinions.of_call(caller, CallId(id))
    return Page(tuple(FeedbackOut.of(opinion) for opinion in said))


@router.get("/{id}/quality", response_model=ListOf[SamplesOut])
async def get_quality(
    caller: Caller, rooms: Rooms, id: str, after: After = "", limit: Limit = 50
) -> Page[Piece]:
    """What the pages of an ended call measured, second by second: leg by leg, in pieces of some seconds."""
    return await rooms.store.samples.of_call(caller, CallId(id), after=after, limit=limit)
