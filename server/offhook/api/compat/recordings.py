"""`RecordingUrl` and `RecordUrl`: the sound of a recording under the addresses that vendors give it.

The id in the path is 128 random bits: who was given the address may fetch the sound, as with the vendors. The
setting `recordings_login` asks for the account's credentials besides.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse
from fastapi.security import HTTPBasicCredentials

from offhook.api.auth import Deps, account, basic
from offhook.api.dependencies import ApiDependencies
from offhook.api.recordings import audio
from offhook.base.errors import NotFound
from offhook.base.ids import RecordingId
from offhook.base.recordings import Recording
from offhook.dialects.twilio.mapping import account_sid

router = APIRouter(tags=["recordings"])

_WAIT_S: Final = 3.0
"""How long a link waits for the end of its recording."""
_EACH_S: Final = 0.1

Given = Annotated[HTTPBasicCredentials | None, Depends(basic)]


@router.get("/2010-04-01/Accounts/{sid}/Recordings/{name}", response_class=FileResponse)
async def twilio_recording(
    request: Request, deps: Deps, given: Given, sid: str, name: str
) -> FileResponse:
    """The sound of `RE` and the recording's id, which may be followed by `.wav` or `.mp3`."""
    id, _, ending = name.partition(".")
    found = await _ended(deps, RecordingId(id.removeprefix("RE")))
    if not id.startswith("RE") or account_sid(found.account) != sid:
        raise _missing()
    return await _audio(request, deps, given, found, ending or found.format)


@router.get("/v1/Account/{auth_id}/Recording/{name}", response_class=FileResponse)
async def plivo_recording(
    request: Request, deps: Deps, given: Given, auth_id: str, name: str
) -> FileResponse:
    """The sound of the recording's id with dashes, followed by the ending of its file."""
    id, _, ending = name.partition(".")
    found = await _ended(deps, RecordingId(id.replace("-", "")))
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
    if ending not in (recording.format, "mp3"):
        raise NotFound(f"there is no .{ending} of a recording: ask for .wav or .mp3")
    return await audio(deps, recording, ending)


async def _ended(deps: ApiDependencies, id: RecordingId) -> Recording:
    """The recording, as soon as it has ended: its callback may be answered with a request at once.

    Raises:
        NotFound: there is none.
    """
    found = await deps.store.recordings.by_link(id)
    for _ in range(round(_WAIT_S / _EACH_S)):
        if not found.runs:
            break
        await deps.clock.sleep(_EACH_S)
        found = await deps.store.recordings.by_link(id)
    return found


def _missing() -> NotFound:
    return NotFound("there is no such recording in this account")
