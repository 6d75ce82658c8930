"""`/v1/recordings`: what was recorded, and its sound."""

import logging
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse
from pydantic import Field

from offhook.api.auth import Caller, Deps
from offhook.api.dependencies import ApiDependencies
from offhook.api.schemas import After, Limit, ListOf, Schema
from offhook.base.errors import UsageError
from offhook.base.ids import CallId, RecordingId
from offhook.base.recordings import Recording
from offhook.store.pagination import Page

log = logging.getLogger("offhook.api")
router = APIRouter(prefix="/recordings", tags=["recordings"])

_MEDIA_TYPES: Final = {"wav": "audio/wav", "mp3": "audio/mpeg"}


class RecordingOut(Schema):
    """A recording, without its sound."""

    id: str
    call: str
    conference: str | None = Field(description="The conference, if that was recorded.")
    source: str = Field(examples=["record-verb"])
    channels: int = Field(description="1, or 2: the leg on the left, what it hears on the right.")
    format: str = Field(examples=["wav"])
    state: str = Field(examples=["completed"])
    started_at: datetime
    duration_s: float | None = Field(description="Null while it runs.")
    size_bytes: int | None = Field(description="Null while it runs.")
    reason: str = Field(description="Why it failed; empty otherwise.")


@router.get("", response_model=ListOf[RecordingOut])
async def list_recordings(
    caller: Caller, deps: Deps, call: str | None = None, after: After = "", limit: Limit = 50
) -> Page[Recording]:
    """The account's recordings, newest first; with `call` those of one call."""
    of_call = None if call is None else CallId(call)
    return await deps.store.recordings.list(caller, call=of_call, after=after, limit=limit)


@router.get("/{id}", response_model=RecordingOut)
async def get_recording(caller: Caller, deps: Deps, id: str) -> Recording:
    """One recording."""
    return await deps.store.recordings.get(caller, RecordingId(id))


@router.get("/{id}/audio", response_class=FileResponse)
async def get_audio(caller: Caller, deps: Deps, id: str) -> FileResponse:
    """The sound of a recording that has ended; parts of it by `Range`."""
    return await audio(deps, await deps.store.recordings.get(caller, RecordingId(id)))


@router.delete("/{id}", status_code=204)
async def delete_recording(caller: Caller, deps: Deps, id: str) -> None:
    """Delete a recording and its sound."""
    gone = await deps.store.recordings.delete(caller, RecordingId(id))
    await deps.files.delete(gone.key)


async def audio(deps: ApiDependencies, recording: Recording, format: str = "wav") -> FileResponse:
    """The file of a recording, which may be asked for in ranges (RFC 9110 section 14).

    Raises:
        NotFound: it has no sound.
        Unavailable: it cannot be had in that format.
        UsageError: it still runs (`conflict`).
    """
    if recording.runs:
        raise UsageError("the recording still runs: ask again when it has ended", code="conflict")
    files = deps.files
    path = await (files.find if format == recording.format else files.mp3)(recording.key)
    log.info("recording.fetched", extra={"recording": recording.id, "account": recording.account})
    return FileResponse(
        path,
        media_type=_MEDIA_TYPES[format],
        headers={"cache-control": "private, no-store"},
        filename=f"{recording.id}.{format}",
        content_disposition_type="inline",
    )
