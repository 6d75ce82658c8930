"""`RecordingUrl` and `RecordUrl`: the sound of a recording under the addresses that vendors give it.

The id in the path is 128 random bits: who was given the address may fetch the sound, as with the vendors. The
setting `recordings_login` asks for the account's credentials besides.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse
from fastapi.security import HTTPBasicCredentials

from offhook.api.auth import Deps, account, basic
from offhook.api.recordings import audio
from offhook.base.errors import NotFound
from offhook.base.ids import RecordingId
from offhook.base.recordings import Recording
from offhook.dialects.twilio.mapping import account_sid

router = APIRouter(tags=["recordings"])

Given = Annotated[HTTPBasicCredentials | None, Depends(basic)]


@router.get("/2010-04-01/Accounts/{sid}/Recordings/{name}", response_class=FileResponse)
async def twilio_recording(
    request: Request, deps: Deps, given: Given, sid: str, name: str
) -> FileResponse:
    """The sound of `RE` and the recording's id, which may be followed by `.wav`."""
    id, _, ending = name.partition(".")
    found = await deps.store.recordings.by_link(RecordingId(id.removeprefix("RE")))
    if not id.startswith("RE") or account_sid(found.account) != sid:
        raise _missing()
    return await _audio(request, deps, given, found, ending or found.format)


@router.get("/v1/Account/{auth_id}/Recording/{name}", response_class=FileResponse)
async def plivo_recording(
    request: Request, deps: Deps, given: Given, auth_id: str, name: str
) -> FileResponse:
    """The sound of the recording's id with dashes, followed by the ending of its file."""
    id, _, ending = name.partition(".")
    found = await deps.store.recordings.by_link(RecordingId(id.replace("-", "")))
    if found.account != auth_id:
        raise _missing()
    return await _audio(request, deps, given, found, ending)


async def _audio(
    request: Request,
    deps: Deps,
    given: HTTPBasicCredentials | None,
    recording: Recording,
    ending: str,
) -> FileResponse:
    if deps.config.recordings_login and await account(request, given, deps) != recording.account:
        raise _missing()
    if ending != recording.format:
        raise NotFound(f"this recording is a {recording.format} file; there is no .{ending} of it")
    return await audio(deps, recording)


def _missing() -> NotFound:
    return NotFound("there is no such recording in this account")
